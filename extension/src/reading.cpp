#include "boxoffice/reading.h"

#include "boxoffice/seat_price.h"
#include "boxoffice/validate.h"

namespace boxoffice::reading {

namespace {

using BeforeId = std::optional<int64_t>;

constinit spi::Plan<std::optional<std::string>, BeforeId, int32_t, Time> events{
    "SELECT e.event_id, e.title, e.category, v.name,"
    " (SELECT min(s.starts_at) FROM boxoffice.slot s WHERE s.event_id = e.event_id AND s.starts_at > $4)"
    " FROM boxoffice.event e LEFT JOIN boxoffice.venue v USING (venue_id)"
    " WHERE ($1 IS NULL OR strpos(lower(concat_ws(E'\\n', e.title, e.category, e.description, v.name)), lower($1)) > 0)"
    " AND ($2 IS NULL OR e.event_id < $2)"
    " ORDER BY e.event_id DESC LIMIT $3"};

constinit spi::Plan<int64_t> event{
    "SELECT e.event_id, e.title, e.category, e.description, e.venue_id, v.name, v.address, v.latitude,"
    " v.longitude, e.external_id"
    " FROM boxoffice.event e LEFT JOIN boxoffice.venue v USING (venue_id) WHERE e.event_id = $1"};

// What is free in pool p at the instant $2: the counter, and the holds that have run out and that nobody has marked.
#define BOXOFFICE_PLACES_FREE                                                                                          \
    "((SELECT coalesce(sum(value), 0) FROM boxoffice.counter_stripe c WHERE c.counter_id = p.counter_id)"              \
    " + (SELECT coalesce(sum(quantity), 0) FROM boxoffice.reservation h WHERE h.pool_id = p.pool_id"                   \
    "     AND h.status = 'held' AND h.expires_at <= $2))::bigint"

constinit spi::Plan<int64_t, Time> pools{"SELECT p.pool_id, p.name, p.price, " BOXOFFICE_PLACES_FREE
                                         ", p.capacity::bigint"
                                         " FROM boxoffice.pool p WHERE p.slot_id = $1 ORDER BY p.pool_id"};

// Seats are counted without being looked at: seat_id counts them, counters have what is sold, an index what is held.
constinit spi::Plan<int64_t, Time> slots{
    "SELECT s.slot_id, s.starts_at, (seats.total - paid.seats + cancelled.seats - held.seats - blocked.seats)::bigint,"
    "   seats.total, places.free, places.total, s.sale_opens_at, s.sale_closes_at, s.max_per_user, s.queue_id,"
    "   s.external_id"
    " FROM boxoffice.slot s,"
    " LATERAL (SELECT coalesce((SELECT seat_id FROM boxoffice.seat WHERE slot_id = s.slot_id"
    "     ORDER BY seat_id DESC LIMIT 1), 0)::bigint AS total) seats,"
    " LATERAL (SELECT coalesce(sum(value), 0) AS seats FROM boxoffice.counter_stripe"
    "   WHERE counter_id = s.paid_counter_id) paid,"
    " LATERAL (SELECT coalesce(sum(value), 0) AS seats FROM boxoffice.counter_stripe"
    "   WHERE counter_id = s.cancelled_counter_id) cancelled,"
    " LATERAL (SELECT coalesce(sum(quantity), 0) AS seats FROM boxoffice.reservation"
    "   WHERE slot_id = s.slot_id AND status = 'held' AND pool_id IS NULL AND expires_at > $2) held,"
    " LATERAL (SELECT count(*) AS seats FROM boxoffice.seat"
    "   WHERE slot_id = s.slot_id AND blocked AND NOT sold AND (held_until > $2) IS NOT TRUE) blocked,"
    " LATERAL (SELECT coalesce(sum(" BOXOFFICE_PLACES_FREE "), 0)::bigint AS free,"
    "     coalesce(sum(p.capacity), 0)::bigint AS total"
    "   FROM boxoffice.pool p WHERE p.slot_id = s.slot_id) places"
    " WHERE s.event_id = $1 AND greatest(s.starts_at, s.sale_closes_at) > $2"
    " ORDER BY s.starts_at, s.slot_id"};

constinit spi::Plan<int64_t, Time> free_seats{
    "SELECT seat_id, seat_guid, zone, row_label, seat_label, category, price, x, y FROM boxoffice.seat"
    " WHERE slot_id = $1 AND NOT (sold OR blocked OR coalesce(held_until > $2, false)) ORDER BY seat_id"};

constinit spi::Plan<int64_t, Time> all_seats{
    "SELECT seat_id, seat_guid, zone, row_label, seat_label, category, price, x, y,"
    " CASE WHEN sold THEN 'sold' WHEN held_until > $2 THEN 'held' WHEN blocked THEN 'blocked' ELSE 'free' END"
    " FROM boxoffice.seat WHERE slot_id = $1 ORDER BY seat_id"};

// The same for the list and for a single reservation. A hold reads as held only while its seats are still its own:
// after a step of the clock they may belong to another although its expires_at has not come. A user's reservations are
// sorted, because no plan may walk over everybody's, newest first, until it has found enough.
#define BOXOFFICE_RESERVATION_COLUMNS                                                                                  \
    "r.reservation_id,"                                                                                                \
    " CASE WHEN r.status = 'held' AND (r.expires_at <= $1 OR EXISTS ("                                                 \
    "     SELECT FROM boxoffice.seat own WHERE own.slot_id = r.slot_id AND own.seat_id = ANY (r.seat_ids)"             \
    "     AND own.reservation_id IS DISTINCT FROM r.reservation_id))"                                                  \
    "   THEN 'expired' ELSE r.status END,"                                                                             \
    " s.event_id, e.title, r.slot_id, s.starts_at, r.amount, r.created_at, r.expires_at, r.paid_at,"                   \
    " CASE WHEN r.pool_id IS NOT NULL THEN (SELECT jsonb_build_array(jsonb_build_object('pool_id', p.pool_id,"         \
    "     'name', p.name, 'quantity', r.quantity, 'price', r.amount / r.quantity))"                                    \
    "   FROM boxoffice.pool p WHERE p.pool_id = r.pool_id)"                                                            \
    " ELSE (SELECT jsonb_agg(jsonb_build_object('seat_id', seat.seat_id, 'seat_guid', seat.seat_guid,"                 \
    "     'zone', seat.zone, 'row_label', seat.row_label, 'seat_label', seat.seat_label, 'category', seat.category,"   \
    "     'price', " BOXOFFICE_PRICE_THEN(                                                                             \
        "seat", "r") ") ORDER BY seat.seat_id)"                                                                        \
                     "   FROM boxoffice.seat WHERE seat.slot_id = r.slot_id AND seat.seat_id = ANY (r.seat_ids)) END"

constinit spi::Plan<Time, std::string, BeforeId, int32_t> reservations{
    "SELECT " BOXOFFICE_RESERVATION_COLUMNS
    " FROM (WITH own AS MATERIALIZED (SELECT * FROM boxoffice.reservation WHERE user_id = $2"
    "     AND ($3 IS NULL OR reservation_id < $3))"
    "   SELECT * FROM own ORDER BY reservation_id DESC LIMIT $4) r"
    " JOIN boxoffice.slot s USING (slot_id) JOIN boxoffice.event e USING (event_id)"
    " ORDER BY r.reservation_id DESC"};

constinit spi::Plan<Time, int64_t, std::optional<std::string>> reservation{
    "SELECT " BOXOFFICE_RESERVATION_COLUMNS ", r.user_id, c.created_at, c.by_house,"
    "   CASE WHEN $3 IS NULL OR NOT c.by_house THEN c.reason END"
    " FROM boxoffice.reservation r JOIN boxoffice.slot s USING (slot_id) JOIN boxoffice.event e USING (event_id)"
    "   LEFT JOIN boxoffice.cancellation c ON c.reservation_id = r.reservation_id"
    " WHERE r.reservation_id = $2 AND ($3 IS NULL OR r.user_id = $3)"};

constinit spi::Plan<std::string, BeforeId, int32_t> payments{
    "SELECT p.payment_id, p.reservation_id, p.amount, p.refunded, p.created_at, p.gross, p.discount, p.claim_id"
    " FROM boxoffice.payment p"
    " WHERE p.account_id = (SELECT a.account_id FROM boxoffice.account a WHERE a.user_id = $1)"
    " AND ($2 IS NULL OR p.payment_id < $2) ORDER BY p.payment_id DESC LIMIT $3"};

constinit spi::Plan<std::string, BeforeId, int32_t, Time> claims{
    "SELECT c.claim_id, c.coupon_id, k.name, c.claim_number, k.discount_amount, k.discount_percent, k.minimum_amount,"
    " CASE WHEN c.reservation_id IS NOT NULL THEN 'used' WHEN k.valid_until <= $4 THEN 'expired' ELSE 'claimed' END,"
    " c.claimed_at, k.valid_until, c.reservation_id"
    " FROM boxoffice.coupon_claim c JOIN boxoffice.coupon k USING (coupon_id)"
    " WHERE c.user_id = $1 AND ($2 IS NULL OR c.claim_id < $2) ORDER BY c.claim_id DESC LIMIT $3"};

constinit spi::Plan<std::string, BeforeId, int32_t> entries{
    "SELECT l.entry_id, l.amount, l.balance, l.reason, l.reservation_id, l.created_at"
    " FROM boxoffice.ledger_entry l"
    " WHERE l.account_id = (SELECT a.account_id FROM boxoffice.account a WHERE a.user_id = $1)"
    " AND ($2 IS NULL OR l.entry_id < $2) ORDER BY l.entry_id DESC LIMIT $3"};

} // namespace

spi::Rows list_events(const std::optional<std::string>& query, const Page& page) {
    validate::max_rows(page.max_rows);
    return events.read(query, page.before_id, page.max_rows, clock::now());
}

spi::Rows get_event(int64_t event_id) { return event.read(event_id); }

spi::Rows list_slots(int64_t event_id) { return slots.read(event_id, clock::now()); }

spi::Rows list_pools(int64_t slot_id) { return pools.read(slot_id, clock::now()); }

spi::Rows available_seats(int64_t slot_id) { return free_seats.read(slot_id, clock::now()); }

spi::Rows seat_map(int64_t slot_id) { return all_seats.read(slot_id, clock::now()); }

spi::Rows list_reservations(const std::string& user_id, const Page& page) {
    validate::user_id(user_id);
    validate::max_rows(page.max_rows);
    return reservations.read(clock::now(), user_id, page.before_id, page.max_rows);
}

spi::Rows get_reservation(int64_t reservation_id, const std::optional<std::string>& user_id) {
    if (user_id)
        validate::user_id(*user_id);
    return reservation.read(clock::now(), reservation_id, user_id);
}

spi::Rows list_payments(const std::string& user_id, const Page& page) {
    validate::user_id(user_id);
    validate::max_rows(page.max_rows);
    return payments.read(user_id, page.before_id, page.max_rows);
}

spi::Rows list_coupon_claims(const std::string& user_id, const Page& page) {
    validate::user_id(user_id);
    validate::max_rows(page.max_rows);
    return claims.read(user_id, page.before_id, page.max_rows, clock::now());
}

spi::Rows list_balance_entries(const std::string& user_id, const Page& page) {
    validate::user_id(user_id);
    validate::max_rows(page.max_rows);
    return entries.read(user_id, page.before_id, page.max_rows);
}

} // namespace boxoffice::reading
