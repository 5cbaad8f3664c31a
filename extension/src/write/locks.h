// The locks of a write, in the order in which they are taken: the user's, then rows, never the other way round.
//
// The user's lock is the only one that is waited for without limit. Rows are locked one by one, each exactly in the
// version that a snapshot showed, and never waited for: who finds one taken learns it at once.
#pragma once

#include "write/user_lock.h"

namespace boxoffice {

// The lock of one queue. Whoever admits, changes the rules or, without the board, draws a number has it until the end of
// the transaction; a sale never takes it.
namespace queue_lock {
[[nodiscard]] bool try_acquire(int64_t queue_id);
void acquire(int64_t queue_id);
// Undoes one try_acquire, where nothing was written under it.
void release(int64_t queue_id);
} // namespace queue_lock

// An internal subtransaction: rolling it back frees every row lock taken in it.
class Subtransaction {
public:
    Subtransaction();
    ~Subtransaction();
    Subtransaction(const Subtransaction&) = delete;
    Subtransaction& operator=(const Subtransaction&) = delete;

    void commit();
    void roll_back();
    void end(bool keep) { keep ? commit() : roll_back(); }

private:
    MemoryContext context;
    ResourceOwner owner;
    bool open = false;
};

// The oid of boxoffice.<table>; runs inside guarded().
Oid table_oid(const char* table);

enum class RowLock {
    locked,
    busy,    // a transaction that is still open has it
    changed, // it is no longer what the snapshot showed
};

struct RowLocks {
    RowLock state;
    std::size_t failed_at; // index of the row that was not locked; all before it are
};

// Locks rows of boxoffice.<table> FOR NO KEY UPDATE, in the order given, and stops at the first that another
// transaction has or has changed. The snapshot that showed the addresses must still be alive: it keeps those
// versions from being pruned. Rows already locked stay so until the surrounding subtransaction is rolled back; the row
// it stopped at is left untouched.
RowLocks lock_rows(const char* table, const RowAddresses& rows, const spi::FreshSnapshot& snapshot);
// The same for one row: false when another transaction has it or has changed it.
[[nodiscard]] bool lock_one(const char* table, const RowAddress& row, const spi::FreshSnapshot& snapshot);
// Of rows that were read as (number, ctid), the numbers of those that nobody has, locked. Not SKIP LOCKED: that follows
// a row to its later versions, and waits there.
Numbers lock_free(const char* table, const spi::Rows& rows, const spi::FreshSnapshot& snapshot);

// How long to go on trying: until busy_wait has passed, with pauses of 0.5 to 2 ms, but always a second time at once:
// what was busy may have changed for good, and then the caller should hear that instead.
class Patience {
public:
    Patience();
    // Answers true after a pause, or false when the time is over. A cancelled statement raises.
    [[nodiscard]] bool once_more();

private:
    bool first = true;
    TimestampTz deadline;
    int64_t pause_microseconds = 500;
};

// What attempt returns, tried until it is something or the patience ends; then nothing.
template <typename Attempt>
auto patiently(Attempt&& attempt) {
    Patience patience;
    auto result = attempt();
    while (!result && patience.once_more())
        result = attempt();
    return result;
}

// What an acknowledged write needs: its commit is flushed (and replicated, where that is configured) before the
// answer, whatever synchronous_commit the caller has set, unless it is set stronger.
void make_durable();

} // namespace boxoffice
