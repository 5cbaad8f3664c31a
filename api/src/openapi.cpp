#include "openapi.h"

#include "json.h"
#include "route.h"
#include "shape.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <vector>

namespace boxoffice::api {

namespace {

using rapidjson::Value;

// Builds JSON values in one document.
class Builder {
public:
    Value text(std::string_view text) {
        return Value(text.data(), static_cast<rapidjson::SizeType>(text.size()), document_.GetAllocator());
    }

    static Value object() { return Value(rapidjson::kObjectType); }
    static Value list() { return Value(rapidjson::kArrayType); }

    Builder& put(Value& object, std::string_view name, Value value) {
        object.AddMember(text(name), value, document_.GetAllocator());
        return *this;
    }
    Builder& put(Value& object, std::string_view name, std::string_view value) {
        return put(object, name, text(value));
    }
    Builder& append(Value& list, Value value) {
        list.PushBack(value, document_.GetAllocator());
        return *this;
    }

    Value reference(std::string_view name) {
        Value schema = object();
        put(schema, "$ref", "#/components/schemas/" + std::string(name));
        return schema;
    }

    // A media type with the schema, as `content` has it.
    Value content(std::string_view media_type, Value schema) {
        Value inner = object();
        put(inner, "schema", std::move(schema));
        Value outer = object();
        put(outer, media_type, std::move(inner));
        return outer;
    }

