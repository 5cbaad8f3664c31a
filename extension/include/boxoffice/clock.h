// The clock of every rule: the database's wall clock, shifted by boxoffice.clock_offset.
//
// It is read after the last lock and then passed on as a parameter, so that one call has one instant; never now(),
// which is the start of a transaction that may have waited for long.
#pragma once

#include "boxoffice/pg.h"

#include <compare>

namespace boxoffice {

// An instant, in microseconds as PostgreSQL counts them; its own type so that it is never mistaken for an id.
struct Time {
    TimestampTz microseconds;
    auto operator<=>(const Time&) const = default;
};

// A duration as SQL gives it: months and days keep their calendar meaning.
struct Duration {
    Interval value;
};

namespace clock {

// Microseconds added to the wall clock; set by boxoffice.clock_offset.
extern int64_t offset_microseconds;

Time now();
// When this instant is by the wall clock.
TimestampTz wall(Time at);

} // namespace clock

// A month counted as 30 days, a day as 24 hours.
int64_t microseconds_of(const Duration& duration);

// start + duration, in the session's time zone as SQL's own addition; raises 22008 when out of range.
Time operator+(Time start, const Duration& duration);

} // namespace boxoffice
