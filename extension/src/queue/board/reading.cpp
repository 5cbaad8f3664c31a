// Answers from the board; see board.h.

#include "queue/board/notes.h"

namespace boxoffice::board {

using shared_memory::Hold;
using shared_memory::Queue;

namespace {

int64_t admitted_last_minute(const Queue& queue, Time at) {
    int64_t count = 0;
    const int64_t now = at.microseconds / USECS_PER_SEC;
    for (int64_t second = now - 59; second <= now; ++second) {
        const auto bucket = static_cast<uint64_t>(second) % 64;
        if (queue.admitted_second[bucket] == second)
            count += queue.admitted[bucket];
    }
    return count;
}

Standing standing_in(const Queue& queue, int64_t number, int priority, Time at) {
    return {queue.line.before(shared_memory::pages(), number, priority), admitted_last_minute(queue, at), queue.rules};
}

} // namespace

bool worth_recording(Time seen_at, int64_t idle_for, Time at) {
    return at.microseconds - seen_at.microseconds >= idle_for / 4;
}

// A quarter more, because a visit is recorded only after a quarter: nobody is passed over who was there idle_for ago.
bool is_idle(Time seen_at, int64_t idle_for, Time at) {
    return at.microseconds - seen_at.microseconds >= idle_for + idle_for / 4;
}

namespace {

// With the lock of the token's partition.
void record_visit(shared_memory::Token& entry, int64_t idle_for, Time at) {
    const Time seen_at{static_cast<int64_t>(pg_atomic_read_u64(&entry.last_seen))};
    if (worth_recording(seen_at, idle_for, at))
        pg_atomic_write_u64(&entry.last_seen, static_cast<uint64_t>(at.microseconds));
}

} // namespace

std::optional<Standing> poll(const Uuid& token, Time at) {
    const uint32_t hash = shared_memory::token_hash(token);
    const Oid table = shared_memory::tokens_table();
    const Hold partition(shared_memory::token_lock(hash), LW_SHARED);
    shared_memory::Token* const entry = shared_memory::find_token(token, hash);
    if (entry == nullptr)
        return std::nullopt;
    const Handle handle{entry->queue, entry->generation, {}};
    const Hold hold(shared_memory::queue_lock(handle.slot), LW_SHARED);
    const Queue* const queue = ready(handle);
    const shared_memory::QueueKey& key = shared_memory::queue_key(handle.slot);
    if (queue == nullptr || key.database != MyDatabaseId || key.table != table ||
        !queue->line.is_waiting(shared_memory::pages(), entry->number, entry->priority))
        return std::nullopt;
    record_visit(*entry, queue->rules.idle_for, at);
    return standing_in(*queue, entry->number, entry->priority, at);
}

std::optional<Standing> standing(const Handle& handle, int64_t number, int priority, Time at) {
    const Hold hold(shared_memory::queue_lock(handle.slot), LW_SHARED);
    const Queue* const queue = ready(handle);
    if (queue == nullptr || !queue->line.is_waiting(shared_memory::pages(), number, priority))
        return std::nullopt;
    return standing_in(*queue, number, priority, at);
}

bool see(const Uuid& token, int64_t idle_for, Time at) {
    if (!available())
        return false;
    const uint32_t hash = shared_memory::token_hash(token);
    const Hold partition(shared_memory::token_lock(hash), LW_SHARED);
    shared_memory::Token* const entry = shared_memory::find_token(token, hash);
    if (entry == nullptr)
        return false;
    // one whose queue has lost its place is swept away some time
    const Hold hold(shared_memory::queue_lock(entry->queue), LW_SHARED);
    if (shared_memory::queue(entry->queue).generation != entry->generation)
        return false;
    record_visit(*entry, idle_for, at);
    return true;
}

std::optional<Time> last_seen(const Uuid& token) {
    if (!available())
        return std::nullopt;
    const uint32_t hash = shared_memory::token_hash(token);
    const Hold partition(shared_memory::token_lock(hash), LW_SHARED);
    shared_memory::Token* const entry = shared_memory::find_token(token, hash);
    if (entry == nullptr)
        return std::nullopt;
    return Time{static_cast<int64_t>(pg_atomic_read_u64(&entry->last_seen))};
}

Time visits_known_since() {
    return Time{static_cast<int64_t>(pg_atomic_read_u64(&shared_memory::board().visits_known_since))};
}

} // namespace boxoffice::board
