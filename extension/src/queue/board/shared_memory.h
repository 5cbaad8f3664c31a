// What all server processes share when the library is preloaded: the board of the queues and the state of the worker.
//
// It is made when the server starts and wiped by a crash of any process; everything on it can be built again from the
// tables. Without preloading there is none, and everything works from the tables.
//
// Locks: light-weight ones, held for a few instructions, in this order where two are needed: tokens, queue, pages. Nothing
// under them allocates memory or reports an error.
#pragma once

#include "pg/clock.h"
#include "pg/codec.h"
#include "queue/board/waiting_line.h"

namespace boxoffice::shared_memory {

// Sizes, by settings: how many who wait, and how many queues, fit on the board.
extern int board_tokens;
extern int board_queues;

// Defines these settings; once, when the library is loaded. The server forbids settings that need a restart unless it is
// preloading the library; then these do nothing.
void define_settings();

// Asks for the memory; only while the server preloads the library.
void request();
// False when the library is not preloaded.
bool present();

// Whose queue: ids are unique only in one database and one installation of the extension.
struct QueueKey {
    Oid database;
    Oid table;
    int64_t queue_id;
    bool operator==(const QueueKey&) const = default;
};

// What the answer to a poll depends on, besides the others who wait.
struct QueueRules {
    int64_t active_for = 1; // microseconds
    int64_t idle_for = 1;   // microseconds
    int32_t max_active = 1;
    int32_t admit_per_minute = 0; // 0: no limit
    bool paused = false;          // nobody is admitted: by its mode, or because its sale is over
    bool draw_pending = false;    // nobody has a position before the draw
    Time draw_at{};               // then when it takes place
};

// What one process has under way in a queue, until its transaction ends.
struct InFlight {
    int64_t first_number; // the smallest that waits
    int32_t joins;        // how many of its numbers wait
    int32_t admissions;   // how many it has admitted at joining
    TimestampTz since;    // by the wall clock
    int64_t steady_since; // by clock::steady()
};

enum class QueueState : int32_t { absent, building, ready };

struct Queue {
    QueueState state;
    uint64_t generation; // another one each time the slot is given to a queue
    uint64_t attempt;    // another one each time the queue is built
    QueueRules rules;
    int64_t next_number;
    int32_t room;         // how many may be admitted at joining without counting again
    Time compared_at;     // when its count was last compared with the tables
    bool hungry;          // the last round could have admitted more
    bool wanted;          // a round is wanted
    int32_t admitted[64]; // by second, modulo 64
    int64_t admitted_second[64];
    WaitingLine line;
    InFlight in_flight[FLEXIBLE_ARRAY_MEMBER]; // by backend_index()
};

struct Token {
    Uuid token;
    int32_t queue;
    int32_t priority;
    uint64_t generation;
    int64_t number;
    pg_atomic_uint64 last_seen; // microseconds
};

struct Worker {
    Latch* latch; // null: no worker
    Oid database;
    int32_t pid;                                         // 0: none runs
    TimestampTz started_at, last_tick_at, last_error_at; // 0: never
    int64_t lag; // microseconds between when the last tick was due and when it began
    int64_t ticks, errors;
    char last_error[512]; // empty: none
};

struct Board {
    pg_atomic_uint32 tokens; // how many wait on all queues, those under way included
    // microseconds: visits of those who wait in queues off the board may be missing in the tables before this instant
    pg_atomic_uint64 visits_known_since;
    uint64_t generations;
};

// Null where the library is not preloaded.
Worker* worker();
LWLock* worker_lock();
// Lets the worker look at once, when it serves this database.
void wake_worker();

// A light-weight lock, for as long as this lives.
class Hold {
public:
    Hold(LWLock* held_lock, LWLockMode mode) : lock(held_lock) { LWLockAcquire(lock, mode); }
    ~Hold() { LWLockRelease(lock); }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

private:
    LWLock* const lock;
};

Board& board();
LWLock* directory_lock();          // for the keys, and for giving a slot to a queue
QueueKey& queue_key(int32_t slot); // read with the directory's lock or the queue's, written with both
Queue& queue(int32_t slot);
LWLock* queue_lock(int32_t slot);
WaitingLine::Pool& pages();

// The table of tokens that this session sees, which tells installations apart; raises.
Oid tokens_table();
// The key of a queue of this installation; raises.
QueueKey key_of(int64_t queue_id);
// With the directory's lock: the slot that has this key; -1: none.
int32_t slot_with(const QueueKey& key);

// Calls look(queue, its id) for each queue of this database that has its tokens in this table, with its lock held.
template <typename Look>
void for_each_queue(Oid table, LWLockMode mode, Look&& look) {
    const Hold directory(directory_lock(), LW_SHARED);
    for (int32_t slot = 0; slot < board_queues; ++slot) {
        const QueueKey& key = queue_key(slot);
        if (key.database != MyDatabaseId || key.table != table)
            continue;
        const Hold hold(queue_lock(slot), mode);
        look(queue(slot), key.queue_id);
    }
}

uint32_t token_hash(const Uuid& token);
LWLock* token_lock(uint32_t hash);
Token* find_token(const Uuid& token, uint32_t hash);
// Null when there is no room.
Token* enter_token(const Uuid& token, uint32_t hash);
void remove_token(const Uuid& token, uint32_t hash);
int64_t count_tokens();
// Removes the tokens that are no longer wanted. With no lock held; takes those of all tokens.
void sweep_tokens(bool (*wanted)(const Token&));

} // namespace boxoffice::shared_memory
