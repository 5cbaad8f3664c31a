#include "key_set.h"

#include "configuration_error.h"
#include "json.h"
#include "text.h"

#include <algorithm>
#include <bit>
#include <fstream>

namespace boxoffice::api {

namespace {

constexpr std::size_t file_limit_bytes = 1024 * 1024;
constexpr std::size_t id_limit_bytes = 255;
constexpr std::size_t secret_bytes_least = 32;     // RFC 7518, 3.2: as long as the hash
constexpr std::size_t rsa_bits_least = 2048;       // RFC 7518, 3.3
constexpr std::size_t rsa_bits_most = 8192;        // a larger one would make every check of a signature dear
constexpr std::size_t rsa_exponent_bytes_most = 8; // OpenSSL takes no longer one

// Says which key of which file is wrong, why and what to do.
struct Complaint {
    std::string path;
    std::string key;

    [[noreturn]] void operator()(const std::string& why) const {
        throw ConfigurationError("the key set " + path + (key.empty() ? " " : ": " + key + " ") + why);
    }
};

// The file's bytes.
std::string file_text(const std::string& path, const Complaint& complain) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        complain("cannot be opened; let jwt_keys name a JWK set file that the gateway may read");
    }
    std::string text(file_limit_bytes + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) {
        complain("cannot be read; let jwt_keys name a file");
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > file_limit_bytes) {
        complain("is larger than 1 MiB; let jwt_keys name a JWK set file");
    }
    return text;
}

// The string of that name; the empty string where there is none or it is no string.
std::string text_member(const rapidjson::Value& object, const char* name) {
    const auto found = object.FindMember(name);
    if (found == object.MemberEnd() || !found->value.IsString()) {
        return "";
    }
    return {found->value.GetString(), found->value.GetStringLength()};
}

// The bytes of a member in base64url, without the zeros that lead a number.
std::string number_member(const rapidjson::Value& object, const char* name, const Complaint& complain) {
    const std::optional<std::string> bytes = base64url_bytes(text_member(object, name));
    if (!bytes || bytes->empty()) {
        complain(std::string("has no \"") + name + "\" in base64url without padding; export the key again");
    }
    return bytes->substr(std::min(bytes->find_first_not_of('\0'), bytes->size()));
}

// Whether the key's key_ops, if it has any, allow the operation. Spelled out because under C++20 RapidJSON's own
// comparison of a value with a text calls itself for ever.
bool allows(const rapidjson::Value& key, std::string_view operation) {
    const auto operations = key.FindMember("key_ops");
    if (operations == key.MemberEnd()) {
        return true;
    }
    const auto list = operations->value.GetArray();
    return std::any_of(list.begin(), list.end(), [operation](const rapidjson::Value& each) {
        return each.IsString() && std::string_view(each.GetString(), each.GetStringLength()) == operation;
    });
}

// Refuses a key that is meant for something else than checking signatures.
void check_purpose(const rapidjson::Value& key, const Complaint& complain) {
    if (key.HasMember("use") && text_member(key, "use") != "sig") {
        complain("has a \"use\" other than \"sig\"; take it out or give the key that signs tokens");
    }
    const auto operations = key.FindMember("key_ops");
    if (operations != key.MemberEnd() && !operations->value.IsArray()) {
        complain("has \"key_ops\" that is no list; give [\"verify\"]");
    }
    if (!allows(key, "verify")) {
        complain("has \"key_ops\" without \"verify\"; add \"verify\" or take the key out");
    }
}

// Refuses a secret that can be guessed.
void check_secret(const rapidjson::Value& key, const Complaint& complain) {
    const std::optional<std::string> secret = base64url_bytes(text_member(key, "k"));
    if (!secret) {
        complain("has no \"k\" in base64url without padding; export the key again");
    }
    if (secret->size() < secret_bytes_least) {
        complain("is a secret of " + std::to_string(secret->size()) + " bytes; HS256 needs at least " +
                 std::to_string(secret_bytes_least) + " random bytes");
    }
}

