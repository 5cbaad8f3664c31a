#include "outbox/outbox.h"

#include "base/settings.h"
#include "base/validate.h"
#include "pg/visibility.h"
#include "write/perform.h"
#include "write/row_lock.h"

#include <algorithm>

namespace boxoffice::outbox {

namespace {

// The position of upkeep: what was deleted. It keeps upkeep from walking over what it has deleted before.
const char* const upkeep = "upkeep";
// Bounds one message, whatever the number of changes.
constexpr int32_t most_rows = 1000;
constexpr std::size_t most_seats = 10000;

// A place in the order in which rows are read.
struct Place {
    uint64_t transaction = 0;
    int64_t outbox_id = 0;
    auto operator<=>(const Place&) const = default;
};

FullTransactionId transaction_of(const Place& place) { return FullTransactionIdFromU64(place.transaction); }

struct Position {
    Visibility told; // all that is visible in it was told
    // While more is to be told than fits into one batch: what is told next, up to where it was told.
    std::optional<Visibility> telling{};
    Place last{};
    RowAddress address{};
};

constinit spi::Plan<Time, std::string, int64_t, std::optional<int64_t>, SeatIds> insert_change{
    "INSERT INTO boxoffice.outbox (" BOXOFFICE_OUTBOX_COLUMNS ") VALUES (pg_current_xact_id(), $1, $2, $3, $4, $5)"};

using MaybeVisibility = std::optional<Visibility>;
using MaybeTransaction = std::optional<FullTransactionId>;
using MaybeId = std::optional<int64_t>;

constinit spi::Plan<std::string> find_position{
    "SELECT snapshot, target, coalesce(last_xid, '0'), coalesce(last_outbox_id, 0), ctid"
    " FROM boxoffice.outbox_position WHERE consumer = $1"};
constinit spi::Plan<std::string> other_positions{"SELECT snapshot FROM boxoffice.outbox_position WHERE consumer <> $1",
                                                 spi::Access::whole_tables};
constinit spi::Plan<std::string, Visibility> insert_position{
    "INSERT INTO boxoffice.outbox_position (consumer, snapshot) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
constinit spi::Plan<std::string, Visibility, MaybeVisibility, MaybeTransaction, MaybeId> move_position{
    "UPDATE boxoffice.outbox_position SET snapshot = $2, target = $3, last_xid = $4, last_outbox_id = $5"
    " WHERE consumer = $1"};

// Rows that are visible in $2 and not in $1, in order, behind ($3, $4) and at most $7: those of transactions that ran
// when $1 was taken, each looked up, and those that began later, from ($5, $6) on. So neither a transaction that stays
// open for long nor what was deleted before makes it read more than it returns.
#define BOXOFFICE_PENDING                                                                                              \
    "(SELECT o.* FROM pg_snapshot_xip($1) AS late(xid), LATERAL ("                                                     \
    "     SELECT xid, outbox_id, created_at, slot_id, seat_ids, ctid FROM boxoffice.outbox"                            \
    "     WHERE outbox.xid = late.xid AND outbox_id > CASE WHEN late.xid = $3 THEN $4 ELSE 0 END"                      \
    "     ORDER BY outbox_id LIMIT $7) o"                                                                              \
    "   WHERE late.xid >= $3 AND pg_visible_in_snapshot(late.xid, $2)"                                                 \
    " UNION ALL"                                                                                                       \
    " (SELECT xid, outbox_id, created_at, slot_id, seat_ids, ctid FROM boxoffice.outbox"                               \
    "   WHERE (xid, outbox_id) > ($5, $6) AND xid < pg_snapshot_xmax($2) AND pg_visible_in_snapshot(xid, $2)"          \
    "   ORDER BY xid, outbox_id LIMIT $7)"                                                                             \
    " ORDER BY xid, outbox_id LIMIT $7)"

constinit spi::Plan<Visibility, Visibility, FullTransactionId, int64_t, FullTransactionId, int64_t, int64_t>
    read_pending{"SELECT xid, outbox_id, slot_id, seat_ids FROM " BOXOFFICE_PENDING " pending"};
constinit spi::Plan<Visibility, Visibility, FullTransactionId, int64_t, FullTransactionId, int64_t, int64_t, Time>
    delete_pending{"DELETE FROM boxoffice.outbox WHERE ctid = ANY (ARRAY(SELECT ctid FROM " BOXOFFICE_PENDING
                   " pending WHERE created_at <= $8)) RETURNING xid, outbox_id"};

// As seat_map says it. One look at the key for each seat: a subquery with a limit is never turned into a scan of all.
constinit spi::Plan<Numbers, SeatIds, Time> describe_seats{
    "SELECT changed.slot_id, jsonb_agg(jsonb_build_object('seat_id', changed.seat_id, 'status', seat.status)"
    "   ORDER BY changed.seat_id)"
    " FROM unnest($1, $2) AS changed(slot_id, seat_id), LATERAL ("
    "   SELECT CASE WHEN sold THEN 'sold' WHEN held_until > $3 THEN 'held' WHEN blocked THEN 'blocked' ELSE 'free' END"
    "     AS status"
    "   FROM boxoffice.seat WHERE seat.slot_id = changed.slot_id AND seat.seat_id = changed.seat_id LIMIT 1) seat"
    " GROUP BY changed.slot_id ORDER BY changed.slot_id"};

std::optional<Position> find(const spi::FreshSnapshot& snapshot, const std::string& consumer) {
    const spi::Rows rows = find_position.read(snapshot, consumer);
    if (rows.empty())
        return std::nullopt;
    auto [told, telling, transaction, outbox_id, address] =
        rows[0].columns<Visibility, MaybeVisibility, FullTransactionId, int64_t, RowAddress>();
    return Position{std::move(told), std::move(telling), {U64FromFullTransactionId(transaction), outbox_id}, address};
}

bool try_lock(const spi::FreshSnapshot& snapshot, const Position& position) {
    return lock_one("outbox_position", position.address, snapshot);
}

void move(const std::string& consumer, const Position& position) {
    if (position.telling)
        move_position.write(consumer, position.told, position.telling, transaction_of(position.last),
                            position.last.outbox_id);
    else
        move_position.write(consumer, position.told, std::nullopt, std::nullopt, std::nullopt);
}

// It was written by a server whose transactions had other ids.
bool is_from_elsewhere(const Position& position, const Visibility& now) {
    return position.told.end > now.end || (position.telling && position.telling->end > now.end);
}

// Where the transactions begin that the position does not know, or where it is among them.
Place begin_of_new(const Position& position) { return std::max(position.last, Place{position.told.end, 0}); }

// Moves the position on by what was read of its target: all of it, or up to this place.
void advance(Position& position, const Visibility& target, bool all, const Place& last) {
    position = all ? Position{target, std::nullopt, {}, position.address}
                   : Position{std::move(position.told), target, last, position.address};
}

using ChangedSeats = std::vector<std::pair<int64_t, int32_t>>; // slot_id, seat_id

// The seats of the next changes, at most so many; the position is moved behind them.
ChangedSeats read_batch(const spi::FreshSnapshot& snapshot, Position& position, const Visibility& now, int32_t most) {
    const Visibility target = position.telling.value_or(now);
    const Place begin = begin_of_new(position);
    const spi::Rows rows = read_pending.read(snapshot, position.told, target, transaction_of(position.last),
                                             position.last.outbox_id, transaction_of(begin), begin.outbox_id, most);
    ChangedSeats seats;
    bool all = rows.size() < static_cast<uint64_t>(most);
    Place last{};
    for (const spi::Row row : rows) {
        const auto [transaction, outbox_id, slot_id, seat_ids] =
            row.columns<FullTransactionId, int64_t, int64_t, SeatIds>();
        if (!seats.empty() && seats.size() + seat_ids.size() > most_seats) {
            all = false;
            break;
        }
        for (const int32_t seat_id : seat_ids)
            seats.emplace_back(slot_id, seat_id);
        last = {U64FromFullTransactionId(transaction), outbox_id};
    }
    advance(position, target, all, last);
    return seats;
}

spi::Rows describe(const spi::FreshSnapshot& snapshot, ChangedSeats seats) {
    std::sort(seats.begin(), seats.end());
    seats.erase(std::unique(seats.begin(), seats.end()), seats.end());
    Numbers slot_ids;
    SeatIds seat_ids;
    for (const auto& [slot_id, seat_id] : seats) {
        slot_ids.push_back(slot_id);
        seat_ids.push_back(seat_id);
    }
    return describe_seats.read(snapshot, slot_ids, seat_ids, clock::now());
}

// From now on changes are told. Under the lock of upkeep's position, so that two who begin at once do not wait for each
// other at the key.
void begin(const spi::FreshSnapshot& snapshot, const std::string& consumer, const Visibility& now) {
    const auto first = find(snapshot, upkeep);
    if (!first || try_lock(snapshot, *first))
        insert_position.write(consumer, now);
}

// The seats to tell of; the position is moved when there are any, in this transaction. An idle call takes no lock and no
// transaction id.
ChangedSeats take_changes(const spi::FreshSnapshot& snapshot, const std::string& consumer, Position position,
                          const Visibility& now, int32_t most) {
    const bool moves_anyway = position.telling || is_from_elsewhere(position, now);
    if (is_from_elsewhere(position, now))
        position = Position{now, std::nullopt, {}, position.address};
    ChangedSeats seats = read_batch(snapshot, position, now, most);
    // the batch before was the last of its target
    if (seats.empty() && moves_anyway)
        seats = read_batch(snapshot, position, now, most);
    if (seats.empty() && !moves_anyway)
        return {};
    // exactly as it was read, so nobody was told anything since
    if (!try_lock(snapshot, position))
        return {};
    move(consumer, position);
    return seats;
}

void check(const std::string& consumer, int32_t max_rows) {
    if (consumer.empty() || consumer.size() > 255)
        validate::raise_invalid("consumer must have 1 to 255 bytes",
                                "It has " + std::to_string(consumer.size()) + " bytes.",
                                "Pass a name for each relay that is to be told everything.");
    if (consumer == upkeep)
        validate::raise_invalid("consumer must not be \"upkeep\"", "That position is what tick has deleted.",
                                "Pass another name.");
    if (max_rows < 1 || max_rows > most_rows)
        validate::raise_invalid("max_rows must be 1 to " + std::to_string(most_rows),
                                "It is " + std::to_string(max_rows) + ".", "Call again for what is left.");
}

} // namespace

bool is_kept() { return settings::outbox_keep() > 0; }

void write(const char* event, int64_t slot_id, std::optional<int64_t> reservation_id, const SeatIds& seat_ids,
           Time at) {
    if (is_kept())
        insert_change.write(at, event, slot_id, reservation_id, seat_ids);
}

spi::Rows next_changes(const std::string& consumer, int32_t max_rows) {
    require_writing("next_changes");
    check(consumer, max_rows);
    const spi::FreshSnapshot snapshot;
    const Visibility now = Visibility::of(snapshot);
    const auto position = find(snapshot, consumer);
    if (!position)
        begin(snapshot, consumer, now);
    return describe(snapshot, position ? take_changes(snapshot, consumer, *position, now, max_rows) : ChangedSeats{});
}

namespace {

// What all consumers were told.
Visibility told_to_all(const spi::FreshSnapshot& snapshot, const Visibility& now) {
    Visibility told = now;
    for (const spi::Row row : other_positions.read(snapshot, upkeep))
        told.narrow_to(row.first<Visibility>());
    return told;
}

// Deletes, behind the position and in order, what is visible in the target and not younger; returns how many, and the
// last.
std::pair<int64_t, Place> forget(const Position& position, const Visibility& target, int64_t most, Time until) {
    const Place begin = begin_of_new(position);
    const spi::Rows rows =
        delete_pending.write(position.told, target, transaction_of(position.last), position.last.outbox_id,
                             transaction_of(begin), begin.outbox_id, most, until);
    Place last{};
    for (const spi::Row row : rows) {
        const auto [transaction, outbox_id] = row.columns<FullTransactionId, int64_t>();
        last = std::max(last, Place{U64FromFullTransactionId(transaction), outbox_id});
    }
    return {static_cast<int64_t>(rows.size()), last};
}

bool any_left(const spi::FreshSnapshot& snapshot, const Position& position, const Visibility& now) {
    const Place begin = begin_of_new(position);
    return !read_pending
                .read(snapshot, position.told, now, transaction_of(position.last), position.last.outbox_id,
                      transaction_of(begin), begin.outbox_id, 1)
                .empty();
}

} // namespace

void forget_told(int64_t most) {
    const spi::FreshSnapshot snapshot;
    const Visibility now = Visibility::of(snapshot);
    auto position = find(snapshot, upkeep);
    if (!position) {
        insert_position.write(upkeep, Visibility::nothing());
        return;
    }
    if (is_from_elsewhere(*position, now))
        *position = Position{Visibility::nothing(), std::nullopt, {}, position->address};
    if ((!position->telling && !any_left(snapshot, *position, now)) || !try_lock(snapshot, *position))
        return;
    const Visibility target = position->telling ? *position->telling : told_to_all(snapshot, now);
    const auto [told, last] = forget(*position, target, most, Time{DT_NOEND});
    if (told > 0 || position->telling) {
        advance(*position, target, told < most, last);
        move(upkeep, *position);
    }
    // usually none: a consumer that is away keeps its changes for so long. The oldest is asked first.
    const Time until{clock::now().microseconds - settings::outbox_keep()};
    if (forget(*position, now, 1, until).first > 0)
        forget(*position, now, most, until);
}

} // namespace boxoffice::outbox
