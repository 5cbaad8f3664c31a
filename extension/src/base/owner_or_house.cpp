#include "base/owner_or_house.h"

namespace boxoffice::access {

namespace {

void require_house(const char* function) {
    const bool may = guarded([&] {
        return DatumGetBool(DirectFunctionCall2(has_function_privilege_id, ObjectIdGetDatum(function_oid(function)),
                                                CStringGetTextDatum("EXECUTE")));
    });
    if (!may)
        throw Failure{ERRCODE_INSUFFICIENT_PRIVILEGE, "by_house is for administrators", "",
                      "The owner of the extension gives it with boxoffice.grant_access(role, 'admin')."};
}

bool is_by_house(const Arguments& arguments) { return arguments.required<bool>(2, "by_house"); }

} // namespace

Datum for_owner_or_house(FunctionCallInfo call, const char* any) {
    if (is_by_house(Arguments(call)))
        require_house(any);
    return go_on_to(call, any);
}

OwnOrAny own_or_any(const Arguments& arguments) {
    const auto reservation_id = arguments.required<int64_t>(0, "reservation_id");
    if (is_by_house(arguments))
        return {reservation_id, arguments.optional<std::string>(1), true};
    return {reservation_id, arguments.required<std::string>(1, "user_id"), false};
}

} // namespace boxoffice::access
