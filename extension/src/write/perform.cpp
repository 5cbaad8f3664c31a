#include "write/perform.h"

namespace boxoffice {

JsonDatum to_json(Datum record) {
    return JsonDatum{guarded([&] {
        const Datum json = DirectFunctionCall1(row_to_json, record);
        return DirectFunctionCall1(jsonb_in, CStringGetDatum(text_to_cstring(DatumGetTextPP(json))));
    })};
}

void require_writing(const char* operation) {
    guarded([&] {
        PreventCommandIfReadOnly(operation);
        PreventCommandDuringRecovery(operation);
    });
}

} // namespace boxoffice
