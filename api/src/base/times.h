// Times and durations as texts: which ones PostgreSQL reads, and reads the same in every session.
#pragma once

#include <string_view>

namespace boxoffice::api {

// RFC 3339 with a zone, or infinity, which lifts a limit. PostgreSQL would take much more ("tomorrow"), which would mean
// something else in another zone, and would raise for a day that there is not.
bool is_time(std::string_view text);

// A duration in ISO 8601 with designators, like P1DT5M; only seconds may have a fraction.
bool is_interval(std::string_view text);

} // namespace boxoffice::api
