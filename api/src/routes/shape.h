// The shapes that a parameter may have in JSON and in an address, and what is said where it has another.
#pragma once

#include "base/json.h"
#include "routes/route.h"

#include <optional>
#include <string>
#include <string_view>

namespace boxoffice::api {

// The text that PostgreSQL reads the value from; nothing where it has not the shape.
std::optional<std::string> from_json(Type type, const rapidjson::Value& value);
std::optional<std::string> from_text(Type type, std::string_view text);

// The same within the parameter's range.
std::optional<std::string> from_json(const Parameter& parameter, const rapidjson::Value& value);
std::optional<std::string> from_text(const Parameter& parameter, std::string_view text);

// What it must be, for people: "a whole number from 1 to 1000".
std::string_view description(Type type);
std::string description(const Parameter& parameter);

// Whether the range of the parameter, which is a text, is one of characters: the function counts them.
bool counts_characters(const Parameter& parameter);

} // namespace boxoffice::api
