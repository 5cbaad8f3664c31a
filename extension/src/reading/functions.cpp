// Entry points: reading. Arguments in, rows out.

#include "reading/reading.h"

#include "base/owner_or_house.h"
#include "hall/seat_states.h"
#include "queue/progress.h"

namespace boxoffice::functions {

namespace {

// before_id and max_rows, which every list takes last.
Page page_from(const Arguments& arguments, int first) {
    return Page{arguments.optional<int64_t>(first), arguments.required<int32_t>(first + 1, "max_rows")};
}

// The lists of one user: (user_id, before_id, max_rows).
template <auto List>
Datum list_of_user(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto user_id = arguments.required<std::string>(0, "user_id");
    const auto page = page_from(arguments, 1);
    const spi::Session session;
    return return_rows(call, List(user_id, page));
}

// The lists of all there are: (before_id, max_rows).
template <auto List>
Datum list_of_all(FunctionCallInfo call) {
    const auto page = page_from(Arguments(call), 0);
    const spi::Session session;
    return return_rows(call, List(page));
}

// The lists below one parent: (id, after_id, max_rows).
template <auto List>
Datum list_of_parent(FunctionCallInfo call, const char* id_name) {
    const Arguments arguments(call);
    const auto id = arguments.required<int64_t>(0, id_name);
    const NextPage page{arguments.optional<int64_t>(1), arguments.required<int32_t>(2, "max_rows")};
    const spi::Session session;
    return return_rows(call, List(id, page));
}

// The seats of a slot, all at once: (slot_id).
template <auto List>
Datum seats_of(FunctionCallInfo call) {
    const auto slot_id = Arguments(call).required<int64_t>(0, "slot_id");
    const spi::Session session;
    return return_rows(call, List(slot_id));
}

// One thing by its id.
template <auto Get>
Datum one(FunctionCallInfo call, const char* id_name) {
    const auto id = Arguments(call).required<int64_t>(0, id_name);
    return return_found(call, [&] { return Get(id); });
}

} // namespace

Datum list_events(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto query = arguments.optional<std::string>(0);
    const auto page = page_from(arguments, 1);
    const spi::Session session;
    return return_rows(call, reading::list_events(query, page));
}

Datum list_venues(FunctionCallInfo call) { return list_of_all<reading::list_venues>(call); }
Datum get_venue(FunctionCallInfo call) { return one<reading::get_venue>(call, "venue_id"); }
Datum get_event(FunctionCallInfo call) { return one<reading::get_event>(call, "event_id"); }
Datum list_slots(FunctionCallInfo call) { return list_of_parent<reading::list_slots>(call, "event_id"); }
Datum get_slot(FunctionCallInfo call) { return one<reading::get_slot>(call, "slot_id"); }
Datum list_pools(FunctionCallInfo call) { return list_of_parent<reading::list_pools>(call, "slot_id"); }
Datum get_pool(FunctionCallInfo call) { return one<reading::get_pool>(call, "pool_id"); }
Datum available_seats(FunctionCallInfo call) { return seats_of<reading::available_seats>(call); }
Datum seat_map(FunctionCallInfo call) { return seats_of<reading::seat_map>(call); }
Datum list_coupons(FunctionCallInfo call) { return list_of_all<reading::list_coupons>(call); }
Datum get_coupon(FunctionCallInfo call) { return one<reading::get_coupon>(call, "coupon_id"); }
Datum list_queues(FunctionCallInfo call) { return list_of_all<queue_progress::list>(call); }
Datum get_queue(FunctionCallInfo call) { return one<queue_progress::get>(call, "queue_id"); }

Datum seat_states(FunctionCallInfo call) {
    const auto slot_id = Arguments(call).required<int64_t>(0, "slot_id");
    return answer(call, [&] { return seat_states::read(slot_id); });
}

Datum list_reservations(FunctionCallInfo call) { return list_of_user<reading::list_reservations>(call); }
Datum list_payments(FunctionCallInfo call) { return list_of_user<reading::list_payments>(call); }
Datum list_coupon_claims(FunctionCallInfo call) { return list_of_user<reading::list_coupon_claims>(call); }
Datum list_balance_entries(FunctionCallInfo call) { return list_of_user<reading::list_balance_entries>(call); }

Datum get_reservation(FunctionCallInfo call) { return access::for_owner_or_house(call, "get_any_reservation"); }

Datum get_any_reservation(FunctionCallInfo call) {
    const access::OwnOrAny whose = access::own_or_any(Arguments(call));
    return return_found(call,
                        [&] { return reading::get_reservation(whose.reservation_id, whose.user_id, whose.by_house); });
}

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(list_venues)
BOXOFFICE_FUNCTION(get_venue)
BOXOFFICE_FUNCTION(list_events)
BOXOFFICE_FUNCTION(get_event)
BOXOFFICE_FUNCTION(list_slots)
BOXOFFICE_FUNCTION(get_slot)
BOXOFFICE_FUNCTION(list_pools)
BOXOFFICE_FUNCTION(get_pool)
BOXOFFICE_FUNCTION(list_coupons)
BOXOFFICE_FUNCTION(get_coupon)
BOXOFFICE_FUNCTION(list_queues)
BOXOFFICE_FUNCTION(get_queue)
BOXOFFICE_FUNCTION(available_seats)
BOXOFFICE_FUNCTION(seat_map)
BOXOFFICE_FUNCTION(seat_states)
BOXOFFICE_FUNCTION(list_reservations)
BOXOFFICE_FUNCTION(list_payments)
BOXOFFICE_FUNCTION(list_coupon_claims)
BOXOFFICE_FUNCTION(list_balance_entries)
BOXOFFICE_FUNCTION(get_reservation)
BOXOFFICE_FUNCTION(get_any_reservation)
