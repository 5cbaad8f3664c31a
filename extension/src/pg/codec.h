// How C++ values travel to and from PostgreSQL's Datum: one Codec for each type that crosses.
//
// oid        the SQL type
// to_datum   runs inside guarded(): may palloc and ereport, owns nothing
// from_datum runs outside: guards what may ereport itself, returns a C++ value that owns its memory
#pragma once

#include "pg/boundary.h"
#include "pg/clock.h"

#include <array>

namespace boxoffice {

// A jsonb value as PostgreSQL holds it; it lives as long as the memory context it came from.
struct JsonDatum {
    Datum value;
};

// The physical address of a row version; see write/row_lock.h.
struct RowAddress {
    ItemPointerData value;
};

// A role, as regrole gives it.
struct RoleId {
    Oid value;
};

// A uuid, byte by byte.
struct Uuid {
    std::array<uint8_t, UUID_LEN> bytes;
    bool operator==(const Uuid&) const = default;
};

using SeatIds = std::vector<int32_t>;
using UserIds = std::vector<std::string>;
// Of rows that this transaction has locked, for a statement that changes just them: unlike a list of keys it leaves the
// planner no other way than to go to them, whatever the statistics say.
using RowAddresses = std::vector<RowAddress>;
// Ids of rows, or numbers of queue tokens.
using Numbers = std::vector<int64_t>;

template <typename Value>
struct Codec;

template <>
struct Codec<bool> {
    static constexpr Oid oid = BOOLOID;
    static Datum to_datum(bool value) { return BoolGetDatum(value); }
    static bool from_datum(Datum datum) { return DatumGetBool(datum); }
};

template <>
struct Codec<int32_t> {
    static constexpr Oid oid = INT4OID;
    static Datum to_datum(int32_t value) { return Int32GetDatum(value); }
    static int32_t from_datum(Datum datum) { return DatumGetInt32(datum); }
};

template <>
struct Codec<int64_t> {
    static constexpr Oid oid = INT8OID;
    static Datum to_datum(int64_t value) { return Int64GetDatum(value); }
    static int64_t from_datum(Datum datum) { return DatumGetInt64(datum); }
};

template <>
struct Codec<double> {
    static constexpr Oid oid = FLOAT8OID;
    static Datum to_datum(double value) { return Float8GetDatum(value); }
    static double from_datum(Datum datum) { return DatumGetFloat8(datum); }
};

template <>
struct Codec<Time> {
    static constexpr Oid oid = TIMESTAMPTZOID;
    static Datum to_datum(Time value) { return TimestampTzGetDatum(value.microseconds); }
    static Time from_datum(Datum datum) { return Time{DatumGetTimestampTz(datum)}; }
};

// An interval as a caller gives it, who may count in days and months.
template <>
struct Codec<Interval> {
    static constexpr Oid oid = INTERVALOID;
    static Interval from_datum(Datum datum) { return *DatumGetIntervalP(datum); }
};

// An interval of the domain boxoffice.duration, or one that is returned: it has only hours, minutes and seconds.
template <>
struct Codec<Duration> {
    static constexpr Oid oid = INTERVALOID;
    static Datum to_datum(Duration value) {
        auto* const interval = static_cast<Interval*>(palloc0(sizeof(Interval)));
        interval->time = value.microseconds;
        return IntervalPGetDatum(interval);
    }
    static Duration from_datum(Datum datum) { return Duration{DatumGetIntervalP(datum)->time}; }
};

template <>
struct Codec<std::string> {
    static constexpr Oid oid = TEXTOID;
    static Datum to_datum(const std::string& value) {
        return PointerGetDatum(cstring_to_text_with_len(value.data(), static_cast<int>(value.size())));
    }
    static std::string from_datum(Datum datum) {
        const text* const plain = guarded([&] { return DatumGetTextPP(datum); });
        return std::string(VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
    }
};

template <>
struct Codec<SeatIds> {
    static constexpr Oid oid = INT4ARRAYOID;
    static Datum to_datum(const SeatIds& value) {
        const int count = static_cast<int>(value.size());
        Datum* const elements = static_cast<Datum*>(palloc(sizeof(Datum) * (value.size() + 1)));
        for (int i = 0; i < count; ++i)
            elements[i] = Int32GetDatum(value[static_cast<std::size_t>(i)]);
        return PointerGetDatum(construct_array(elements, count, INT4OID, sizeof(int32_t), true, TYPALIGN_INT));
    }
    // A null element raises 22004, more than one dimension 22023.
    static SeatIds from_datum(Datum datum);
};

template <>
struct Codec<UserIds> {
    static constexpr Oid oid = TEXTARRAYOID;
    static Datum to_datum(const UserIds& value);
    // A null element raises 22004, more than one dimension 22023.
    static UserIds from_datum(Datum datum);
};

template <>
struct Codec<Numbers> {
    static constexpr Oid oid = INT8ARRAYOID;
    static Datum to_datum(const Numbers& value) {
        const int count = static_cast<int>(value.size());
        Datum* const elements = static_cast<Datum*>(palloc(sizeof(Datum) * (value.size() + 1)));
        for (int i = 0; i < count; ++i)
            elements[i] = Int64GetDatum(value[static_cast<std::size_t>(i)]);
        return PointerGetDatum(
            construct_array(elements, count, INT8OID, sizeof(int64_t), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
    }
};

template <>
struct Codec<Uuid> {
    static constexpr Oid oid = UUIDOID;
    static Datum to_datum(const Uuid& value) {
        pg_uuid_t* const copy = static_cast<pg_uuid_t*>(palloc(sizeof(pg_uuid_t)));
        std::memcpy(copy->data, value.bytes.data(), UUID_LEN);
        return UUIDPGetDatum(copy);
    }
    static Uuid from_datum(Datum datum) {
        Uuid value;
        std::memcpy(value.bytes.data(), DatumGetUUIDP(datum)->data, UUID_LEN);
        return value;
    }
};

template <>
struct Codec<FullTransactionId> {
    static constexpr Oid oid = XID8OID;
    static Datum to_datum(FullTransactionId value) { return FullTransactionIdGetDatum(value); }
    static FullTransactionId from_datum(Datum datum) { return DatumGetFullTransactionId(datum); }
};

template <>
struct Codec<JsonDatum> {
    static constexpr Oid oid = JSONBOID;
    static Datum to_datum(JsonDatum value) { return value.value; }
    static JsonDatum from_datum(Datum datum) { return JsonDatum{datum}; }
};

template <>
struct Codec<RowAddress> {
    static constexpr Oid oid = TIDOID;
    static RowAddress from_datum(Datum datum) {
        return RowAddress{*reinterpret_cast<ItemPointer>(DatumGetPointer(datum))};
    }
};

template <>
struct Codec<RowAddresses> {
    static constexpr Oid oid = TIDARRAYOID;
    static Datum to_datum(const RowAddresses& value) {
        Datum* const elements = static_cast<Datum*>(palloc(sizeof(Datum) * (value.size() + 1)));
        for (std::size_t i = 0; i < value.size(); ++i)
            elements[i] = PointerGetDatum(&value[i].value);
        return PointerGetDatum(construct_array(elements, static_cast<int>(value.size()), TIDOID,
                                               sizeof(ItemPointerData), false, TYPALIGN_SHORT));
    }
};

template <>
struct Codec<RoleId> {
    static constexpr Oid oid = REGROLEOID;
    static RoleId from_datum(Datum datum) { return RoleId{DatumGetObjectId(datum)}; }
};

// A Datum that may be null.
struct NullableValue {
    Datum value;
    bool is_null;
};

template <typename Value>
struct Codec<std::optional<Value>> {
    static constexpr Oid oid = Codec<Value>::oid;
};

template <typename Value>
NullableValue encode(const Value& value) {
    return {Codec<Value>::to_datum(value), false};
}

template <typename Value>
NullableValue encode(const std::optional<Value>& value) {
    return value ? NullableValue{Codec<Value>::to_datum(*value), false} : NullableValue{Datum{0}, true};
}

template <typename Value>
struct Decoder {
    static Value decode(NullableValue datum) { return Codec<Value>::from_datum(datum.value); }
};

template <typename Value>
struct Decoder<std::optional<Value>> {
    static std::optional<Value> decode(NullableValue datum) {
        if (datum.is_null)
            return std::nullopt;
        return Codec<Value>::from_datum(datum.value);
    }
};

} // namespace boxoffice
