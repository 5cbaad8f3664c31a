#include "boxoffice/clock.h"

#include "boxoffice/boundary.h"

namespace boxoffice {

int64_t clock::offset_microseconds = 0;

Time clock::now() { return Time{GetCurrentTimestamp() + offset_microseconds}; }

Time operator+(Time start, const Duration& duration) {
    Interval interval = duration.value;
    return Time{guarded([&] {
        return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(start.microseconds),
                                                       IntervalPGetDatum(&interval)));
    })};
}

} // namespace boxoffice
