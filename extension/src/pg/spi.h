// Statements as kept plans, with typed parameters and typed columns.
//
// A Plan is a static object next to the code that uses it; it is prepared at its first run in a backend and kept, as
// a generic plan: what it looks up never depends on the parameters' values. Every run names what it sees: the
// caller's own snapshot, or a fresh one taken after the user's lock (see write/user_lock.h), at every isolation level.
#pragma once

#include "pg/codec.h"

namespace boxoffice::spi {

// One connection to SPI; everything that runs a Plan needs one alive. After an error PostgreSQL itself ends it.
class Session {
public:
    // With commits, commit() may end the transaction under way and begin another: only in a procedure that was called
    // outside of a transaction block.
    enum class Kind { atomic, with_commits };
    explicit Session(Kind kind = Kind::atomic);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Nothing that belongs to the transaction may be alive: no snapshot, no lookup, no row.
    void commit();

private:
    const int exceptions_at_start = std::uncaught_exceptions();
};

// A snapshot taken now, whatever the isolation level of the caller's transaction; it does not see what this
// transaction writes later.
class FreshSnapshot {
public:
    FreshSnapshot();
    ~FreshSnapshot();
    FreshSnapshot(const FreshSnapshot&) = delete;
    FreshSnapshot& operator=(const FreshSnapshot&) = delete;
    Snapshot get() const { return snapshot; }

private:
    Snapshot snapshot;
    ResourceOwner owner;
    const int exceptions_at_start = std::uncaught_exceptions();
};

// One row of a result.
class Row {
public:
    Row(HeapTuple row_tuple, TupleDesc row_description) : tuple(row_tuple), description(row_description) {}

    // The columns from the first on, each as its C++ type; std::optional for one that may be null.
    template <typename... Values>
    std::tuple<Values...> columns() const {
        return decode<Values...>(std::index_sequence_for<Values...>{});
    }

    // The only column that a caller wants.
    template <typename Value>
    Value first() const {
        return std::get<0>(columns<Value>());
    }

    HeapTuple raw() const { return tuple; }

private:
    template <typename... Values, std::size_t... Index>
    std::tuple<Values...> decode(std::index_sequence<Index...>) const {
        return std::tuple<Values...>{Decoder<Values>::decode(column(static_cast<int>(Index) + 1))...};
    }

    NullableValue column(int number) const {
        NullableValue datum;
        datum.value = heap_getattr(tuple, number, description, &datum.is_null);
        return datum;
    }

    HeapTuple tuple;
    TupleDesc description;
};

// The rows of a statement, alive until the session ends.
class Rows {
public:
    class Iterator {
    public:
        Iterator(const Rows& all_rows, uint64_t position) : rows(all_rows), index(position) {}
        Row operator*() const { return rows[index]; }
        Iterator& operator++() {
            ++index;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return index != other.index; }

    private:
        const Rows& rows;
        uint64_t index;
    };

