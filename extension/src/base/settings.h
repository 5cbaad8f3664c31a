// The settings of the extension (boxoffice.*); docs/settings.md describes them for administrators.
//
// Settings of the ground and of what all domains share. A domain that has settings of its own defines them itself.
#pragma once

#include "pg/pg.h"

namespace boxoffice::settings {

// ISO 4217 code of the one currency in which all amounts are, in minor units; never null.
std::string currency();

// The database that the background worker serves; never null.
std::string database();
const char* database_name();

// How long changes are kept in the outbox, in microseconds; 0: none is written.
int64_t outbox_keep();

// Into how many stripes a counter is split at most.
int32_t pool_stripes();

// Defines these settings; once, when the library is loaded.
void define();

} // namespace boxoffice::settings
