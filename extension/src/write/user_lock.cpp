#include "write/user_lock.h"

namespace boxoffice {

int locks::busy_wait_ms = 100;
int locks::most_users = 5000;

namespace {

// pg_advisory_lock uses 1 and 2 in this field of the tag; this says "boxoffice user".
constexpr uint16 user_lock_kind = 7201;

LOCKTAG user_tag(const std::string& user_id) {
    return advisory_tag(hash_bytes_extended(reinterpret_cast<const unsigned char*>(user_id.data()),
                                            static_cast<int>(user_id.size()), 0),
                        user_lock_kind);
}

// The users whose locks were taken in one transaction or savepoint that is open.
struct Level {
    int nesting;
    int users;
};

std::vector<Level> levels; // the innermost last; none for one that has taken nothing
int users_locked = 0;      // the sum

// Room for the level that is current, so that counting cannot fail once the lock is taken.
void open_level() {
    const int nesting = GetCurrentTransactionNestLevel();
    if (levels.empty() || levels.back().nesting != nesting)
        levels.push_back({nesting, 0});
}

void count(int users) noexcept {
    levels.back().users += users;
    users_locked += users;
}

// What a savepoint has locked is its parent's, or nobody's.
void end_level(int nesting, bool committed) noexcept {
    if (levels.empty() || levels.back().nesting != nesting)
        return;
    const int users = levels.back().users;
    const bool parent_has_level = levels.size() > 1 && levels[levels.size() - 2].nesting == nesting - 1;
    if (committed && !parent_has_level) {
        levels.back().nesting = nesting - 1;
        return;
    }
    levels.pop_back();
    if (committed)
        levels.back().users += users;
    else
        users_locked -= users;
}

extern "C" void boxoffice_count_transaction(XactEvent event, void*) {
    if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
        return;
    levels.clear();
    users_locked = 0;
}

extern "C" void boxoffice_count_subtransaction(SubXactEvent event, SubTransactionId, SubTransactionId, void*) {
    if (event == SUBXACT_EVENT_COMMIT_SUB || event == SUBXACT_EVENT_ABORT_SUB)
        end_level(GetCurrentTransactionNestLevel(), event == SUBXACT_EVENT_COMMIT_SUB);
}

[[noreturn]] void raise_too_many() {
    throw Failure{ERRCODE_PROGRAM_LIMIT_EXCEEDED,
                  "a transaction may write for at most " + std::to_string(locks::most_users) + " users",
                  "It keeps a lock for each of them, in memory that all sessions share.",
                  "Commit in between, or CALL boxoffice.credit_balances or boxoffice.join_users, which do. Raise "
                  "boxoffice.max_users_per_transaction only together with max_locks_per_transaction."};
}

} // namespace

LOCKTAG advisory_tag(uint64 key, uint16 kind) {
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, static_cast<uint32>(key >> 32), static_cast<uint32>(key), kind);
    return tag;
}

void locks::watch_transactions() {
    RegisterXactCallback(boxoffice_count_transaction, nullptr);
    RegisterSubXactCallback(boxoffice_count_subtransaction, nullptr);
}

UserLock::UserLock(const std::string& user_id) : tag(user_tag(user_id)) {}

bool UserLock::acquire() {
    if (users_locked >= locks::most_users && !LockHeldByMe(&tag, ExclusiveLock))
        raise_too_many();
    open_level();
    const TransactionOwner owner;
    const LockAcquireResult result =
        guarded([&] { return LockAcquire(&tag, ExclusiveLock, false, locks::busy_wait_ms == 0); });
    held = result != LOCKACQUIRE_NOT_AVAIL;
    counted = result == LOCKACQUIRE_OK;
    if (counted)
        count(1);
    return held;
}

UserLock::~UserLock() {
    // after an error the abort of the transaction releases it
    if (!held || std::uncaught_exceptions() != exceptions_at_start)
        return;
    const TransactionOwner owner;
    LockRelease(&tag, ExclusiveLock, false);
    if (counted)
        count(-1);
}

void locks::define_settings() {
    DefineCustomIntVariable("boxoffice.busy_wait",
                            "How long a call may go on trying for what another call has under way.",
                            "With 0 nothing is waited for, not even the user's own lock: the answer is seat_busy.",
                            &locks::busy_wait_ms, 100, 0, 60000, PGC_USERSET, GUC_UNIT_MS, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("boxoffice.max_users_per_transaction", "For how many users one transaction may write.",
                            "It keeps a lock for each of them, in memory that all sessions share.", &locks::most_users,
                            locks::most_users, 1, INT_MAX, PGC_SUSET, 0, nullptr, nullptr, nullptr);
}

} // namespace boxoffice
