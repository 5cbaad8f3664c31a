// What counts as text, in the database and in names.
#pragma once

#include <cstddef>
#include <string_view>

namespace boxoffice::api {

// Whether the text is well-formed UTF-8 without a NUL, which PostgreSQL's text cannot hold. The empty text is.
bool is_text(std::string_view text);

// Whether it has no control characters (C0, DEL and C1) either: fit for a name in the database and a word in the log.
bool is_plain_text(std::string_view text);

// How many characters (code points) a text in UTF-8 has.
std::size_t characters_in(std::string_view text);

} // namespace boxoffice::api
