// What users may do with their own reservations the house may do with anybody's: (reservation_id, user_id, by_house, ..).
// Such a function comes in two: one with the caller's own rights, which goes on to one with those of the owner.
#pragma once

#include "base/row.h"

namespace boxoffice::access {

// Goes on to boxoffice.<any>, with the same arguments. By house only who may execute that one directly: raises 42501.
Datum for_owner_or_house(FunctionCallInfo call, const char* any);

// Which reservation such a function is about.
struct OwnOrAny {
    int64_t reservation_id;
    std::optional<std::string> user_id; // null, only by house: anyone's
    bool by_house;
};
OwnOrAny own_or_any(const Arguments& arguments);

} // namespace boxoffice::access
