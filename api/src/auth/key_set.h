// A JWK set (RFC 7517): the keys that tokens are signed with. Keys that are not for that, or that the gateway does not
// take, are passed over, as RFC 7517, 5 wants it; a set without any other is refused.
#pragma once

#include "auth/ed25519.h"
#include "auth/jose.h"

#include <string>
#include <string_view>
#include <vector>

namespace boxoffice::api {

// A key that signatures are checked with. Its algorithm is the key's own, never one that a token asks for: HS256 with a
// secret of at least 32 bytes, RS256 with an RSA key of at least 2048 bits, ES256 with P-256, EdDSA with Ed25519.
struct Key {
    std::string id;
    std::string algorithm;
    JoseKey jose;       // null for EdDSA
    EvpKey ed25519;     // null for all others
    bool signs = false; // has the private part, and its key_ops, if any, allow signing
};

struct KeySet {
    std::vector<Key> keys;            // at least one, each with an id of its own
    std::vector<std::string> ignored; // the others: which, why, and what to do
};

// Who has given a set: a file of our own, or a provider that shows it to everybody, so that a secret in it is none.
enum class Source { file, provider };

// Reads the text of a set. Throws ConfigurationError, which names the set and each key, and never contains a part of a key.
KeySet read_key_set(std::string_view text, const std::string& name, Source source);

// Reads the file. Throws ConfigurationError.
KeySet load_key_set(const std::string& path);

} // namespace boxoffice::api
