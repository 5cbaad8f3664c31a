// What is shown while the rush goes on: a bar that is redrawn in place on a terminal, a plain line about each second
// elsewhere.
#pragma once

#include <cstdint>
#include <string>

#include "hall.h"

namespace boxoffice::crowd {

class Progress {
public:
    Progress();

    // Shows the state of the hall; called a few times a second. `refusals` is the count since the start.
    void show(const Look& look, std::int64_t refusals, double seconds_since_start);

    // Ends the line of the bar.
    void finish();

private:
    static void draw_bar(const Look& look, const std::string& facts);

    bool terminal_;
    bool anything_drawn_ = false;
    double rate_since_ = 0; // when the running second began, in seconds since the start
    std::int64_t rate_refusals_ = 0;
    double refusals_per_second_ = 0;
};

// 1234567 -> "1,234,567"
std::string grouped(std::int64_t number);

} // namespace boxoffice::crowd
