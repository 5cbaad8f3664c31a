// What a call answers and how the sale then stands, in one form for the model and for a server, so that the two can be
// compared: reservations are counted in the order in which they were made, times from the beginning of the history.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "history.h"

namespace boxoffice::histories {

struct Answer {
    std::string outcome{}; // empty for a call that answers none, "error <SQLSTATE>" for one that raises
    std::optional<int> reservation{};
    std::optional<Instant> expires_at{};
    std::optional<std::int64_t> amount{};
    std::optional<std::int64_t> balance{};
    std::optional<std::int64_t> refunded{};
    std::optional<std::string> seats{};
    std::optional<std::string> refused_seats{};
    std::optional<std::int64_t> expired{};
    std::optional<std::int64_t> seats_changed{};
};

// A reservation as its user reads it; its number is its place in a vector.
struct ReservationRow {
    int user = 0;
    std::optional<int> pool{}; // none: seats
    int quantity = 0;
    std::string status{};
    Instant expires_at{};
    std::int64_t amount = 0; // and so much do its items cost together
};

// How the sale stands.
struct Standing {
    std::int64_t seats_free = 0;
    std::vector<int> seats_blocked{};
    std::vector<std::int64_t> seat_prices{}; // by seat
    std::int64_t net = 0;                    // as the report of the sales has it
    std::int64_t places_free_in_slot = 0;
    std::array<std::int64_t, pools> places_free{};
    std::array<std::int64_t, pools> capacities{};
    std::vector<std::int64_t> balances{}; // by user
    std::vector<ReservationRow> reservations{};
};

std::string describe(const Answer& answer);
std::string describe(const Standing& standing);

// What differs, in words; empty when nothing does.
std::string difference(const Answer& expected, const Answer& actual);
std::string difference(const Standing& expected, const Standing& actual);

// How often each kind of answer was seen, so that a run shows what it has tried.
using Tally = std::map<std::string, int>;
std::string kind_of(const Command& command, const Answer& answer);

} // namespace boxoffice::histories
