#include "openapi/openapi.h"

#include "openapi/examples.h"
#include "openapi/operations.h"
#include "openapi/problems.h"
#include "openapi/schemas.h"
#include "routes/router.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <vector>

namespace boxoffice::api {

using namespace openapi_parts;

namespace {

// What the comment of the function does not say, because it is about HTTP alone.
std::string_view remark_of(const Route& route) {
    const auto is_position = [](const Parameter& each) { return each.from == From::query && each.name == "after"; };
    if (std::any_of(route.parameters.begin(), route.parameters.end(), is_position)) {
        return "Go on asking at `next`, for ever: while nothing is new it stays the same address.";
    }
    if (refuses_idempotency_key(route)) {
        return "Takes no Idempotency-Key: with one it is refused with 400. After an answer that was lost look first "
               "whether it was done.";
    }
    return "";
}

std::string description_of(const Route& route, const Catalogue& catalogue) {
    const auto siblings = told_apart_by_body(route);
    std::string description;
    for (const Route* sibling : siblings) {
        const auto function = catalogue.functions.find(sibling->function);
        if (function == catalogue.functions.end()) {
            continue;
        }
        if (siblings.size() > 1) {
            description.append(description.empty() ? "" : "\n\n").append(sibling->function).append(": ");
        }
        description.append(function->second.comment);
    }
    if (const std::string_view remark = remark_of(route); !remark.empty()) {
        description.append(description.empty() ? "" : "\n\n").append(remark);
    }
    return description;
}

// Who has a use for an operation.
struct Tag {
    std::string_view name, description;
};

constexpr Tag tags[] = {
    {"visitors", "What is on sale, for anyone: no token is needed."},
    {"waiting room", "A place in a queue: take it, ask about it, give it up."},
    {"buyers", "Hold, pay, cancel, use coupons, and see what is one's own: with the token of a user."},
    {"organisers", "Venues, events, dates, seats, queues and coupons: with the token of an administrator."},
    {"house", "Money and whatever else is the house's own: with the token of an administrator."},
    {"live channels", "What changes, as it changes."},
    {operations_tag, operations_description},
};

std::string_view tag_of(const Route& route) {
    if (route.who == Who::anyone) {
        return "visitors";
    }
    if (route.path.find("queue-token") != std::string_view::npos || route.function == "join_queue") {
        return "waiting room";
    }
    if (route.who == Who::user) {
        return "buyers";
    }
    constexpr std::string_view of_organisers[] = {"/v1/venues", "/v1/events", "/v1/slots",
                                                  "/v1/pools",  "/v1/queues", "/v1/coupons"};
    const bool is_organisers = std::any_of(std::begin(of_organisers), std::end(of_organisers),
                                           [&](std::string_view each) { return route.path.starts_with(each); });
    return is_organisers ? "organisers" : "house";
}

Value tag_list(Builder& builder, std::string_view tag) {
    Value list = Builder::list();
    builder.append(list, builder.text(tag));
    return list;
}

// The body of an operation: its schema, and for each function that it can call one that can be sent as it stands.
Value request_body(Builder& builder, const Route& route) {
    Value examples = Builder::object();
    bool required = false;
    for (const Route* sibling : told_apart_by_body(route)) {
        Value example = Builder::object();
        builder.put(example, "value", example_body(builder, *sibling));
        builder.put(examples, sibling->function, std::move(example));
        required =
            required || std::any_of(sibling->parameters.begin(), sibling->parameters.end(),
                                    [](const Parameter& each) { return each.from == From::body && each.required; });
    }
    Value body = Builder::object();
    builder.put(body, "required", Value(required))
        .put(body, "content", builder.content("application/json", body_schemas(builder, route), std::move(examples)));
    return body;
}

Value operation(Builder& builder, const Route& route, const Catalogue& catalogue) {
    Value made = Builder::object();
    builder.put(made, "operationId", route.function).put(made, "summary", route.summary);
    builder.put(made, "tags", tag_list(builder, tag_of(route)));
    if (const std::string description = description_of(route, catalogue); !description.empty()) {
        builder.put(made, "description", description);
    }
    Value parameters = Builder::list();
    for (const Route& sibling : routes()) {
        if (sibling.method == route.method && sibling.path == route.path) {
            add_parameters(builder, parameters, sibling);
        }
    }
    builder.put(made, "parameters", std::move(parameters));
    if (has_body(route)) {
        builder.put(made, "requestBody", request_body(builder, route));
    }
    Value responses = Builder::object();
    builder.put(responses, route.location.empty() ? "200" : "201",
                builder.response("done", "application/json", answer_schema(builder, route, catalogue)));
    if (route.shared) {
        builder.put(responses, "304", builder.response("the same as with the ETag in If-None-Match"));
    }
    add_problems(builder, responses, route, catalogue);
    builder.put(made, "responses", std::move(responses));
    Value security = Builder::list(); // an empty one: for anyone
    if (route.who != Who::anyone) {
        Value need = Builder::object();
        builder.put(need, route.who == Who::token_bearer ? "queueToken" : "user", Builder::list());
        builder.append(security, std::move(need));
    }
    builder.put(made, "security", std::move(security));
    return made;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
    return result;
}

// Rows that share method and path are one operation here: that of the last, which has no condition.
Value paths(Builder& builder, const Catalogue& catalogue) {
    std::map<std::string_view, std::map<Method, const Route*>> by_path;
    for (const Route& route : routes()) {
        by_path[route.path][route.method] = &route;
    }
    Value paths = Builder::object();
    for (const auto& [path, methods] : by_path) {
        Value item = Builder::object();
        for (const auto& [method, route] : methods) {
            builder.put(item, lower(name_of(method)), operation(builder, *route, catalogue));
        }
        builder.put(paths, path, std::move(item));
    }
    return paths;
}

// What the live channels send, as it stands in the data of an event or in a WebSocket's message.
constexpr std::string_view seats_changed = R"({"type":"object","required":["slot_id","seats"],
    "description":"Seats that have changed, and what they are now.",
    "properties":{"slot_id":{"type":"integer","format":"int64"},
        "seats":{"type":"array","items":{"type":"object","required":["seat_id","status"],
            "properties":{"seat_id":{"type":"integer","format":"int32"},
                "status":{"type":"string","enum":["free","held","sold","blocked"]}}}}},
    "examples":[{"slot_id":1,"seats":[{"seat_id":7,"status":"held"},{"seat_id":8,"status":"held"}]}]})";
