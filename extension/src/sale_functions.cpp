// Entry points: selling and balance. Arguments in, one row out.

#include "boxoffice/balance.h"
#include "boxoffice/payment.h"
#include "boxoffice/reservation.h"

namespace boxoffice::functions {

namespace {

balance::Movement movement_from(const Arguments& arguments) {
    return {arguments.required<std::string>(0, "user_id"), arguments.required<int64_t>(1, "amount"),
            arguments.optional<std::string>(2), arguments.optional<std::string>(3)};
}

} // namespace

Datum hold_seats(FunctionCallInfo call) {
    const Arguments arguments(call);
    const reservation::HoldRequest request{
        arguments.required<int64_t>(0, "slot_id"), arguments.required<std::string>(1, "user_id"),
        arguments.required<SeatIds>(2, "seat_ids"), arguments.optional<Uuid>(3), arguments.optional<std::string>(4)};
    return answer(call, [&] { return reservation::hold_seats(request); });
}

Datum release_hold(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto reservation_id = arguments.required<int64_t>(0, "reservation_id");
    const auto user_id = arguments.required<std::string>(1, "user_id");
    return answer(call, [&] { return reservation::release(reservation_id, user_id); });
}

Datum pay_reservation(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto reservation_id = arguments.required<int64_t>(0, "reservation_id");
    const auto user_id = arguments.required<std::string>(1, "user_id");
    const auto idempotency_key = arguments.optional<std::string>(2);
    return answer(call, [&] { return payment::pay(reservation_id, user_id, idempotency_key); });
}

Datum cancel_reservation(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto reservation_id = arguments.required<int64_t>(0, "reservation_id");
    const auto user_id = arguments.required<std::string>(1, "user_id");
    return answer(call, [&] { return payment::cancel(reservation_id, user_id); });
}

Datum credit_balance(FunctionCallInfo call) {
    const balance::Movement movement = movement_from(Arguments(call));
    return answer(call, [&] { return balance::credit(movement); });
}

Datum debit_balance(FunctionCallInfo call) {
    const balance::Movement movement = movement_from(Arguments(call));
    return answer(call, [&] { return balance::debit(movement); });
}

Datum get_balance(FunctionCallInfo call) {
    const auto user_id = Arguments(call).required<std::string>(0, "user_id");
    return answer(call, [&] { return balance::current(user_id); });
}

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(hold_seats)
BOXOFFICE_FUNCTION(release_hold)
BOXOFFICE_FUNCTION(pay_reservation)
BOXOFFICE_FUNCTION(cancel_reservation)
BOXOFFICE_FUNCTION(credit_balance)
BOXOFFICE_FUNCTION(debit_balance)
BOXOFFICE_FUNCTION(get_balance)
