#include "auth/key_set.h"

#include "base/configuration_error.h"
#include "base/json.h"
#include "base/text.h"

#include <algorithm>
#include <bit>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace boxoffice::api {

namespace {

constexpr std::size_t set_limit_bytes = 1024 * 1024;
constexpr std::size_t id_limit_bytes = 255;
constexpr std::size_t secret_bytes_least = 32;     // RFC 7518, 3.2: as long as the hash
constexpr std::size_t rsa_bits_least = 2048;       // RFC 7518, 3.3
constexpr std::size_t rsa_bits_most = 8192;        // a larger one would make every check of a signature dear
constexpr std::size_t rsa_exponent_bytes_most = 8; // OpenSSL takes no longer one
constexpr std::size_t coordinate_bytes = 32;       // of P-256, and of Ed25519

// A key that is not taken: which, why and what to do.
struct Unusable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Says which key is wrong.
struct Complaint {
    std::string key;

    [[noreturn]] void operator()(const std::string& why) const { throw Unusable(key + " " + why); }
};

[[noreturn]] void refuse_set(const std::string& name, const std::string& why) {
    throw ConfigurationError("the key set " + name + " " + why);
}

// The file's bytes.
std::string file_text(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        refuse_set(path, "cannot be opened; let jwt_keys name a JWK set file that the gateway may read");
    }
    std::string text(set_limit_bytes + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad()) {
        refuse_set(path, "cannot be read; let jwt_keys name a file");
    }
    text.resize(static_cast<std::size_t>(file.gcount()));
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

// The algorithms, and by what a key shows that it is for one of them.
struct Algorithm {
    std::string_view name;
    std::string_view type;  // kty
    std::string_view curve; // crv; empty: none
};

constexpr Algorithm algorithms[] = {
    {"HS256", "oct", ""}, {"RS256", "RSA", ""}, {"ES256", "EC", "P-256"}, {"EdDSA", "OKP", "Ed25519"}};

// The algorithm of a key: that which it names, as long as its type and curve are of it; a key that names none has the only
// one that its type and curve fit.
const Algorithm& algorithm_of(const rapidjson::Value& key, const Complaint& complain) {
    const std::string type = text_member(key, "kty");
    const std::string curve = text_member(key, "crv");
    const auto fits = std::find_if(std::begin(algorithms), std::end(algorithms), [&](const Algorithm& each) {
        return each.type == type && (each.curve.empty() || each.curve == curve);
    });
    if (key.HasMember("alg")) {
        const std::string name = text_member(key, "alg");
        const auto named = std::find_if(std::begin(algorithms), std::end(algorithms),
                                        [&](const Algorithm& each) { return each.name == name; });
        if (named == std::end(algorithms)) {
            complain("has an \"alg\" that the gateway does not take; it takes HS256, RS256, ES256 and EdDSA");
        }
        if (named != fits) {
            complain("has a \"kty\" or a \"crv\" that does not fit " + name + "; give \"" + std::string(named->type) +
                     "\"" + (named->curve.empty() ? "" : " and \"" + std::string(named->curve) + "\""));
        }
    }
    if (fits == std::end(algorithms)) {
        complain("has a \"kty\" or a \"crv\" that the gateway does not take; it takes oct, RSA, EC with P-256 and OKP "
                 "with Ed25519");
    }
    return *fits;
}

// A member of exactly 32 bytes, as the curves of 256 bits have them.
std::string coordinate(const rapidjson::Value& key, const char* name, const Complaint& complain) {
    const std::optional<std::string> bytes = base64url_bytes(text_member(key, name));
    if (!bytes || bytes->size() != coordinate_bytes) {
        complain(std::string("has no \"") + name + "\" of 32 bytes in base64url without padding; export the key again");
    }
    return *bytes;
}

// Refuses a key whose parts are weak, or not there.
void check_strength(const rapidjson::Value& key, const Algorithm& algorithm, const Complaint& complain) {
    if (algorithm.name == "HS256") {
        check_secret(key, complain);
    } else if (algorithm.name == "RS256") {
        check_rsa(key, complain);
    } else {
        for (const char* const name : {"x", "y", "d"}) {
            const bool needed = name[0] == 'x' || (name[0] == 'y' && algorithm.name == "ES256");
            if (needed || (name[0] == 'd' && key.HasMember("d"))) {
                coordinate(key, name, complain);
            }
        }
    }
}

// The key of Ed25519; the private part, where there is one, must be that of the public part.
EvpKey ed25519_of(const rapidjson::Value& key, const Complaint& complain) {
    const std::string public_bytes = coordinate(key, "x", complain);
    if (!key.HasMember("d")) {
        return ed25519_public_key(public_bytes);
    }
    EvpKey made = ed25519_private_key(coordinate(key, "d", complain));
    if (made && ed25519_public_bytes(*made) != public_bytes) {
        complain("has an \"x\" that is not of its \"d\"; export the key again");
    }
    return made;
}

// One key out of the list.
Key read_key(const rapidjson::Value& json, std::size_t number, Source source) {
    Complaint complain{"key " + std::to_string(number)};
    Key key;
    key.id = id_of(json, complain);
    complain.key = "key \"" + key.id + "\"";

    check_purpose(json, complain);
    const Algorithm& algorithm = algorithm_of(json, complain);
    key.algorithm = algorithm.name;
    if (source == Source::provider && algorithm.type == "oct") {
        complain("is a secret that everybody can read; let the provider sign with RS256, ES256 or EdDSA");
    }
    check_strength(json, algorithm, complain);
    if (algorithm.type == "OKP") {
        key.ed25519 = ed25519_of(json, complain);
    } else {
        const std::string text = json_text(json);
        key.jose.reset(cjose_jwk_import(text.data(), text.size(), nullptr));
    }
    if (!key.jose && !key.ed25519) {
        complain("cannot be used; export the key again");
    }
    key.signs = allows(json, "sign") && (algorithm.type == "oct" || json.HasMember("d"));
    return key;
}

// The keys that are not taken, in one line.
std::string joined(const std::vector<std::string>& ignored) {
    std::string text;
    for (const std::string& each : ignored) {
        text.append(text.empty() ? "" : "; ").append(each);
    }
    return text;
}

} // namespace

