// The library itself: its magic block, and what is done once when a server process loads it.

#include "base/settings.h"
#include "queue/board/notes.h"
#include "upkeep/worker.h"
#include "write/user_lock.h"

extern "C" {

PG_MODULE_MAGIC;

void _PG_init(void);

void _PG_init(void) {
    boxoffice::settings::define();
    boxoffice::locks::define_settings();
    boxoffice::shared_memory::define_settings();
    MarkGUCPrefixReserved("boxoffice");
    boxoffice::locks::watch_transactions();
    if (!process_shared_preload_libraries_in_progress)
        return;
    boxoffice::shared_memory::request();
    boxoffice::board_notes::watch_transactions();
    // pg_upgrade wants a server in which nothing happens by itself
    if (!IsBinaryUpgrade)
        boxoffice::worker::register_worker();
}

} // extern "C"
