// Locks of rows. Every write takes the user's lock first and rows afterwards, one by one, each exactly in the version that
// a snapshot showed, and never waited for: a row that another transaction has is told at once.
#pragma once

#include "pg/spi.h"

namespace boxoffice {

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

// Rows that are locked are changed by their addresses. Raises 27000 where a statement has not found all of them: then a
// trigger that the call has fired has changed one meanwhile, and what the call was about is no longer so.
void require_all(const spi::Rows& changed, const RowAddresses& rows);

} // namespace boxoffice
