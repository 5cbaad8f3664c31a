// Owners of what libcjose gives out, and its base64url made strict.
//
// libcjose counts references without atomics: a key is shared between threads by reference only and never retained.
#pragma once

#include <cjose/cjose.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace boxoffice::api {

// Gives each kind of object back with the function that libcjose has for it.
struct JoseRelease {
    void operator()(cjose_jwk_t* key) const { cjose_jwk_release(key); }
    void operator()(cjose_jws_t* signed_text) const { cjose_jws_release(signed_text); }
    void operator()(cjose_header_t* header) const { cjose_header_release(header); }
};

using JoseKey = std::unique_ptr<cjose_jwk_t, JoseRelease>;
using JoseSigned = std::unique_ptr<cjose_jws_t, JoseRelease>;
using JoseHeader = std::unique_ptr<cjose_header_t, JoseRelease>;

// The bytes of a base64url text; nothing for a text that encoding could not have made: padding, another alphabet,
// white space, or bits left over in the last character that are not zero. libcjose takes all that comes after a "=",
// so one signed token would have any number of spellings, each a new entry for a cache.
std::optional<std::string> base64url_bytes(std::string_view text);

// The base64url text of bytes.
std::string base64url_text(std::string_view bytes);

} // namespace boxoffice::api
