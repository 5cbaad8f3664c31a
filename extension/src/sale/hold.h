// Giving a hold: what all ways to hold have in common. Who may hold how much at this time, and the reservation's row.
//
// Invariant nobody holds and owns more than max_per_user in a slot, seats and places together; a slot with a queue gives
//           a hold only for an active token of its user.
// Locks     the user's lock, which the caller has. In a slot with a queue the user's token is read; only one that the
//           user shows up with for the first time is locked, before anything else and never waited for, inside a
//           subtransaction of the caller.
#pragma once

#include "catalogue/catalogue.h"
#include "queue/admission.h"
#include "sale/reservation.h"

namespace boxoffice::hold {

struct HoldResult {
    Outcome outcome = Outcome::ok;
    std::optional<int64_t> reservation_id{};
    std::optional<Time> expires_at{};
    std::optional<int64_t> amount{};
    std::optional<SeatIds> seat_ids{};
    std::optional<SeatIds> refused_seat_ids{};
    std::optional<bool> adjacent{};
    bool repeated = false; // it is an earlier hold: nothing was written
    auto columns() {
        return std::tie(outcome, reservation_id, expires_at, amount, seat_ids, refused_seat_ids, adjacent);
    }
    std::string explanation() const;

    static constexpr const char* type_name = "hold_result";
    static spi::Plan<JsonDatum>& from_json();
};

// Who asks, and with what in hand.
struct Buyer {
    std::string user_id;
    std::optional<Uuid> queue_token;
    std::optional<std::string> idempotency_key;
};
// Raises what is malformed.
void check(const Buyer& buyer);

// Bounds the work, the memory and the locks of one call.
inline constexpr int32_t most_per_hold = 1000;
// 1 to most_per_hold; else raises 22023.
void check_quantity(int32_t quantity);

// On what terms a slot is sold to a buyer, or the refusal: not_found, not_on_sale, queue_token_required,
// queue_token_invalid.
struct Terms {
    Outcome outcome = Outcome::ok;
    int64_t slot_id = 0;
    catalogue::Slot slot{};
    std::optional<queue_token::Token> token{}; // with which the user buys, in a slot that has a queue
};
Terms terms_for(const spi::FreshSnapshot& snapshot, int64_t slot_id, const Buyer& buyer, Time at);

// Whether so many more would be above max_per_user.
bool exceeds_limit(const spi::FreshSnapshot& snapshot, const Terms& terms, const std::string& user_id, int64_t quantity,
                   Time at);

// Whether an amount is 2^53 or above, more than anybody can pay: limit_exceeded. Told before anything is locked.
bool is_too_much(int64_t amount);

// The user shows up with the token, where there is one; false when it is being expired at this instant.
[[nodiscard]] bool claim_token(const spi::FreshSnapshot& snapshot, const Terms& terms);

struct Goods {
    SeatIds seat_ids; // ascending; none for places
    std::optional<int64_t> pool_id;
    int32_t quantity;
    int64_t amount;
};

// Reads the clock and writes the reservation; with everything locked. queue_token_invalid when the token has run out
// meanwhile: nothing was written.
struct Given {
    Outcome outcome = Outcome::ok;
    int64_t reservation_id = 0;
    Time at{}, expires_at{};
};
Given give(const Terms& terms, const std::string& user_id, const Goods& goods);

// The answer to a second click: the hold that runs already, as it is.
HoldResult answer_with(const reservation::Running& running);

} // namespace boxoffice::hold
