// Who may call what: three levels, granted to roles by name.
#pragma once

#include "pg/pg.h"

#include <string>

namespace boxoffice::access {

// Grants the role what its level ('client', 'admin' or 'monitor') needs. Raises 22023 for another level and 42501 when
// the caller does not own the extension's objects. Granting again changes nothing.
void grant(Oid role, const std::string& level);

} // namespace boxoffice::access
