// Who calls: the bearer token of a request (a JWT, RFC 7519) checked and read.
//
// Invariant  nothing of a token is believed before its signature was right, checked with the algorithm that the key's
//            file gives, never with the one the token asks for.
// Threads    a KeyRing never changes; any number of threads may verify with it at once.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace boxoffice::api {

struct Key;
struct KeySet;

// What a token says of who calls. Times are seconds since 1970.
struct Identity {
    std::string user;            // sub: 1 to 255 bytes of UTF-8 without control characters
    bool administrator = false;  // the role is boxoffice_admin, or among several
    int queue_priority = 0;      // 0 to 3
    std::int64_t expires_at = 0; // exp and the leeway: the first second in which it is not valid any more
    std::int64_t valid_from = std::numeric_limits<std::int64_t>::min(); // nbf without the leeway
};

// Why a token is refused: fit for error_description in WWW-Authenticate (RFC 6750: no quotes, no backslash), and never
// contains anything of the token.
struct BadToken : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Its kid names no key that is there, or it has none and is not by the only key: perhaps by one that the provider has made
// lately.
struct UnknownKey : BadToken {
    using BadToken::BadToken;
};

// What a token must say, and where.
struct TokenRules {
    std::string issuer{};             // iss; empty: anything
    std::string audience{};           // in aud; empty: anything
    std::string role_claim = "role";  // where its roles are: a claim, a path of names with dots, or a name with a slash
    std::int64_t leeway_seconds = 30; // by so much another's clock may be wrong, for exp and nbf
};

// What a minted token is to say.
struct Claims {
    std::string user;
    std::optional<std::string> role{};
    std::optional<int> queue_priority{};
    std::int64_t lifetime_seconds = 3600;
};

// Throws BadToken when the identity has expired or is not valid yet.
void require_current(const Identity& identity, std::int64_t now_seconds);

// The keys that tokens may be signed with, and whom tokens must come from and be for.
class KeyRing {
public:
    static constexpr std::size_t token_limit_characters = 4096;

    KeyRing(KeySet set, TokenRules rules);

    // Reads a JWK set. Throws ConfigurationError naming file and key.
    static KeyRing load(const std::string& path, TokenRules rules);

    KeyRing(KeyRing&&) noexcept;
    KeyRing& operator=(KeyRing&&) noexcept;
    ~KeyRing();

    // The keys of its set that it does not take: which, and why.
    const std::vector<std::string>& ignored() const { return ignored_; }

    // Who the bearer of the token is. Throws BadToken.
    Identity verify(std::string_view token, std::int64_t now_seconds) const;

    // A token that verify() takes, signed with the first key that can sign: for development and tests. Throws
    // ConfigurationError when no key can sign and std::invalid_argument when verify() would refuse these claims.
    std::string mint(const Claims& claims, std::int64_t now_seconds) const;

private:
    const Key& key_for(std::string_view header_text) const;

    std::vector<Key> keys_;
    std::vector<std::string> ignored_;
    TokenRules rules_;
};

} // namespace boxoffice::api
