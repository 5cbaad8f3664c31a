// The lock of a user, with which every write begins.
//
// Owns      how many users' locks each transaction has, and with it how much of the memory that all sessions share.
// Invariant a transaction writes for at most boxoffice.max_users_per_transaction users. Counted are the locks that it has
//           now: one that a call gave back, or that a savepoint took with it, counts no more; one that is prepared counts
//           for nobody.
#pragma once

#include "pg/spi.h"

namespace boxoffice {

namespace locks {
// How long a call may go on trying for rows that another call has under way; boxoffice.busy_wait. With 0 nothing is waited
// for, not even a user's lock.
extern int busy_wait_ms;
// For how many users a transaction may write; boxoffice.max_users_per_transaction.
extern int most_users;
// Defines these settings; once, when the library is loaded.
void define_settings();
// Counts along with transactions and savepoints; once, when the library is loaded.
void watch_transactions();
} // namespace locks

// Locks are remembered by resource owner. The current one may be that of a cursor, which a savepoint rolled back takes
// with it although the transaction keeps what the call has written; so advisory locks belong to the transaction's.
class TransactionOwner {
public:
    TransactionOwner() { CurrentResourceOwner = CurTransactionResourceOwner; }
    ~TransactionOwner() { CurrentResourceOwner = before; }
    TransactionOwner(const TransactionOwner&) = delete;
    TransactionOwner& operator=(const TransactionOwner&) = delete;

private:
    const ResourceOwner before = CurrentResourceOwner;
};

// The tag of an advisory lock of ours; the kind keeps it apart from those of the application.
LOCKTAG advisory_tag(uint64 key, uint16 kind);

// An advisory lock on one user, under a lock tag of our own, so that it meets no advisory lock of the application.
// It orders double clicks, idempotency keys, limits and the user's account. It belongs to the transaction when the
// call has written; a call that was refused gives it back at once.
class UserLock {
public:
    explicit UserLock(const std::string& user_id);
    ~UserLock();
    UserLock(const UserLock&) = delete;
    UserLock& operator=(const UserLock&) = delete;

    // False only when busy_wait is 0 and another transaction has the lock. Raises 54000 where the transaction has as many
    // as it may.
    [[nodiscard]] bool acquire();
    // Leaves the lock to the transaction.
    void keep() { held = false; }

private:
    LOCKTAG tag;
    bool held = false;
    bool counted = false; // the transaction did not have it before
    const int exceptions_at_start = std::uncaught_exceptions();
};

} // namespace boxoffice
