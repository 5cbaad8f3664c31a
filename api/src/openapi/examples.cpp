#include "openapi/examples.h"

#include <algorithm>
#include <string>

namespace boxoffice::api::openapi_parts {

namespace {

struct Example {
    std::string_view name, json;
};

// Whole bodies, of functions for which the required parameters alone would show nothing, or make no sense together.
constexpr Example bodies[] = {
    {"create_coupon", R"({"name":"Opening week","quantity":100,"discount_percent":10})"},
    {"update_slot", R"({"hold_for":"PT10M","max_per_user":4})"},
    {"update_queue", R"({"mode":"paused"})"},
    {"set_focal_point", R"({"x":12.5,"y":-3})"},
    {"credit_balance", R"({"user_id":"ann","amount":10000,"reason":"gift card"})"},
    {"debit_balance", R"({"user_id":"ann","amount":1000,"reason":"paid out"})"},
    {"block_seats", R"({"seat_ids":[1,2],"reason":"camera"})"},
    {"set_seat_prices", R"({"prices":4500,"seat_ids":[1,2]})"},
};

// Values of parameters by their names.
constexpr Example values[] = {
    {"user_id", R"("ann")"},
    {"seat_ids", "[1,2]"},
    {"quantity", "2"},
    {"name", R"("Open air")"},
    {"title", R"("Open air")"},
    {"starts_at", R"("2099-06-01T20:00:00Z")"},
    {"capacity", "500"},
    {"count", "100"},
    {"price", "4500"},
    {"amount", "4500"},
    {"max_active", "100"},
    {"plan",
     R"({"categories":[{"name":"VIP"}],"zones":[{"name":"Stalls","rows":[{"row_number":"1","seats":[)"
     R"({"seat_guid":"S-1-1","seat_number":"1","category":"VIP"},{"seat_guid":"S-1-2","seat_number":"2","category":"VIP"}]}]}]})"},
    {"prices", R"({"VIP":4500})"},
};

// The value of a parameter whose name says nothing.
std::string_view value_of(Type type) {
    switch (type) {
    case Type::id:
    case Type::integer:
        return "1";
    case Type::amount:
        return "4500";
    case Type::number:
        return "1.5";
    case Type::text:
        return R"("text")";
    case Type::time:
        return R"("2099-06-01T20:00:00Z")";
    case Type::interval:
        return R"("PT5M")";
    case Type::boolean:
        return "true";
    case Type::prices:
        return "4500";
    case Type::object:
        return "{}";
    case Type::integers:
        return "[1]";
    case Type::uuid:
        return R"("01234567-89ab-cdef-0123-456789abcdef")";
    }
    return "null";
}

template <std::size_t count>
const Example* find(const Example (&table)[count], std::string_view name) {
    const auto found =
        std::find_if(std::begin(table), std::end(table), [&](const Example& each) { return each.name == name; });
    return found == std::end(table) ? nullptr : found;
}

std::string_view value_of(const Parameter& parameter) {
    const Example* named = find(values, parameter.name);
    return named != nullptr ? named->json : value_of(parameter.type);
}

} // namespace

Value example_body(Builder& builder, const Route& route) {
    if (const Example* body = find(bodies, route.function)) {
        return builder.json(body->json);
    }
    Value body = Builder::object();
    for (const Parameter& parameter : route.parameters) {
        // A change shows one thing that changes; what is left out stays as it is.
        const bool shown = parameter.required || (route.method == Method::patch && body.ObjectEmpty());
        if (parameter.from == From::body && shown) {
            builder.put(body, parameter.name, builder.json(value_of(parameter)));
        }
    }
    return body;
}

} // namespace boxoffice::api::openapi_parts
