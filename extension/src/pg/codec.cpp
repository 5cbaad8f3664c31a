#include "pg/codec.h"

namespace boxoffice {

namespace {

// The array, once it is a list without nulls.
ArrayType* list_from(Datum datum, const std::string& name, const char* example, const char* without_null) {
    ArrayType* const array = guarded([&] { return DatumGetArrayTypeP(datum); });
    if (ARR_NDIM(array) > 1)
        throw Failure{ERRCODE_INVALID_PARAMETER_VALUE, name + " must be a plain list",
                      "It has " + std::to_string(ARR_NDIM(array)) + " dimensions.",
                      std::string("Pass for example ") + example + "."};
    if (ARR_HASNULL(array) && guarded([&] { return array_contains_nulls(array); }))
        throw Failure{ERRCODE_NULL_VALUE_NOT_ALLOWED, name + " must not contain null", "", without_null};
    return array;
}

int length_of(const ArrayType* array) { return ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0]; }

} // namespace

SeatIds Codec<SeatIds>::from_datum(Datum datum) {
    const ArrayType* const array = list_from(datum, "seat_ids", "ARRAY[1,2]", "Leave out what has no seat.");
    const auto* const first = reinterpret_cast<const int32_t*>(ARR_DATA_PTR(array));
    return SeatIds(first, first + length_of(array));
}

Datum Codec<UserIds>::to_datum(const UserIds& value) {
    Datum* const elements = static_cast<Datum*>(palloc(sizeof(Datum) * (value.size() + 1)));
    for (std::size_t i = 0; i < value.size(); ++i)
        elements[i] = Codec<std::string>::to_datum(value[i]);
    return PointerGetDatum(construct_array(elements, static_cast<int>(value.size()), TEXTOID, -1, false, TYPALIGN_INT));
}

UserIds Codec<UserIds>::from_datum(Datum datum) {
    ArrayType* const array = list_from(datum, "user_ids", "ARRAY['ann','bob']", "Leave out what is no user.");
    const std::span<Datum> elements = guarded([&] {
        Datum* values = nullptr;
        int count = 0;
        deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &values, nullptr, &count);
        return std::span<Datum>(values, static_cast<std::size_t>(count));
    });
    UserIds user_ids;
    user_ids.reserve(elements.size());
    for (const Datum element : elements)
        user_ids.push_back(Codec<std::string>::from_datum(element));
    return user_ids;
}

} // namespace boxoffice
