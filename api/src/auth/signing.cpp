#include "auth/signing.h"

#include "base/configuration_error.h"
#include "base/json.h"

namespace boxoffice::api {

namespace {

constexpr std::size_t es256_signature_bytes = 64; // RFC 7518, 3.4: two numbers of 32 bytes each

[[noreturn]] void refuse(const Key& key) {
    throw ConfigurationError("the key \"" + key.id + "\" cannot sign; export it again with its private part");
}

// What stands behind the last dot.
std::optional<std::string> signature_of(std::string_view token) {
    const std::size_t dot = token.rfind('.');
    return dot == std::string_view::npos ? std::nullopt : base64url_bytes(token.substr(dot + 1));
}

// What is signed is everything before the last dot.
bool ed25519_has_signed(const EVP_PKEY& key, std::string_view token) {
    const std::optional<std::string> signature = signature_of(token);
    return signature && ed25519_verifies(key, token.substr(0, token.rfind('.')), *signature);
}

// libcjose halves a signature of any length, so that zeros before either number would give one token any number of
// spellings, each a new entry for a cache.
bool has_length_of_es256(std::string_view token) {
    const std::optional<std::string> signature = signature_of(token);
    return signature && signature->size() == es256_signature_bytes;
}

std::string ed25519_token(const Key& key, const std::string& text) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    writer.StartObject();
    for (const auto& [name, value] : {std::pair("alg", key.algorithm), {"kid", key.id}, {"typ", "JWT"}}) {
        writer.Key(name);
        writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    }
    writer.EndObject();
    const std::string token = base64url_text({buffer.GetString(), buffer.GetSize()}) + "." + base64url_text(text);
    const std::string signature = ed25519_signature(*key.ed25519, token);
    if (signature.empty()) {
        refuse(key);
    }
    return token + "." + base64url_text(signature);
}

std::string jose_token(const Key& key, const std::string& text) {
    const JoseHeader header(cjose_header_new(nullptr));
    const bool named = header && cjose_header_set(header.get(), "alg", key.algorithm.c_str(), nullptr) &&
                       cjose_header_set(header.get(), "kid", key.id.c_str(), nullptr) &&
                       cjose_header_set(header.get(), "typ", "JWT", nullptr);
    const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
    const JoseSigned token(named ? cjose_jws_sign(key.jose.get(), header.get(), bytes, text.size(), nullptr) : nullptr);
    const char* compact = nullptr; // belongs to token
    if (!token || !cjose_jws_export(token.get(), &compact, nullptr)) {
        refuse(key);
    }
    return compact;
}

} // namespace

bool has_signed(const Key& key, std::string_view token) {
    if (key.ed25519) {
        return ed25519_has_signed(*key.ed25519, token);
    }
    if (key.algorithm == "ES256" && !has_length_of_es256(token)) {
        return false;
    }
    const JoseSigned imported(cjose_jws_import(token.data(), token.size(), nullptr));
    return imported && cjose_jws_verify(imported.get(), key.jose.get(), nullptr);
}

std::string signed_token(const Key& key, const std::string& text) {
    return key.ed25519 ? ed25519_token(key, text) : jose_token(key, text);
}

} // namespace boxoffice::api
