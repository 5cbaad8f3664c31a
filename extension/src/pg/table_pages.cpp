#include "pg/table_pages.h"

#include "pg/names.h"

#include <algorithm>

namespace boxoffice {

TablePages::TablePages(const char* table, const spi::FreshSnapshot& seen) : snapshot(seen.get()) {
    guarded([&] {
        relation = table_open(table_oid(table), AccessShareLock);
        blocks = RelationGetNumberOfBlocks(relation);
    });
}

TablePages::~TablePages() {
    // after an error the resource owner closes it
    if (std::uncaught_exceptions() == exceptions_at_start)
        table_close(relation, NoLock);
}

Oid TablePages::file() const { return file_of(relation); }

AttrNumber TablePages::number_of(const char* column) const {
    return guarded([&] {
        const AttrNumber number = get_attnum(RelationGetRelid(relation), column);
        if (number == InvalidAttrNumber)
            elog(ERROR, "boxoffice misses the column \"%s\"", column);
        return number;
    });
}

std::vector<BlockNumber> TablePages::find_blocks(const char* index, int64_t key) const {
    std::vector<BlockNumber> all;
    IndexScanDesc scan = nullptr;
    Relation index_relation = nullptr;
    guarded([&] {
        ScanKeyData first_column;
        ScanKeyInit(&first_column, 1, BTEqualStrategyNumber, F_INT8EQ, Int64GetDatum(key));
        index_relation = index_open(table_oid(index), AccessShareLock);
        scan = begin_index_scan(relation, index_relation, snapshot, 1);
        index_rescan(scan, &first_column, 1, nullptr, 0);
    });
    // in batches, because nothing may throw inside guarded()
    constexpr std::size_t batch_size = 256;
    BlockNumber batch[batch_size];
    std::size_t filled = batch_size;
    while (filled == batch_size) {
        filled = guarded([&] {
            std::size_t next = 0;
            BlockNumber last = InvalidBlockNumber;
            while (next < batch_size) {
                const ItemPointer address = index_getnext_tid(scan, ForwardScanDirection);
                if (address == nullptr)
                    break;
                const BlockNumber where = ItemPointerGetBlockNumber(address);
                if (where != last)
                    batch[next++] = last = where;
            }
            return next;
        });
        all.insert(all.end(), batch, batch + filled);
    }
    guarded([&] {
        index_endscan(scan);
        index_close(index_relation, NoLock);
    });
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

namespace {

bool is_another_at_it(TransactionId changer, bool locks_only) {
    if (TransactionIdIsCurrentTransactionId(changer))
        return false;
    return TransactionIdIsInProgress(changer) || (!locks_only && TransactionIdDidCommit(changer));
}

// The same of several transactions.
bool is_any_other_at_it(MultiXactId changers, bool locks_only) {
    MultiXactMember* members = nullptr;
    const int count = GetMultiXactIdMembers(changers, &members, false, locks_only);
    bool any = false;
    for (int i = 0; i < count && !any; ++i)
        any = members[i].status > MultiXactStatusForKeyShare &&
              is_another_at_it(members[i].xid, !ISUPDATE_from_mxstatus(members[i].status));
    if (members != nullptr)
        pfree(members);
    return any;
}

// Whether another transaction has a visible row locked, or has changed it since. What a foreign key takes is in nobody's
// way.
bool is_busy(HeapTupleHeader row) {
    const uint16 mask = row->t_infomask;
    if ((mask & HEAP_XMAX_INVALID) != 0)
        return false;
    const bool locks_only = HEAP_XMAX_IS_LOCKED_ONLY(mask);
    if ((mask & HEAP_XMAX_IS_MULTI) != 0)
        return is_any_other_at_it(HeapTupleHeaderGetRawXmax(row), locks_only);
    return !HEAP_XMAX_IS_KEYSHR_LOCKED(mask) && is_another_at_it(HeapTupleHeaderGetRawXmax(row), locks_only);
}

bool is_visible_for_good(HeapTupleHeader row) {
    const uint16 mask = row->t_infomask;
    return HeapTupleHeaderXminCommitted(row) && ((mask & HEAP_XMAX_INVALID) != 0 || HEAP_XMAX_IS_LOCKED_ONLY(mask));
}

bool is_gone_for_good(HeapTupleHeader row, Snapshot snapshot) {
    const uint16 mask = row->t_infomask;
    if (HeapTupleHeaderXminInvalid(row))
        return true;
    return (mask & HEAP_XMAX_COMMITTED) != 0 && (mask & HEAP_XMAX_IS_MULTI) == 0 && !HEAP_XMAX_IS_LOCKED_ONLY(mask) &&
           !XidInMVCCSnapshot(HeapTupleHeaderGetRawXmax(row), snapshot);
}

} // namespace

HeapTupleData TablePages::tuple_at(OffsetNumber offset) const {
    const Page page = const_cast<char*>(copy.data);
    const ItemId item = PageGetItemId(page, offset);
    HeapTupleData tuple;
    tuple.t_data = reinterpret_cast<HeapTupleHeader>(PageGetItem(page, item));
    tuple.t_len = ItemIdGetLength(item);
    tuple.t_tableOid = RelationGetRelid(relation);
    ItemPointerSet(&tuple.t_self, block, offset);
    return tuple;
}

// With the page locked; leaves a copy of it, to be looked at without.
void TablePages::read_rows(Buffer buffer, Version& page) {
    const Page shared = BufferGetPage(buffer);
    count = 0;
    block = page.block;
    bool settled = RelationNeedsWAL(relation);
    for (OffsetNumber offset = FirstOffsetNumber; offset <= PageGetMaxOffsetNumber(shared); ++offset) {
        const ItemId item = PageGetItemId(shared, offset);
        if (!ItemIdIsNormal(item))
            continue;
        HeapTupleData tuple;
        tuple.t_data = reinterpret_cast<HeapTupleHeader>(PageGetItem(shared, item));
        tuple.t_len = ItemIdGetLength(item);
        tuple.t_tableOid = RelationGetRelid(relation);
        ItemPointerSet(&tuple.t_self, page.block, offset);
        const bool visible = HeapTupleSatisfiesVisibility(&tuple, snapshot, buffer);
        HeapCheckForSerializableConflictOut(visible, relation, &tuple, buffer, snapshot);
        if (!visible) {
            settled = settled && is_gone_for_good(tuple.t_data, snapshot);
            continue;
        }
        const bool busy = is_busy(tuple.t_data);
        settled = settled && !busy && is_visible_for_good(tuple.t_data);
        found[count++] = {offset, busy};
    }
    std::memcpy(copy.data, shared, BLCKSZ);
    page.settled = settled;
}

bool TablePages::read_changed(Version& page) {
    return guarded([&] {
        if (page.block >= blocks) {
            // empty pages at the end may have been cut off
            count = 0;
            page.settled = false;
            return true;
        }
        // a serializable transaction must hear of what others change in what it has read, passed over or not
        PredicateLockPage(relation, page.block, snapshot);
        const Buffer buffer = ReadBuffer(relation, page.block);
        LockBuffer(buffer, BUFFER_LOCK_SHARE);
        const XLogRecPtr lsn = BufferGetLSNAtomic(buffer);
        const bool changed = !page.settled || lsn != page.lsn || IsolationIsSerializable();
        if (changed) {
            page.lsn = lsn;
            // reading may raise, that the transaction cannot be serialized: then it is read again next time
            page.settled = false;
            read_rows(buffer, page);
        }
        UnlockReleaseBuffer(buffer);
        return changed;
    });
}

RowAddress TablePages::address_of(const Row& row) const {
    RowAddress address;
    ItemPointerSet(&address.value, block, row.offset);
    return address;
}

NullableValue TablePages::column(const Row& row, AttrNumber number) const {
    HeapTupleData tuple = tuple_at(row.offset);
    NullableValue datum;
    datum.value = heap_getattr(&tuple, number, RelationGetDescr(relation), &datum.is_null);
    return datum;
}

void TablePages::columns(const Row& row, Datum* values, bool* nulls) const {
    HeapTupleData tuple = tuple_at(row.offset);
    heap_deform_tuple(&tuple, RelationGetDescr(relation), values, nulls);
}

int TablePages::column_count() const { return RelationGetDescr(relation)->natts; }

} // namespace boxoffice
