#include "queue/board/board.h"

#include "queue/board/notes.h"

namespace boxoffice::board {

using shared_memory::Hold;
using shared_memory::InFlight;
using shared_memory::key_of;
using shared_memory::Queue;
using shared_memory::QueueState;

namespace {

// A joining transaction that stays open longer than this may be overtaken by those who came after it.
constexpr int64_t join_grace = 1000000; // microseconds

} // namespace

Queue* ready(const Handle& handle) {
    Queue& queue = shared_memory::queue(handle.slot);
    return queue.state == QueueState::ready && queue.generation == handle.generation ? &queue : nullptr;
}

bool available() { return shared_memory::present() && !RecoveryInProgress(); }

bool has_notes() { return board_notes::any(); }

bool has_notes_of(int64_t queue_id) { return board_notes::any_of(key_of(queue_id), false); }
bool has_departures_of(int64_t queue_id) { return has_notes() && board_notes::any_of(key_of(queue_id), true); }

std::optional<Handle> find(int64_t queue_id) {
    const auto key = key_of(queue_id);
    const Hold directory(shared_memory::directory_lock(), LW_SHARED);
    const int32_t slot = shared_memory::slot_with(key);
    if (slot < 0)
        return std::nullopt;
    const Hold hold(shared_memory::queue_lock(slot), LW_SHARED);
    const Queue& queue = shared_memory::queue(slot);
    return queue.state == QueueState::ready ? std::optional(Handle{slot, queue.generation, key}) : std::nullopt;
}

Draw draw(const Handle& handle, const Uuid& token, int priority, std::optional<int32_t> max_waiting, Door door) {
    board_notes::reserve();
    Draw result{Drawn::full, 0, {}};
    {
        const Hold hold(shared_memory::queue_lock(handle.slot), LW_EXCLUSIVE);
        Queue* const queue = ready(handle);
        if (queue == nullptr)
            return {Drawn::lost, 0, {}};
        const int64_t waiting = queue->line.count();
        InFlight& mine = queue->in_flight[backend_index()];
        if (door == Door::wide_open || (door == Door::if_room && waiting == 0 && queue->room > 0)) {
            queue->room -= door == Door::if_room ? 1 : 0;
            ++mine.admissions;
            result.drawn = Drawn::admitted;
        } else {
            if (max_waiting && waiting >= *max_waiting)
                return result;
            auto& tokens = shared_memory::board().tokens;
            if (pg_atomic_fetch_add_u32(&tokens, 1) >= static_cast<uint32_t>(shared_memory::board_tokens) ||
                !queue->line.cover(shared_memory::pages(), queue->next_number, queue->next_number)) {
                pg_atomic_fetch_sub_u32(&tokens, 1);
                return result;
            }
            queue->line.set(shared_memory::pages(), queue->next_number, priority);
            queue->line.set_in_flight(shared_memory::pages(), queue->next_number, true);
            if (mine.joins++ == 0) {
                mine.first_number = queue->next_number;
                mine.since = GetCurrentTimestamp();
                mine.steady_since = clock::steady();
            }
            result.drawn = Drawn::waiting;
        }
        result.number = queue->next_number++;
        result.at = clock::now();
    }
    board_notes::add({.kind = result.drawn == Drawn::waiting ? board_notes::Kind::joined : board_notes::Kind::admitted,
                      .queue = handle,
                      .number = result.number,
                      .priority = priority,
                      .token = token,
                      .at = result.at});
    return result;
}

bool wants_counting(const Handle& handle) {
    const Hold hold(shared_memory::queue_lock(handle.slot), LW_SHARED);
    const Queue* const queue = ready(handle);
    return queue != nullptr && queue->room == 0 && queue->line.count() == 0;
}

void set_room(const Handle& handle, int64_t room) {
    if (handle.slot < 0)
        return;
    const Hold hold(shared_memory::queue_lock(handle.slot), LW_EXCLUSIVE);
    if (Queue* const queue = ready(handle))
        queue->room = static_cast<int32_t>(room < 0 ? 0 : room > INT32_MAX ? INT32_MAX : room);
}

Frontier frontier(const Handle& handle) {
    const int64_t overtaken = clock::steady() - join_grace;
    const Hold hold(shared_memory::queue_lock(handle.slot), LW_EXCLUSIVE);
    Queue* const queue = ready(handle);
    if (queue == nullptr)
        return {PG_INT64_MIN, 0, PG_INT64_MIN, DT_NOBEGIN};
    queue->room = 0;
    Frontier frontier{queue->next_number, 0, queue->next_number, DT_NOEND};
    for (int backend = 0; backend < MaxBackends; ++backend) {
        const InFlight& other = queue->in_flight[backend];
        // this transaction sees its own
        if (backend == backend_index())
            continue;
        frontier.admissions += other.admissions;
        if (other.joins == 0 || other.steady_since <= overtaken)
            continue;
        if (other.since < frontier.joining_since)
            frontier.joining_since = other.since;
        if (other.first_number < frontier.below)
            frontier.below = other.first_number;
    }
    return frontier;
}

bool take_comparison(const Handle& handle, Time at) {
    const Hold hold(shared_memory::queue_lock(handle.slot), LW_EXCLUSIVE);
    Queue* const queue = ready(handle);
    if (queue == nullptr)
        return false;
    // the clock may have been set back since
    const int64_t since = at.microseconds - queue->compared_at.microseconds;
    if (since >= 0 && since < USECS_PER_MINUTE)
        return false;
    queue->compared_at = at;
    return true;
}

std::optional<int64_t> count_at_rest(const Handle& handle) {
    const Hold hold(shared_memory::queue_lock(handle.slot), LW_SHARED);
    const Queue* const queue = ready(handle);
    if (queue == nullptr)
        return std::nullopt;
    for (int backend = 0; backend < MaxBackends; ++backend) {
        if (queue->in_flight[backend].joins > 0)
            return std::nullopt;
    }
    return queue->line.count();
}

void want_round(const Handle& handle) {
    const Hold hold(shared_memory::queue_lock(handle.slot), LW_EXCLUSIVE);
    if (Queue* const queue = ready(handle))
        queue->wanted = true;
}

std::vector<int64_t> take_wanted() {
    std::vector<int64_t> queue_ids;
    queue_ids.reserve(static_cast<std::size_t>(shared_memory::board_queues));
    shared_memory::for_each_queue(shared_memory::tokens_table(), LW_EXCLUSIVE, [&](Queue& queue, int64_t queue_id) {
        if (std::exchange(queue.wanted, false))
            queue_ids.push_back(queue_id);
    });
    return queue_ids;
}

bool any_wanted() {
    bool wanted = false;
    shared_memory::for_each_queue(shared_memory::tokens_table(), LW_SHARED,
                                  [&](const Queue& queue, int64_t) { wanted = wanted || queue.wanted; });
    return wanted;
}

void note_not_waiting(const Handle& queue, const Uuid& token, int64_t number, std::optional<Time> admitted_at) {
    board_notes::reserve();
    board_notes::add(
        {.kind = board_notes::Kind::not_waiting, .queue = queue, .number = number, .token = token, .at = admitted_at});
}

void note_place_free(const Handle& queue) {
    board_notes::reserve();
    board_notes::add({.kind = board_notes::Kind::place_free, .queue = queue});
}

void note_round(const Handle& queue, int64_t room, bool hungry, int64_t next_number) {
    board_notes::reserve();
    board_notes::add({.kind = board_notes::Kind::round,
                      .queue = queue,
                      .number = room,
                      .hungry = hungry,
                      .next_number = next_number});
}

void note_lost(const Handle& queue) {
    board_notes::reserve();
    board_notes::add({.kind = board_notes::Kind::lost, .queue = queue});
}

void note_lock_held(const Handle& queue) {
    board_notes::reserve();
    board_notes::add({.kind = board_notes::Kind::lock_held, .queue = queue});
}

void note_rules(const Handle& queue, const QueueRules& rules) { board_notes::add_rules(queue, rules); }

bool has_drawn_from_tables(int64_t queue_id) {
    return has_notes() && board_notes::has_drawn_from_tables(key_of(queue_id));
}

void note_drawn_from_tables(int64_t queue_id) {
    const auto key = key_of(queue_id);
    if (board_notes::has_drawn_from_tables(key))
        return;
    board_notes::reserve();
    board_notes::add({.kind = board_notes::Kind::drawn_from_tables, .queue = {-1, 0, key}});
}

void note_all_lost() {
    const Oid table = shared_memory::tokens_table();
    board_notes::reserve();
    board_notes::add({.kind = board_notes::Kind::all_lost, .table = table});
}

} // namespace boxoffice::board
