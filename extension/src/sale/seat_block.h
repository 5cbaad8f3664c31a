// Seats that the house keeps back from sale, and gives back to it.
//
// Owns      boxoffice.seat_block, and boxoffice.seat.blocked.
// Invariant a seat that is sold or in a running hold is never blocked. Whatever block_seats has blocked has a row in
//           seat_block until it is unblocked.
// Locks     the seats' rows by seat_id, in a subtransaction, each in the version that the snapshot showed and never waited
//           for beyond busy_wait; no user's lock. Of a hold and a block of one seat the first to lock it wins; the other
//           reads again and is refused.
// Dies here everything is one transaction: all seats are blocked or none, and browsers hear of it or nothing happened.
#pragma once

#include "base/row.h"

namespace boxoffice::seat_block {

struct BlockRequest {
    int64_t slot_id;
    SeatIds seat_ids;
    bool blocked;
    std::optional<std::string> reason;
};

struct BlockResult {
    Outcome outcome = Outcome::ok;
    std::optional<SeatIds> refused_seat_ids{};
    std::optional<int32_t> seats_changed{};
    auto columns() { return std::tie(outcome, refused_seat_ids, seats_changed); }
    std::string explanation() const { return naming_seats(refused_seat_ids); }
};

// Blocks or unblocks all these seats or none; those that are so already count as done. Refusals: not_found (with the
// unknown seats), seat_taken (with those sold or held), seat_busy (with the one that another transaction has).
BlockResult block(const BlockRequest& request);

// The blocked seats of a slot with their reasons, by seat_id, in the caller's own snapshot.
spi::Rows list(int64_t slot_id);

} // namespace boxoffice::seat_block
