#include "write/locks.h"

#include "pg/boundary.h"

namespace boxoffice {

namespace {

// Says "boxoffice queue"; see user_lock.cpp.
constexpr uint16 queue_lock_kind = 7202;

LOCKTAG queue_tag(int64_t queue_id) { return advisory_tag(static_cast<uint64>(queue_id), queue_lock_kind); }

} // namespace

bool queue_lock::try_acquire(int64_t queue_id) {
    const TransactionOwner owner;
    const LOCKTAG tag = queue_tag(queue_id);
    return guarded([&] { return LockAcquire(&tag, ExclusiveLock, false, true) != LOCKACQUIRE_NOT_AVAIL; });
}

void queue_lock::acquire(int64_t queue_id) {
    const TransactionOwner owner;
    const LOCKTAG tag = queue_tag(queue_id);
    guarded([&] { LockAcquire(&tag, ExclusiveLock, false, false); });
}

void queue_lock::release(int64_t queue_id) {
    const TransactionOwner owner;
    const LOCKTAG tag = queue_tag(queue_id);
    LockRelease(&tag, ExclusiveLock, false);
}

Subtransaction::Subtransaction() : context(CurrentMemoryContext), owner(CurrentResourceOwner) {
    guarded([] { BeginInternalSubTransaction(nullptr); });
    open = true;
    MemoryContextSwitchTo(context);
}

void Subtransaction::commit() {
    guarded([] { ReleaseCurrentSubTransaction(); });
    open = false;
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
}

void Subtransaction::roll_back() {
    open = false;
    guarded([] { RollbackAndReleaseCurrentSubTransaction(); });
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
}

Subtransaction::~Subtransaction() {
    if (!open)
        return;
    // An error is on its way out. Whoever catches it outside rolls back its own subtransaction and must not find
    // ours still open. If even that fails the state cannot be trusted any more: end this connection.
    try {
        roll_back();
    } catch (const PostgresError&) {
        ereport(FATAL, (errmsg("boxoffice could not roll back a subtransaction")));
    }
}

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

Oid table_oid(const char* table) { return get_relname_relid(table, get_namespace_oid("boxoffice", false)); }

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

Patience::Patience() : deadline(GetCurrentTimestamp() + int64_t{locks::busy_wait_ms} * 1000) {}

bool Patience::once_more() {
    if (std::exchange(first, false))
        return true;
    if (GetCurrentTimestamp() >= deadline)
        return false;
    guarded([&] {
        CHECK_FOR_INTERRUPTS();
        pg_usleep(static_cast<long>(pause_microseconds));
        CHECK_FOR_INTERRUPTS();
    });
    pause_microseconds = pause_microseconds * 2 > 2000 ? 2000 : pause_microseconds * 2;
    return true;
}

void make_durable() {
    guarded([] {
        // holds also when the caller weakens the setting later in this transaction
        ForceSyncCommit();
        if (synchronous_commit < SYNCHRONOUS_COMMIT_REMOTE_FLUSH)
            set_config_option("synchronous_commit", "on", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
    });
}

} // namespace boxoffice
