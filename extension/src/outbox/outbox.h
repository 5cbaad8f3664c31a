// The outbox: what others should hear about, written with the change itself, and read in the order of commits.
//
// Owns      boxoffice.outbox, boxoffice.outbox_position.
// Invariant every committed change of seats that boxoffice makes has one row, written in its transaction; a refusal has
//           none. A position says which rows its consumer was told: all that are visible in a snapshot. Numbers and
//           transaction ids do not follow the order of commits, snapshots do: what the next snapshot shows and the last
//           did not is told, so that a change that commits late is neither lost nor told twice.
// Locks     a consumer's position and upkeep's own, each tried once and never waited for. Nothing else: rows of the
//           outbox are only added, and deleted by whoever has upkeep's position.
// Dies here a position moves in the transaction of its reader: what was not committed is told again.
#pragma once

#include "pg/spi.h"

// What a row is made of, for statements that write many.
#define BOXOFFICE_OUTBOX_COLUMNS "xid, created_at, event, slot_id, reservation_id, seat_ids"

namespace boxoffice::outbox {

// False with boxoffice.outbox_keep = 0: nothing is written.
bool is_kept();
// Writes one change of seats, while they are locked. event: held, released, paid or cancelled; blocked or unblocked, of no
// reservation; expired is written by the statement that marks the holds.
void write(const char* event, int64_t slot_id, std::optional<int64_t> reservation_id, const SeatIds& seat_ids, Time at);

// What has changed since the consumer was told last: a row (slot_id, seats) for each slot, with what its seats are in
// the snapshot that was read. At most so many changes at once. No rows for a consumer whose position another
// transaction has, nor at the first call, from which on changes are told.
spi::Rows next_changes(const std::string& consumer, int32_t max_rows);

// Deletes what every consumer was told, and what is older than boxoffice.outbox_keep, the oldest first and about so
// many.
void forget_told(int64_t most);

} // namespace boxoffice::outbox
