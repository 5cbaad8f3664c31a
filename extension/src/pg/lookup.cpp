#include "pg/lookup.h"

#include "pg/names.h"

namespace boxoffice {

namespace {

void find_columns(Oid table, const LookupPlace& place, AttrNumber* numbers) {
    for (int i = 0; i < place.column_count; ++i) {
        numbers[i] = get_attnum(table, place.columns[i]);
        if (numbers[i] == InvalidAttrNumber)
            elog(ERROR, "boxoffice.%s has no column \"%s\"", place.table, place.columns[i]);
    }
}

} // namespace

LookupScan open_lookup(const LookupPlace& place, Oid& known_table, AttrNumber* numbers, Snapshot snapshot, int keys) {
    LookupScan lookup;
    const Oid table = table_oid(place.table);
    lookup.table = table_open(table, AccessShareLock);
    if (table != known_table)
        find_columns(table, place, numbers);
    known_table = table;
    // by name, and with the table locked: who builds an index anew without stopping others waits for them before the old
    // one goes
    lookup.index = index_open(table_oid(place.index), AccessShareLock);
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
