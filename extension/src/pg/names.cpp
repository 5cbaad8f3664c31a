#include "pg/names.h"

namespace boxoffice {

Oid table_oid(const char* table) { return get_relname_relid(table, get_namespace_oid("boxoffice", false)); }

Oid function_oid(const char* name) {
    List* const path = list_make2(makeString(const_cast<char*>("boxoffice")), makeString(const_cast<char*>(name)));
    return LookupFuncName(path, -1, nullptr, false);
}

TupleDesc description_of(const char* type_name) {
    const Oid schema_oid = get_namespace_oid("boxoffice", false);
    const Oid type_oid =
        GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(type_name), ObjectIdGetDatum(schema_oid));
    return lookup_rowtype_tupdesc(type_oid, -1);
}

} // namespace boxoffice
