// Making keys, for who has no identity provider.
#pragma once

#include <string>

namespace boxoffice::api {

struct NewKeys {
    std::string set;        // a JWK set with one key and its private part
    std::string public_set; // the same without it; empty for HS256, which has none
};

// For HS256, RS256, ES256 or EdDSA; an empty id: one by chance. Throws std::runtime_error.
NewKeys new_keys(const std::string& algorithm, std::string id);

// Writes a file that nobody else may read. Throws ConfigurationError, also where it exists: keys are not written over.
void write_secret_file(const std::string& path, const std::string& text);

} // namespace boxoffice::api
