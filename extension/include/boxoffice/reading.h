// What can be read: events, slots, seats, reservations, payments, claims of coupons, balance entries.
//
// Owns nothing and locks nothing: each is one statement in the caller's own snapshot. What depends on the time is
// judged at one reading of the clock: a lapsed hold reads as expired, and its seats as free, from that instant on.
// Lists are newest first and go on with before_id, the last id of the page before.
#pragma once

#include "boxoffice/spi.h"

namespace boxoffice::reading {

struct Page {
    std::optional<int64_t> before_id;
    int32_t max_rows;
};

spi::Rows list_events(const std::optional<std::string>& query, const Page& page);
spi::Rows get_event(int64_t event_id);
spi::Rows list_slots(int64_t event_id);
spi::Rows list_pools(int64_t slot_id);
spi::Rows available_seats(int64_t slot_id);
spi::Rows seat_map(int64_t slot_id);
spi::Rows list_reservations(const std::string& user_id, const Page& page);
// Of this user or, without one, of anyone: for the house, which also reads its own reasons.
spi::Rows get_reservation(int64_t reservation_id, const std::optional<std::string>& user_id);
spi::Rows list_payments(const std::string& user_id, const Page& page);
spi::Rows list_coupon_claims(const std::string& user_id, const Page& page);
spi::Rows list_balance_entries(const std::string& user_id, const Page& page);

} // namespace boxoffice::reading
