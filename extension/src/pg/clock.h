// The clock of every rule: the database's wall clock, shifted by boxoffice.clock_offset.
//
// It is read after the last lock and then passed on as a parameter, so that one call has one instant; never now(),
// which is the start of a transaction that may have waited for long.
#pragma once

#include "pg/pg.h"

#include <compare>

namespace boxoffice {

// An instant, in microseconds as PostgreSQL counts them; its own type so that it is never mistaken for an id.
struct Time {
    TimestampTz microseconds;
    auto operator<=>(const Time&) const = default;
};

// How long something lasts, in microseconds: the same whoever calls, in whatever time zone.
struct Duration {
    int64_t microseconds;
    auto operator<=>(const Duration&) const = default;
};

namespace clock {

// Microseconds added to the wall clock; set by boxoffice.clock_offset.
extern int64_t offset_microseconds;

Time now();
// When this instant is by the wall clock.
TimestampTz wall(Time at);
// Microseconds of a clock that is never set, the same for all processes of this machine: for how long something takes.
int64_t steady();

} // namespace clock

// An interval of SQL as a duration, a day as 24 hours; what does not fit becomes the longest there is. Nothing for one with
// months or years, because how long those last depends on the date they begin at.
std::optional<Duration> duration_of(const Interval& interval);

inline Time operator+(Time start, Duration duration) { return Time{start.microseconds + duration.microseconds}; }

} // namespace boxoffice
