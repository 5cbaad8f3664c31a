#include "boxoffice/lookup.h"

#include "boxoffice/locks.h"

namespace boxoffice {

void find_place(const char* table, const char* index, const char* const* columns, int count, LookupPlace& place,
                AttrNumber* numbers) {
    const Oid found = table_oid(table);
    // it may have been built anew
    place.index = table_oid(index);
    if (found == place.table && OidIsValid(found))
        return;
    for (int i = 0; i < count; ++i) {
        numbers[i] = get_attnum(found, columns[i]);
        if (numbers[i] == InvalidAttrNumber)
            elog(ERROR, "boxoffice.%s has no column \"%s\"", table, columns[i]);
    }
    place.table = found;
}

LookupScan open_lookup(const LookupPlace& place, Snapshot snapshot, int keys) {
    LookupScan lookup;
    lookup.table = table_open(place.table, AccessShareLock);
    lookup.index = index_open(place.index, AccessShareLock);
    lookup.slot = table_slot_create(lookup.table, nullptr);
    lookup.scan = begin_index_scan(lookup.table, lookup.index, snapshot, keys);
    return lookup;
}

void set_key(const LookupScan& lookup, ScanKey keys, int number, StrategyNumber strategy, RegProcedure function,
             Datum value) {
    ScanKeyInit(&keys[number], static_cast<AttrNumber>(number + 1), strategy, function, value);
    keys[number].sk_collation = lookup.index->rd_indcollation[number];
}

void end_lookup(const LookupScan& lookup) {
    index_endscan(lookup.scan);
    ExecDropSingleTupleTableSlot(lookup.slot);
    index_close(lookup.index, NoLock);
    table_close(lookup.table, NoLock);
}

} // namespace boxoffice
