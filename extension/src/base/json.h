// Reads a jsonb document with the place of every value, so that an error can name it: zones[2].rows[0].seats[5].
#pragma once

#include "pg/codec.h"

namespace boxoffice {

class JsonNode {
public:
    static JsonNode root(JsonDatum document, const std::string& name);

    const std::string& place() const { return path; }
    bool is_object() const;
    bool is_number() const;
    // The value of a document that is neither an object nor an array; other nodes are what they are.
    JsonNode scalar() const;
    // Number of elements of an array; raises 22023 when it is none.
    uint32_t size() const;
    JsonNode element(uint32_t index) const;
    // A member of an object, or nothing when it is absent or null; raises when this is no object.
    std::optional<JsonNode> member(const char* name) const;
    // A member that must be there.
    JsonNode required(const char* name) const;
    // A string of 1 to 255 bytes.
    std::string text() const;
    // A string of at most 255 bytes, which may be empty.
    std::string text_or_empty() const;
    // A string of at most 255 bytes; nothing when it is absent or empty.
    std::optional<std::string> optional_text(const char* name) const;
    double number() const;
    // A whole number from 0 to largest, exactly.
    int64_t whole_number(int64_t largest) const;

    // 22023 with the place of this value.
    [[noreturn]] void raise(const std::string& what, const std::string& hint = "") const;

private:
    JsonNode(const JsonbValue& json_value, std::string json_path) : value(json_value), path(std::move(json_path)) {}

    // What the value is, for an error; nothing for an object or an array.
    std::string shown() const;

    JsonbValue value;
    std::string path;
};

} // namespace boxoffice
