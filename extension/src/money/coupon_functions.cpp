// Entry points: coupons. Arguments in, one value or one row out.

#include "money/coupon.h"

namespace boxoffice::functions {

Datum create_coupon(FunctionCallInfo call) {
    const Arguments arguments(call);
    const coupon::Definition definition{arguments.required<std::string>(0, "name"),
                                        arguments.required<int32_t>(1, "quantity"),
                                        arguments.optional<int64_t>(2),
                                        arguments.optional<int32_t>(3),
                                        arguments.optional<Time>(4),
                                        arguments.optional<Time>(5),
                                        arguments.required<int64_t>(6, "minimum_amount")};
    const spi::Session session;
    return Int64GetDatum(coupon::create(definition));
}

Datum claim_coupon(FunctionCallInfo call) {
    const Arguments arguments(call);
    const coupon::ClaimRequest request{arguments.required<int64_t>(0, "coupon_id"),
                                       arguments.required<std::string>(1, "user_id"),
                                       arguments.optional<std::string>(2)};
    return answer(call, [&] { return coupon::claim(request); });
}

Datum stop_coupon(FunctionCallInfo call) {
    const auto coupon_id = Arguments(call).required<int64_t>(0, "coupon_id");
    const spi::Session session;
    coupon::stop(coupon_id);
    return Datum{0};
}

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(create_coupon)
BOXOFFICE_FUNCTION(claim_coupon)
BOXOFFICE_FUNCTION(stop_coupon)
