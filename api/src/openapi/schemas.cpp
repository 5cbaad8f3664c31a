#include "openapi/schemas.h"

#include "routes/shape.h"

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
                                     {"numeric", "number", ""},
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

namespace {

// How large it may be, by the words that JSON Schema has for its type. A length is one of characters there: a text of so
// many bytes has at most so many.
void put_range(Builder& builder, Value& schema, const Parameter& parameter) {
    struct Words {
        std::string_view least, most;
    };
    const Range& range = *parameter.range;
    const Words words = parameter.type == Type::text       ? Words{"minLength", "maxLength"}
                        : parameter.type == Type::integers ? Words{"minItems", "maxItems"}
                                                           : Words{"minimum", "maximum"};
    builder.put(schema, words.least, Value(range.least)).put(schema, words.most, Value(range.most));
    if (parameter.type == Type::integers) {
        builder.put(schema, "uniqueItems", Value(true));
        builder.put(schema["items"], "minimum", Value(1));
    }
}

// What a member of a request must be.
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
    builder.put(schema, "description", description(parameter));
    if (parameter.range) {
        put_range(builder, schema, parameter);
    }
    if (!parameter.preset.empty()) {
        const bool is_text = std::string_view(schema["type"].GetString()) == "string";
        builder.put(schema, "default", is_text ? builder.text(parameter.preset) : builder.json(parameter.preset));
    }
    return schema;
}

// Columns of text that say one of a few words.
void add_words(Builder& builder, Value& schema, const Column& column, bool nullable) {
    if (column.name != "sale_status") {
        return;
    }
    Value words = Builder::list();
    for (const char* word : {"not_announced", "not_yet_open", "on_sale", "closed"}) {
        builder.append(words, builder.text(word));
    }
    if (nullable) {
        builder.append(words, Value());
    }
    builder.put(schema, "enum", std::move(words));
}

std::vector<Column> columns_of(const Route& route, const Catalogue& catalogue) {
    const auto function = catalogue.functions.find(route.function);
    if (function == catalogue.functions.end()) {
        return {};
    }
    if (route.shape == Shape::value) {
        return {{.name = std::string(route.value_name), .type = function->second.value_type}};
    }
    return function->second.columns;
}

// How far the rows that share the address agree on a column of the last of them: whether it may be missing, or null.
struct Agreement {
    bool required = true;
    bool nullable = false;
};

Agreement agreement_on(const Column& column, const Route& route, const Catalogue& catalogue) {
    Agreement agreement;
    for (const Route& sibling : routes()) {
        if (sibling.method != route.method || sibling.path != route.path) {
            continue;
        }
        const std::vector<Column> columns = columns_of(sibling, catalogue);
        const auto own =
            std::find_if(columns.begin(), columns.end(), [&](const Column& each) { return each.name == column.name; });
        agreement.required = agreement.required && own != columns.end();
        agreement.nullable = agreement.nullable || (own != columns.end() && own->may_be_null(sibling.function));
    }
    return agreement;
}

// One row of what the function answers.

Value row_schema(Builder& builder, const Route& route, const Catalogue& catalogue) {
    Value properties = Builder::object();
    Value required = Builder::list();
    for (const Column& column : columns_of(route, catalogue)) {
        const Agreement agreement = agreement_on(column, route, catalogue);
        Value schema = schema_of(builder, column.type, agreement.nullable);
        if (column.name == "outcome") {
            builder.put(schema, "enum", builder.json(R"(["ok"])")); // anything else is a problem
        }
        add_words(builder, schema, column, agreement.nullable);
        if (!column.comment.empty()) {
            builder.put(schema, "description", column.comment);
        }
        builder.put(properties, column.name, std::move(schema));
        if (agreement.required) {
            builder.append(required, builder.text(column.name));
        }
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
    if (place == "path") {
        builder.put(parameter, "example", Value(1));
    }
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

bool has_body(const Route& route) {
    const auto siblings = told_apart_by_body(route);
    return std::any_of(siblings.begin(), siblings.end(), [](const Route* each) {
        return std::any_of(each->parameters.begin(), each->parameters.end(),
                           [](const Parameter& parameter) { return parameter.from == From::body; });
    });
}

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

} // namespace boxoffice::api::openapi_parts
