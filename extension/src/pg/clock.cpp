#include "pg/clock.h"

#include <chrono>
#include <limits>

namespace boxoffice {

int64_t clock::offset_microseconds = 0;

Time clock::now() { return Time{GetCurrentTimestamp() + offset_microseconds}; }

TimestampTz clock::wall(Time at) { return at.microseconds - offset_microseconds; }

int64_t clock::steady() {
    return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

std::optional<Duration> duration_of(const Interval& interval) {
    if (interval.month != 0)
        return std::nullopt;
    int64_t days = 0, sum = 0;
    if (__builtin_mul_overflow(int64_t{interval.day}, USECS_PER_DAY, &days) ||
        __builtin_add_overflow(days, interval.time, &sum)) {
        using Limits = std::numeric_limits<int64_t>;
        return Duration{interval.day < 0 ? Limits::min() : Limits::max()};
    }
    return Duration{sum};
}

} // namespace boxoffice
