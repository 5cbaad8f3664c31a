// Entry points: catalogue. Arguments in, one value out.

#include "base/row.h"
#include "base/validate.h"
#include "catalogue/catalogue.h"
#include "catalogue/seating_plan.h"

namespace boxoffice::functions {

using catalogue::Event;
using catalogue::SlotRules;
using catalogue::Venue;

namespace {

// The members from the given position on, in the order in which create_ and update_ both take them.

Venue venue_from(const Arguments& arguments, int first) {
    return Venue{arguments.optional<std::string>(first), arguments.optional<std::string>(first + 1),
                 arguments.optional<double>(first + 2), arguments.optional<double>(first + 3),
                 arguments.optional<std::string>(first + 4)};
}

SlotRules rules_from(const Arguments& arguments, int first) {
    return SlotRules{arguments.optional<Time>(first),
                     validate::exact(arguments.optional<Interval>(first + 1), "hold_for"),
                     arguments.optional<Time>(first + 2),
                     arguments.optional<Time>(first + 3),
                     arguments.optional<int32_t>(first + 4),
                     arguments.optional<int64_t>(first + 5),
                     arguments.optional<std::string>(first + 6),
                     validate::exact(arguments.optional<Interval>(first + 7), "hold_for_max")};
}

} // namespace

Datum create_venue(FunctionCallInfo call) {
    const Arguments arguments(call);
    arguments.require(0, "name");
    const spi::Session session;
    return Int64GetDatum(catalogue::create_venue(venue_from(arguments, 0)));
}

Datum create_event(FunctionCallInfo call) {
    const Arguments arguments(call);
    arguments.require(0, "title");
    const spi::Session session;
    return Int64GetDatum(catalogue::create_event(
        Event{arguments.optional<std::string>(0), arguments.optional<int64_t>(1), arguments.optional<std::string>(2),
              arguments.optional<std::string>(3), arguments.optional<std::string>(4)}));
}

Datum create_slot(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto event_id = arguments.required<int64_t>(0, "event_id");
    arguments.require(1, "starts_at");
    arguments.require(2, "hold_for");
    const spi::Session session;
    return Int64GetDatum(catalogue::create_slot(event_id, rules_from(arguments, 1)));
}

Datum add_seating_plan(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto slot_id = arguments.required<int64_t>(0, "slot_id");
    const auto plan = arguments.required<JsonDatum>(1, "plan");
    const auto prices = arguments.required<JsonDatum>(2, "prices");
    const spi::Session session;
    return Int32GetDatum(seating_plan::add(slot_id, plan, prices));
}

Datum add_numbered_seats(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto slot_id = arguments.required<int64_t>(0, "slot_id");
    const auto count = arguments.required<int32_t>(1, "count");
    const auto price = arguments.required<int64_t>(2, "price");
    const spi::Session session;
    return Int32GetDatum(seating_plan::add_numbered(slot_id, count, price));
}

Datum update_venue(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto venue_id = arguments.required<int64_t>(0, "venue_id");
    const spi::Session session;
    catalogue::update_venue(venue_id, venue_from(arguments, 1));
    return Datum{0};
}

Datum update_event(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto event_id = arguments.required<int64_t>(0, "event_id");
    const spi::Session session;
    catalogue::update_event(event_id,
                            Event{arguments.optional<std::string>(1), std::nullopt, arguments.optional<std::string>(2),
                                  arguments.optional<std::string>(3), arguments.optional<std::string>(4)});
    return Datum{0};
}

Datum update_slot(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto slot_id = arguments.required<int64_t>(0, "slot_id");
    const spi::Session session;
    catalogue::update_slot(slot_id, rules_from(arguments, 1));
    return Datum{0};
}

Datum set_focal_point(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto slot_id = arguments.required<int64_t>(0, "slot_id");
    const spi::Session session;
    catalogue::set_focal_point(slot_id, arguments.optional<double>(1), arguments.optional<double>(2));
    return Datum{0};
}

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(create_venue)
BOXOFFICE_FUNCTION(create_event)
BOXOFFICE_FUNCTION(create_slot)
BOXOFFICE_FUNCTION(add_seating_plan)
BOXOFFICE_FUNCTION(add_numbered_seats)
BOXOFFICE_FUNCTION(update_venue)
BOXOFFICE_FUNCTION(update_event)
BOXOFFICE_FUNCTION(update_slot)
BOXOFFICE_FUNCTION(set_focal_point)
