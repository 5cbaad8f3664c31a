// Reservations: what one call has held, and what becomes of it: paid, released, expired or cancelled.
//
// Owns      boxoffice.reservation, and with seat_hold.h the changing columns of boxoffice.seat.
// Invariant a reservation has all its seats or places or none of them. A held one past its expires_at reads as expired
//           from that instant; nothing is written for it.
// Locks     the user's lock; then the reservation's row, then its seats' rows by seat_id, never waited for, in a
//           subtransaction; see seat_hold.h. Places have no rows: whoever has the reservation's row has them, and they
//           go back to the pool's counter, see counter.h.
// Dies here everything is one transaction: a connection lost before the commit leaves nothing, not even a lock.
#pragma once

#include "write/perform.h"

// What index reservation_held begins with: of which pool, or with its sign changed of which slot's seats, something is
// held.
#define BOXOFFICE_HELD_OF(reservation) "coalesce(" reservation ".pool_id, -" reservation ".slot_id)"

namespace boxoffice::reservation {

// Gives up a hold that is not paid; again: ok.
OutcomeResult release(int64_t reservation_id, const std::string& user_id);

struct ExtendResult {
    Outcome outcome = Outcome::ok;
    std::optional<Time> expires_at{};
    bool repeated = false; // it can be no longer than it is: nothing was written
    auto columns() { return std::tie(outcome, expires_at); }
    std::string explanation() const { return ""; }
};
// Lets a running hold run for hold_for from now on, at most hold_for_max from its beginning, and never less than before.
ExtendResult extend(int64_t reservation_id, const std::string& user_id);

// For other domains, under the user's lock.

// What a hold begins with.
struct NewReservation {
    int64_t slot_id;
    std::string user_id;
    SeatIds seat_ids; // none: places
    std::optional<int64_t> pool_id;
    int32_t quantity;
    int64_t amount;
    Time created_at, expires_at;
    std::optional<int64_t> queue_id, queue_number;
};
int64_t insert(const NewReservation& reservation);

// Whether the seats and places that the user holds and owns in a slot are more than so many. Reads at most one
// reservation more than that, however many of the user's have ended.
bool has_more_than(const spi::FreshSnapshot& snapshot, const std::string& user_id, int64_t slot_id, int64_t most,
                   Time at);

// A hold of the user that runs, so that a second click finds the first.
struct Running {
    int64_t reservation_id;
    Time expires_at;
    int64_t amount;
    SeatIds seat_ids;
};
std::optional<Running> find_running(const spi::FreshSnapshot& snapshot, int64_t reservation_id,
                                    const std::string& user_id, Time at);
// The last made one of just so many places of a pool.
std::optional<Running> find_running_places(const spi::FreshSnapshot& snapshot, int64_t slot_id, int64_t pool_id,
                                           int32_t quantity, const std::string& user_id, Time at);

// The last one of just so many seats, all of them of the category where one is given.
std::optional<Running> find_running_seats(const spi::FreshSnapshot& snapshot, int64_t slot_id, int32_t quantity,
                                          const std::optional<std::string>& category, const std::string& user_id,
                                          Time at);

struct Reservation {
    int64_t slot_id;
    std::string status;             // as stored: a lapsed hold may still say held
    SeatIds seat_ids;               // none: places
    std::optional<int64_t> pool_id; // of places
    int32_t quantity;
    int64_t amount;
    Time created_at, expires_at;
    std::optional<int64_t> queue_id, queue_number; // of the token that it was held with
    int64_t counter_id; // of the pool's free places; of the slot's seats that were paid or, once paid, cancelled
    RowAddress address;
    RowAddresses seats{}; // once gripped
};

// Whose it is, for the house; nothing: it does not exist.
std::optional<std::string> owner_of(int64_t reservation_id);

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
Grip grip(const spi::FreshSnapshot& snapshot, int64_t reservation_id, Reservation& reservation, bool sold);

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
        auto found = find(snapshot, reservation_id, user_id);
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

// Change gripped reservations, their seats and the counters of those.
void mark_paid(int64_t reservation_id, const Reservation& reservation, Time at);
void mark_cancelled(int64_t reservation_id, const Reservation& reservation, Time at);

// Marks holds that had run out at this instant as expired, the longest lapsed first and at most so many (nothing: all);
// returns how many. Places go back to their pool, seats are not touched. What a payer has locked is left for the next
// round.
int64_t expire_lapsed(Time at, std::optional<int64_t> most);
// The same for those of one pool, until so many places are found, for the caller to take: returns how many there were,
// which go nowhere by themselves.
int64_t reclaim_lapsed(int64_t pool_id, Time at, int64_t wanted);
// How many places of a pool are in such holds.
int64_t count_lapsed(const spi::FreshSnapshot& snapshot, int64_t pool_id, Time at);

} // namespace boxoffice::reservation