constexpr std::string_view queue_progress = R"({"type":"object","required":["queue_id","mode","waiting","active"],
    "description":"How full a queue is.",
    "properties":{"queue_id":{"type":"integer","format":"int64"},
        "mode":{"type":"string","enum":["open","paused","closed","bypass"]},
        "waiting":{"type":"integer","format":"int64"},"active":{"type":"integer","format":"int64"}},
    "examples":[{"queue_id":1,"mode":"open","waiting":110000,"active":6000}]})";

struct LiveChannel {
    std::string_view path, parameter, operation, summary, description, message, example;
};

constexpr LiveChannel live_channels[] = {
    {"/v1/live/slots/{slot_id}", "slot_id", "live_slot", "Seats as they change",
     "Each message names the seats of the slot that have changed and says what they are now. There is no history: "
     "listen "
     "first, then read seat-states, then apply what was heard; after a break do the same again.",
     "SeatsChanged",
     "data: {\"slot_id\":1,\"seats\":[{\"seat_id\":7,\"status\":\"held\"},{\"seat_id\":8,\"status\":\"held\"}]}\n\n"},
    {"/v1/live/queues/{queue_id}", "queue_id", "live_queue", "How far a queue is, twice a second while it moves",
     "Each message is the whole state of the queue; the latest one counts.", "QueueProgress",
     "data: {\"queue_id\":1,\"mode\":\"open\",\"waiting\":110000,\"active\":6000}\n\n"},
};

