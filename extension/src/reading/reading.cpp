#include "reading/reading.h"

#include "base/text.h"
#include "base/validate.h"
#include "hall/seats_by_key.h"
#include "reading/search.h"
#include "sale/seat_price.h"

namespace boxoffice::reading {

namespace {

using BeforeId = std::optional<int64_t>;

// The events that are wanted, newest first; $1 is which, $2 the instant from which on slots are to come.
#define BOXOFFICE_EVENTS(wanted)                                                                                       \
    "SELECT e.event_id, e.title, e.category, v.name,"                                                                  \
    " (SELECT min(s.starts_at) FROM boxoffice.slot s WHERE s.event_id = e.event_id AND s.starts_at > $2)"              \
    " FROM boxoffice.event e LEFT JOIN boxoffice.venue v USING (venue_id)"                                             \
    " WHERE e.event_id " wanted " ORDER BY e.event_id DESC"

constinit spi::Plan<int64_t, Time, int32_t> events_before{BOXOFFICE_EVENTS("< $1") " LIMIT $3"};
constinit spi::Plan<Numbers, Time> events_found{BOXOFFICE_EVENTS("= ANY ($1)")};

constinit spi::Plan<int64_t> event{
    "SELECT e.event_id, e.title, e.category, e.description, e.venue_id, v.name, v.address, v.latitude,"
    " v.longitude, e.external_id"
    " FROM boxoffice.event e LEFT JOIN boxoffice.venue v USING (venue_id) WHERE e.event_id = $1"};

constinit spi::Plan<int64_t, Time> free_seats{
    "SELECT seat_id, seat_guid, zone, row_label, seat_label, category, price, x, y FROM boxoffice.seat"
    " WHERE slot_id = $1 AND NOT (sold OR blocked OR coalesce(held_until > $2, false)) ORDER BY seat_id"};

constinit spi::Plan<int64_t, Time> all_seats{
    "SELECT seat_id, seat_guid, zone, row_label, seat_label, category, price, x, y,"
    " CASE WHEN sold THEN 'sold' WHEN held_until > $2 THEN 'held' WHEN blocked THEN 'blocked' ELSE 'free' END"
    " FROM boxoffice.seat WHERE slot_id = $1 ORDER BY seat_id"};

// The lists of one user are rows of one index, in its order: (whose, id) is compared as a whole, so that no other index
// serves, whatever the planner thinks of the table, and a page costs the same however long the history is.
#define BOXOFFICE_LAST_ID "9223372036854775807"
#define BOXOFFICE_ACCOUNT "(SELECT a.account_id FROM boxoffice.account a WHERE a.user_id = $1)"

#define BOXOFFICE_SEATS_OF(reservation) BOXOFFICE_SEATS_BY_KEY(reservation ".slot_id", reservation ".seat_ids")

// The same for the list and for a single reservation. A hold reads as held only while its seats are still its own:
// after a step of the clock they may belong to another although its expires_at has not come.
#define BOXOFFICE_RESERVATION_COLUMNS                                                                                  \
    "r.reservation_id,"                                                                                                \
    " CASE WHEN r.status = 'held' AND (r.expires_at <= $1 OR EXISTS ("                                                 \
    "     SELECT FROM " BOXOFFICE_SEATS_OF(                                                                            \
        "r") " WHERE seat.reservation_id IS DISTINCT FROM r.reservation_id))"                                          \
             "   THEN 'expired' ELSE r.status END,"                                                                    \
             " s.event_id, e.title, r.slot_id, s.starts_at, r.amount, r.created_at, r.expires_at, r.paid_at"
// A row that becomes an object costs a third less than an object built key by key. Former prices are looked for, seat by
// seat, only where the slot has any.
#define BOXOFFICE_RESERVATION_ITEMS                                                                                    \
    "CASE WHEN r.pool_id IS NOT NULL THEN (SELECT jsonb_build_array(jsonb_build_object('pool_id', p.pool_id,"          \
    "     'name', p.name, 'quantity', r.quantity, 'price', r.amount / r.quantity))"                                    \
    "   FROM boxoffice.pool p WHERE p.pool_id = r.pool_id)"                                                            \
    " ELSE (SELECT jsonb_agg(item ORDER BY item.seat_id) FROM (SELECT seat.seat_id, seat.seat_guid, seat.zone,"        \
    "     seat.row_label, seat.seat_label, seat.category,"                                                             \
    "     CASE WHEN EXISTS (SELECT FROM boxoffice.former_price changed WHERE changed.slot_id = r.slot_id)"             \
    "       THEN " BOXOFFICE_PRICE_THEN("seat", "r") " ELSE seat.price END AS price"                                   \
                                                     "   FROM " BOXOFFICE_SEATS_OF("r") ") item) END"

// A list shows the items of reservations of at most so many, and at most so many items altogether: the
// newest first, and from the one on that does not fit any more none.
constexpr int32_t most_items_of_one = 100, most_items = 1000;

constinit spi::Plan<Time, std::string, BeforeId, int32_t, int32_t, int32_t> reservations{
    "SELECT " BOXOFFICE_RESERVATION_COLUMNS ","
    " CASE WHEN r.listed > 0 AND r.listed_so_far <= $6 THEN " BOXOFFICE_RESERVATION_ITEMS " END, r.quantity"
    " FROM (SELECT *, sum(listed) OVER (ORDER BY user_id DESC, reservation_id DESC) AS listed_so_far"
    "   FROM (SELECT *, CASE WHEN pool_id IS NOT NULL THEN 1 WHEN quantity <= $5 THEN quantity ELSE 0 END AS listed"
    "     FROM boxoffice.reservation"
    "     WHERE (user_id, reservation_id) >= ($2, 0)"
    "     AND (user_id, reservation_id) < ($2, coalesce($3, " BOXOFFICE_LAST_ID "))"
    "     ORDER BY user_id DESC, reservation_id DESC LIMIT $4) page) r"
    " JOIN boxoffice.slot s USING (slot_id) JOIN boxoffice.event e USING (event_id)"
    " ORDER BY r.user_id DESC, r.reservation_id DESC"};

constinit spi::Plan<Time, int64_t, std::optional<std::string>, bool> reservation{
    "SELECT " BOXOFFICE_RESERVATION_COLUMNS ", " BOXOFFICE_RESERVATION_ITEMS ", r.quantity,"
    "   r.user_id, c.created_at, c.by_house,"
    "   CASE WHEN $4 OR NOT c.by_house THEN c.reason END"
    " FROM boxoffice.reservation r JOIN boxoffice.slot s USING (slot_id) JOIN boxoffice.event e USING (event_id)"
    "   LEFT JOIN boxoffice.cancellation c ON c.reservation_id = r.reservation_id"
    " WHERE r.reservation_id = $2 AND ($3 IS NULL OR r.user_id = $3)"};

constinit spi::Plan<std::string, BeforeId, int32_t> payments{
    "SELECT p.payment_id, p.reservation_id, p.amount, p.refunded, p.created_at, p.gross, p.discount, p.claim_id"
    " FROM boxoffice.payment p"
    " WHERE (p.account_id, p.payment_id) >= (" BOXOFFICE_ACCOUNT ", 0)"
    " AND (p.account_id, p.payment_id) < (" BOXOFFICE_ACCOUNT ", coalesce($2, " BOXOFFICE_LAST_ID "))"
    " ORDER BY p.account_id DESC, p.payment_id DESC LIMIT $3"};

constinit spi::Plan<std::string, BeforeId, int32_t, Time> claims{
    "SELECT c.claim_id, c.coupon_id, k.name, c.claim_number, k.discount_amount, k.discount_percent, k.minimum_amount,"
    " CASE WHEN c.reservation_id IS NOT NULL THEN 'used' WHEN k.valid_until <= $4 THEN 'expired' ELSE 'claimed' END,"
    " c.claimed_at, k.valid_until, c.reservation_id"
    " FROM boxoffice.coupon_claim c JOIN boxoffice.coupon k USING (coupon_id)"
    " WHERE (c.user_id, c.claim_id) >= ($1, 0)"
    " AND (c.user_id, c.claim_id) < ($1, coalesce($2, " BOXOFFICE_LAST_ID "))"
    " ORDER BY c.user_id DESC, c.claim_id DESC LIMIT $3"};

constinit spi::Plan<std::string, BeforeId, int32_t> entries{
    "SELECT l.entry_id, l.amount, l.balance, l.reason, l.reservation_id, l.created_at"
    " FROM boxoffice.ledger_entry l"
    " WHERE (l.account_id, l.entry_id) >= (" BOXOFFICE_ACCOUNT ", 0)"
    " AND (l.account_id, l.entry_id) < (" BOXOFFICE_ACCOUNT ", coalesce($2, " BOXOFFICE_LAST_ID "))"
    " ORDER BY l.account_id DESC, l.entry_id DESC LIMIT $3"};

} // namespace

spi::Rows list_events(const std::optional<std::string>& query, const Page& page) {
    validate::max_rows(page.max_rows);
    const int64_t before_id = page.before_id.value_or(validate::largest_number + 1);
    const std::string folded = query ? text::folded(*query) : "";
    if (folded.empty())
        return events_before.read(before_id, clock::now(), page.max_rows);
    return events_found.read(search::find_events(folded, before_id, page.max_rows), clock::now());
}

spi::Rows get_event(int64_t event_id) { return event.read(event_id); }

spi::Rows available_seats(int64_t slot_id) { return free_seats.read(slot_id, clock::now()); }

spi::Rows seat_map(int64_t slot_id) { return all_seats.read(slot_id, clock::now()); }

spi::Rows list_reservations(const std::string& user_id, const Page& page) {
    validate::user_id(user_id);
    validate::max_rows(page.max_rows);
    return reservations.read(clock::now(), user_id, page.before_id, page.max_rows, most_items_of_one, most_items);
}

spi::Rows get_reservation(int64_t reservation_id, const std::optional<std::string>& user_id, bool by_house) {
    if (user_id)
        validate::user_id(*user_id);
    return reservation.read(clock::now(), reservation_id, user_id, by_house);
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
