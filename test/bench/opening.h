// The sale seen by those who run it: opening it (venue, event, queue, slot, hall) at the back office, and looking at the
// seat map. The looks are SQL as the database's superuser, whatever way the buyers come.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "back_office.h"
#include "database.h"
#include "hall.h"
#include "options.h"

namespace boxoffice::crowd {

struct Opening {
    std::int64_t slot_id;
    std::int64_t queue_id; // 0: the slot has no queue
    std::vector<Seat> seats;
};

// Makes a venue, an event, a queue unless the options want none, and a slot that starts tomorrow, and puts the hall of
// this seating plan on sale in it.
Opening open_sale(BackOffice& back_office, Database& database, const std::string& plan, const Options& options);

// Reads the seat map.
Look look_at_hall(Database& database, std::int64_t slot_id, int greatest_seat_id);

} // namespace boxoffice::crowd
