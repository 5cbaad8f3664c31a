// Compact JWS (RFC 7515), checked and made with one key of a key set.
#pragma once

#include "auth/key_set.h"

#include <string>
#include <string_view>

namespace boxoffice::api {

// Whether the key has signed the token, whose header names the algorithm of the key: that is to be checked before.
bool has_signed(const Key& key, std::string_view token);

// The text signed as a token. Throws ConfigurationError where the key cannot sign.
std::string signed_token(const Key& key, const std::string& text);

} // namespace boxoffice::api
