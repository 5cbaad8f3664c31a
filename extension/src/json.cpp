#include "boxoffice/json.h"

#include "boxoffice/validate.h"

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
    validate::raise_invalid((path.empty() ? "the document" : path) + " " + what, "", hint);
}

bool JsonNode::is_object() const { return value.type == jbvBinary && JsonContainerIsObject(value.val.binary.data); }

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

double JsonNode::number() const {
    if (value.type != jbvNumeric)
        raise("must be a number");
    return guarded(
        [&] { return DatumGetFloat8(DirectFunctionCall1(numeric_float8, NumericGetDatum(value.val.numeric))); });
}

} // namespace boxoffice
