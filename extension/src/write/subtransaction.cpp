#include "write/subtransaction.h"

#include "pg/boundary.h"

namespace boxoffice {

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

} // namespace boxoffice
