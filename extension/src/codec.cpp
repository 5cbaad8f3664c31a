#include "boxoffice/codec.h"

namespace boxoffice {

SeatIds Codec<SeatIds>::from_datum(Datum datum) {
    const ArrayType* const array = guarded([&] { return DatumGetArrayTypeP(datum); });
    if (ARR_NDIM(array) > 1)
        throw Failure{ERRCODE_INVALID_PARAMETER_VALUE, "seat_ids must be a plain list",
                      "It has " + std::to_string(ARR_NDIM(array)) + " dimensions.", "Pass for example ARRAY[1,2]."};
    if (ARR_HASNULL(array) && guarded([&] { return array_contains_nulls(const_cast<ArrayType*>(array)); }))
        throw Failure{ERRCODE_NULL_VALUE_NOT_ALLOWED, "seat_ids must not contain null", "",
                      "Leave out what has no seat."};
    const auto* const first = reinterpret_cast<const int32_t*>(ARR_DATA_PTR(array));
    const int count = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];
    return SeatIds(first, first + count);
}

} // namespace boxoffice
