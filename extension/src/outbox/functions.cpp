// Entry points: what a relay tells browsers. Arguments in, rows out.

#include "base/row.h"
#include "outbox/outbox.h"
#include "queue/progress.h"

namespace boxoffice::functions {

Datum next_changes(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto consumer = arguments.required<std::string>(0, "consumer");
    const auto max_rows = arguments.required<int32_t>(1, "max_rows");
    const spi::Session session;
    return return_rows(call, outbox::next_changes(consumer, max_rows));
}

Datum queue_progress(FunctionCallInfo call) {
    const spi::Session session;
    return return_rows(call, queue_progress::read());
}

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(next_changes)
BOXOFFICE_FUNCTION(queue_progress)
