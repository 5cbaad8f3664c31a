#include "sale/report.h"

#include "base/outcome.h"
#include "base/validate.h"
#include "sale/seat_price.h"

namespace boxoffice::sales_report {

namespace {

using MaybeId = std::optional<int64_t>;

constinit spi::Plan<MaybeId, MaybeId> exists{"SELECT coalesce(EXISTS (SELECT FROM boxoffice.slot WHERE slot_id = $1)"
                                             " OR EXISTS (SELECT FROM boxoffice.event WHERE event_id = $2), false)"};

// What a payment took for each seat: the discount up to and with a seat, less that up to the one before, is its share.
constinit spi::Plan<MaybeId, MaybeId, Time> report{
    "WITH chosen AS MATERIALIZED (SELECT slot_id, starts_at FROM boxoffice.slot WHERE slot_id = $1 OR event_id = $2),"
    " paid AS MATERIALIZED (SELECT r.reservation_id, r.slot_id, r.pool_id, r.seat_ids, p.gross, p.discount, p.refunded"
    "   FROM boxoffice.reservation r JOIN chosen USING (slot_id) JOIN boxoffice.payment p USING (reservation_id)),"
    " seat_prices AS (SELECT paid.*, seat.category, " BOXOFFICE_PRICE_THEN(
        "seat",
        "paid") " AS price, seat.seat_id"
                "   FROM paid CROSS JOIN unnest(paid.seat_ids) AS own(seat_id)"
                "     JOIN boxoffice.seat ON seat.slot_id = paid.slot_id AND seat.seat_id = own.seat_id"
                "   WHERE pool_id IS NULL),"
                " running AS (SELECT *, sum(price::numeric) OVER (PARTITION BY reservation_id ORDER BY seat_id) AS "
                "up_to"
                "   FROM seat_prices),"
                " shares AS (SELECT *, CASE WHEN gross = 0 THEN 0 ELSE div(discount * up_to, gross)"
                "     - div(discount * (up_to - price), gross) END AS share FROM running),"
                " seat_money AS (SELECT slot_id, category, sum(price) AS gross, sum(share) AS discount,"
                "     sum(price - share) FILTER (WHERE refunded > 0) AS refunded FROM shares GROUP BY slot_id, "
                "category),"
                " seat_counts AS (SELECT slot_id, starts_at, category, count(*) AS capacity, count(*) FILTER (WHERE "
                "sold) AS sold,"
                "     count(*) FILTER (WHERE NOT sold AND held_until > $3) AS held,"
                "     count(*) FILTER (WHERE NOT sold AND blocked AND (held_until > $3) IS NOT TRUE) AS blocked"
                "   FROM chosen JOIN boxoffice.seat USING (slot_id) GROUP BY slot_id, starts_at, category),"
                " pool_money AS (SELECT pool_id, sum(gross) AS gross, sum(discount) AS discount, sum(refunded) AS "
                "refunded"
                "   FROM paid WHERE pool_id IS NOT NULL GROUP BY pool_id),"
                " pool_counts AS (SELECT pool_id, sum(quantity) FILTER (WHERE status = 'paid') AS sold,"
                "     sum(quantity) FILTER (WHERE status = 'held' AND expires_at > $3) AS held"
                "   FROM boxoffice.reservation JOIN chosen USING (slot_id) WHERE pool_id IS NOT NULL GROUP BY pool_id),"
                " lines AS (SELECT c.slot_id, starts_at, c.category, NULL::bigint AS pool_id, NULL::text AS pool, "
                "capacity, sold, held,"
                "     blocked, gross, discount, refunded FROM seat_counts c"
                "     LEFT JOIN seat_money m ON m.slot_id = c.slot_id AND m.category IS NOT DISTINCT FROM c.category"
                "   UNION ALL SELECT slot_id, starts_at, NULL, p.pool_id, p.name, p.capacity, coalesce(c.sold, 0),"
                "     coalesce(c.held, 0), 0, gross, discount, refunded"
                "     FROM chosen JOIN boxoffice.pool p USING (slot_id) LEFT JOIN pool_counts c USING (pool_id)"
                "     LEFT JOIN pool_money m USING (pool_id))"
                " SELECT slot_id, starts_at, category, pool_id, pool, capacity::bigint, sold::bigint, held::bigint,"
                "   (capacity - sold - held - blocked)::bigint, blocked::bigint, coalesce(gross, 0),"
                "   coalesce(discount, 0), coalesce(refunded, 0),"
                "   (coalesce(gross, 0) - coalesce(discount, 0) - coalesce(refunded, 0))"
                " FROM lines ORDER BY starts_at, slot_id, pool_id NULLS FIRST, category",
    spi::Access::whole_tables};

} // namespace

spi::Rows read(const MaybeId& slot_id, const MaybeId& event_id) {
    if (slot_id.has_value() == event_id.has_value())
        validate::raise_invalid("a report is of one slot or of one event",
                                slot_id ? "Both are given." : "Neither is given.", "Pass slot_id or event_id.");
    if (!exists.read(slot_id, event_id)[0].first<bool>())
        raise_not_found(slot_id ? "slot" : "event", slot_id ? *slot_id : *event_id);
    return report.read(slot_id, event_id, clock::now());
}

} // namespace boxoffice::sales_report
