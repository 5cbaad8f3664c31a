// One HTTP request, taken out of the server's hands: what the gateway reads of it, and nothing else.
#pragma once

#include "routes/route.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace boxoffice::api {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::optional<Method> method = Method::get; // none: one that no address takes
    std::string path;                           // as sent, not decoded
    Pairs query;                                // decoded
    std::optional<std::string> authorization;
    std::optional<std::string> queue_token;
    std::optional<std::string> idempotency_key;
    std::optional<std::string> content_type;
    std::optional<std::string> content_encoding;
    std::string_view condition =
        {};         // the name of a header that states one (If-Match, If-Unmodified-Since); empty: none
    std::string id; // of the request, for the answer and the log
    std::string body;
};

// What follows the `?`, decoded; throws Problem (400) for what is no percent-encoded UTF-8 text.
Pairs read_query(std::string_view text);

// Decodes %41 and, where it stands for a space, `+`; throws Problem (400).
std::string percent_decoded(std::string_view text, bool plus_is_space);

// The other way: everything but letters, digits, `-`, `.`, `_` and `~` is encoded.
std::string percent_encoded(std::string_view text);

} // namespace boxoffice::api
