#include "auth/new_keys.h"

#include "auth/ed25519.h"
#include "auth/jose.h"
#include "base/configuration_error.h"
#include "base/json.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace boxoffice::api {

namespace {

constexpr std::size_t secret_bits = 256;
constexpr std::size_t rsa_bits = 2048;
constexpr std::size_t id_bytes = 12;

std::string id_by_chance() {
    std::array<unsigned char, id_bytes> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
        throw std::runtime_error("there are no random bytes");
    }
    return base64url_text({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

// The members of the key, as libcjose writes them.
rapidjson::Document members_of(const JoseKey& key, bool with_private_part) {
    char* const text = key ? cjose_jwk_to_json(key.get(), with_private_part, nullptr) : nullptr;
    if (text == nullptr) {
        throw std::runtime_error("the key could not be made");
    }
    rapidjson::Document members = read_json(text);
    std::free(text);
    return members;
}

rapidjson::Document members_of(const EvpKey& key, bool with_private_part) {
    if (!key) {
        throw std::runtime_error("the key could not be made");
    }
    std::string text = R"({"kty":"OKP","crv":"Ed25519","x":")" + base64url_text(ed25519_public_bytes(*key)) + "\"";
    if (with_private_part) {
        text += R"(,"d":")" + base64url_text(ed25519_private_bytes(*key)) + "\"";
    }
    return read_json(text + "}");
}

JoseKey new_jose_key(const std::string& algorithm) {
    constexpr std::array<unsigned char, 3> exponent{1, 0, 1}; // 65537
    if (algorithm == "HS256") {
        return JoseKey(cjose_jwk_create_oct_random(secret_bits, nullptr));
    }
    return JoseKey(algorithm == "RS256"
                       ? cjose_jwk_create_RSA_random(rsa_bits, exponent.data(), exponent.size(), nullptr)
                       : cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, nullptr));
}

std::string set_of(rapidjson::Document members, const std::string& algorithm, const std::string& id) {
    auto& allocator = members.GetAllocator();
    for (const auto& [name, value] : {std::pair("kid", id), {"alg", algorithm}, {"use", "sig"}}) {
        members.RemoveMember(name);
        members.AddMember(rapidjson::StringRef(name), rapidjson::Value(value, allocator), allocator);
    }
    return "{\"keys\":[" + json_text(members) + "]}\n";
}

} // namespace

NewKeys new_keys(const std::string& algorithm, std::string id) {
    if (id.empty()) {
        id = id_by_chance();
    }
    if (algorithm == "EdDSA") {
        const EvpKey key = new_ed25519_key();
        return {set_of(members_of(key, true), algorithm, id), set_of(members_of(key, false), algorithm, id)};
    }
    const JoseKey key = new_jose_key(algorithm);
    return {set_of(members_of(key, true), algorithm, id),
            algorithm == "HS256" ? "" : set_of(members_of(key, false), algorithm, id)};
}

void write_secret_file(const std::string& path, const std::string& text) {
    const auto refuse = [&path] {
        throw ConfigurationError(path + " cannot be written: " + std::generic_category().message(errno) +
                                 "; name a file that does not exist, in a folder that does");
    };
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) {
        refuse();
    }
    const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(file) == 0;
    if (close(file) != 0 || !written) {
        refuse();
    }
}

} // namespace boxoffice::api
