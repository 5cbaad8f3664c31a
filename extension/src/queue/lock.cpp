#include "queue/lock.h"

#include "pg/boundary.h"

namespace boxoffice {

namespace {

// Says "boxoffice queue"; see write/user_lock.cpp.
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

} // namespace boxoffice
