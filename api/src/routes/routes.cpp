#include "routes/route.h"

namespace boxoffice::api {

namespace {

Parameter in_path(std::string_view name) { return {name, Type::id, From::path, true}; }
Parameter in_query(std::string_view name, Type type, std::string_view preset = {}) {
    return {name, type, From::query, false, preset};
}
Parameter required(std::string_view name, Type type, std::optional<Range> range = {}) {
    return {.name = name, .type = type, .from = From::body, .required = true, .range = range};
}
Parameter optional(std::string_view name, Type type, std::string_view preset = {}, std::optional<Range> range = {}) {
    return {name, type, From::body, false, preset, range};
}

// A text for people: never blank.
Parameter words(std::string_view name, bool required, std::int64_t most_bytes) {
    return {name, Type::text, From::body, required, {}, Range{1, most_bytes}, false};
}

// What the functions take; a test compares each with what the database says.
constexpr Range a_hold{1, 1000};                   // seats or places in one hold
constexpr Range blocked_seats{1, 10000};           // in one call
constexpr Range priced_seats{1, 250000};           // in one call
constexpr Range a_page{1, 1000};                   // rows of a list
constexpr Range pseudonym{1, 255};                 // bytes
constexpr Range a_key{1, 255};                     // characters
constexpr Range moved_amount{1, 9007199254740991}; // 2^53 - 1
constexpr Range a_price{0, 9007199254740991};
constexpr std::int64_t name_bytes = 1000;
constexpr std::int64_t reason_bytes = 1000;
constexpr std::int64_t external_id_bytes = 255;
constexpr std::int64_t category_bytes = 255;

const Parameter user_id{"user_id", Type::text, From::jwt_user, true};
// Administrators act for the house, and on what anyone has.
const Parameter user_or_anyone{"user_id", Type::text, From::jwt_user_or_anyone, true};
const Parameter by_house{"by_house", Type::boolean, From::jwt_administrator, true};
const Parameter priority{"priority", Type::integer, From::jwt_priority, false, "0"};
const Parameter token{"token", Type::uuid, From::queue_token_header, true};
const Parameter queue_token{"queue_token", Type::uuid, From::queue_token_header, false};
const Parameter idempotency_key{"idempotency_key", Type::text, From::idempotency_key_header, false, {}, a_key};
const Parameter before_id = in_query("before_id", Type::id);
const Parameter max_rows{"max_rows", Type::integer, From::query, false, "50", a_page};
const Parameter after_id = in_query("after_id", Type::id);
const Parameter many_rows{"max_rows", Type::integer, From::query, false, "1000", a_page};

// One thing that anyone may read, by its id.
Route one_for_all(std::string_view path, std::string_view function, std::string_view summary, std::string_view id) {
    return {.method = Method::get,
            .path = path,
            .function = function,
            .summary = summary,
            .who = Who::anyone,
            .lane = LaneKind::read,
            .parameters = {in_path(id)},
            .refusals = {"not_found"},
            .shared = true};
}

// What people who are not logged in may read.
std::vector<Route> public_routes() {
    return {
        {.method = Method::get,
         .path = "/v1/events",
         .function = "list_events",
         .summary = "Events, newest first",
         .who = Who::anyone,
         .lane = LaneKind::read,
         .parameters = {in_query("query", Type::text), before_id, max_rows},
         .shape = Shape::list,
         .shared = true},
        one_for_all("/v1/events/{event_id}", "get_event", "An event and its venue", "event_id"),
        {.method = Method::get,
         .path = "/v1/venues",
         .function = "list_venues",
         .summary = "Venues, newest first",
         .who = Who::anyone,
         .lane = LaneKind::read,
         .parameters = {before_id, max_rows},
         .shape = Shape::list,
         .shared = true},
        one_for_all("/v1/venues/{venue_id}", "get_venue", "A venue", "venue_id"),
        one_for_all("/v1/slots/{slot_id}", "get_slot", "A date of an event and how much of it is free", "slot_id"),
        one_for_all("/v1/pools/{pool_id}", "get_pool", "A pool and how much of it is free", "pool_id"),
        one_for_all("/v1/queues/{queue_id}", "get_queue", "A queue, its rules and how full it is", "queue_id"),
        {.method = Method::get,
         .path = "/v1/events/{event_id}/slots",
         .function = "list_slots",
         .summary = "The dates of an event that are not over, soonest first",
         .who = Who::anyone,
         .lane = LaneKind::read,
         .parameters = {in_path("event_id"), after_id, many_rows},
         .shape = Shape::list,
         .shared = true},
        {.method = Method::get,
         .path = "/v1/slots/{slot_id}/seats",
         .function = "available_seats",
         .summary = "The free seats of a slot",
         .who = Who::anyone,
         .lane = LaneKind::browse,
         .parameters = {in_path("slot_id")},
         .shape = Shape::list,
         .when = {From::query, "available", "true"},
         .shared = true},
        {.method = Method::get,
         .path = "/v1/slots/{slot_id}/seat-states",
         .function = "seat_states",
         .summary = "The status of every seat of a slot, in two bits",
         .who = Who::anyone,
         .lane = LaneKind::browse,
         .parameters = {in_path("slot_id")},
         .refusals = {"not_found"},
         .shared = true},
        {.method = Method::get,
         .path = "/v1/slots/{slot_id}/pools",
         .function = "list_pools",
         .summary = "The pools of a slot: places without numbers",
         .who = Who::anyone,
         .lane = LaneKind::read,
         .parameters = {in_path("slot_id"), after_id, many_rows},
         .shape = Shape::list,
         .shared = true},
        {.method = Method::get,
         .path = "/v1/slots/{slot_id}/seats",
         .function = "seat_map",
         .summary = "Every seat of a slot and its status",
         .who = Who::anyone,
         .lane = LaneKind::browse,
         .parameters = {in_path("slot_id")},
         .shape = Shape::list,
         .shared = true},
    };
}

std::vector<Route> queue_routes() {
    return {
        {.method = Method::post,
         .path = "/v1/queues/{queue_id}/tokens",
         .function = "join_queue",
         .summary = "Take a place in a queue, or get the one you have",
         .who = Who::user,
         .lane = LaneKind::write,
         .parameters = {in_path("queue_id"), user_id, priority},
         .location = "/v1/queue-token",
         .refusals = {"not_found", "queue_closed", "queue_full", "seat_busy"}},
        {.method = Method::get,
         .path = "/v1/queue-token",
         .function = "queue_status",
         .summary = "Where your token stands; asking keeps the place",
         .who = Who::token_bearer,
         .lane = LaneKind::poll,
         .parameters = {token},
         .refusals = {"queue_token_invalid", "seat_busy"}},
        {.method = Method::erase,
         .path = "/v1/queue-token",
         .function = "leave_queue",
         .summary = "Give the place up",
         .who = Who::token_bearer,
         .lane = LaneKind::write,
         .parameters = {token},
         .refusals = {"queue_token_invalid", "seat_busy"}},
    };
}

// What belongs to the caller, page by page.
Route list_of_user(std::string_view path, std::string_view function, std::string_view summary) {
    return {.method = Method::get,
            .path = path,
            .function = function,
            .summary = summary,
            .who = Who::user,
            .lane = LaneKind::list,
            .parameters = {user_id, before_id, max_rows},
            .shape = Shape::list};
}

std::vector<Route> selling_routes() {
    return {
        {.method = Method::post,
         .path = "/v1/slots/{slot_id}/holds",
         .function = "hold_best_seats",
         .summary = "Hold the best free seats until expires_at, all or none",
         .who = Who::user,
         .lane = LaneKind::write,
         .parameters = {in_path("slot_id"), user_id, required("quantity", Type::integer, a_hold),
                        optional("category", Type::text), queue_token, idempotency_key},
         .location = "/v1/reservations/{reservation_id}",
         .refusals = {"not_found", "not_on_sale", "queue_token_required", "queue_token_invalid", "sold_out",
                      "limit_exceeded", "seat_busy", "idempotency_mismatch"},
         .when = {From::body, "quantity"}},
        {.method = Method::post,
         .path = "/v1/slots/{slot_id}/holds",
         .function = "hold_seats",
         .summary = "Hold seats until expires_at, all or none",
         .who = Who::user,
         .lane = LaneKind::write,
         .parameters = {in_path("slot_id"), user_id, required("seat_ids", Type::integers, a_hold), queue_token,
                        idempotency_key},
         .location = "/v1/reservations/{reservation_id}",
         .refusals = {"not_found", "not_on_sale", "queue_token_required", "queue_token_invalid", "seat_taken",
                      "limit_exceeded", "seat_busy", "idempotency_mismatch"}},
        {.method = Method::post,
         .path = "/v1/pools/{pool_id}/holds",
         .function = "hold_places",
         .summary = "Hold places of a pool until expires_at, all or none",
         .who = Who::user,
         .lane = LaneKind::write,
         .parameters = {in_path("pool_id"), user_id, required("quantity", Type::integer, a_hold), queue_token,
                        idempotency_key},
         .location = "/v1/reservations/{reservation_id}",
         .refusals = {"not_found", "not_on_sale", "queue_token_required", "queue_token_invalid", "sold_out",
                      "limit_exceeded", "seat_busy", "idempotency_mismatch"}},
        list_of_user("/v1/reservations", "list_reservations", "Your reservations, newest first"),
        {.method = Method::get,
         .path = "/v1/reservations/{reservation_id}",
         .function = "get_reservation",
         .summary = "One of your reservations; for an administrator, anyone's",
         .who = Who::user,
         .lane = LaneKind::list,
         .parameters = {in_path("reservation_id"), user_or_anyone, by_house},
         .refusals = {"not_found"}},
        {.method = Method::erase,
         .path = "/v1/reservations/{reservation_id}",
         .function = "release_hold",
         .summary = "Give up an unpaid hold",
         .who = Who::user,
         .lane = LaneKind::write,
         .parameters = {in_path("reservation_id"), user_id},
         .refusals = {"not_found", "already_paid", "hold_expired", "not_held", "seat_busy"}},
        {.method = Method::post,
         .path = "/v1/reservations/{reservation_id}/extension",
         .function = "extend_hold",
         .summary = "Keep a hold for longer, as far as the slot allows",
         .who = Who::user,
         .lane = LaneKind::write,
         .parameters = {in_path("reservation_id"), user_id},
         .refusals = {"not_found", "already_paid", "hold_expired", "not_held", "seat_busy"}},
        {.method = Method::post,
         .path = "/v1/reservations/{reservation_id}/payment",
         .function = "pay_reservation",
         .summary = "Pay a hold from your balance, with the discount of a claim if you name one",
         .who = Who::user,
         .lane = LaneKind::write,
         .parameters = {in_path("reservation_id"), user_id, idempotency_key, optional("claim_id", Type::id)},
         .location = "/v1/reservations/{reservation_id}",
         .refusals = {"not_found", "already_paid", "not_held", "hold_expired", "claim_used", "claim_not_valid",
                      "insufficient_balance", "seat_busy", "idempotency_mismatch"}},
        {.method = Method::post,
         .path = "/v1/reservations/{reservation_id}/cancellation",
         .function = "cancel_reservation",
         .summary = "Cancel a paid reservation and get your money back; for an administrator, anyone's and at any time",
         .who = Who::user,
         .lane = LaneKind::write,
         .parameters = {in_path("reservation_id"), user_or_anyone, by_house, words("reason", false, reason_bytes)},
         .refusals = {"not_found", "not_held", "too_late", "limit_exceeded", "seat_busy"}},
    };
}

std::vector<Route> coupon_routes() {
    return {
        {.method = Method::post,
         .path = "/v1/coupons/{coupon_id}/claims",
         .function = "claim_coupon",
         .summary = "Claim a coupon, once, as long as there are some",
         .who = Who::user,
         .lane = LaneKind::write,
         .parameters = {in_path("coupon_id"), user_id, idempotency_key},
         .location = "/v1/coupon-claims",
         .refusals = {"not_found", "not_on_sale", "already_claimed", "sold_out", "seat_busy", "idempotency_mismatch"}},
        {.method = Method::get,
         .path = "/v1/coupon-claims",
         .function = "list_coupon_claims",
         .summary = "Your claims of coupons, newest first",
         .who = Who::user,
         .lane = LaneKind::list,
         .parameters = {user_id, before_id, max_rows},
         .shape = Shape::list},
    };
}

std::vector<Route> balance_routes() {
    const auto moving = [](std::string_view path, std::string_view function, std::string_view summary,
                           std::vector<std::string_view> refusals) {
        return Route{.method = Method::post,
                     .path = path,
                     .function = function,
                     .summary = summary,
                     .who = Who::self_or_administrator,
                     .lane = LaneKind::write,
                     .parameters = {required("user_id", Type::text, pseudonym),
                                    required("amount", Type::amount, moved_amount),
                                    words("reason", false, reason_bytes), idempotency_key},
                     .refusals = std::move(refusals)};
    };
    return {
        {.method = Method::get,
         .path = "/v1/balance",
         .function = "get_balance",
         .summary = "Your balance",
         .who = Who::user,
         .lane = LaneKind::read,
         .parameters = {user_id}},
        list_of_user("/v1/balance/entries", "list_balance_entries", "The movements of your balance, newest first"),
        list_of_user("/v1/payments", "list_payments", "Your payments, newest first"),
        moving("/v1/balance/credits", "credit_balance", "Add to a balance",
               {"limit_exceeded", "idempotency_mismatch", "seat_busy"}),
        moving("/v1/balance/debits", "debit_balance", "Take from a balance",
               {"insufficient_balance", "idempotency_mismatch", "seat_busy"}),
    };
}

// Making things: 201 with the place of what was made.
Route making(std::string_view path, std::string_view function, std::string_view summary, std::string_view value_name,
             std::string_view location, std::vector<Parameter> parameters) {
    return {.method = Method::post,
            .path = path,
            .function = function,
            .summary = summary,
            .who = Who::administrator,
            .lane = LaneKind::administration,
            .parameters = std::move(parameters),
            .shape = Shape::value,
            .value_name = value_name,
            .location = location};
}

// Changing them: what is missing stays as it is.
Route changing(std::string_view path, std::string_view function, std::string_view summary,
               std::vector<Parameter> parameters) {
    return {.method = Method::patch,
            .path = path,
            .function = function,
            .summary = summary,
            .who = Who::administrator,
            .lane = LaneKind::administration,
            .parameters = std::move(parameters),
            .shape = Shape::nothing};
}

// What administrators read.
std::vector<Route> overview_routes() {
    const auto reading = [](std::string_view path, std::string_view function, std::string_view summary) {
        return Route{.method = Method::get,
                     .path = path,
                     .function = function,
                     .summary = summary,
                     .who = Who::administrator,
                     .lane = LaneKind::read,
                     .parameters = {before_id, max_rows},
                     .shape = Shape::list};
    };
    return {
        reading("/v1/queues", "list_queues", "Queues, newest first, and how full they are"),
        reading("/v1/coupons", "list_coupons", "Coupons, newest first, and what is left of them"),
        {.method = Method::get,
         .path = "/v1/coupons/{coupon_id}",
         .function = "get_coupon",
         .summary = "A coupon and what is left of it",
         .who = Who::administrator,
         .lane = LaneKind::read,
         .parameters = {in_path("coupon_id")},
         .refusals = {"not_found"}},
    };
}

// What the house does in the middle of a sale.
std::vector<Route> house_routes() {
    return {
        {.method = Method::post,
         .path = "/v1/slots/{slot_id}/blocks",
         .function = "block_seats",
         .summary = "Keep seats back from sale, or give them back to it",
         .who = Who::administrator,
         .lane = LaneKind::administration,
         .parameters = {in_path("slot_id"), required("seat_ids", Type::integers, blocked_seats),
                        optional("blocked", Type::boolean, "true"), words("reason", false, reason_bytes)},
         .refusals = {"not_found", "seat_taken", "seat_busy"}},
        {.method = Method::get,
         .path = "/v1/slots/{slot_id}/blocks",
         .function = "list_blocked_seats",
         .summary = "The seats that the house keeps back, and why",
         .who = Who::administrator,
         .lane = LaneKind::list,
         .parameters = {in_path("slot_id")},
         .shape = Shape::list},
        {.method = Method::patch,
         .path = "/v1/slots/{slot_id}/seat-prices",
         .function = "set_seat_prices",
         .summary = "Change what seats cost from now on",
         .who = Who::administrator,
         .lane = LaneKind::administration,
         .parameters = {in_path("slot_id"), required("prices", Type::prices),
                        optional("seat_ids", Type::integers, {}, priced_seats)},
         .shape = Shape::value,
         .value_name = "seats_changed"},
        {.method = Method::get,
         .path = "/v1/sales-report",
         .function = "sales_report",
         .summary = "What was sold of a slot, or of each slot of an event, by category and pool",
         .who = Who::administrator,
         .lane = LaneKind::list,
         .parameters = {in_query("slot_id", Type::id), in_query("event_id", Type::id)},
         .shape = Shape::list,
         .refusals = {"not_found"}},
        {.method = Method::get,
         .path = "/v1/sales",
         .function = "next_sales",
         .summary = "What was paid and cancelled behind a position, each once",
         .who = Who::administrator,
         .lane = LaneKind::list,
         .parameters = {in_query("after", Type::text), many_rows},
         .shape = Shape::list},
        {.method = Method::post,
         .path = "/v1/coupons/{coupon_id}/stop",
         .function = "stop_coupon",
         .summary = "End the claiming of a coupon; what was claimed stays good",
         .who = Who::administrator,
         .lane = LaneKind::administration,
         .parameters = {in_path("coupon_id")},
         .shape = Shape::nothing},
    };
}

std::vector<Route> making_routes() {
    return {
        making("/v1/venues", "create_venue", "Make a venue", "venue_id", "/v1/venues/{venue_id}",
               {words("name", true, name_bytes), optional("address", Type::text),
                optional("latitude", Type::number, {}, Range{-90, 90}),
                optional("longitude", Type::number, {}, Range{-180, 180}),
                words("external_id", false, external_id_bytes)}),
        making("/v1/events", "create_event", "Make an event", "event_id", "/v1/events/{event_id}",
               {words("title", true, name_bytes), optional("venue_id", Type::id),
                words("category", false, category_bytes), optional("description", Type::text),
                words("external_id", false, external_id_bytes)}),
        making("/v1/events/{event_id}/slots", "create_slot", "Make a date of an event", "slot_id",
               "/v1/slots/{slot_id}",
               {in_path("event_id"), required("starts_at", Type::time), optional("hold_for", Type::interval, "PT5M"),
                optional("sale_opens_at", Type::time), optional("sale_closes_at", Type::time),
                optional("max_per_user", Type::integer), optional("queue_id", Type::id),
                words("external_id", false, external_id_bytes), optional("hold_for_max", Type::interval)}),
        making("/v1/slots/{slot_id}/pools", "add_pool", "Add places without numbers", "pool_id", "/v1/pools/{pool_id}",
               {in_path("slot_id"), words("name", true, name_bytes), required("capacity", Type::integer),
                required("price", Type::amount, a_price)}),
        making("/v1/slots/{slot_id}/seating-plan", "add_seating_plan", "Add the seats of a seating plan", "seats_added",
               "/v1/slots/{slot_id}/seats",
               {in_path("slot_id"), required("plan", Type::object), required("prices", Type::object)}),
        making("/v1/slots/{slot_id}/numbered-seats", "add_numbered_seats",
               "Add numbered seats: from 1, or on from the last", "seats_added", "/v1/slots/{slot_id}/seats",
               {in_path("slot_id"), required("count", Type::integer), required("price", Type::amount, a_price)}),
        making("/v1/coupons", "create_coupon", "Make a coupon", "coupon_id", "/v1/coupons/{coupon_id}",
               {words("name", true, name_bytes), required("quantity", Type::integer),
                optional("discount_amount", Type::amount), optional("discount_percent", Type::integer),
                optional("valid_from", Type::time), optional("valid_until", Type::time),
                optional("minimum_amount", Type::amount, "0")}),
        making("/v1/queues", "create_queue", "Make a queue", "queue_id", "/v1/queues/{queue_id}",
               {words("name", true, name_bytes), required("max_active", Type::integer),
                optional("active_for", Type::interval, "PT5M"), optional("max_waiting", Type::integer),
                optional("admit_per_minute", Type::integer), optional("claim_for", Type::interval, "PT1M"),
                optional("idle_for", Type::interval, "PT5M"), optional("join_before", Type::time),
                optional("shuffle_seed", Type::text)}),
    };
}

std::vector<Route> changing_routes() {
    return {
        changing("/v1/venues/{venue_id}", "update_venue", "Change a venue",
                 {in_path("venue_id"), words("name", false, name_bytes), optional("address", Type::text),
                  optional("latitude", Type::number, {}, Range{-90, 90}),
                  optional("longitude", Type::number, {}, Range{-180, 180}),
                  words("external_id", false, external_id_bytes)}),
        changing("/v1/events/{event_id}", "update_event", "Change an event",
                 {in_path("event_id"), words("title", false, name_bytes), words("category", false, category_bytes),
                  optional("description", Type::text), words("external_id", false, external_id_bytes)}),
        changing("/v1/slots/{slot_id}", "update_slot", "Change a slot; 0 or infinity lifts a limit",
                 {in_path("slot_id"), optional("starts_at", Type::time), optional("hold_for", Type::interval),
                  optional("sale_opens_at", Type::time), optional("sale_closes_at", Type::time),
                  optional("max_per_user", Type::integer), optional("queue_id", Type::id),
                  words("external_id", false, external_id_bytes), optional("hold_for_max", Type::interval)}),
        changing("/v1/slots/{slot_id}/focal-point", "set_focal_point",
                 "Say from where the best seats of a slot are the nearest; without x and y: from the front centre",
                 {in_path("slot_id"), optional("x", Type::number), optional("y", Type::number)}),
        changing("/v1/pools/{pool_id}", "update_pool", "Change a pool: its name, its capacity, its price",
                 {in_path("pool_id"), words("name", false, name_bytes), optional("capacity", Type::integer),
                  optional("price", Type::amount, {}, a_price)}),
        changing("/v1/queues/{queue_id}", "update_queue", "Change a queue: its limits, or its mode",
                 {in_path("queue_id"), words("name", false, name_bytes), optional("max_active", Type::integer),
                  optional("active_for", Type::interval), optional("max_waiting", Type::integer),
                  optional("admit_per_minute", Type::integer), optional("claim_for", Type::interval),
                  optional("idle_for", Type::interval), optional("mode", Type::text),
                  optional("join_before", Type::time), optional("shuffle_seed", Type::text)}),
    };
}

} // namespace

std::string_view sql_type(Type type) {
    constexpr std::string_view names[] = {"bigint",    "integer",     "bigint",   "double precision",
                                          "text",      "timestamptz", "interval", "jsonb",
                                          "integer[]", "uuid",        "boolean",  "jsonb"};
    return names[static_cast<int>(type)];
}

const std::vector<Route>& routes() {
    static const std::vector<Route> table = [] {
        std::vector<Route> all;
        for (const auto& part : {queue_routes(), public_routes(), selling_routes(), coupon_routes(), balance_routes(),
                                 overview_routes(), making_routes(), changing_routes(), house_routes()}) {
            all.insert(all.end(), part.begin(), part.end());
        }
        return all;
    }();
    return table;
}

} // namespace boxoffice::api
