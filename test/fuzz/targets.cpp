#include "targets.h"

#include "answers/answer.h"
#include "auth/identity.h"
#include "auth/jose.h"
#include "auth/key_set.h"
#include "base/configuration_error.h"
#include "base/json.h"
#include "base/text.h"
#include "routes/parameters.h"
#include "routes/router.h"
#include "routes/shape.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace boxoffice::api::fuzz {

namespace {

constexpr std::int64_t now_seconds = 1900000000;
constexpr Type every_type[] = {Type::id,   Type::integer,  Type::amount, Type::number,   Type::text,
                               Type::time, Type::interval, Type::object, Type::integers, Type::uuid};

void require(bool promise, const char* what) {
    if (!promise) {
        throw std::logic_error(std::string("broken promise: ") + what);
    }
}

// Takes what is before the next line feed off the front.
std::string_view take_line(std::string_view& bytes) {
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
    return line;
}

// JSON that is read is written and read again as the same, and each value has or has not each shape.
void json(std::string_view bytes) {
    try {
        const rapidjson::Document document = read_json(bytes);
        const std::string text = json_text(document);
        require(json_text(read_json(text)) == text, "what is written is read as the same");
        for (const Type type : every_type) {
            const auto shaped = from_json(type, document);
            require(!shaped || is_text(*shaped), "a value is text");
            from_json({"thing", type, From::body, true, {}, Range{1, 100}, false}, document);
        }
    } catch (const BadJson&) {
    }
}

// Times, durations, UUIDs and numbers in an address or a header.
void shapes(std::string_view bytes) {
    for (const Type type : every_type) {
        const std::optional<std::string> value = from_text(type, bytes);
        if (!value) {
            continue;
        }
        require(is_text(*value), "a value is text");
        require(type == Type::text || value->size() <= 128, "what PostgreSQL reads is short");
        require(from_text(type, *value) == value, "a value has one spelling");
    }
    from_text({"key", Type::text, From::idempotency_key_header, false, {}, Range{1, 255}}, bytes);
    matches(bytes, "\"0123456789abcdef\"");
}

// A path and what follows its question mark.
void address(std::string_view bytes) {
    try {
        const std::string_view path = take_line(bytes);
        for (const Method method : {Method::get, Method::post, Method::patch, Method::erase}) {
            match(method, path);
        }
        match(std::nullopt, path);
        require(percent_decoded(percent_encoded(path), false) == path, "what is encoded is decoded as the same");
        for (const auto& [name, value] : read_query(bytes)) {
            require(is_text(name) && is_text(value), "a query is text");
        }
    } catch (const Problem& problem) {
        require(problem.status == 400, "what cannot be read is the client's mistake");
    }
}

// A whole request, as lines: path, query, Idempotency-Key, Queue-Token, Content-Type, then the body. It goes to each
// route of that path.
void request(std::string_view bytes) {
    Request request;
    request.path = take_line(bytes);
    const std::string_view query = take_line(bytes);
    const auto header = [&bytes]() -> std::optional<std::string> {
        const std::string_view line = take_line(bytes);
        return line.empty() ? std::nullopt : std::optional<std::string>(line);
    };
    request.idempotency_key = header();
    request.queue_token = header();
    request.content_type = header();
    request.body = bytes;
    for (const Method method : {Method::get, Method::post, Method::patch, Method::erase}) {
        const Match found = match(method, request.path);
        for (const Route* route : found.candidates) {
            try {
                request.query = read_query(query);
                Parts parts{.request = request, .path_values = found.path_values, .caller = {.user = "ann"}};
                parts.body = read_body(request);
                choose(found, request, parts.body);
                for (const Value& value : parameters_of(*route, parts)) {
                    require(!value || is_text(*value), "the database gets text");
                }
            } catch (const Problem& problem) {
                require(problem.status == 400 || problem.status == 415, "what cannot be read is the client's mistake");
            }
        }
    }
}

// A file that is written anew for each use and goes with the process.
class File {
public:
    explicit File(const char* name)
        : path_(std::filesystem::temp_directory_path() / (std::string(name) + "." + std::to_string(getpid()))) {}
    ~File() { std::filesystem::remove(path_); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;

    std::string write(std::string_view bytes) const {
        std::ofstream(path_, std::ios::binary | std::ios::trunc)
            .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return path_.string();
    }

private:
    std::filesystem::path path_;
};

constexpr std::string_view secret = "a secret that is long enough for HS256";

const KeyRing& ring() {
    static const KeyRing ring = [] {
        const File file("boxoffice-fuzz-ring");
        return KeyRing::load(
            file.write(R"({"keys":[{"kty":"oct","kid":"a","alg":"HS256","k":")" + base64url_text(secret) + "\"}]}"),
            TokenRules{});
    }();
    return ring;
}

// The header and these claims, signed rightly by the key of the ring; empty where libcjose does not take the header.
std::string signed_token(std::string_view claims) {
    static const JoseKey key(
        cjose_jwk_create_oct_spec(reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size(), nullptr));
    const JoseHeader header(cjose_header_new(nullptr));
    cjose_header_set(header.get(), "alg", "HS256", nullptr);
    cjose_header_set(header.get(), "kid", "a", nullptr);
    const JoseSigned token(cjose_jws_sign(key.get(), header.get(), reinterpret_cast<const std::uint8_t*>(claims.data()),
                                          claims.size(), nullptr));
    const char* compact = nullptr;
    return token && cjose_jws_export(token.get(), &compact, nullptr) ? compact : "";
}

void verify(std::string_view token) {
    try {
        const Identity identity = ring().verify(token, now_seconds);
        require(is_plain_text(identity.user) && !identity.user.empty(), "a user has a name");
        require(identity.queue_priority >= 0 && identity.queue_priority <= 3, "a priority is 0 to 3");
        require(identity.expires_at > now_seconds, "a token that is taken has not expired");
    } catch (const BadToken& bad) {
        require(is_plain_text(bad.what()), "a refusal is fit for a header");
    }
}

// The bytes as a token, as the header of one that nobody has signed, and as the claims of one that is signed.
void token(std::string_view bytes) {
    verify(bytes);
    verify(base64url_text(bytes) + ".e30.AAAA");
    verify(signed_token(bytes));
    if (const auto decoded = base64url_bytes(bytes)) {
        require(base64url_text(*decoded) == bytes, "base64url has one spelling");
    }
}

// As a file of our own and as the answer of a provider.
void keys(std::string_view bytes) {
    for (const Source source : {Source::file, Source::provider}) {
        try {
            require(!read_key_set(bytes, "fuzzed", source).keys.empty(), "a set that is taken has a key");
        } catch (const ConfigurationError&) {
        }
    }
}

} // namespace

const std::vector<Target>& targets() {
    static const std::vector<Target> all = {{"json", json},       {"shapes", shapes}, {"address", address},
                                            {"request", request}, {"token", token},   {"keys", keys}};
    return all;
}

} // namespace boxoffice::api::fuzz
