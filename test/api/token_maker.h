// Keys, key set files and tokens for tests, made with libcjose alone: also such as KeyRing::mint() would never make.
#pragma once

#include "auth/identity.h"
#include "auth/jose.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace boxoffice::api::testing {

constexpr std::int64_t now = 1'900'000'000; // seconds since 1970, in 2030

// A file that is gone at the end of the test.
class File {
public:
    explicit File(const std::string& text) : path_(::testing::TempDir() + "boxoffice_XXXXXX") {
        close(mkstemp(path_.data()));
        std::ofstream(path_, std::ios::binary) << text;
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { std::filesystem::remove(path_); }

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

// A secret of that many bytes, all the same.
inline std::string secret(char fill, std::size_t bytes = 32) { return std::string(bytes, fill); }

// A JWK with more members behind those that every key needs.
inline std::string hs256_jwk(const std::string& id, const std::string& bytes, const std::string& more = "") {
    return R"({"kty":"oct","alg":"HS256","kid":")" + id + R"(","k":")" + base64url_text(bytes) + "\"" + more + "}";
}

// A new RSA key.
inline JoseKey new_rsa(std::size_t bits = 2048) {
    const unsigned char exponent[] = {1, 0, 1};
    return JoseKey(cjose_jwk_create_RSA_random(bits, exponent, sizeof exponent, nullptr));
}

// An RSA key that all tests share, because making one takes long.
inline const JoseKey& some_rsa() {
    static const JoseKey key = new_rsa();
    return key;
}

// The key as a JWK with more members behind those that every key needs.
inline std::string rs256_jwk(const std::string& id, const JoseKey& key, bool with_private_part,
                             const std::string& more = "") {
    char* text = cjose_jwk_to_json(key.get(), with_private_part, nullptr);
    std::string json(text);
    std::free(text);
    json.pop_back();
    return json + R"(,"alg":"RS256","kid":")" + id + "\"" + more + "}";
}

inline std::string key_set(const std::string& keys) { return "{\"keys\":[" + keys + "]}"; }

// The keys as a ring.
inline KeyRing ring_of(const std::string& keys, const TokenRules& rules) {
    return KeyRing::load(File(key_set(keys)).path(), rules);
}
inline KeyRing ring_of(const std::string& keys, const std::string& issuer = "", const std::string& audience = "") {
    return ring_of(keys, TokenRules{.issuer = issuer, .audience = audience, .leeway_seconds = 0});
}

// The members of a header: names and texts. A text that begins like a list or an object is JSON; libcjose lets nobody set
// anything else.
using Header = std::vector<std::pair<const char*, const char*>>;

// Any claims under any header, signed as the header says.
inline std::string sign(const JoseKey& key, const Header& members, const std::string& claims) {
    const JoseHeader header(cjose_header_new(nullptr));
    for (const auto& [name, value] : members) {
        const bool json = *value == '[' || *value == '{';
        (json ? cjose_header_set_raw : cjose_header_set)(header.get(), name, value, nullptr);
    }
    const auto* bytes = reinterpret_cast<const uint8_t*>(claims.data());
    const JoseSigned token(cjose_jws_sign(key.get(), header.get(), bytes, claims.size(), nullptr));
    const char* compact = nullptr;
    if (!token || !cjose_jws_export(token.get(), &compact, nullptr)) {
        ADD_FAILURE() << "cannot sign " << claims;
        return "";
    }
    return compact;
}

// Any two texts as a token that nobody has signed.
inline std::string unsigned_token(const std::string& header, const std::string& claims) {
    return base64url_text(header) + "." + base64url_text(claims) + ".AAAA";
}

// A secret as a key of libcjose.
inline JoseKey hs256_key(const std::string& bytes) {
    const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
    return JoseKey(cjose_jwk_create_oct_spec(data, bytes.size(), nullptr));
}

// Why the verifier refuses the token; the empty text when it does not. Also checks that the reason may stand in
// WWW-Authenticate.
template <typename Verifier>
std::string refusal(Verifier& verifier, std::string_view token, std::int64_t at = now) {
    try {
        verifier.verify(token, at);
    } catch (const BadToken& bad) {
        const std::string why = bad.what();
        for (const char character : why) {
            EXPECT_TRUE(character >= ' ' && character <= '~' && character != '"' && character != '\\') << why;
        }
        return why;
    }
    return "";
}

} // namespace boxoffice::api::testing
