// Entry points: queues and admission. Arguments in, one row out.

#include "base/row.h"
#include "base/validate.h"
#include "queue/admission.h"

namespace boxoffice::functions {

namespace {

// The arguments that create_queue and update_queue share, from this position on; mode is update_queue's alone.
queue::Definition definition_from(const Arguments& arguments, int first, bool with_mode) {
    queue::Definition queue;
    queue.name = arguments.optional<std::string>(first);
    queue.max_active = arguments.optional<int32_t>(first + 1);
    queue.active_for = validate::exact(arguments.optional<Interval>(first + 2), "active_for");
    queue.max_waiting = arguments.optional<int32_t>(first + 3);
    queue.admit_per_minute = arguments.optional<int32_t>(first + 4);
    queue.claim_for = validate::exact(arguments.optional<Interval>(first + 5), "claim_for");
    queue.idle_for = validate::exact(arguments.optional<Interval>(first + 6), "idle_for");
    if (with_mode)
        queue.mode = arguments.optional<std::string>(first + 7);
    const int draw = first + (with_mode ? 8 : 7);
    queue.join_before = arguments.optional<Time>(draw);
    queue.shuffle_seed = arguments.optional<std::string>(draw + 1);
    return queue;
}

} // namespace

Datum create_queue(FunctionCallInfo call) {
    const Arguments arguments(call);
    arguments.require(0, "name");
    arguments.require(1, "max_active");
    arguments.require(2, "active_for");
    arguments.require(5, "claim_for");
    arguments.require(6, "idle_for");
    const spi::Session session;
    return Int64GetDatum(queue::create(definition_from(arguments, 0, false)));
}

Datum update_queue(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto queue_id = arguments.required<int64_t>(0, "queue_id");
    const spi::Session session;
    queue::update(queue_id, definition_from(arguments, 1, true));
    return Datum{0};
}

Datum join_queue(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto queue_id = arguments.required<int64_t>(0, "queue_id");
    const auto user_id = arguments.required<std::string>(1, "user_id");
    const auto priority = arguments.required<int32_t>(2, "priority");
    return answer(call, [&] { return admission::join(queue_id, user_id, priority); });
}

Datum queue_status(FunctionCallInfo call) {
    const auto token = Arguments(call).required<Uuid>(0, "token");
    if (auto result = admission::status_on_board(token))
        return return_row(call, std::move(*result));
    return go_on_to(call, "queue_status_from_tables");
}

Datum queue_status_from_tables(FunctionCallInfo call) {
    const auto token = Arguments(call).required<Uuid>(0, "token");
    return answer(call, [&] { return admission::status(token); });
}

Datum leave_queue(FunctionCallInfo call) {
    const auto token = Arguments(call).required<Uuid>(0, "token");
    return answer(call, [&] { return admission::leave(token); });
}

Datum admit_waiting(FunctionCallInfo call) {
    const auto queue_id = Arguments(call).required<int64_t>(0, "queue_id");
    const spi::Session session;
    return Int32GetDatum(static_cast<int32_t>(admission::admit_waiting(queue_id)));
}

Datum forget_board(FunctionCallInfo call) {
    if (!CALLED_AS_TRIGGER(call))
        throw Failure{ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED, "forget_board is a trigger", "",
                      "It cannot be called."};
    if (!queue_token::change_is_own() && board::available())
        board::note_all_lost();
    return Datum{0};
}

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(create_queue)
BOXOFFICE_FUNCTION(update_queue)
BOXOFFICE_FUNCTION(join_queue)
BOXOFFICE_FUNCTION(queue_status)
BOXOFFICE_FUNCTION(queue_status_from_tables)
BOXOFFICE_FUNCTION(leave_queue)
BOXOFFICE_FUNCTION(admit_waiting)
BOXOFFICE_FUNCTION(forget_board)
