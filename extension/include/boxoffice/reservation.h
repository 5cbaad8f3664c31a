// Holds: giving seats to a user for a while, and giving them back.
//
// Owns      boxoffice.reservation, and the changing columns of boxoffice.seat.
// Invariant a seat is in at most one running hold or sold once. A seat is free when it is neither sold nor blocked and
//           its held_until is not after the clock. A hold ends at that instant by itself; nothing is written for it.
// Locks     the user's lock; then the reservation's row, then its seats' rows by seat_id, never waited for. They are
//           taken in a subtransaction, so that a refusal leaves none. A seat is locked exactly in the version that the
//           snapshot showed: what has changed since is refused, not followed. In a slot with a queue the user's token
//           is read; only one that the user shows up with for the first time is locked, before the seats.
// Dies here everything is one transaction: a connection lost before the commit leaves nothing, not even a lock.
#pragma once

#include "boxoffice/admission.h"

namespace boxoffice::reservation {

struct HoldResult {
    Outcome outcome = Outcome::ok;
    std::optional<int64_t> reservation_id{};
    std::optional<Time> expires_at{};
    std::optional<int64_t> amount{};
    std::optional<SeatIds> seat_ids{};
    std::optional<SeatIds> refused_seat_ids{};
    auto columns() { return std::tie(outcome, reservation_id, expires_at, amount, seat_ids, refused_seat_ids); }
    std::string explanation() const;

    static constexpr const char* type_name = "hold_result";
    static spi::Plan<JsonDatum>& from_json();
};

struct HoldRequest {
    int64_t slot_id;
    std::string user_id;
    SeatIds seat_ids;
    std::optional<Uuid> queue_token;
    std::optional<std::string> idempotency_key;
};

// Holds all the seats or none.
HoldResult hold_seats(const HoldRequest& request);

// Gives up a hold that is not paid; again: ok.
OutcomeResult release(int64_t reservation_id, const std::string& user_id);

// For other domains, under the user's lock.

struct Reservation {
    int64_t slot_id;
    std::string status; // as stored: a lapsed hold may still say held
    SeatIds seat_ids;
    int64_t amount;
    Time expires_at;
    std::optional<int64_t> queue_id, queue_number; // of the token that it was held with
    RowAddress address;
};

// The user's reservation as the snapshot shows it; none when it does not exist or belongs to another.
std::optional<Reservation> find(const spi::FreshSnapshot& snapshot, int64_t reservation_id, const std::string& user_id);

// The refusal that is plain without any lock, for calls that need a running hold; nothing when it may still run.
std::optional<Outcome> refuse_unless_held(const std::optional<Reservation>& found);

enum class Grip {
    firm,   // the reservation and all its seats are locked and still its own
    busy,   // another transaction has one of them at this instant
    broken, // a seat is no longer its own: a hold has ended
};

// Locks the reservation and its seats, inside the subtransaction of the caller. With sold, the seats must be sold, else
// not.
Grip grip(const spi::FreshSnapshot& snapshot, int64_t reservation_id, const Reservation& reservation, bool sold);

// Changes a reservation with its seats, under the user's lock:
//   settle(found)         answers what reading decides, without a lock, or nothing to go on
//   write(reservation)    runs with everything locked; reads the clock, refuses or writes; a refusal is rolled back
// What another transaction has at this instant is tried again until busy_wait, then seat_busy. What is locked in the
// subtransaction is written in it, too: locked by one transaction id and changed by another, a row would need a
// MultiXact.
template <typename Result, typename Settle, typename Write>
Result change_with_seats(int64_t reservation_id, const std::string& user_id, bool sold, Settle&& settle,
                         Write&& write) {
    Patience patience;
    do {
        const spi::FreshSnapshot snapshot;
        const auto found = find(snapshot, reservation_id, user_id);
        if (auto settled = settle(found))
            return *settled;
        Subtransaction attempt;
        const Grip held = grip(snapshot, reservation_id, *found, sold);
        if (held == Grip::firm) {
            Result result = write(*found);
            attempt.end(result.outcome == Outcome::ok);
            return result;
        }
        attempt.roll_back();
        if (held == Grip::broken)
            return Result{sold ? Outcome::not_held : Outcome::hold_expired};
    } while (patience.once_more());
    return Result{Outcome::seat_busy};
}

// Change gripped reservations and their seats.
void mark_paid(int64_t reservation_id, const Reservation& reservation, Time at);
void mark_cancelled(int64_t reservation_id, const Reservation& reservation, Time at);

// Marks holds that had run out at this instant as expired, the longest lapsed first and at most so many (nothing: all),
// without touching their seats; returns how many. Takes reservations with SKIP LOCKED: what a payer has locked is left
// for the next round.
int64_t expire_lapsed(Time at, std::optional<int64_t> most);

} // namespace boxoffice::reservation
