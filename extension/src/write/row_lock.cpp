#include "write/row_lock.h"

#include "pg/names.h"

namespace boxoffice {

namespace {

RowLock lock_row(Relation relation, const RowAddress& address, Snapshot snapshot, TupleTableSlot* slot) {
    ItemPointerData position = address.value;
    TM_FailureData failure;
    // Without TUPLE_LOCK_FLAG_FIND_LAST_VERSION a row changed since the snapshot is reported and not locked: a lock
    // on its newer version would outlive the refusal.
    const TM_Result result = table_tuple_lock(relation, &position, snapshot, slot, GetCurrentCommandId(false),
                                              LockTupleNoKeyExclusive, LockWaitSkip, 0, &failure);
    switch (result) {
    case TM_Ok:
        return RowLock::locked;
    case TM_WouldBlock:
        return RowLock::busy;
    case TM_Updated:
    case TM_Deleted:
        return RowLock::changed;
    default:
        elog(ERROR, "boxoffice could not lock a row of \"%s\": state %d", RelationGetRelationName(relation),
             static_cast<int>(result));
    }
}

} // namespace

RowLocks lock_rows(const char* table, const RowAddresses& rows, const spi::FreshSnapshot& snapshot) {
    return guarded([&] {
        RowLocks locks{RowLock::locked, rows.size()};
        const Relation relation = table_open(table_oid(table), RowShareLock);
        TupleTableSlot* const slot = table_slot_create(relation, nullptr);
        for (std::size_t i = 0; i < rows.size() && locks.state == RowLock::locked; ++i) {
            locks.state = lock_row(relation, rows[i], snapshot.get(), slot);
            if (locks.state != RowLock::locked)
                locks.failed_at = i;
            ExecClearTuple(slot);
        }
        ExecDropSingleTupleTableSlot(slot);
        table_close(relation, NoLock);
        return locks;
    });
}

bool lock_one(const char* table, const RowAddress& row, const spi::FreshSnapshot& snapshot) {
    return lock_rows(table, {row}, snapshot).state == RowLock::locked;
}

Numbers lock_free(const char* table, const spi::Rows& rows, const spi::FreshSnapshot& snapshot) {
    Numbers locked;
    for (const spi::Row row : rows) {
        const auto [number, address] = row.columns<int64_t, RowAddress>();
        if (lock_one(table, address, snapshot))
            locked.push_back(number);
    }
    return locked;
}

void require_all(const spi::Rows& changed, const RowAddresses& rows) {
    if (changed.size() == rows.size())
        return;
    throw Failure{ERRCODE_TRIGGERED_DATA_CHANGE_VIOLATION, "a trigger has changed a row that this call is changing", "",
                  "Make it a constraint trigger that is DEFERRABLE INITIALLY DEFERRED: it runs when the call is done."};
}

} // namespace boxoffice
