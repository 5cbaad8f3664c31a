// Making a history that fails smaller, whatever its commands are.
#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace boxoffice::histories {

// Without a half, a quarter and so on, down to each single command. rapidcheck's own removeChunks() tries every chunk
// of every length, too many for lists like these.
template <typename History>
rc::Seq<History> with_fewer_commands(const History& history) {
    std::vector<History> choices;
    const std::size_t commands = history.commands.size();
    for (std::size_t length = (commands + 1) / 2; length > 0; length /= 2) {
        for (std::size_t start = 0; start < commands; start += length) {
            History shorter = history;
            const auto from = shorter.commands.begin() + static_cast<std::ptrdiff_t>(start);
            shorter.commands.erase(from, from + static_cast<std::ptrdiff_t>(std::min(length, commands - start)));
            choices.push_back(std::move(shorter));
        }
    }
    return rc::seq::fromContainer(std::move(choices));
}

// A history is made smaller for so long at most, and is mostly done before.
constexpr auto time_to_shrink = std::chrono::seconds(40);

template <typename History>
struct Finding {
    History history;
    std::string failure;
    int tries = 0;
};

// Goes on from each smaller history that fails, too, until none of those to try does. trial.run(history) says what went
// wrong, if anything.
template <typename Trial, typename History>
Finding<History> make_smaller(Trial& trial, rc::Shrinkable<History> failing, std::string failure) {
    const auto end = std::chrono::steady_clock::now() + time_to_shrink;
    Finding<History> found{.history = failing.value(), .failure = std::move(failure)};
    for (bool smaller = true; smaller;) {
        smaller = false;
        rc::Seq<rc::Shrinkable<History>> candidates = failing.shrinks();
        for (auto candidate = candidates.next(); candidate && !smaller; candidate = candidates.next()) {
            if (std::chrono::steady_clock::now() > end) {
                return found;
            }
            ++found.tries;
            if (const std::optional<std::string> same = trial.run(candidate->value())) {
                failing = *candidate;
                found.history = failing.value();
                found.failure = *same;
                smaller = true;
            }
        }
    }
    return found;
}

} // namespace boxoffice::histories
