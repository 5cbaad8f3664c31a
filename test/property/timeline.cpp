#include "timeline.h"

#include <algorithm>

namespace boxoffice::histories {
namespace {

// Both the call that set a turn and the call that meets it happen within a window of their own.
constexpr Duration margin = call_window + call_window / 2;
constexpr Duration one_millisecond{1};

// Rates are counted by the second, so that no call may run into the next.
constexpr Duration latest_in_second = std::chrono::seconds(1) - margin;

Duration part_of_second(Instant instant) { return instant - std::chrono::floor<std::chrono::seconds>(instant); }

} // namespace

void Timeline::wait(Duration duration) { earliest_ += duration; }

void Timeline::wait_until(std::optional<Instant> turn, bool past) {
    if (turn && past) {
        earliest_ = *turn + margin + one_millisecond;
    } else if (turn) {
        const Instant before = *turn - margin - one_millisecond;
        earliest_ = std::max(earliest_, before - std::max(Duration(0), part_of_second(before) - latest_in_second));
    }
}

Instant Timeline::next_call(std::vector<Instant> turns) {
    std::ranges::sort(turns);
    Instant call = std::max(earliest_, last_call_ + call_window);
    for (bool moved = true; moved;) {
        moved = false;
        if (part_of_second(call) > latest_in_second) {
            call = std::chrono::ceil<std::chrono::seconds>(call);
        }
        for (const Instant turn : turns) {
            if (call >= turn - margin && call <= turn + margin) {
                call = turn + margin + one_millisecond;
                moved = true;
            }
        }
    }
    last_call_ = call;
    earliest_ = call;
    return call;
}

} // namespace boxoffice::histories
