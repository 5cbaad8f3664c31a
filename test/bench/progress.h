// What is shown while the rush goes on: a bar that is redrawn in place on a terminal, with the queue in a second line;
// a plain line about each second elsewhere.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "admission.h"
#include "hall.h"

namespace boxoffice::crowd {

class Progress {
public:
    Progress();
    // Ends the last line.
    ~Progress();

    // Shows the state of the hall and of its queue, if it has one; called a few times a second. `refusals` is the count
    // since the start.
    void show(const Look& look, const std::optional<QueueLook>& queue, std::int64_t refusals,
              double seconds_since_start);

private:
    // A count, and how fast it grew in the last second.
    struct Rate {
        std::int64_t count = 0;
        double per_second = 0;
        void measure(std::int64_t new_count, double elapsed);
    };

    void draw(const std::vector<std::string>& lines);

    bool terminal_;
    std::size_t lines_drawn_ = 0;
    double rates_since_ = 0; // when the running second began, in seconds since the start
    Rate refusals_;
    Rate admissions_;
};

// 1234567 -> "1,234,567"
std::string grouped(std::int64_t number);

} // namespace boxoffice::crowd
