#include "sale/feed.h"

#include "base/validate.h"
#include "sale/feed_position.h"

namespace boxoffice::sale_feed {

namespace {

// Bounds one answer, whatever its rows hold.
constexpr int32_t most_seats = 10000;

constinit spi::Plan<> read_feed{"SELECT feed::text FROM boxoffice.sale_feed"};
constinit spi::Plan<> last_drawn{"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM boxoffice.payment_id"};

// Sales with a number above $1 that are visible in $3 and not in $2.
constinit spi::Plan<int64_t, Visibility, Visibility, int64_t> find_sales{
    "SELECT number, cardinality(seat_ids) FROM ("
    "  (SELECT payment_id AS number, reservation_id FROM boxoffice.payment WHERE payment_id > $1"
    "     AND pg_visible_in_snapshot(xid, $3) AND NOT pg_visible_in_snapshot(xid, $2) ORDER BY payment_id LIMIT $4)"
    "  UNION ALL"
    "  (SELECT cancellation_id, reservation_id FROM boxoffice.cancellation WHERE cancellation_id > $1"
    "     AND pg_visible_in_snapshot(xid, $3) AND NOT pg_visible_in_snapshot(xid, $2) ORDER BY cancellation_id LIMIT "
    "$4)"
    "  ORDER BY number LIMIT $4) sale JOIN boxoffice.reservation USING (reservation_id) ORDER BY number"};

// The rows of these numbers. The position behind a row is the number between two texts; that of the last another one.
constinit spi::Plan<Numbers, int64_t, std::string, std::string, std::string> describe_sales{
    "SELECT CASE WHEN number = $2 THEN $3 ELSE concat($4, number, $5) END, sale.status, reservation_id, r.user_id,"
    "   s.event_id, r.slot_id, r.pool_id, r.seat_ids, r.quantity::integer, p.gross::bigint, p.discount::bigint,"
    "   p.amount::bigint, CASE sale.status WHEN 'cancelled' THEN p.refunded ELSE 0 END::bigint, sale.created_at,"
    "   sale.by_house, sale.reason"
    " FROM (SELECT payment_id AS number, reservation_id, 'paid' AS status, created_at, NULL::boolean AS by_house,"
    "     NULL::text AS reason FROM boxoffice.payment WHERE payment_id = ANY ($1)"
    "   UNION ALL SELECT cancellation_id, reservation_id, 'cancelled', created_at, by_house, reason"
    "     FROM boxoffice.cancellation WHERE cancellation_id = ANY ($1)) sale"
    "   JOIN boxoffice.payment p USING (reservation_id) JOIN boxoffice.reservation r USING (reservation_id)"
    "   JOIN boxoffice.slot s USING (slot_id)"
    " ORDER BY number"};

void refuse_standby() {
    if (RecoveryInProgress())
        throw Failure{ERRCODE_READ_ONLY_SQL_TRANSACTION, "next_sales cannot be called on a standby",
                      "It does not know which transactions run.", "Ask the primary."};
}

// The snapshot up to the next transaction id, for which there is an anchor: what is between its end and that was running
// when it was taken. Savepoints have ids, too, so there may be too many to name; then it stays as it is.
Visibility up_to(Visibility visibility, uint64_t next) {
    // a reader puts the position into a URL
    constexpr uint64_t most_named = 50;
    if (next <= visibility.end || next - visibility.end > most_named)
        return visibility;
    for (; visibility.end < next; ++visibility.end)
        visibility.running.push_back(visibility.end);
    return visibility;
}

// A position outlives a crash, and what it says of numbers and transactions must, too. The sequence writes ahead of the
// numbers that it gives, and what ends a transaction names its id, both before anybody can see that; so all of it lies
// before the place where the next record goes. An id whose transaction has written nothing yet may be given again, but
// it counts as running in the position, so whoever has it next is told.
void flush_what_was_seen() {
    guarded([] {
        XLogRecPtr end = GetXLogInsertRecPtr();
        // at the edge of a page it is behind the header of the next one, which nobody has written and which cannot be flushed
        if (XLogSegmentOffset(end, wal_segment_size) == SizeOfXLogLongPHD)
            end -= SizeOfXLogLongPHD;
        else if (end % XLOG_BLCKSZ == SizeOfXLogShortPHD)
            end -= SizeOfXLogShortPHD;
        XLogFlush(end);
    });
}

// Whether a transaction has ended in it that has not begun yet: from next_transaction on none has. An id that only runs in
// it may be lost in a crash.
bool is_ahead(Visibility visibility, uint64_t next_transaction) {
    for (; !visibility.running.empty() && visibility.running.back() + 1 == visibility.end; --visibility.end)
        visibility.running.pop_back();
    return visibility.end > next_transaction;
}

Position position_from(const std::optional<std::string>& after, uint64_t next_transaction) {
    const auto feed = read_feed.read()[0].first<std::string>();
    if (!after)
        return Position::beginning(feed);
    Position position = Position::parse(*after);
    if (position.feed != feed || is_ahead(position.told, next_transaction) ||
        (position.telling && is_ahead(*position.telling, next_transaction)))
        validate::raise_invalid("the position is not of this server",
                                "The database was restored, or is another one, since the position was given.",
                                "Begin again with null, and pass over what you have.");
    return position;
}

struct Batch {
    Numbers numbers{};
    bool all = true; // of the target
};

Batch read_batch(const spi::FreshSnapshot& snapshot, const Position& position, const Visibility& target, int32_t most) {
    Batch batch;
    int32_t seats = 0;
    const spi::Rows rows =
        find_sales.read(snapshot, position.first_number(target), position.told, target, int64_t{most});
    for (const spi::Row row : rows) {
        const auto [number, seats_of_row] = row.columns<int64_t, int32_t>();
        if (!batch.numbers.empty() && seats + seats_of_row > most_seats)
            break;
        batch.numbers.push_back(number);
        seats += seats_of_row;
    }
    batch.all = batch.numbers.size() == rows.size() && rows.size() < static_cast<uint64_t>(most);
    return batch;
}

} // namespace

spi::Rows next(const std::optional<std::string>& after, int32_t max_rows) {
    validate::max_rows(max_rows);
    refuse_standby();
    // in this order: see the anchors
    const auto drawn = last_drawn.read()[0].first<int64_t>();
    const Anchor anchor{U64FromFullTransactionId(ReadNextFullTransactionId()), drawn};
    const spi::FreshSnapshot snapshot;
    flush_what_was_seen();
    const Visibility now = up_to(Visibility::of(snapshot), anchor.transaction);
    Position position = position_from(after, anchor.transaction);
    position.anchors.push_back(anchor);
    Visibility target = position.telling.value_or(now);
    Batch batch = read_batch(snapshot, position, target, max_rows);
    // the answer before was the last of its target
    if (batch.numbers.empty() && position.telling) {
        position = position.moved_to(target);
        target = now;
        batch = read_batch(snapshot, position, target, max_rows);
    }
    // what is told to its end is told up to now where nothing has happened since, so that the position is a fresh one
    else if (batch.all && position.telling && read_batch(snapshot, position.moved_to(target), now, 1).numbers.empty())
        target = now;
    const int64_t last = batch.numbers.empty() ? 0 : batch.numbers.back();
    const auto [before, behind] = position.telling_up_to_number(target);
    const std::string at_last = batch.all ? position.moved_to(target).text() : before + std::to_string(last) + behind;
    return describe_sales.read(snapshot, batch.numbers, last, at_last, before, behind);
}

} // namespace boxoffice::sale_feed
