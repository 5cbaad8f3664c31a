// The audit after the rush: what the tables say was sold, independent of what anybody was told or has counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "database.h"
#include "tally.h"

namespace boxoffice::crowd {

struct PaidReservation {
    std::string user_id;
    std::int64_t amount;
    std::vector<int> seat_ids;
};

struct Findings {
    std::int64_t oversold;      // seats in more than one paid reservation, or sold to another than the seat's own
    std::int64_t held_twice;    // pairs of reservations that had the same seat at the same instant
    std::int64_t expired_holds; // reservations that lapsed unpaid
    std::int64_t resold_seats;  // seats of such reservations that someone else has paid for
    std::map<std::int64_t, PaidReservation> paid; // by reservation_id
    std::vector<std::string> violations;          // the rows of verify()
};

// Reads the tables of one slot, and verify().
Findings audit_slot(Database& database, std::int64_t slot_id);

// Seats that were acknowledged as paid to more than one buyer, by the buyers' own word.
std::int64_t seats_acknowledged_twice(const std::vector<AcknowledgedSale>& sales);

// What the acknowledgements and the tables disagree about, one line each; empty when they agree.
std::vector<std::string> disagreements(const std::vector<AcknowledgedSale>& sales, const Findings& findings);

} // namespace boxoffice::crowd
