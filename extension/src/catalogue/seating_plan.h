// Seats come into being: from a seating plan, or numbered.
//
// Owns      boxoffice.seating_plan, and the static columns of boxoffice.seat.
// Invariant seat_id counts from 1 in its slot without a gap; seat_guid is unique in it; all seats of a call or none.
// Locks     the slot's row FOR UPDATE, so that two calls do not number the same seats; sales do not lock it.
//
// The format is that of pretix (https://github.com/pretix/pretix, seating-plan.schema.json): zones > rows > seats.
#pragma once

#include "pg/codec.h"

namespace boxoffice::seating_plan {

// Adds the plan's seats with prices by category name, keeps the document, returns how many seats. Raises 22023 with the
// place in the document, 23505 when the slot has a plan or one of the seats already.
int32_t add(int64_t slot_id, JsonDatum plan, JsonDatum prices);
// Adds so many seats, numbered on from the highest number that the slot has, all at one price in minor units.
int32_t add_numbered(int64_t slot_id, int32_t count, int64_t price);

} // namespace boxoffice::seating_plan
