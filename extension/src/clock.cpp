#include "boxoffice/clock.h"

#include "boxoffice/boundary.h"

namespace boxoffice {

int64_t clock::offset_microseconds = 0;

Time clock::now() { return Time{GetCurrentTimestamp() + offset_microseconds}; }

TimestampTz clock::wall(Time at) { return at.microseconds - offset_microseconds; }

int64_t microseconds_of(const Duration& duration) {
    const Interval& interval = duration.value;
    return interval.time + (interval.day + int64_t{interval.month} * DAYS_PER_MONTH) * USECS_PER_DAY;
}

Time operator+(Time start, const Duration& duration) {
    Interval interval = duration.value;
    return Time{guarded([&] {
        return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(start.microseconds),
                                                       IntervalPGetDatum(&interval)));
    })};
}

} // namespace boxoffice
