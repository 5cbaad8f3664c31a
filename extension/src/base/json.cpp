#include "base/json.h"

#include "base/validate.h"

#include <cmath>

namespace boxoffice {

JsonNode JsonNode::root(JsonDatum document, const std::string& name) {
    JsonbValue value;
    Jsonb* const jsonb = guarded([&] { return DatumGetJsonbP(document.value); });
    value.type = jbvBinary;
    value.val.binary.data = &jsonb->root;
    value.val.binary.len = static_cast<int>(VARSIZE(jsonb) - VARHDRSZ);
    return JsonNode(value, name);
}

void JsonNode::raise(const std::string& what, const std::string& hint) const {
    validate::raise_invalid((path.empty() ? "the document" : path) + " " + what, shown(), hint);
}

std::string JsonNode::shown() const {
    if (value.type == jbvBinary)
        return "";
    const char* const text = guarded([&] {
        JsonbValue scalar = value;
        return JsonbToCString(nullptr, &JsonbValueToJsonb(&scalar)->root, 0);
    });
    const bool whole = std::strlen(text) <= 100;
    return "It is " + (whole ? std::string(text) : std::string("longer than 100 bytes")) + ".";
}

bool JsonNode::is_object() const { return value.type == jbvBinary && JsonContainerIsObject(value.val.binary.data); }

bool JsonNode::is_number() const { return value.type == jbvNumeric; }

JsonNode JsonNode::scalar() const {
    if (value.type != jbvBinary || !JsonContainerIsScalar(value.val.binary.data))
        return *this;
    return JsonNode(*guarded([&] { return getIthJsonbValueFromContainer(value.val.binary.data, 0); }), path);
}

uint32_t JsonNode::size() const {
    if (value.type != jbvBinary || !JsonContainerIsArray(value.val.binary.data) ||
        JsonContainerIsScalar(value.val.binary.data))
        raise("must be an array");
    return JsonContainerSize(value.val.binary.data);
}

JsonNode JsonNode::element(uint32_t index) const {
    const JsonbValue* const found =
        guarded([&] { return getIthJsonbValueFromContainer(value.val.binary.data, index); });
    return JsonNode(*found, path + "[" + std::to_string(index) + "]");
}

std::optional<JsonNode> JsonNode::member(const char* name) const {
    if (!is_object())
        raise("must be an object");
    JsonbValue* const found = guarded([&] {
        return getKeyJsonValueFromContainer(value.val.binary.data, name, static_cast<int>(std::strlen(name)), nullptr);
    });
    if (found == nullptr || found->type == jbvNull)
        return std::nullopt;
    return JsonNode(*found, path.empty() ? name : path + "." + name);
}

JsonNode JsonNode::required(const char* name) const {
    if (auto found = member(name))
        return *found;
    raise(std::string("has no ") + name);
}

std::string JsonNode::text() const {
    if (value.type != jbvString)
        raise("must be a string");
    if (value.val.string.len == 0 || value.val.string.len > 255)
        raise("must have 1 to 255 bytes");
    return std::string(value.val.string.val, static_cast<std::size_t>(value.val.string.len));
}

std::string JsonNode::text_or_empty() const {
    return value.type == jbvString && value.val.string.len == 0 ? std::string() : text();
}

std::optional<std::string> JsonNode::optional_text(const char* name) const {
    const auto found = member(name);
    if (!found || (found->value.type == jbvString && found->value.val.string.len == 0))
        return std::nullopt;
    return found->text();
}

double JsonNode::number() const {
    if (value.type != jbvNumeric)
        raise("must be a number");
    const double number = guarded([&] {
        return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value.val.numeric)));
    });
    if (!std::isfinite(number))
        raise("is too large");
    return number;
}

// Not by way of double: it would round away a fraction beside a large number.
int64_t JsonNode::whole_number(int64_t largest) const {
    if (value.type != jbvNumeric)
        raise("must be a number");
    const bool fits = guarded([&] {
        const Datum number = NumericGetDatum(value.val.numeric);
        return DatumGetBool(DirectFunctionCall2(numeric_ge, number, NumericGetDatum(int64_to_numeric(0)))) &&
               DatumGetBool(DirectFunctionCall2(numeric_le, number, NumericGetDatum(int64_to_numeric(largest)))) &&
               DatumGetBool(DirectFunctionCall2(numeric_eq, number,
                                                DirectFunctionCall2(numeric_trunc, number, Int32GetDatum(0))));
    });
    if (!fits)
        raise("must be a whole number, 0 to " + std::to_string(largest));
    return guarded(
        [&] { return DatumGetInt64(DirectFunctionCall1(numeric_int8, NumericGetDatum(value.val.numeric))); });
}

} // namespace boxoffice
