// The audit after the rush: what the tables say was sold, independent of what anybody was told or has counted.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "database.h"
#include "opening.h"
#include "tally.h"

namespace boxoffice::crowd {

struct PaidReservation {
    std::string user_id;
    std::int64_t amount;
    std::vector<int> seat_ids;
};

// What the tokens of the queue say.
struct QueueFindings {
    std::int64_t tokens;
    std::int64_t admitted;
    std::int64_t expired; // of those admitted, because their place ran out
    // Admitted before someone of the same priority who had the smaller number and was admitted, too, but later.
    std::int64_t out_of_order;
    std::int64_t peak_active;
    std::int64_t held_outside; // reservations made by someone who had no active place at that instant
    double median_wait_seconds;
    double longest_wait_seconds;
};

// The money of the slot, by each who keeps books of it. Nobody in this crowd has a coupon.
struct Books {
    std::int64_t ledger;    // what its entries brought the house
    std::int64_t report;    // net of sales_report, all rows
    std::int64_t view;      // net of stat_sale
    std::int64_t feed;      // amounts of the sales that next_sales told
    std::int64_t sales_fed; // how many those were
};

struct Findings {
    std::int64_t oversold;      // seats in more than one paid reservation, or sold to another than the seat's own
    std::int64_t held_twice;    // pairs of reservations that had the same seat at the same instant
    std::int64_t expired_holds; // reservations that lapsed unpaid
    std::int64_t resold_seats;  // seats of such reservations that someone else has paid for
    std::map<std::int64_t, PaidReservation> paid; // by reservation_id
    std::vector<std::string> violations;          // the rows of verify()
    Books books;
    std::optional<QueueFindings> queue; // of a sale that has one
};

// Reads the tables of the slot and its queue, and verify().
Findings audit_sale(Database& database, const Opening& opening);

// Seats that were acknowledged as paid to more than one buyer, by the buyers' own word.
std::int64_t seats_acknowledged_twice(const std::vector<AcknowledgedSale>& sales);

// What the acknowledgements and the tables disagree about, one line each; empty when they agree.
std::vector<std::string> disagreements(const std::vector<AcknowledgedSale>& sales, const Findings& findings);

} // namespace boxoffice::crowd
