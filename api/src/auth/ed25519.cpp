#include "auth/ed25519.h"

#include <array>

namespace boxoffice::api {

namespace {

constexpr std::size_t key_bytes = 32;
constexpr std::size_t signature_bytes = 64;

struct ContextDeleter {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// OpenSSL counts the uses of a key, with atomics, and so takes it as one that may change.
EVP_PKEY* counted(const EVP_PKEY& key) { return const_cast<EVP_PKEY*>(&key); }

using Part = int (*)(const EVP_PKEY*, unsigned char*, std::size_t*);

std::string part_of(const EVP_PKEY& key, Part part) {
    std::array<unsigned char, key_bytes> bytes{};
    std::size_t length = bytes.size();
    if (part(&key, bytes.data(), &length) != 1) {
        return "";
    }
    return {bytes.begin(), bytes.begin() + length};
}

} // namespace

EvpKey ed25519_public_key(std::string_view bytes) {
    return EvpKey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes), bytes.size()));
}

EvpKey ed25519_private_key(std::string_view bytes) {
    return EvpKey(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(bytes), bytes.size()));
}

EvpKey new_ed25519_key() { return EvpKey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

std::string ed25519_public_bytes(const EVP_PKEY& key) { return part_of(key, EVP_PKEY_get_raw_public_key); }

std::string ed25519_private_bytes(const EVP_PKEY& key) { return part_of(key, EVP_PKEY_get_raw_private_key); }

bool ed25519_verifies(const EVP_PKEY& key, std::string_view text, std::string_view signature) {
    const Context context(EVP_MD_CTX_new());
    return context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, counted(key)) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
}

std::string ed25519_signature(const EVP_PKEY& key, std::string_view text) {
    const Context context(EVP_MD_CTX_new());
    std::array<unsigned char, signature_bytes> signature{};
    std::size_t length = signature.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, counted(key)) != 1 ||
        EVP_DigestSign(context.get(), signature.data(), &length, bytes_of(text), text.size()) != 1) {
        return "";
    }
    return {signature.begin(), signature.begin() + length};
}

} // namespace boxoffice::api
