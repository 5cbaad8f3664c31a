#include "write/durability.h"

#include "pg/boundary.h"

namespace boxoffice {

void make_durable() {
    guarded([] {
        // holds also when the caller weakens the setting later in this transaction
        ForceSyncCommit();
        if (synchronous_commit < SYNCHRONOUS_COMMIT_REMOTE_FLUSH)
            set_config_option("synchronous_commit", "on", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
    });
}

} // namespace boxoffice