    // A response that is described by its words alone, or by a schema, too.
    Value response(std::string_view description) {
        Value response = object();
        put(response, "description", description);
        return response;
    }
    Value response(std::string_view description, std::string_view media_type, Value schema) {
        Value made = response(description);
        put(made, "content", content(media_type, std::move(schema)));
        return made;
    }

private:
    rapidjson::Document document_;
};

// The JSON Schema of an SQL type.
Value schema_of(Builder& builder, std::string_view type, bool nullable) {
    struct Form {
        std::string_view sql, json, format;
    };
    static constexpr Form forms[] = {{"bigint", "integer", "int64"},
                                     {"integer", "integer", "int32"},
                                     {"double precision", "number", "double"},
                                     {"boolean", "boolean", ""},
                                     {"timestamp with time zone", "string", "date-time"},
                                     {"timestamptz", "string", "date-time"},
                                     {"interval", "string", "duration"},
                                     {"uuid", "string", "uuid"},
                                     {"integer[]", "array", ""},
                                     {"text", "string", ""}};
    Value schema = Builder::object();
    const auto form =
        std::find_if(std::begin(forms), std::end(forms), [&](const Form& each) { return each.sql == type; });
    if (form == std::end(forms)) {
        return schema; // jsonb: anything
    }
    if (nullable) {
        Value types = Builder::list();
        builder.append(types, builder.text(form->json)).append(types, builder.text("null"));
        builder.put(schema, "type", std::move(types));
    } else {
        builder.put(schema, "type", form->json);
    }
    if (!form->format.empty()) {
        builder.put(schema, "format", form->format);
    }
    if (type == "integer[]") {
        builder.put(schema, "items", schema_of(builder, "integer", false));
    }
    return schema;
}

// What a member of a request must be.
Value schema_of(Builder& builder, const Parameter& parameter) {
    Value schema = schema_of(builder, sql_type(parameter.type), false);
    if (parameter.type == Type::object) {
        builder.put(schema, "type", "object");
    }
    builder.put(schema, "description", description(parameter.type));
    if (!parameter.preset.empty()) {
        Value preset = builder.text(parameter.preset);
        if (parameter.type == Type::integer) {
            preset = Value(std::stoi(std::string(parameter.preset)));
        }
        builder.put(schema, "default", std::move(preset));
    }
    return schema;
}

// One row of what the function answers.
Value row_schema(Builder& builder, const Route& route, const Catalogue& catalogue) {
    Value properties = Builder::object();
    Value required = Builder::list();
    const auto function = catalogue.functions.find(route.function);
    std::vector<Column> columns;
    if (route.shape == Shape::value && function != catalogue.functions.end()) {
        columns.push_back({std::string(route.value_name), function->second.value_type});
    } else if (function != catalogue.functions.end()) {
        columns = function->second.columns;
    }
    for (const Column& column : columns) {
        const bool never_null = column.name == "outcome" || route.shape == Shape::value;
        builder.put(properties, column.name, schema_of(builder, column.type, !never_null));
        builder.append(required, builder.text(column.name));
    }
    Value schema = Builder::object();
    builder.put(schema, "type", "object").put(schema, "properties", std::move(properties));
    if (!required.Empty()) {
        builder.put(schema, "required", std::move(required));
    }
    return schema;
}

Value answer_schema(Builder& builder, const Route& route, const Catalogue& catalogue) {
    Value row = row_schema(builder, route, catalogue);
    if (route.shape != Shape::list) {
        return row;
    }
    Value items = Builder::object();
    builder.put(items, "type", "array").put(items, "items", std::move(row));
    Value next = schema_of(builder, "text", true);
    builder.put(next, "description", "the address of the next page; null: this is the last");
    Value properties = Builder::object();
    builder.put(properties, "items", std::move(items)).put(properties, "next", std::move(next));
    Value required = Builder::list();
    builder.append(required, builder.text("items")).append(required, builder.text("next"));
    Value schema = Builder::object();
    builder.put(schema, "type", "object").put(schema, "properties", std::move(properties));
    builder.put(schema, "required", std::move(required));
    return schema;
}

void add_parameter(Builder& builder, Value& parameters, std::string_view name, std::string_view place, bool required,
                   Value schema) {
    for (const Value& existing : parameters.GetArray()) {
        if (existing["name"].GetString() == name && existing["in"].GetString() == place) {
            return;
        }
    }
    Value parameter = Builder::object();
    builder.put(parameter, "name", name).put(parameter, "in", place).put(parameter, "required", Value(required));
    builder.put(parameter, "schema", std::move(schema));
    builder.append(parameters, std::move(parameter));
}

// Those that do not come in the body.
void add_parameters(Builder& builder, Value& parameters, const Route& route) {
    for (const Parameter& parameter : route.parameters) {
        Value schema = schema_of(builder, parameter);
        switch (parameter.from) {
        case From::path:
            add_parameter(builder, parameters, parameter.name, "path", true, std::move(schema));
            break;
        case From::query:
            add_parameter(builder, parameters, parameter.name, "query", false, std::move(schema));
            break;
        case From::queue_token_header:
            add_parameter(builder, parameters, "Queue-Token", "header", parameter.required, std::move(schema));
            break;
        case From::idempotency_key_header:
            builder.put(schema, "minLength", Value(1)).put(schema, "maxLength", Value(255));
            add_parameter(builder, parameters, "Idempotency-Key", "header", false, std::move(schema));
            break;
        default:
            break;
        }
    }
    if (route.when.from == From::query && !route.when.name.empty()) {
        Value schema = Builder::object();
        builder.put(schema, "type", "string");
        add_parameter(builder, parameters, route.when.name, "query", false, std::move(schema));
    }
}

// Null where the route reads no body.
Value body_schema(Builder& builder, const Route& route) {
    Value properties = Builder::object();
    Value required = Builder::list();
    for (const Parameter& parameter : route.parameters) {
        if (parameter.from == From::body) {
            builder.put(properties, parameter.name, schema_of(builder, parameter));
            if (parameter.required) {
                builder.append(required, builder.text(parameter.name));
            }
        }
    }
    if (properties.ObjectEmpty()) {
        return Value();
    }
    Value schema = Builder::object();
    builder.put(schema, "type", "object").put(schema, "properties", std::move(properties));
    builder.put(schema, "additionalProperties", Value(false));
    if (!required.Empty()) {
        builder.put(schema, "required", std::move(required));
    }
    return schema;
}

// The rows that one operation stands for because they differ by the body only; the route itself is the last of them.
std::vector<const Route*> told_apart_by_body(const Route& route) {
    std::vector<const Route*> siblings;
    for (const Route& each : routes()) {
        const bool by_body = each.when.from == From::body && !each.when.name.empty();
        if (each.method == route.method && each.path == route.path && (&each == &route || by_body)) {
            siblings.push_back(&each);
        }
    }
    return siblings;
}

// One schema for each of them, entitled with the function.
Value body_schemas(Builder& builder, const Route& route) {
    const auto siblings = told_apart_by_body(route);
    if (siblings.size() == 1) {
        return body_schema(builder, route);
    }
    Value choices = Builder::list();
    for (const Route* sibling : siblings) {
        Value choice = body_schema(builder, *sibling);
        builder.put(choice, "title", sibling->function);
        builder.append(choices, std::move(choice));
    }
    Value schema = Builder::object();
    builder.put(schema, "oneOf", std::move(choices));
    return schema;
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
    return description;
}

// The refusals of a route by their status, and what can go wrong with every request.
std::map<int, std::string> problems_of(const Route& route, const Catalogue& catalogue) {
    std::map<int, std::string> problems{
        {400, "malformed input"}, {429, "too many requests"}, {500, "the gateway failed"}, {503, "not at this moment"}};
    const bool shows_jwt = route.who != Who::anyone && route.who != Who::token_bearer;
    if (shows_jwt) {
        problems[401] = "no JWT, or a bad one";
    }
    if (route.who == Who::administrator || route.who == Who::self_or_administrator) {
        problems[403] = "not an administrator";
        problems[404] = "not_found";
        problems[409] = "it exists already";
    }
    std::vector<std::string_view> refusals;
    for (const Route* sibling : told_apart_by_body(route)) {
        for (const std::string_view refusal : sibling->refusals) {
            if (std::find(refusals.begin(), refusals.end(), refusal) == refusals.end()) {
                refusals.push_back(refusal);
            }
        }
    }
    for (const std::string_view refusal : refusals) {
        const Outcome outcome = catalogue.outcome(refusal);
        std::string& text = problems[outcome.http_status];
        text.append(text.empty() ? "" : ", or ").append(outcome.name).append(": ").append(outcome.title);
    }
    return problems;
}

Value operation(Builder& builder, const Route& route, const Catalogue& catalogue) {
    Value made = Builder::object();
    builder.put(made, "operationId", route.function).put(made, "summary", route.summary);
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
    if (Value schema = body_schemas(builder, route); !schema.IsNull()) {
        Value body = Builder::object();
        builder.put(body, "required", Value(true))
            .put(body, "content", builder.content("application/json", std::move(schema)));
        builder.put(made, "requestBody", std::move(body));
    }
    Value responses = Builder::object();
    builder.put(responses, route.location.empty() ? "200" : "201",
                builder.response("done", "application/json", answer_schema(builder, route, catalogue)));
    if (route.shared) {
        builder.put(responses, "304", builder.response("the same as with the ETag in If-None-Match"));
    }
    for (const auto& [status, text] : problems_of(route, catalogue)) {
        builder.put(responses, std::to_string(status),
                    builder.response(text, "application/problem+json", builder.reference("Problem")));
    }
    builder.put(made, "responses", std::move(responses));
    if (route.who != Who::anyone) {
        Value need = Builder::object();
        builder.put(need, route.who == Who::token_bearer ? "queueToken" : "user", Builder::list());
        Value security = Builder::list();
        builder.append(security, std::move(need)).put(made, "security", std::move(security));
    }
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

// What the front answers by itself: messages as they are published.
void add_live_path(Builder& builder, Value& paths, std::string_view path, std::string_view parameter,
                   std::string_view summary) {
    Value made = Builder::object();
    builder.put(made, "operationId", "live_" + std::string(parameter.substr(0, parameter.find('_'))))
        .put(made, "summary", summary);
    Value parameters = Builder::list();
    add_parameter(builder, parameters, parameter, "path", true, schema_of(builder, "bigint", false));
    builder.put(made, "parameters", std::move(parameters));
    Value text = Builder::object();
    builder.put(text, "type", "string");
    Value responses = Builder::object();
    builder.put(
        responses, "200",
        builder.response("server-sent events; also a WebSocket or a long poll", "text/event-stream", std::move(text)));
    builder.put(made, "responses", std::move(responses));
    Value item = Builder::object();
    builder.put(item, "get", std::move(made)).put(paths, path, std::move(item));
}

Value problem_schema(Builder& builder, const Catalogue& catalogue) {
    Value outcomes = Builder::list();
    for (const Outcome& outcome : catalogue.outcomes) {
        builder.append(outcomes, builder.text(outcome.name));
    }
    Value outcome = Builder::object();
    builder.put(outcome, "type", "string")
        .put(outcome, "description", "one that is not known is final")
        .put(outcome, "examples", std::move(outcomes));
    Value properties = Builder::object();
    for (const char* name : {"type", "title", "detail"}) {
        builder.put(properties, name, schema_of(builder, "text", false));
    }
    builder.put(properties, "status", schema_of(builder, "integer", false))
        .put(properties, "outcome", std::move(outcome));
    builder.put(properties, "retry_after", schema_of(builder, "integer", false));
    Value required = Builder::list();
    for (const char* name : {"type", "title", "status", "detail"}) {
        builder.append(required, builder.text(name));
    }
    Value schema = Builder::object();
    builder.put(schema, "type", "object")
        .put(schema, "properties", std::move(properties))
        .put(schema, "required", std::move(required));
    return schema;
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

std::string escaped(std::string_view text) {
    std::string result;
    for (const char character : text) {
        switch (character) {
        case '<':
            result += "&lt;";
            break;
        case '&':
            result += "&amp;";
            break;
        default:
            result += character;
        }
    }
    return result;
}

} // namespace

std::string openapi(const Catalogue& catalogue) {
    Builder builder;
    Value info = Builder::object();
    builder.put(info, "title", "boxoffice").put(info, "version", "1");
    builder.put(info, "description",
                "Sells scarce things to crowds without ever selling one twice. Money is in minor units.");
    Value server = Builder::object();
    builder.put(server, "url", "/");
    Value servers = Builder::list();
    builder.append(servers, std::move(server));
    Value all = paths(builder, catalogue);
    add_live_path(builder, all, "/v1/live/slots/{slot_id}", "slot_id", "Seats as they change");
    add_live_path(builder, all, "/v1/live/queues/{queue_id}", "queue_id",
                  "How far a queue is, twice a second while it moves");
    Value schemas = Builder::object();
    builder.put(schemas, "Problem", problem_schema(builder, catalogue));
    Value components = Builder::object();
    builder.put(components, "schemas", std::move(schemas))
        .put(components, "securitySchemes", security_schemes(builder));
    Value document = Builder::object();
    builder.put(document, "openapi", "3.1.0")
        .put(document, "info", std::move(info))
        .put(document, "servers", std::move(servers));
    builder.put(document, "paths", std::move(all)).put(document, "components", std::move(components));
    return json_text(document);
}

std::string outcomes_page(const Catalogue& catalogue) {
    std::string page =
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Outcomes</title><h1>Outcomes</h1><table>"
        "<tr><th>outcome<th>status<th>try again<th>what it says";
    for (const Outcome& outcome : catalogue.outcomes) {
        page += "\n<tr id=\"" + escaped(outcome.name) + "\"><td>" + escaped(outcome.name) + "<td>" +
                std::to_string(outcome.http_status) + "<td>" + (outcome.retryable ? "yes" : "no") + "<td>" +
                escaped(outcome.title);
    }
    return page + "\n</table></html>\n";
}

} // namespace boxoffice::api
