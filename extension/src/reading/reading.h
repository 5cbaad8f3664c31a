// What can be read: venues, events, slots, pools, seats, coupons, reservations, payments, claims of coupons, balance
// entries. Queues are read in queue/progress.h.
//
// Owns nothing and locks nothing: each is one statement in the caller's own snapshot. What depends on the time is
// judged at one reading of the clock: a lapsed hold reads as expired, and its seats as free, from that instant on.
// Lists are newest first and go on with before_id, the last id of the page before; slots and pools come in their own order
// and go on with after_id. Whatever a list is asked for, it returns at most 1000 rows; only the seats of a slot come all
// at once, because a map with holes is none.
#pragma once

#include "base/page.h"
#include "pg/spi.h"

namespace boxoffice::reading {

spi::Rows list_venues(const Page& page);
spi::Rows get_venue(int64_t venue_id);
spi::Rows list_events(const std::optional<std::string>& query, const Page& page);
spi::Rows get_event(int64_t event_id);
spi::Rows list_slots(int64_t event_id, const NextPage& page);
spi::Rows get_slot(int64_t slot_id);
spi::Rows list_pools(int64_t slot_id, const NextPage& page);
spi::Rows get_pool(int64_t pool_id);
spi::Rows list_coupons(const Page& page);
spi::Rows get_coupon(int64_t coupon_id);
spi::Rows available_seats(int64_t slot_id);
spi::Rows seat_map(int64_t slot_id);
spi::Rows list_reservations(const std::string& user_id, const Page& page);
// Of this user or, without one, of anyone. The house also reads its own reasons.
spi::Rows get_reservation(int64_t reservation_id, const std::optional<std::string>& user_id, bool by_house);
spi::Rows list_payments(const std::string& user_id, const Page& page);
spi::Rows list_coupon_claims(const std::string& user_id, const Page& page);
spi::Rows list_balance_entries(const std::string& user_id, const Page& page);

} // namespace boxoffice::reading