Value live_operation(Builder& builder, const LiveChannel& channel) {
    Value made = Builder::object();
    builder.put(made, "operationId", channel.operation).put(made, "summary", channel.summary);
    builder.put(made, "description", channel.description);
    builder.put(made, "tags", tag_list(builder, "live channels"));
    Value parameters = Builder::list();
    add_parameter(builder, parameters, channel.parameter, "path", true, schema_of(builder, "bigint", false));
    builder.put(made, "parameters", std::move(parameters));
    // An event stream is text; what its lines `data:` hold is the message.
    Value stream = schema_of(builder, "text", false);
    builder
        .put(stream, "description",
             "server-sent events; the data of each is a " + std::string(channel.message) + " in JSON")
        .put(stream, "contentMediaType", "application/json")
        .put(stream, "contentSchema", builder.reference(channel.message));
    Value example = Builder::object();
    builder.put(example, "value", channel.example);
    Value examples = Builder::object();
    builder.put(examples, "message", std::move(example));
    Value contents = builder.content("text/event-stream", std::move(stream), std::move(examples));
    Value message = Builder::object();
    builder.put(message, "schema", builder.reference(channel.message));
    builder.put(contents, "application/json", std::move(message));
    Value heard = builder.response("a stream of server-sent events, for Accept: text/event-stream; else a long poll, "
                                   "which ends with the next message");
    builder.put(heard, "content", std::move(contents));
    Value responses = Builder::object();
    builder
        .put(responses, "101",
             builder.response("a WebSocket, where the request asks for an upgrade; each of its messages is a " +
                              std::string(channel.message) + " in JSON"))
        .put(responses, "200", std::move(heard))
        .put(responses, "204", builder.response("the end of a long poll in which nothing changed"))
        .put(responses, "404", plain_problem(builder, 404, "there is nothing to listen to"))
        .put(responses, "429", plain_problem(builder, 429, "too many requests or streams"))
        .put(responses, "503", plain_problem(builder, 503, "not at this moment"));
    builder.put(made, "responses", std::move(responses));
    builder.put(made, "security", Builder::list());
    return made;
}

void add_live_channels(Builder& builder, Value& paths) {
    for (const LiveChannel& channel : live_channels) {
        Value item = Builder::object();
        builder.put(item, "get", live_operation(builder, channel)).put(paths, channel.path, std::move(item));
    }
}

Value tag_descriptions(Builder& builder) {
    Value list = Builder::list();
    for (const Tag& tag : tags) {
        Value described = Builder::object();
        builder.put(described, "name", tag.name).put(described, "description", tag.description);
        builder.append(list, std::move(described));
    }
    return list;
}

Value security_schemes(Builder& builder) {
    Value user = Builder::object();
    builder.put(user, "type", "http").put(user, "scheme", "bearer").put(user, "bearerFormat", "JWT");
    Value token = Builder::object();
    builder.put(token, "type", "apiKey").put(token, "in", "header").put(token, "name", "Queue-Token");
    Value schemes = Builder::object();
    builder.put(schemes, "user", std::move(user)).put(schemes, "queueToken", std::move(token));
    return schemes;
}

} // namespace

std::string openapi(const Catalogue& catalogue) {
    Builder builder;
    Value info = Builder::object();
    builder.put(info, "title", "boxoffice").put(info, "version", "1");
    builder.put(info, "description",
                "Sells scarce things to crowds without ever selling one twice. Money is in minor units.");
    builder.put(info, "license", builder.json(R"({"name":"PostgreSQL Licence","identifier":"PostgreSQL"})"));
    Value all = paths(builder, catalogue);
    add_live_channels(builder, all);
    add_operations(builder, all);
    Value schemas = Builder::object();
    builder.put(schemas, "Problem", problem_schema(builder, catalogue))
        .put(schemas, "SeatsChanged", builder.json(seats_changed))
        .put(schemas, "QueueProgress", builder.json(queue_progress));
    Value components = Builder::object();
    builder.put(components, "schemas", std::move(schemas))
        .put(components, "securitySchemes", security_schemes(builder));
    Value document = Builder::object();
    builder.put(document, "openapi", "3.1.0")
        .put(document, "info", std::move(info))
        .put(document, "servers", builder.json(R"([{"url":"/"}])"))
        .put(document, "tags", tag_descriptions(builder));
    builder.put(document, "paths", std::move(all)).put(document, "components", std::move(components));
    return json_text(document);
}

} // namespace boxoffice::api
