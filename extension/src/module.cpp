// The library itself: its magic block, and what is done once when a server process loads it.

#include "boxoffice/settings.h"

extern "C" {

PG_MODULE_MAGIC;

void _PG_init(void);

void _PG_init(void) { boxoffice::settings::define(); }

} // extern "C"
