// Seats in a statement, by a list of their ids.
#pragma once

// For FROM: the seats of a slot as seat, with its columns and its ctid, in the order of the list; both are pieces of SQL. One
// look at the key for each: a subquery with a limit is never turned into a scan of all. For a list of keys the planner
// would, where statistics speak of small slots, read every seat of the slot and compare each with the whole list.
#define BOXOFFICE_SEATS_BY_KEY(slot_id, seat_ids)                                                                      \
    "unnest(" seat_ids ") AS wanted(id), LATERAL (SELECT *, ctid FROM boxoffice.seat"                                  \
    "   WHERE seat.slot_id = " slot_id " AND seat.seat_id = wanted.id LIMIT 1) seat"
