// Entry points: paying, cancelling and balances. Arguments in, one row out.

#include "base/owner_or_house.h"
#include "money/balance.h"
#include "money/payment.h"

namespace boxoffice::functions {

namespace {

balance::Movement movement_from(const Arguments& arguments) {
    return {arguments.required<std::string>(0, "user_id"), arguments.required<int64_t>(1, "amount"),
            arguments.optional<std::string>(2), arguments.optional<std::string>(3)};
}

} // namespace

Datum pay_reservation(FunctionCallInfo call) {
    const Arguments arguments(call);
    const payment::PaymentRequest request{arguments.required<int64_t>(0, "reservation_id"),
                                          arguments.required<std::string>(1, "user_id"),
                                          arguments.optional<std::string>(2), arguments.optional<int64_t>(3)};
    return answer(call, [&] { return payment::pay(request); });
}

Datum cancel_reservation(FunctionCallInfo call) { return access::for_owner_or_house(call, "cancel_any_reservation"); }

Datum cancel_any_reservation(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto [reservation_id, user_id, by_house] = access::own_or_any(arguments);
    const payment::CancellationRequest request{reservation_id, user_id, by_house, arguments.optional<std::string>(3)};
    return answer(call, [&] { return payment::cancel(request); });
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

Datum refuse_ledger_change(FunctionCallInfo call) {
    if (!CALLED_AS_TRIGGER(call))
        throw Failure{ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED, "refuse_ledger_change is a trigger", "",
                      "It cannot be called."};
    const TriggerEvent event = reinterpret_cast<const TriggerData*>(call->context)->tg_event;
    balance::refuse_ledger_change(TRIGGER_FIRED_BY_UPDATE(event)   ? "UPDATE"
                                  : TRIGGER_FIRED_BY_DELETE(event) ? "DELETE"
                                                                   : "TRUNCATE");
}

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(pay_reservation)
BOXOFFICE_FUNCTION(cancel_reservation)
BOXOFFICE_FUNCTION(cancel_any_reservation)
BOXOFFICE_FUNCTION(credit_balance)
BOXOFFICE_FUNCTION(debit_balance)
BOXOFFICE_FUNCTION(get_balance)
BOXOFFICE_FUNCTION(refuse_ledger_change)
