// Holding seats: those that the buyer names, or the best that are free.
//
// Owns      the changing columns of boxoffice.seat, together with reservation.h.
// Invariant a seat is in at most one running hold or sold once. A seat is free when it is neither sold nor blocked and
//           its held_until is not after the clock. A hold ends at that instant by itself; nothing is written for it.
// Locks     the user's lock; the token, see hold.h; then the seats' rows by seat_id, never waited for. They are taken in
//           a subtransaction, so that a refusal leaves none. A seat is locked exactly in the version that the snapshot
//           showed: what has changed since is refused, not followed.
// Dies here everything is one transaction: a connection lost before the commit leaves nothing, not even a lock.
#pragma once

#include "sale/hold.h"

namespace boxoffice::hold {

struct SeatsRequest {
    int64_t slot_id;
    Buyer buyer;
    SeatIds seat_ids;
};

// Holds all the seats or none. Seats that the user holds already, all in one hold, are answered with that hold as it
// is.
HoldResult hold_seats(const SeatsRequest& request);

struct BestSeatsRequest {
    int64_t slot_id;
    Buyer buyer;
    int32_t quantity;
    std::optional<std::string> category; // nothing: any
};

// Holds the best free seats, passing over those that another transaction is taking; best_seats.h says which are best.
// sold_out: fewer are free, those counted that are being taken. seat_busy: enough are free, but others have them in hand.
HoldResult hold_best_seats(const BestSeatsRequest& request);

// For the ways to choose seats.

// A free seat as the snapshot shows it.
struct FreeSeat {
    int32_t seat_id;
    RowAddress address;
    int64_t price;
};

// Locks the seats, by seat_id, and gives the hold. Otherwise nothing is left of the attempt and failed is the seat that
// another transaction has or has changed; none when it was the token, which is then the outcome.
struct Attempt {
    HoldResult result;
    std::optional<int32_t> failed{};
};
Attempt take_seats(const spi::FreshSnapshot& snapshot, const Terms& terms, const std::string& user_id,
                   const std::vector<FreeSeat>& seats);

} // namespace boxoffice::hold
