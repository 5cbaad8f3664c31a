// What boxoffice has in its schema, by name. All of it runs inside guarded().
#pragma once

#include "pg/pg.h"

namespace boxoffice {

// The oid of boxoffice.<table>, which may be an index or a view as well; invalid when there is none.
Oid table_oid(const char* table);
// The function of this name: none is overloaded. Raises when there is none.
Oid function_oid(const char* name);
// The row type of this name; must be released.
TupleDesc description_of(const char* type_name);

} // namespace boxoffice
