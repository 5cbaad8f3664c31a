// What seats cost, and what they cost when a reservation was made.
//
// Owns      boxoffice.seat.price once the seat is there, and boxoffice.former_price.
// Invariant what a reservation costs is the sum of what its seats cost when it was made, whatever they cost now: the price
//           before a change is kept with a number drawn from those of reservations while the seat is locked. A hold draws
//           its own while it has the seat, so it is below that number exactly when it was made at the old price.
// Locks     the slot's row FOR UPDATE, as adding seats does; then the seats whose price changes, by seat_id, in a
//           subtransaction, each in the version that the snapshot showed and never waited for beyond busy_wait: whoever
//           has one of them keeps no other seat from being sold.
// Dies here everything is one transaction: all prices change or none.
#pragma once

#include "pg/codec.h"

// What a seat cost when a reservation was made, in a statement with the tables under these names.
#define BOXOFFICE_PRICE_THEN(seat, reservation)                                                                        \
    "coalesce((SELECT former.price FROM boxoffice.former_price former"                                                 \
    "   WHERE former.slot_id = " seat ".slot_id AND former.seat_id = " seat ".seat_id"                                 \
    "   AND former.reservations_below > " reservation ".reservation_id"                                                \
    "   ORDER BY former.reservations_below LIMIT 1), " seat ".price)"

namespace boxoffice::seat_price {

// Changes the prices of these seats, or of all of the slot: to one price, or by category; returns how many cost something
// else than before. Raises 22023 for what is no price and for a category that no seat has, not_found for a slot or a seat,
// and 55P03 when another transaction has one of the seats.
int32_t set(int64_t slot_id, JsonDatum prices, const std::optional<SeatIds>& seat_ids);

} // namespace boxoffice::seat_price
