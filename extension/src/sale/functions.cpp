// Entry points: holding. Arguments in, one row out.

#include "sale/pool.h"
#include "sale/reservation.h"
#include "sale/seat_hold.h"

namespace boxoffice::functions {

namespace {

// user_id is the second argument of every hold, queue_token and idempotency_key are the last two.
hold::Buyer buyer_from(const Arguments& arguments, int last) {
    return {arguments.required<std::string>(1, "user_id"), arguments.optional<Uuid>(last - 1),
            arguments.optional<std::string>(last)};
}

// What needs no more than one's own reservation: (reservation_id, user_id).
template <auto Operation>
Datum answer_for_reservation(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto reservation_id = arguments.required<int64_t>(0, "reservation_id");
    const auto user_id = arguments.required<std::string>(1, "user_id");
    return answer(call, [&] { return Operation(reservation_id, user_id); });
}

} // namespace

Datum hold_seats(FunctionCallInfo call) {
    const Arguments arguments(call);
    const hold::SeatsRequest request{arguments.required<int64_t>(0, "slot_id"), buyer_from(arguments, 4),
                                     arguments.required<SeatIds>(2, "seat_ids")};
    return answer(call, [&] { return hold::hold_seats(request); });
}

Datum hold_places(FunctionCallInfo call) {
    const Arguments arguments(call);
    const pool::PlacesRequest request{arguments.required<int64_t>(0, "pool_id"), buyer_from(arguments, 4),
                                      arguments.required<int32_t>(2, "quantity")};
    return answer(call, [&] { return pool::hold_places(request); });
}

Datum hold_best_seats(FunctionCallInfo call) {
    const Arguments arguments(call);
    const hold::BestSeatsRequest request{arguments.required<int64_t>(0, "slot_id"), buyer_from(arguments, 5),
                                         arguments.required<int32_t>(2, "quantity"),
                                         arguments.optional<std::string>(3)};
    return answer(call, [&] { return hold::hold_best_seats(request); });
}

Datum release_hold(FunctionCallInfo call) { return answer_for_reservation<reservation::release>(call); }
Datum extend_hold(FunctionCallInfo call) { return answer_for_reservation<reservation::extend>(call); }

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(hold_seats)
BOXOFFICE_FUNCTION(hold_places)
BOXOFFICE_FUNCTION(hold_best_seats)
BOXOFFICE_FUNCTION(release_hold)
BOXOFFICE_FUNCTION(extend_hold)
