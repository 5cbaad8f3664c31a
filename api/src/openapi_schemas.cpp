#include "openapi_schemas.h"

#include "shape.h"

#include <algorithm>
#include <set>

namespace boxoffice::api::openapi_parts {

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

namespace {

Value schema_of(Builder& builder, const Parameter& parameter) {
    Value schema = schema_of(builder, sql_type(parameter.type), false);
    if (parameter.type == Type::object) {
        builder.put(schema, "type", "object");
    }
    if (parameter.type == Type::prices) {
        Value types = Builder::list();
        builder.append(types, builder.text("integer")).append(types, builder.text("object"));
        builder.put(schema, "type", std::move(types));
    }
    builder.put(schema, "description", description(parameter.type));
    if (!parameter.preset.empty()) {
        Value preset = builder.text(parameter.preset);
        if (parameter.type == Type::integer) {
            preset = Value(std::stoi(std::string(parameter.preset)));
        } else if (parameter.type == Type::boolean) {
            preset = Value(parameter.preset == "true");
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

} // namespace

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

namespace {

// Those that do not come in the body.

} // namespace

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

namespace {

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

} // namespace

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

namespace {

// One schema for each of them, entitled with the function.

} // namespace

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

} // namespace boxoffice::api::openapi_parts