// Refuses an RSA key that is weak: too short, or with an exponent that lets anyone sign.
void check_rsa(const rapidjson::Value& key, const Complaint& complain) {
    const std::string modulus = number_member(key, "n", complain);
    const std::size_t bits =
        modulus.empty() ? 0 : (modulus.size() - 1) * 8 + std::bit_width(static_cast<unsigned char>(modulus[0]));
    if (bits < rsa_bits_least || bits > rsa_bits_most) {
        complain("is an RSA key of " + std::to_string(bits) + " bits; RS256 needs " + std::to_string(rsa_bits_least) +
                 " to " + std::to_string(rsa_bits_most));
    }
    const std::string exponent = number_member(key, "e", complain);
    const bool odd = !exponent.empty() && (exponent.back() & 1) == 1;
    if (!odd || exponent == "\x01" || exponent.size() > rsa_exponent_bytes_most) {
        complain("has an RSA exponent that is even, 1 or too long; make a key with exponent 65537 (\"AQAB\")");
    }
}

// The key's id, checked to be there and to be text.
std::string id_of(const rapidjson::Value& key, const Complaint& complain) {
    if (!key.IsObject()) {
        complain("is no JSON object; give a JWK");
    }
    std::string id = text_member(key, "kid");
    if (id.empty() || id.size() > id_limit_bytes || !is_plain_text(id)) {
        complain("has no \"kid\"; give every key one, a string of 1 to 255 bytes");
    }
    return id;
}

// One key out of the list.
Key read_key(const rapidjson::Value& json, std::size_t number, Complaint complain) {
    complain.key = "key " + std::to_string(number);
    Key key;
    key.id = id_of(json, complain);
    complain.key = "key \"" + key.id + "\"";

    key.algorithm = text_member(json, "alg");
    const std::string type = text_member(json, "kty");
    if (key.algorithm != "HS256" && key.algorithm != "RS256") {
        complain("has no \"alg\" that the gateway takes; give \"HS256\" or \"RS256\"");
    }
    const bool secret = key.algorithm == "HS256";
    if (type != (secret ? "oct" : "RSA")) {
        complain("has a \"kty\" that does not fit " + key.algorithm + "; give \"" + (secret ? "oct" : "RSA") + "\"");
    }
    check_purpose(json, complain);
    if (secret) {
        check_secret(json, complain);
    } else {
        check_rsa(json, complain);
    }

    const std::string text = json_text(json);
    key.jose.reset(cjose_jwk_import(text.data(), text.size(), nullptr));
    if (!key.jose) {
        complain("cannot be used; export the key again");
    }
    key.signs = allows(json, "sign") && (secret || json.HasMember("d"));
    return key;
}

} // namespace

std::vector<Key> load_key_set(const std::string& path) {
    const Complaint complain{path, ""};
    rapidjson::Document document;
    try {
        document = read_json(file_text(path, complain));
    } catch (const BadJson& bad) {
        complain(std::string("is no JSON: ") + bad.what() + "; let jwt_keys name a JWK set file");
    }
    if (!document.IsObject() || !document.HasMember("keys") || !document["keys"].IsArray()) {
        complain("is no JWK set; write {\"keys\":[...]}");
    }
    std::vector<Key> keys;
    for (const rapidjson::Value& each : document["keys"].GetArray()) {
        Key key = read_key(each, keys.size() + 1, complain);
        if (std::any_of(keys.begin(), keys.end(), [&key](const Key& other) { return other.id == key.id; })) {
            Complaint{path, "key \"" + key.id + "\""}("is there twice; give every key a \"kid\" of its own");
        }
        keys.push_back(std::move(key));
    }
    if (keys.empty()) {
        complain("holds no key; add at least one");
    }
    return keys;
}

} // namespace boxoffice::api
