// What goes back: a body with its status, or a problem (RFC 9457). Problems are made here only, so that they all look
// the same.
#pragma once

#include "base/database_catalogue.h"
#include "base/json.h"

#include <stdexcept>
#include <string>
#include <string_view>

namespace boxoffice::api {

struct Answer {
    int status = 200;
    std::string body; // JSON, but where media_type says otherwise
    std::string_view media_type = "application/json";
    std::string outcome = {}; // of the operation, for the log and the metrics; empty: none
    std::string location = {};
    std::string entity_tag = {};
    std::string allow = {};
    int retry_after_seconds = 0; // 0: none
    std::string challenge = {};  // WWW-Authenticate: how to show who one is
};

// A request that is answered before it gets to the database; what() is the detail, for the one who sent it.
struct Problem : std::runtime_error {
    explicit Problem(int problem_status, const std::string& detail)
        : std::runtime_error(detail), status(problem_status) {}
    int status;
};

// The title of an HTTP status, in the words of RFC 9110.
std::string_view title_of(int status);

// A problem without an outcome.
Answer problem(int status, std::string_view detail, int retry_after_seconds = 0);

// What cannot be done at this moment, and why (503): nothing was done, so it may be sent again.
Answer unavailable(std::string_view why);

// What may have been done or not, and why that is not known (503): only a repeat with the same key is safe.
Answer unknown_outcome(std::string_view why);

// A refusal: an outcome other than ok, with the columns that explain it, already written as members.
Answer refusal(const Outcome& outcome, std::string_view detail, std::string_view members);

// What an SQL error means to the one who asked. Texts of the server are passed on only where they speak of what was sent.
Answer sql_problem(const Catalogue& catalogue, std::string_view sqlstate, std::string_view message,
                   std::string_view detail, std::string_view hint);

// The strong entity tag of a body.
std::string entity_tag_of(std::string_view body);

// Whether If-None-Match names it, in the weak comparison that GET wants.
bool matches(std::string_view if_none_match, std::string_view entity_tag);

} // namespace boxoffice::api
