// Entry points: upkeep, access, and the trigger that keeps the ledger final.

#include "base/row.h"
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

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(expire_holds)
BOXOFFICE_FUNCTION(tick)
BOXOFFICE_FUNCTION(verify)
BOXOFFICE_FUNCTION(check_setup)
BOXOFFICE_FUNCTION(grant_access)
