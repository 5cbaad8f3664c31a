// Tidying up. Nothing depends on it: holds end by the clock, and old keys count as absent.
//
// Locks  rows that nobody has only, so it neither waits for a sale nor makes one wait.
#pragma once

#include "pg/spi.h"

namespace boxoffice::upkeep {

// Marks lapsed holds as expired; returns how many.
int64_t expire_holds();
// Old holds and keys, and changes that were told.
void tidy();
// One round of everything, in one transaction.
void tick();

// One row (check_name, detail) per violation of what must always be true, in the caller's snapshot.
spi::Rows verify();

} // namespace boxoffice::upkeep