KeySet read_key_set(std::string_view text, const std::string& name, Source source) {
    if (text.size() > set_limit_bytes) {
        refuse_set(name, "is larger than 1 MiB; let it be a JWK set");
    }
    rapidjson::Document document;
    try {
        document = read_json(text);
    } catch (const BadJson& bad) {
        refuse_set(name, std::string("is no JSON: ") + bad.what() + "; let it be a JWK set");
    }
    if (!document.IsObject() || !document.HasMember("keys") || !document["keys"].IsArray()) {
        refuse_set(name, "is no JWK set; write {\"keys\":[...]}");
    }
    KeySet set;
    std::size_t number = 0;
    for (const rapidjson::Value& each : document["keys"].GetArray()) {
        try {
            Key key = read_key(each, ++number, source);
            if (std::any_of(set.keys.begin(), set.keys.end(),
                            [&key](const Key& other) { return other.id == key.id; })) {
                const std::string why = "key \"" + key.id + "\" is there twice; give every key a \"kid\" of its own";
                if (source == Source::file) {
                    refuse_set(name + ":", why);
                }
                throw Unusable(why); // a provider's slip does not shut out all users: the first is taken
            }
            set.keys.push_back(std::move(key));
        } catch (const Unusable& unusable) {
            set.ignored.emplace_back(unusable.what());
        }
    }
    if (set.keys.empty()) {
        refuse_set(name, set.ignored.empty() ? "holds no key; add at least one"
                                             : "holds no key that can be used: " + joined(set.ignored));
    }
    return set;
}

KeySet load_key_set(const std::string& path) { return read_key_set(file_text(path), path, Source::file); }

} // namespace boxoffice::api
