#include "queue/queue.h"

#include "base/change.h"
#include "base/outcome.h"
#include "base/validate.h"
#include "pg/lookup.h"
#include "queue/lock.h"
#include "queue/token.h"
#include "write/durability.h"

namespace boxoffice::queue {

namespace {

using Text = std::optional<std::string>;
using Count = std::optional<int32_t>;
using Span = std::optional<Duration>;
using MaybeTime = std::optional<Time>;

constinit spi::Plan<Text, Count, Span, Count, Count, Span, Span, Time, MaybeTime, Text> insert_queue{
    "INSERT INTO boxoffice.queue (name, max_active, active_for, max_waiting, admit_per_minute, claim_for, idle_for,"
    "   rules_since, join_before, shuffle_sha256)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
    "   pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to($10, 'UTF8')), 'hex'))"
    " RETURNING queue_id"};

constinit spi::Plan<int64_t> lock_queue{
    "SELECT q.name, q.max_active, q.active_for, q.max_waiting, q.admit_per_minute, q.claim_for, q.idle_for, q.mode,"
    "   q.join_before, s.shuffle_seed, q.drawn_at IS NOT NULL"
    " FROM boxoffice.queue q LEFT JOIN boxoffice.queue_seed s USING (queue_id)"
    " WHERE q.queue_id = $1 FOR NO KEY UPDATE OF q"};

constinit spi::Plan<int64_t, Text, Count, Span, Count, Count, Span, Span, Text, MaybeTime, Text, Time> change_queue{
    "UPDATE boxoffice.queue SET name = $2, max_active = $3, active_for = $4, max_waiting = $5, admit_per_minute = $6,"
    "   claim_for = $7, idle_for = $8, mode = $9, join_before = $10,"
    "   shuffle_sha256 = pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to($11, 'UTF8')), 'hex'),"
    "   rules_since = CASE WHEN max_active = $3 AND mode = $9 THEN rules_since ELSE $12 END"
    " WHERE queue_id = $1"};

constinit spi::Plan<int64_t, Text> store_seed{
    "INSERT INTO boxoffice.queue_seed (queue_id, shuffle_seed) SELECT $1, $2 WHERE $2 IS NOT NULL"
    " ON CONFLICT (queue_id) DO UPDATE SET shuffle_seed = EXCLUDED.shuffle_seed"};
constinit spi::Plan<int64_t> drop_seed{"DELETE FROM boxoffice.queue_seed WHERE queue_id = $1"};

constinit spi::Plan<int64_t> read_seed{"SELECT shuffle_seed FROM boxoffice.queue_seed WHERE queue_id = $1"};

constinit spi::Plan<int64_t> read_rules{
    "SELECT mode, max_active, active_for, max_waiting, admit_per_minute, claim_for, idle_for, join_before,"
    "   drawn_at IS NOT NULL, over_since, on_sale_again_at"
    " FROM boxoffice.queue WHERE queue_id = $1"};

// By when the sale of a slot ends.
constinit Lookup<Key<int64_t, Above<Time>>, int64_t> slot_sold_after{"slot", "slot_queue", {"slot_id"}};
constinit Lookup<Key<int64_t>, int64_t> slot_of_queue{"slot", "slot_queue", {"slot_id"}};

constinit Lookup<Key<int64_t>, RowAddress> find_row{"queue", "queue_pkey", {"ctid"}};
constinit spi::Plan<int64_t, Time> mark_over{"UPDATE boxoffice.queue SET over_since = $2 WHERE queue_id = $1"};
constinit spi::Plan<int64_t, Time> mark_on_sale_again{
    "UPDATE boxoffice.queue SET over_since = NULL, on_sale_again_at = $2 WHERE queue_id = $1"};

constinit spi::Plan<int64_t, Time> mark_drawn{"UPDATE boxoffice.queue SET drawn_at = $2 WHERE queue_id = $1"};

// Whoever waits keeps the number, so a thousand million is as good as any.
constexpr int32_t most_users = 1000000000;

void check_count(Count count, const char* name) {
    if (count && (*count <= 0 || *count > most_users))
        validate::raise_invalid(std::string(name) + " must be 1 to " + std::to_string(most_users),
                                "It is " + std::to_string(*count) + ".",
                                std::string(name) == "max_active" ? "To admit nobody, set the mode to paused."
                                                                  : "Null is no limit; update_queue lifts one with 0.");
}

void check(const Definition& queue) {
    validate::text(queue.name, "name", 1000);
    check_count(queue.max_active, "max_active");
    check_count(queue.max_waiting, "max_waiting");
    check_count(queue.admit_per_minute, "admit_per_minute");
    validate::duration(*queue.active_for, "active_for", "It is how long one who was admitted may stay.");
    validate::duration(*queue.claim_for, "claim_for", "It is how soon one who was admitted must show up.");
    validate::duration(*queue.idle_for, "idle_for", "It is how long one who waits may stay away.");
    if (queue.mode && *queue.mode != "open" && *queue.mode != "paused" && *queue.mode != "closed" &&
        *queue.mode != "bypass")
        validate::raise_invalid("there is no mode \"" + *queue.mode + "\"", "",
                                "Modes are open, paused, closed and bypass.");
    validate::text(queue.shuffle_seed, "shuffle_seed", 1000);
    if (queue.join_before.has_value() != queue.shuffle_seed.has_value())
        validate::raise_invalid("join_before and shuffle_seed go together", "Only one of them is given.",
                                "Pass both for a draw, or neither.");
    if (queue.join_before && TIMESTAMP_NOT_FINITE(queue.join_before->microseconds))
        validate::raise_invalid("join_before must be an instant", "It is infinite.",
                                "Null is no draw; update_queue lifts one with infinity.");
}

constexpr Time infinity{DT_NOEND};

// The definition with its changes; raises when the draw took place and would change.
Definition changed(const spi::Row& row, const Definition& change) {
    Definition queue;
    bool drawn = false;
    std::tie(queue.name, queue.max_active, queue.active_for, queue.max_waiting, queue.admit_per_minute, queue.claim_for,
             queue.idle_for, queue.mode, queue.join_before, queue.shuffle_seed, drawn) =
        row.columns<Text, Count, Span, Count, Count, Span, Span, Text, MaybeTime, Text, bool>();
    if (drawn && (change.join_before || change.shuffle_seed))
        validate::raise_invalid("the draw of this queue has taken place", "",
                                "Leave join_before and shuffle_seed null.");
    if (change.join_before == infinity && change.shuffle_seed)
        validate::raise_invalid("infinity lifts join_before, so there is no draw to be shuffled", "",
                                "Leave shuffle_seed null, or pass an instant.");
    merge(queue.name, change.name);
    merge(queue.max_active, change.max_active);
    merge(queue.active_for, change.active_for);
    merge_limit(queue.max_waiting, change.max_waiting, 0);
    merge_limit(queue.admit_per_minute, change.admit_per_minute, 0);
    merge(queue.claim_for, change.claim_for);
    merge(queue.idle_for, change.idle_for);
    merge(queue.mode, change.mode);
    merge(queue.shuffle_seed, change.shuffle_seed);
    merge_limit(queue.join_before, change.join_before, infinity);
    if (change.join_before == infinity)
        queue.shuffle_seed.reset();
    check(queue);
    return queue;
}

} // namespace

board::QueueRules Rules::for_board() const {
    return {.active_for = active_for.microseconds,
            .idle_for = idle_for.microseconds,
            .max_active = max_active,
            .admit_per_minute = admit_per_minute.value_or(0),
            .paused = mode == "paused" || over_since,
            .draw_pending = draw_pending(),
            .draw_at = join_before.value_or(Time{0})};
}

int64_t create(const Definition& queue) {
    check(queue);
    make_durable();
    const queue_token::OwnChange own;
    const auto queue_id =
        insert_queue
            .write(queue.name, queue.max_active, queue.active_for, queue.max_waiting, queue.admit_per_minute,
                   queue.claim_for, queue.idle_for, clock::now(), queue.join_before, queue.shuffle_seed)[0]
            .first<int64_t>();
    store_seed.write(queue_id, queue.shuffle_seed);
    return queue_id;
}

void update(int64_t queue_id, const Definition& change) {
    queue_lock::acquire(queue_id);
    const spi::Rows rows = lock_queue.write(queue_id);
    if (rows.empty())
        raise_not_found("queue", queue_id);
    const Definition queue = changed(rows[0], change);
    const auto handle = handle_for_notes(queue_id);
    const queue_token::OwnChange own;
    change_queue.write(queue_id, queue.name, queue.max_active, queue.active_for, queue.max_waiting,
                       queue.admit_per_minute, queue.claim_for, queue.idle_for, queue.mode, queue.join_before,
                       queue.shuffle_seed, clock::now());
    if (queue.shuffle_seed)
        store_seed.write(queue_id, queue.shuffle_seed);
    else
        drop_seed.write(queue_id);
    if (handle) {
        const spi::FreshSnapshot snapshot;
        board::set_room(*handle, 0);
        board::note_rules(*handle, find(snapshot, queue_id)->for_board());
        board::note_lock_held(*handle);
    }
    make_durable();
}

std::optional<Rules> find(const spi::FreshSnapshot& snapshot, int64_t queue_id) {
    const spi::Rows rows = read_rules.read(snapshot, queue_id);
    if (rows.empty())
        return std::nullopt;
    Rules rules;
    std::tie(rules.mode, rules.max_active, rules.active_for, rules.max_waiting, rules.admit_per_minute, rules.claim_for,
             rules.idle_for, rules.join_before, rules.drawn, rules.over_since, rules.on_sale_again_at) =
        rows[0]
            .columns<std::string, int32_t, Duration, Count, Count, Duration, Duration, MaybeTime, bool, MaybeTime,
                     MaybeTime>();
    return rules;
}

bool sale_is_over(const spi::FreshSnapshot& snapshot, int64_t queue_id, Time at) {
    return !slot_sold_after.find(snapshot, queue_id, Above<Time>{at}) && slot_of_queue.find(snapshot, queue_id);
}

void require_exists(int64_t queue_id) {
    const spi::FreshSnapshot snapshot;
    if (read_rules.read(snapshot, queue_id).empty())
        raise_not_found("queue", queue_id);
}

namespace {

bool lock_row(int64_t queue_id) {
    const spi::FreshSnapshot snapshot;
    const auto row = find_row.find(snapshot, queue_id);
    return row && lock_one("queue", std::get<0>(*row), snapshot);
}

} // namespace

void set_over(int64_t queue_id, Time since) {
    if (!lock_row(queue_id))
        return;
    const queue_token::OwnChange own;
    mark_over.write(queue_id, since);
}

void set_on_sale_again(int64_t queue_id, Time at) {
    if (!lock_row(queue_id))
        return;
    const queue_token::OwnChange own;
    mark_on_sale_again.write(queue_id, at);
}

void set_drawn(int64_t queue_id, Time at) {
    const queue_token::OwnChange own;
    mark_drawn.write(queue_id, at);
}

std::string seed(int64_t queue_id) {
    const spi::FreshSnapshot snapshot;
    const spi::Rows rows = read_seed.read(snapshot, queue_id);
    if (rows.empty())
        throw Failure{ERRCODE_DATA_CORRUPTED, "queue " + std::to_string(queue_id) + " has lost the seed of its draw",
                      "", "Give it another with update_queue: join_before and shuffle_seed."};
    return rows[0].first<std::string>();
}

} // namespace boxoffice::queue
