// Entry points: upkeep, access, and the trigger that keeps the ledger final.

#include "base/row.h"
#include "money/balance.h"
#include "upkeep/access.h"
#include "upkeep/setup.h"
#include "upkeep/upkeep.h"

namespace boxoffice::functions {

Datum expire_holds(FunctionCallInfo) {
    const spi::Session session;
    return Int32GetDatum(static_cast<int32_t>(upkeep::expire_holds()));
}

Datum tick(FunctionCallInfo) {
    const spi::Session session;
    upkeep::tick();
    return Datum{0};
}

Datum verify(FunctionCallInfo call) {
    const spi::Session session;
    return return_rows(call, upkeep::verify());
}

Datum check_setup(FunctionCallInfo call) {
    const spi::Session session;
    return return_rows(call, setup::check());
}

Datum grant_access(FunctionCallInfo call) {
    const Arguments arguments(call);
    const Oid role = arguments.required<RoleId>(0, "role").value;
    access::grant(role, arguments.required<std::string>(1, "level"));
    return Datum{0};
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

BOXOFFICE_FUNCTION(expire_holds)
BOXOFFICE_FUNCTION(tick)
BOXOFFICE_FUNCTION(verify)
BOXOFFICE_FUNCTION(check_setup)
BOXOFFICE_FUNCTION(grant_access)
BOXOFFICE_FUNCTION(refuse_ledger_change)
