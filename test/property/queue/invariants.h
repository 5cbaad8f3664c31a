// What must hold of the data whatever the model says: written from the promises of a queue, not from its rules, so that
// an error made in both model and server is still found.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "answer.h"
#include "history.h"

namespace boxoffice::histories {

// A call and what the table held before and after it, under the settings in force after it.
struct Step {
    const Command& command;
    const Settings& settings;
    Mode mode;
    const std::vector<TokenRow>& before;
    const std::vector<TokenRow>& after;
};

// The promise that the step has broken; empty when it has kept them all.
std::string broken_promise(const Step& step);

// Nobody who waits falls back, unless somebody of a higher priority has joined.
class Positions {
public:
    // In the order of the calls; the same answer as broken_promise().
    std::string watch(const Command& command, const Answer& answer, const std::vector<TokenRow>& rows);

private:
    std::map<int, std::int64_t> last_; // by token
};

} // namespace boxoffice::histories
