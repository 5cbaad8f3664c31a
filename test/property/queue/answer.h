// What a call answers and what the table of tokens then holds, in one form for the model and for a server, so that the
// two can be compared: tokens are counted in the order of their numbers, times from the beginning of the history.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "history.h"

namespace boxoffice::histories {

struct Answer {
    std::string outcome{}; // empty for a call that answers none, "error ..." for one that raises
    std::optional<int> token{};
    std::optional<std::string> status{};
    std::optional<std::int64_t> position{};
    std::optional<std::int64_t> eta_seconds{};
    std::optional<std::int64_t> poll_after_ms{};
    std::optional<Instant> expires_at{};
    std::optional<std::int64_t> admitted{};
};

// A row of boxoffice.queue_token; its number is its place in a vector.
struct TokenRow {
    int user = 0;
    int priority = 0;
    std::string status{};
    std::optional<Instant> admitted_at{};
    std::optional<Instant> lapses_at{};
    std::optional<Instant> expires_at{};
};

std::string describe(const Answer& answer);
std::string describe(const TokenRow& row);

// What differs, in words; empty when nothing does.
std::string difference(const Answer& expected, const Answer& actual);
std::string difference(const std::vector<TokenRow>& expected, const std::vector<TokenRow>& actual);

// How often each kind of answer and change of a token was seen, so that a run shows what it has tried.
using Tally = std::map<std::string, int>;
std::string kind_of(const Answer& answer);

} // namespace boxoffice::histories
