// Signatures with Ed25519 (RFC 8032), which libcjose does not know: OpenSSL's, with owners.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

namespace boxoffice::api {

struct EvpKeyDeleter {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using EvpKey = std::unique_ptr<EVP_PKEY, EvpKeyDeleter>;

// From the 32 bytes of a key; null for bytes that are none.
EvpKey ed25519_public_key(std::string_view bytes);
EvpKey ed25519_private_key(std::string_view bytes);

// A new one; null: OpenSSL has no random bytes.
EvpKey new_ed25519_key();

// The 32 bytes of the parts of a key; empty where it has no such part.
std::string ed25519_public_bytes(const EVP_PKEY& key);
std::string ed25519_private_bytes(const EVP_PKEY& key);

// Any number of threads may use one key at once.
bool ed25519_verifies(const EVP_PKEY& key, std::string_view text, std::string_view signature);

// The 64 bytes of the signature; empty where the key has no private part.
std::string ed25519_signature(const EVP_PKEY& key, std::string_view text);

} // namespace boxoffice::api
