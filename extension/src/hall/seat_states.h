// The status of every seat of a slot, in two bits: a map of 50,000 seats in 12.5 kB.
//
// Owns nothing and locks nothing: one statement in the caller's own snapshot, judged at one reading of the clock.
#pragma once

#include "base/row.h"

namespace boxoffice::seat_states {

struct SeatStates {
    Outcome outcome = Outcome::ok;
    std::optional<std::string> version{};
    std::optional<int32_t> seats_total{};
    std::optional<std::string> states{};
    auto columns() { return std::tie(outcome, version, seats_total, states); }
    std::string explanation() const { return ""; }
};

SeatStates read(int64_t slot_id);

} // namespace boxoffice::seat_states
