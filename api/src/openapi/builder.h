// Pieces of an OpenAPI document, as JSON values.
#pragma once

#include "base/json.h"

#include <string>
#include <string_view>
#include <utility>

namespace boxoffice::api::openapi_parts {

using rapidjson::Value;

// Builds JSON values in one document.
class Builder {
public:
    Value text(std::string_view text) {
        return Value(text.data(), static_cast<rapidjson::SizeType>(text.size()), document_.GetAllocator());
    }

    static Value object() { return Value(rapidjson::kObjectType); }
    static Value list() { return Value(rapidjson::kArrayType); }

    // The value of a text that we wrote as JSON ourselves; null where it is none.
    Value json(std::string_view text) {
        rapidjson::Document parsed(&document_.GetAllocator());
        parsed.Parse(text.data(), text.size());
        return parsed.HasParseError() ? Value() : Value(parsed, document_.GetAllocator());
    }

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

    // A media type with the schema, as `content` has it; examples, by name, are left out where they are null.
    Value content(std::string_view media_type, Value schema, Value examples = Value()) {
        Value inner = object();
        put(inner, "schema", std::move(schema));
        if (!examples.IsNull()) {
            put(inner, "examples", std::move(examples));
        }
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
    Value response(std::string_view description, std::string_view media_type, Value schema, Value examples = Value()) {
        Value made = response(description);
        put(made, "content", content(media_type, std::move(schema), std::move(examples)));
        return made;
    }

private:
    rapidjson::Document document_;
};

} // namespace boxoffice::api::openapi_parts
