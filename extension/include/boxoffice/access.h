// Who may call what: three levels, granted to roles by name.
#pragma once

#include "boxoffice/pg.h"

namespace boxoffice::access {

// Grants the role what its level ('client', 'admin' or 'monitor') needs. Raises 22023 for another level and 42501 when
// the caller does not own the extension's objects. Granting again changes nothing.
void grant(Oid role, const std::string& level);

// Raises 42501 unless the caller may execute boxoffice.<function>: who may, acts by house. To be asked with the caller's own
// rights, so not below a function that is SECURITY DEFINER.
void require_house(const char* function);

} // namespace boxoffice::access
