// Entry points: procedures for many users, which commit by themselves.

#include "base/row.h"
#include "upkeep/many_users.h"

namespace boxoffice::functions {

Datum credit_balances(FunctionCallInfo call) {
    many_users::require_commits(call, "credit_balances");
    const Arguments arguments(call);
    many_users::credit({arguments.required<UserIds>(0, "user_ids"), arguments.required<int64_t>(1, "amount"),
                        arguments.required<std::string>(2, "idempotency_key"), arguments.optional<std::string>(3)});
    return Datum{0};
}

Datum join_users(FunctionCallInfo call) {
    many_users::require_commits(call, "join_users");
    const Arguments arguments(call);
    many_users::join({arguments.required<int64_t>(0, "queue_id"), arguments.required<UserIds>(1, "user_ids"),
                      arguments.required<int32_t>(2, "priority")});
    return Datum{0};
}

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(credit_balances)
BOXOFFICE_FUNCTION(join_users)
