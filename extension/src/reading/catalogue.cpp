// Reading what is for sale: venues, slots, pools, coupons; see reading.h.

#include "reading/reading.h"

#include "base/outcome.h"
#include "base/validate.h"
#include "sale/reservation.h"

namespace boxoffice::reading {

namespace {

using Id = std::optional<int64_t>;

#define BOXOFFICE_VENUE "SELECT venue_id, name, address, latitude, longitude, external_id FROM boxoffice.venue"

constinit spi::Plan<Id, int32_t> venues{BOXOFFICE_VENUE " WHERE venue_id < coalesce($1, 9223372036854775807)"
                                                        " ORDER BY venue_id DESC LIMIT $2"};
constinit spi::Plan<int64_t> venue{BOXOFFICE_VENUE " WHERE venue_id = $1"};

// What is free in pool p at the instant $2: the counter, and the holds that have run out and that nobody has marked.
#define BOXOFFICE_PLACES_FREE                                                                                          \
    "((SELECT coalesce(sum(value), 0) FROM boxoffice.counter_stripe c WHERE c.counter_id = p.counter_id)"              \
    " + (SELECT coalesce(sum(quantity), 0) FROM boxoffice.reservation h WHERE " BOXOFFICE_HELD_OF(                     \
        "h") " = p.pool_id"                                                                                            \
             "     AND h.status = 'held' AND h.expires_at <= $2))::bigint"

#define BOXOFFICE_POOL_COLUMNS "p.pool_id, p.name, p.price, " BOXOFFICE_PLACES_FREE ", p.capacity::bigint"

constinit spi::Plan<int64_t, Time, Id, int32_t> pools{
    "SELECT " BOXOFFICE_POOL_COLUMNS " FROM boxoffice.pool p"
    " WHERE (p.slot_id, p.pool_id) > ($1, coalesce($3, 0)) AND (p.slot_id, p.pool_id) <= ($1, 9223372036854775807)"
    " ORDER BY p.slot_id, p.pool_id LIMIT $4"};
constinit spi::Plan<int64_t, Time> pool{"SELECT " BOXOFFICE_POOL_COLUMNS
                                        ", p.slot_id FROM boxoffice.pool p WHERE p.pool_id = $1"};

// Seats are counted without being looked at: seat_id counts them, counters have what is sold, an index what is held.
// A slot whose sale has closed is closed, also when it was never announced.
#define BOXOFFICE_SLOT_COLUMNS                                                                                         \
    "s.slot_id, s.starts_at, (seats.total - paid.seats + cancelled.seats - held.seats - blocked.seats)::bigint,"       \
    "   seats.total, places.free, places.total, s.sale_opens_at, s.sale_closes_at, s.max_per_user, s.queue_id,"        \
    "   s.external_id, CASE WHEN coalesce(s.sale_closes_at, s.starts_at) <= $2 THEN 'closed'"                          \
    "     WHEN s.sale_opens_at = 'infinity' THEN 'not_announced' WHEN s.sale_opens_at > $2 THEN 'not_yet_open'"        \
    "     ELSE 'on_sale' END"

#define BOXOFFICE_COUNTS_OF_SLOT                                                                                       \
    " LATERAL (SELECT coalesce((SELECT seat_id FROM boxoffice.seat WHERE slot_id = s.slot_id"                          \
    "     ORDER BY seat_id DESC LIMIT 1), 0)::bigint AS total) seats,"                                                 \
    " LATERAL (SELECT coalesce(sum(value), 0) AS seats FROM boxoffice.counter_stripe"                                  \
    "   WHERE counter_id = s.paid_counter_id) paid,"                                                                   \
    " LATERAL (SELECT coalesce(sum(value), 0) AS seats FROM boxoffice.counter_stripe"                                  \
    "   WHERE counter_id = s.cancelled_counter_id) cancelled,"                                                         \
    " LATERAL (SELECT coalesce(sum(quantity), 0) AS seats FROM boxoffice.reservation h"                                \
    "   WHERE " BOXOFFICE_HELD_OF(                                                                                     \
        "h") " = -s.slot_id AND h.status = 'held' AND h.expires_at > $2) held,"                                        \
             " LATERAL (SELECT count(*) AS seats FROM boxoffice.seat"                                                  \
             "   WHERE slot_id = s.slot_id AND blocked AND NOT sold AND (held_until > $2) IS NOT TRUE) blocked,"       \
             " LATERAL (SELECT coalesce(sum(" BOXOFFICE_PLACES_FREE "), 0)::bigint AS free,"                           \
             "     coalesce(sum(p.capacity), 0)::bigint AS total"                                                      \
             "   FROM boxoffice.pool p WHERE p.slot_id = s.slot_id) places"

// The page is found before anything is counted.
constinit spi::Plan<int64_t, Time, Id, int32_t> slots{
    "SELECT " BOXOFFICE_SLOT_COLUMNS " FROM (SELECT * FROM boxoffice.slot"
    "   WHERE event_id = $1 AND greatest(starts_at, sale_closes_at) > $2"
    "   AND (starts_at, slot_id) > (CASE WHEN $3 IS NULL THEN '-infinity'"
    "     ELSE (SELECT last.starts_at FROM boxoffice.slot last WHERE last.slot_id = $3) END, coalesce($3, 0))"
    "   ORDER BY starts_at, slot_id LIMIT $4) s," BOXOFFICE_COUNTS_OF_SLOT " ORDER BY s.starts_at, s.slot_id"};
constinit spi::Plan<int64_t, Time> slot{
    "SELECT " BOXOFFICE_SLOT_COLUMNS ", s.event_id, e.title, s.hold_for, s.hold_for_max"
    " FROM boxoffice.slot s JOIN boxoffice.event e USING (event_id)," BOXOFFICE_COUNTS_OF_SLOT " WHERE s.slot_id = $1"};

#define BOXOFFICE_COUPON                                                                                               \
    "SELECT k.coupon_id, k.name, k.quantity, (SELECT coalesce(sum(value), 0) FROM boxoffice.counter_stripe c"          \
    "     WHERE c.counter_id = k.counter_id)::bigint, k.discount_amount, k.discount_percent, k.valid_from,"            \
    "   k.valid_until, k.minimum_amount, CASE WHEN k.valid_until <= $2 THEN 'over'"                                    \
    "     WHEN k.valid_from > $2 THEN 'not_yet_valid' ELSE 'valid' END"                                                \
    " FROM boxoffice.coupon k"

constinit spi::Plan<Id, Time, int32_t> coupons{BOXOFFICE_COUPON " WHERE k.coupon_id < coalesce($1, 9223372036854775807)"
                                                                " ORDER BY k.coupon_id DESC LIMIT $3"};
constinit spi::Plan<int64_t, Time> coupon{BOXOFFICE_COUPON " WHERE k.coupon_id = $1"};

} // namespace

spi::Rows list_venues(const Page& page) {
    validate::max_rows(page.max_rows);
    return venues.read(page.before_id, page.max_rows);
}

spi::Rows get_venue(int64_t venue_id) { return venue.read(venue_id); }

spi::Rows list_slots(int64_t event_id, const NextPage& page) {
    validate::max_rows(page.max_rows);
    return slots.read(event_id, clock::now(), page.after_id, page.max_rows);
}

spi::Rows get_slot(int64_t slot_id) { return slot.read(slot_id, clock::now()); }

spi::Rows list_pools(int64_t slot_id, const NextPage& page) {
    validate::max_rows(page.max_rows);
    return pools.read(slot_id, clock::now(), page.after_id, page.max_rows);
}

spi::Rows get_pool(int64_t pool_id) { return pool.read(pool_id, clock::now()); }

spi::Rows list_coupons(const Page& page) {
    validate::max_rows(page.max_rows);
    return coupons.read(page.before_id, clock::now(), page.max_rows);
}

spi::Rows get_coupon(int64_t coupon_id) { return coupon.read(coupon_id, clock::now()); }

} // namespace boxoffice::reading
