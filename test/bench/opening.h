// The sale seen by those who run it: opening it (venue, event, slot, hall) and looking at the seat map. Always SQL as
// the database's superuser, whatever way the buyers come.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "database.h"
#include "hall.h"

namespace boxoffice::crowd {

struct Opening {
    std::int64_t slot_id;
    std::vector<Seat> seats;
};

// Makes a venue, an event and a slot that starts tomorrow, and puts the hall of this seating plan on sale in it.
Opening open_sale(Database& database, const std::string& plan, double hold_for_seconds);

// Reads the seat map.
Look look_at_hall(Database& database, std::int64_t slot_id, int greatest_seat_id);

} // namespace boxoffice::crowd
