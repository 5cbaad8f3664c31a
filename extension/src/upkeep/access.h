// Who may call what: three levels, granted to roles by name.
#pragma once

#include "base/row.h"

namespace boxoffice::access {

// Grants the role what its level ('client', 'admin' or 'monitor') needs. Raises 22023 for another level and 42501 when
// the caller does not own the extension's objects. Granting again changes nothing.
void grant(Oid role, const std::string& level);

// What users may do with their own reservations the house may do with anybody's: (reservation_id, user_id, by_house, ..).
// Such a function comes in two: one with the caller's own rights, which goes on to one with those of the owner.
//
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