    Rows(SPITupleTable* result_table, uint64_t row_count) : table(result_table), count(row_count) {}
    uint64_t size() const { return count; }
    bool empty() const { return count == 0; }
    TupleDesc description() const { return table->tupdesc; }
    // Raises when there is no such row: a statement that must return one did not.
    Row operator[](uint64_t index) const {
        if (table == nullptr || index >= count)
            throw Failure{ERRCODE_INTERNAL_ERROR, "a statement of boxoffice returned no row where it must", "",
                          "This is a defect: please report it with the statement that caused it."};
        return Row(table->vals[index], table->tupdesc);
    }
    Iterator begin() const { return Iterator(*this, 0); }
    Iterator end() const { return Iterator(*this, table == nullptr ? 0 : count); }

private:
    SPITupleTable* table;
    uint64_t count; // rows returned or, for a statement that returns none, rows changed
};

// How a statement finds its rows. Plans are generic and kept for as long as the backend lives, so one made while a
// table was small must not go on scanning it when it has grown: all but statements about whole tables are planned for
// indexes, and walk them in their order, so that the first rows of a long list cost no more than those of a short one.
// Compiling such a statement would take longer than running it. A GIN index is read by bitmap only.
enum class Access { by_index, by_bitmap, whole_tables };

// Prepares and keeps a statement; raises what PostgreSQL says of it. Runs inside guarded().
SPIPlanPtr prepare_kept(const char* sql, int parameters, Oid* types);
// Plans it unless its plan is still valid. Runs inside guarded().
void plan_kept(SPIPlanPtr plan);
// Runs a kept plan; snapshot null: the caller's own. Runs inside guarded().
void execute_kept(SPIPlanPtr plan, Datum* values, const char* nulls, Snapshot snapshot, bool read_only);

// While alive, statements are planned for the access wanted. Not while one runs: triggers and foreign keys make plans of
// their own then.
class PlannerChoice {
public:
    explicit PlannerChoice(Access access) {
        if (access == Access::whole_tables)
            return;
        enable_tidscan = true;
        enable_seqscan = enable_sort = enable_incremental_sort = enable_hashjoin = enable_mergejoin = jit_enabled =
            false;
        (access == Access::by_index ? enable_bitmapscan : enable_indexscan) = false;
    }
    ~PlannerChoice() {
        std::tie(enable_tidscan, enable_seqscan, enable_indexscan, enable_bitmapscan, enable_sort,
                 enable_incremental_sort, enable_hashjoin, enable_mergejoin, jit_enabled) = before;
    }
    PlannerChoice(const PlannerChoice&) = delete;
    PlannerChoice& operator=(const PlannerChoice&) = delete;

private:
    const std::tuple<bool, bool, bool, bool, bool, bool, bool, bool, bool> before{
        enable_tidscan,          enable_seqscan,  enable_indexscan, enable_bitmapscan, enable_sort,
        enable_incremental_sort, enable_hashjoin, enable_mergejoin, jit_enabled};
};

template <typename... Parameters>
class Plan {
public:
    constexpr explicit Plan(const char* statement, Access wanted = Access::by_index) : sql(statement), access(wanted) {}

    // Reads with the snapshot of the statement that called us: what the caller itself would see.
    Rows read(const Parameters&... parameters) { return run(InvalidSnapshot, true, parameters...); }

    // Reads with a snapshot taken after the user's lock.
    Rows read(const FreshSnapshot& snapshot, const Parameters&... parameters) {
        return run(snapshot.get(), true, parameters...);
    }

    // Writes; the rows it looks for are found with a snapshot taken now.
    Rows write(const Parameters&... parameters) {
        const FreshSnapshot snapshot;
        return run(snapshot.get(), false, parameters...);
    }

private:
    Rows run(Snapshot snapshot, bool read_only, const Parameters&... parameters) {
        {
            const PlannerChoice choice(access);
            guarded([&] {
                if (kept == nullptr) {
                    Oid types[] = {Codec<Parameters>::oid..., InvalidOid};
                    kept = prepare_kept(sql, sizeof...(Parameters), types);
                }
                plan_kept(kept);
            });
        }
        // a session that wants custom plans has the statement planned as it runs
        std::optional<PlannerChoice> choice;
        if (plan_cache_mode == PLAN_CACHE_MODE_FORCE_CUSTOM_PLAN)
            choice.emplace(access);
        guarded([&] {
            const NullableValue encoded[] = {encode(parameters)..., NullableValue{Datum{0}, true}};
            Datum values[sizeof...(Parameters) + 1];
            char nulls[sizeof...(Parameters) + 1];
            for (std::size_t i = 0; i < sizeof...(Parameters); ++i) {
                values[i] = encoded[i].value;
                nulls[i] = encoded[i].is_null ? 'n' : ' ';
            }
            execute_kept(kept, values, nulls, snapshot, read_only);
        });
        return Rows(SPI_tuptable, SPI_processed);
    }

    const char* sql;
    Access access;
    SPIPlanPtr kept = nullptr;
};

} // namespace boxoffice::spi
