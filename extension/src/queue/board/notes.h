// The notes of this process's transaction about the board, and the callbacks in which they take effect.
#pragma once

#include "queue/board/board.h"

namespace boxoffice::board_notes {

enum class Kind {
    joined,      // drew a number that waits
    admitted,    // drew a number and was admitted with it
    not_waiting, // does not wait any more
    place_free,
    round,
    lock_held,
    rules,
    lost,
    all_lost,
    drawn_from_tables, // drew numbers from the tables; changes nothing
};

struct Note {
    Kind kind;
    board::Handle queue{};
    int64_t number = 0; // of the token; of a round: the room that is left
    int32_t priority = 0;
    bool hungry = false;
    int64_t next_number = 0; // of a round
    Uuid token{};
    std::optional<Time> at{}; // seen at, or admitted at
    Oid table = InvalidOid;   // of all_lost
    SubTransactionId subtransaction = InvalidSubTransactionId;
};

// Makes sure that the next add() cannot fail. Raises when there is no memory.
void reserve();
// Takes effect when the transaction commits.
void add(Note note) noexcept;
void add_rules(const board::Handle& queue, const shared_memory::QueueRules& rules);
bool any();
// Any about this queue; or only those after which others have another position.
bool any_of(const shared_memory::QueueKey& key, bool departures);
bool has_drawn_from_tables(const shared_memory::QueueKey& key);

// What this process is building, or nothing; given up when the transaction ends before it is finished.
struct Building {
    board::Handle queue;
    uint64_t attempt;
};
extern std::optional<Building> building;
// The queue being built, with its lock held; null when it was lost meanwhile.
shared_memory::Queue* under_construction();

// Makes a waiting number known by its token, unless it has gone meanwhile; false when there is no room.
bool enter(const board::Handle& queue, const Uuid& token, int64_t number, int priority, Time seen_at);
// With the queue's lock held.
void count_admission(shared_memory::Queue& queue, Time at);
// Takes a queue off the board, with its lock held: what others note goes on counting once it is built again.
void lose(shared_memory::Queue& queue);
// Asks the server to call us at the end of transactions; once.
void watch_transactions();

} // namespace boxoffice::board_notes

namespace boxoffice::board {

// The place that a queue has at present.
Handle place_of(const shared_memory::QueueKey& key);
// The queue of a handle, with its lock held; null when it is lost or being built, or the slot has another.
shared_memory::Queue* ready(const Handle& handle);

} // namespace boxoffice::board
