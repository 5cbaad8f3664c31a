// What becomes of holds that have run out.

#include "outbox/outbox.h"
#include "pg/lookup.h"
#include "sale/reservation.h"
#include "write/counter.h"

namespace boxoffice::reservation {

namespace {

constinit Lookup<Key<int64_t, UpTo<Time>>, int64_t, int32_t, RowAddress> read_lapsed{
    "reservation", "reservation_held", {"reservation_id", "quantity", "ctid"}};

// What is marked goes to the outbox in the same statement, because there may be many. A row for the seats, and one for
// the places of each pool.
constinit spi::Plan<Numbers, Time, bool> expire{
    "WITH marked AS (UPDATE boxoffice.reservation SET status = 'expired' WHERE reservation_id = ANY ($1)"
    "   RETURNING slot_id, reservation_id, seat_ids, pool_id, quantity),"
    " written AS (INSERT INTO boxoffice.outbox (" BOXOFFICE_OUTBOX_COLUMNS ")"
    "   SELECT pg_current_xact_id(), $2, 'expired', slot_id, reservation_id, seat_ids FROM marked"
    "   WHERE $3 AND pool_id IS NULL)"
    " SELECT counter_id, sum(quantity)::bigint FROM marked LEFT JOIN boxoffice.pool USING (pool_id)"
    " GROUP BY counter_id"};

#define BOXOFFICE_PLACE BOXOFFICE_HELD_OF("r")
#define BOXOFFICE_HELD "boxoffice.reservation r WHERE r.status = 'held'"

// Steps from one pool, or slot with seats, of which something is held to the next, and reads only what has run out.
constinit spi::Plan<Time, std::optional<int64_t>> find_lapsed{
    // clang-format off
    "WITH RECURSIVE place(id) AS ("
    "   (SELECT " BOXOFFICE_PLACE " FROM " BOXOFFICE_HELD " ORDER BY 1 LIMIT 1)"
    "   UNION ALL"
    "   SELECT next.id FROM place CROSS JOIN LATERAL (SELECT " BOXOFFICE_PLACE " AS id FROM " BOXOFFICE_HELD
    "     AND " BOXOFFICE_PLACE " > place.id ORDER BY 1 LIMIT 1) next)"
    " SELECT lapsed.reservation_id, lapsed.ctid FROM place CROSS JOIN LATERAL ("
    "   SELECT r.reservation_id, r.expires_at, r.ctid FROM " BOXOFFICE_HELD
    "   AND " BOXOFFICE_PLACE " = place.id AND r.expires_at <= $1 ORDER BY r.expires_at LIMIT $2) lapsed"
    " ORDER BY lapsed.expires_at LIMIT $2"};
// clang-format on

constinit spi::Plan<Numbers> mark_expired{
    "UPDATE boxoffice.reservation SET status = 'expired' WHERE reservation_id = ANY ($1)"};

} // namespace

int64_t expire_lapsed(Time at, std::optional<int64_t> most) {
    const spi::FreshSnapshot snapshot;
    const Numbers lapsed = lock_free("reservation", find_lapsed.read(snapshot, at, most), snapshot);
    if (lapsed.empty())
        return 0;
    for (const spi::Row row : expire.write(lapsed, at, outbox::is_kept())) {
        const auto [counter_id, quantity] = row.columns<std::optional<int64_t>, int64_t>();
        if (counter_id)
            counter::add(*counter_id, quantity);
    }
    return static_cast<int64_t>(lapsed.size());
}

int64_t reclaim_lapsed(int64_t pool_id, Time at, int64_t wanted) {
    const spi::FreshSnapshot snapshot;
    Numbers lapsed;
    int64_t places = 0;
    decltype(read_lapsed)::Open lookup(read_lapsed, snapshot);
    lookup.begin(pool_id, UpTo<Time>{at});
    while (places < wanted) {
        const auto row = lookup.next();
        if (!row)
            break;
        const auto [reservation_id, quantity, address] = *row;
        if (lock_one("reservation", address, snapshot)) {
            lapsed.push_back(reservation_id);
            places += quantity;
        }
    }
    if (!lapsed.empty())
        mark_expired.write(lapsed);
    return places;
}

int64_t count_lapsed(const spi::FreshSnapshot& snapshot, int64_t pool_id, Time at) {
    int64_t sum = 0;
    for (const auto& [reservation_id, quantity, address] : read_lapsed.find_all(snapshot, pool_id, UpTo<Time>{at}))
        sum += quantity;
    return sum;
}

} // namespace boxoffice::reservation
