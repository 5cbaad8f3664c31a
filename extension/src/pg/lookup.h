// Rows found by their key, without a statement: for what every call asks, at a third of the price.
//
// A Lookup is a static object next to the code that uses it, like a Plan. It reads with a snapshot taken after the user's
// lock, so it sees what a statement with that snapshot would; it takes the same lock on the table. It checks no
// rights: it is for functions that are SECURITY DEFINER.
#pragma once

#include "pg/spi.h"

#include <array>

namespace boxoffice {

// Keys up to this one, in place of one that must be equal; only as the last.
template <typename Value>
struct UpTo {
    Value value;
};

// Keys above this one; only as the last, too.
template <typename Value>
struct Above {
    Value value;
};

// How a key of this type is compared.
template <typename Value>
struct Comparison;
template <>
struct Comparison<int32_t> {
    static constexpr StrategyNumber strategy = BTEqualStrategyNumber;
    static constexpr RegProcedure function = F_INT4EQ;
    static Datum to_datum(int32_t key) { return Int32GetDatum(key); }
};
template <>
struct Comparison<int64_t> {
    static constexpr StrategyNumber strategy = BTEqualStrategyNumber;
    static constexpr RegProcedure function = F_INT8EQ;
    static Datum to_datum(int64_t key) { return Int64GetDatum(key); }
};
template <>
struct Comparison<std::string> {
    static constexpr StrategyNumber strategy = BTEqualStrategyNumber;
    static constexpr RegProcedure function = F_TEXTEQ;
    static Datum to_datum(const std::string& key) { return Codec<std::string>::to_datum(key); }
};
template <>
struct Comparison<UpTo<Time>> {
    static constexpr StrategyNumber strategy = BTLessEqualStrategyNumber;
    static constexpr RegProcedure function = F_TIMESTAMPTZ_LE;
    static Datum to_datum(UpTo<Time> key) { return TimestampTzGetDatum(key.value.microseconds); }
};

template <>
struct Comparison<Above<Time>> {
    static constexpr StrategyNumber strategy = BTGreaterStrategyNumber;
    static constexpr RegProcedure function = F_TIMESTAMPTZ_GT;
    static Datum to_datum(Above<Time> key) { return TimestampTzGetDatum(key.value.microseconds); }
};

// A table, one of its indexes and some of its columns, by their names in schema boxoffice.
struct LookupPlace {
    const char* table;
    const char* index;
    const char* const* columns;
    int column_count;
};

// An open index scan of one table for one key after the other. Runs inside guarded(), all of it.
struct LookupScan {
    Relation table;
    Relation index;
    IndexScanDesc scan;
    TupleTableSlot* slot;
};
// Fills the numbers of the columns, unless they are of this very table already.
LookupScan open_lookup(const LookupPlace& place, Oid& known_table, AttrNumber* numbers, Snapshot snapshot, int keys);
void set_key(const LookupScan& lookup, ScanKey keys, int number, StrategyNumber strategy, RegProcedure function,
             Datum value);
void end_lookup(const LookupScan& lookup);

template <typename... Keys>
struct Key {};

template <typename AllKeys, typename... Columns>
class Lookup;

template <typename... Keys, typename... Columns>
class Lookup<Key<Keys...>, Columns...> {
public:
    using Row = std::tuple<Columns...>;
    using Names = std::array<const char*, sizeof...(Columns)>;

    // The index must begin with these keys, in this order. A column may be ctid.
    constexpr Lookup(const char* table_name, const char* index_name, const Names& column_names)
        : table(table_name), index(index_name), columns(column_names) {}

    // For several rows, in the order of the index, or several keys in turn.
    class Open {
    public:
        Open(Lookup& lookup, const spi::FreshSnapshot& snapshot)
            : opened(guarded([&] {
                  const LookupPlace place{lookup.table, lookup.index, lookup.columns.data(), sizeof...(Columns)};
                  return open_lookup(place, lookup.known_table, lookup.numbers.data(), snapshot.get(), sizeof...(Keys));
              })),
              numbers(lookup.numbers) {}
        ~Open() {
            // after an error the abort of the transaction closes it
            if (std::uncaught_exceptions() == exceptions_at_start)
                end_lookup(opened);
        }
        Open(const Open&) = delete;
        Open& operator=(const Open&) = delete;

        void begin(const Keys&... keys) {
            guarded([&] {
                ScanKeyData scan_keys[sizeof...(Keys)];
                int number = 0;
                (set_key(opened, scan_keys, number++, Comparison<Keys>::strategy, Comparison<Keys>::function,
                         Comparison<Keys>::to_datum(keys)),
                 ...);
                index_rescan(opened.scan, scan_keys, sizeof...(Keys), nullptr, 0);
            });
        }

        std::optional<Row> next() { return get(ForwardScanDirection); }
        // The last row first.
        std::optional<Row> previous() { return get(BackwardScanDirection); }

        std::optional<Row> find(const Keys&... keys) {
            begin(keys...);
            return next();
        }

    private:
        std::optional<Row> get(ScanDirection direction) {
            std::array<NullableValue, sizeof...(Columns)> values{};
            const bool found = guarded([&] {
                if (!index_getnext_slot(opened.scan, direction, opened.slot))
                    return false;
                for (std::size_t i = 0; i < values.size(); ++i)
                    values[i].value = slot_getattr_or_address(numbers[i], &values[i].is_null);
                return true;
            });
            if (!found)
                return std::nullopt;
            return decode(values, std::index_sequence_for<Columns...>{});
        }

        Datum slot_getattr_or_address(AttrNumber number, bool* is_null) const {
            return number > 0 ? slot_getattr(opened.slot, number, is_null)
                              : slot_getsysattr(opened.slot, number, is_null);
        }

        // Copies the values out of the page before the next find().
        template <std::size_t... Index>
        static Row decode(const std::array<NullableValue, sizeof...(Columns)>& values, std::index_sequence<Index...>) {
            return Row{Decoder<Columns>::decode(values[Index])...};
        }

        LookupScan opened;
        const std::array<AttrNumber, sizeof...(Columns)>& numbers;
        const int exceptions_at_start = std::uncaught_exceptions();
    };

    std::optional<Row> find(const spi::FreshSnapshot& snapshot, const Keys&... keys) {
        return Open(*this, snapshot).find(keys...);
    }

    std::vector<Row> find_all(const spi::FreshSnapshot& snapshot, const Keys&... keys) {
        Open open(*this, snapshot);
        open.begin(keys...);
        std::vector<Row> rows;
        while (auto row = open.next())
            rows.push_back(std::move(*row));
        return rows;
    }

private:
    const char* table;
    const char* index;
    Names columns;
    Oid known_table = InvalidOid;
    std::array<AttrNumber, sizeof...(Columns)> numbers{};
};

} // namespace boxoffice
