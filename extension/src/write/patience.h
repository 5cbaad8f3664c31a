#pragma once

#include <cstdint>

namespace boxoffice {

// How long to go on trying: until busy_wait has passed, with pauses of 0.5 to 2 ms, but always a second time at once:
// what was busy may have changed for good, and then the caller should hear that instead.
class Patience {
public:
    Patience();
    // Answers true after a pause, or false when the time is over. A cancelled statement raises.
    [[nodiscard]] bool once_more();

private:
    bool first = true;
    const int64_t deadline; // by clock::steady()
    int64_t pause_microseconds = 500;
};

// What attempt returns, tried until it is something or the patience ends; then nothing.
template <typename Attempt>
auto patiently(Attempt&& attempt) {
    Patience patience;
    auto result = attempt();
    while (!result && patience.once_more())
        result = attempt();
    return result;
}

} // namespace boxoffice
