// The pages of a table, read directly: the rows that a snapshot shows of each, and whether anything has changed on it.
//
// A statement takes some 400 ns for a row, too much where all seats of a stadium are looked at for one call. A page is
// read here in 2 us, and passed over in 0.2 us while it is as it was. It says so by its LSN: whatever is done to its
// rows, a lock included, is logged and moves it. Hint bits do not matter. What a later snapshot shows of an unchanged page
// is the same as long as nothing was under way on it: it is settled when every row on it is visible for good or gone for
// good, and nobody had one locked.
//
// Holds no lock but the one on the table that any statement takes. A serializable transaction takes a predicate lock on each
// page, read or passed over. Who acts on a row must lock it.
#pragma once

#include "pg/spi.h"

namespace boxoffice {

class TablePages {
public:
    // A page as it was read last.
    struct Version {
        BlockNumber block;
        XLogRecPtr lsn = InvalidXLogRecPtr;
        bool settled = false;
    };

    // A row of boxoffice.<table>, until the next page is read.
    struct Row {
        OffsetNumber offset;
        bool busy; // another transaction has it locked, or has changed it since the snapshot
    };

    TablePages(const char* table, const spi::FreshSnapshot& seen);
    ~TablePages();
    TablePages(const TablePages&) = delete;
    TablePages& operator=(const TablePages&) = delete;

    Oid file() const;
    // The columns' numbers.
    AttrNumber number_of(const char* column) const;

    // Where the rows are whose first indexed column, a bigint, is the key; ascending.
    std::vector<BlockNumber> find_blocks(const char* index, int64_t key) const;

    // False when the page is as it was; else rows() are those that the snapshot shows of it.
    [[nodiscard]] bool read_changed(Version& page);
    std::span<const Row> rows() const { return {found, count}; }
    RowAddress address_of(const Row& row) const;
    NullableValue column(const Row& row, AttrNumber number) const;
    // All columns at once: as many as the table has.
    void columns(const Row& row, Datum* values, bool* nulls) const;
    int column_count() const;

private:
    void read_rows(Buffer buffer, Version& page);
    HeapTupleData tuple_at(OffsetNumber offset) const;

    const Snapshot snapshot;
    Relation relation;
    BlockNumber blocks;
    BlockNumber block = 0;
    PGAlignedBlock copy;
    Row found[MaxHeapTuplesPerPage];
    std::size_t count = 0;
    const int exceptions_at_start = std::uncaught_exceptions();
};

} // namespace boxoffice
