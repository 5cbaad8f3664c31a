// Which transactions are visible: a pg_snapshot as a value.
//
// What one snapshot shows and an earlier one does not is exactly what has committed in between, in whatever order the
// transactions had begun.
#pragma once

#include "pg/spi.h"

namespace boxoffice {

struct Visibility {
    uint64_t end;                  // no transaction from here on is visible,
    std::vector<uint64_t> running; // nor are these below it, ascending

    // Nothing is visible.
    static Visibility nothing() { return {FirstNormalTransactionId, {}}; }
    // What the snapshot shows; but not this transaction itself, which may write more.
    static Visibility of(const spi::FreshSnapshot& snapshot);
    // Leaves what is visible in both.
    void narrow_to(const Visibility& other);
};

template <>
struct Codec<Visibility> {
    static constexpr Oid oid = PG_SNAPSHOTOID;
    static Datum to_datum(const Visibility& value);
    static Visibility from_datum(Datum datum);
};

} // namespace boxoffice
