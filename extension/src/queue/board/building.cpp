// Building a queue's part of the board from the tables; see board.h.

#include "pg/boundary.h"
#include "queue/board/notes.h"

namespace boxoffice {

shared_memory::Queue* board_notes::under_construction() {
    shared_memory::Queue& queue = shared_memory::queue(building->queue.slot);
    const bool mine = queue.state == shared_memory::QueueState::building &&
                      queue.generation == building->queue.generation && queue.attempt == building->attempt;
    return mine ? &queue : nullptr;
}

namespace board {

using shared_memory::Hold;
using shared_memory::Queue;
using shared_memory::QueueKey;
using shared_memory::QueueState;
using shared_memory::slot_with;

namespace {

// Somebody builds it, or has drawn a number in a transaction that has not ended.
bool is_in_use(const Queue& queue) {
    if (queue.state == QueueState::building)
        return true;
    for (int backend = 0; backend < MaxBackends; ++backend) {
        const shared_memory::InFlight& other = queue.in_flight[backend];
        if (other.joins > 0 || other.admissions > 0)
            return true;
    }
    return false;
}

bool is_gone(const QueueKey& key, Oid table) {
    if (key.database == MyDatabaseId)
        return key.table != table;
    return !SearchSysCacheExists1(DATABASEOID, ObjectIdGetDatum(key.database));
}

// Queues of a dropped database or of an extension that was created again.
std::vector<QueueKey> gone_queues(Oid table) {
    std::vector<QueueKey> keys;
    {
        keys.reserve(static_cast<std::size_t>(shared_memory::board_queues));
        const Hold directory(shared_memory::directory_lock(), LW_SHARED);
        for (int32_t slot = 0; slot < shared_memory::board_queues; ++slot)
            keys.push_back(shared_memory::queue_key(slot));
    }
    std::erase_if(keys, [&](const QueueKey& key) {
        return key.database == InvalidOid || guarded([&] { return !is_gone(key, table); });
    });
    return keys;
}

// Takes everything of the slot's queue off the board, for another or for none; with the locks of directory and queue.
void give_slot(int32_t slot, const QueueKey& key) {
    Queue& queue = shared_memory::queue(slot);
    board_notes::lose(queue);
    queue.line.drop(shared_memory::pages());
    queue.compared_at = Time{0};
    shared_memory::queue_key(slot) = key;
    queue.generation = ++shared_memory::board().generations;
    queue.next_number = 1;
    queue.wanted = false;
}

void give_up_gone(const std::vector<QueueKey>& gone) {
    for (const QueueKey& key : gone) {
        const int32_t slot = slot_with(key);
        if (slot < 0)
            continue;
        const Hold hold(shared_memory::queue_lock(slot), LW_EXCLUSIVE);
        if (!is_in_use(shared_memory::queue(slot)))
            give_slot(slot, QueueKey{});
    }
}

// Gives the slot to this queue, with the directory's lock. False when it has a queue that somebody uses, or in which more
// wait than this: any other can be built again in no time.
bool try_slot(int32_t slot, const QueueKey& key, int64_t most_waiting) {
    const Hold hold(shared_memory::queue_lock(slot), LW_EXCLUSIVE);
    const Queue& queue = shared_memory::queue(slot);
    if (queue.line.count() > most_waiting || is_in_use(queue))
        return false;
    give_slot(slot, key);
    return true;
}

struct Slot {
    int32_t slot = -1;
    int64_t waiting = PG_INT64_MAX;
};

// The place that is missed least, of those that may be taken away; with the directory's lock.
Slot least_used_slot() {
    Slot least;
    for (int32_t slot = 0; slot < shared_memory::board_queues && least.waiting > 0; ++slot) {
        const Hold hold(shared_memory::queue_lock(slot), LW_SHARED);
        const Queue& queue = shared_memory::queue(slot);
        const int64_t waiting = queue.line.count();
        if (waiting < least.waiting && !is_in_use(queue))
            least = {slot, waiting};
    }
    return least;
}

// Twice as many and some more, so that two queues do not take it from each other in turn.
int64_t enough_to_take_from(int64_t waiting) { return 2 * waiting + 64; }

// With the directory's lock, for a queue without a slot: one that is given to it now; -1: all are in use.
int32_t take_slot(const QueueKey& key, int64_t waiting) {
    if (const int32_t unused = slot_with(QueueKey{}); unused >= 0 && try_slot(unused, key, 0))
        return unused;
    const Slot least = least_used_slot();
    const bool enough = least.waiting == 0 || enough_to_take_from(least.waiting) <= waiting;
    return least.slot >= 0 && enough && try_slot(least.slot, key, least.waiting) ? least.slot : -1;
}

// With the locks of all tokens.
bool still_waits(const shared_memory::Token& token) {
    const Hold hold(shared_memory::queue_lock(token.queue), LW_SHARED);
    const Queue& queue = shared_memory::queue(token.queue);
    return queue.generation == token.generation &&
           queue.line.is_waiting(shared_memory::pages(), token.number, token.priority);
}

// A queue that was lost leaves its tokens behind.
void sweep_tokens() {
    if (shared_memory::count_tokens() > static_cast<int64_t>(pg_atomic_read_u32(&shared_memory::board().tokens)))
        shared_memory::sweep_tokens(still_waits);
}

} // namespace

Handle place_of(const QueueKey& key) {
    const Hold directory(shared_memory::directory_lock(), LW_SHARED);
    const int32_t slot = slot_with(key);
    return {slot, slot < 0 ? 0 : shared_memory::queue(slot).generation, key};
}

Handle handle_of(int64_t queue_id) { return place_of(shared_memory::key_of(queue_id)); }
bool has_place(int64_t queue_id) { return handle_of(queue_id).slot >= 0; }

bool has_free_place() {
    const Hold directory(shared_memory::directory_lock(), LW_SHARED);
    return slot_with(QueueKey{}) >= 0 || least_used_slot().waiting == 0;
}

void give_up_gone_queues() {
    const auto gone = gone_queues(shared_memory::tokens_table());
    const Hold directory(shared_memory::directory_lock(), LW_EXCLUSIVE);
    give_up_gone(gone);
}

std::optional<int64_t> waiting_for_place_of_another() {
    const Hold directory(shared_memory::directory_lock(), LW_SHARED);
    const Slot least = least_used_slot();
    return least.slot < 0 ? std::nullopt : std::optional(enough_to_take_from(least.waiting));
}

int64_t free_tokens() {
    return shared_memory::board_tokens - static_cast<int64_t>(pg_atomic_read_u32(&shared_memory::board().tokens));
}

void give_up_place(int64_t queue_id) {
    const QueueKey key = shared_memory::key_of(queue_id);
    const Hold directory(shared_memory::directory_lock(), LW_EXCLUSIVE);
    if (const int32_t slot = slot_with(key); slot >= 0)
        try_slot(slot, QueueKey{}, 0);
}

Begun begin_building(int64_t queue_id, const Wanted& wanted) {
    const QueueKey key = shared_memory::key_of(queue_id);
    const auto gone = gone_queues(key.table);
    sweep_tokens();
    const Hold directory(shared_memory::directory_lock(), LW_EXCLUSIVE);
    give_up_gone(gone);
    int32_t slot = slot_with(key);
    if (slot < 0 && !wanted.may_take)
        return Begun::others;
    if (slot < 0)
        slot = take_slot(key, wanted.waiting);
    if (slot < 0)
        return Begun::no_place;
    const Hold hold(shared_memory::queue_lock(slot), LW_EXCLUSIVE);
    Queue& queue = shared_memory::queue(slot);
    if (queue.state != QueueState::absent)
        return Begun::others;
    // what has committed since it was lost the snapshot will show
    board_notes::lose(queue);
    if (!queue.line.reopen(shared_memory::pages(), wanted.first, wanted.last)) {
        if (queue.line.count() == 0)
            queue.line.drop(shared_memory::pages());
        return Begun::no_room;
    }
    queue.state = QueueState::building;
    queue.room = 0;
    queue.hungry = true;
    for (int second = 0; second < 64; ++second)
        queue.admitted[second] = 0;
    queue.attempt = ++shared_memory::board().generations;
    board_notes::building = board_notes::Building{{slot, queue.generation, key}, queue.attempt};
    return Begun::mine;
}

Added add_waiting(const Uuid& token, int64_t number, int priority, Time seen_at) {
    const Handle handle = board_notes::building->queue;
    {
        const Hold hold(shared_memory::queue_lock(handle.slot), LW_EXCLUSIVE);
        Queue* const queue = board_notes::under_construction();
        if (queue == nullptr)
            return Added::lost;
        if (!queue->line.cover(shared_memory::pages(), number, number))
            return Added::full;
        if (!queue->line.covers(number))
            return Added::lost;
        if (!queue->line.set(shared_memory::pages(), number, priority))
            return Added::ok;
        if (pg_atomic_fetch_add_u32(&shared_memory::board().tokens, 1) >=
            static_cast<uint32_t>(shared_memory::board_tokens))
            return Added::full;
    }
    return board_notes::enter(handle, token, number, priority, seen_at) ? Added::ok : Added::full;
}

void add_admitted(Time at) {
    const Hold hold(shared_memory::queue_lock(board_notes::building->queue.slot), LW_EXCLUSIVE);
    if (Queue* const queue = board_notes::under_construction())
        board_notes::count_admission(*queue, at);
}

void give_up_building() {
    if (!board_notes::building)
        return;
    {
        const Hold hold(shared_memory::queue_lock(board_notes::building->queue.slot), LW_EXCLUSIVE);
        if (Queue* const queue = board_notes::under_construction())
            board_notes::lose(*queue);
    }
    board_notes::building.reset();
}

std::optional<Handle> finish_building(const QueueRules& rules, int64_t next_number) {
    const Handle handle = board_notes::building->queue;
    const Hold hold(shared_memory::queue_lock(handle.slot), LW_EXCLUSIVE);
    Queue* const queue = board_notes::under_construction();
    board_notes::building.reset();
    if (queue == nullptr)
        return std::nullopt;
    queue->rules = rules;
    if (queue->next_number < next_number)
        queue->next_number = next_number;
    queue->state = QueueState::ready;
    return handle;
}

} // namespace board

} // namespace boxoffice
