// The file with the keys that tokens are signed with: a JWK set (RFC 7517), taken whole or not at all.
#pragma once

#include "jose.h"

#include <string>
#include <vector>

namespace boxoffice::api {

// A key that signatures are checked with. Its algorithm is the key's own, never one that a token asks for.
struct Key {
    std::string id;
    std::string algorithm; // HS256 with a secret of at least 32 bytes, RS256 with an RSA key of at least 2048 bits
    JoseKey jose;
    bool signs = false; // has the private part, and its key_ops, if any, allow signing
};

// Reads the file: at least one key, each with an id of its own. Throws ConfigurationError, which names the file and the
// key and never contains a part of a key.
std::vector<Key> load_key_set(const std::string& path);

} // namespace boxoffice::api
