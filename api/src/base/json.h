// Reading JSON from strangers, and writing ours: RapidJSON, told to trust nothing.
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace boxoffice::api {

// A text that is not JSON we take; what() says what is wrong and where, for the one who sent it.
struct BadJson : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// How deep lists and objects may be in each other: RapidJSON writes and destroys by recursion.
constexpr int json_depth_limit = 64;

// Reads a document. Throws BadJson for what is no JSON, no UTF-8, deeper than json_depth_limit, has a number that no
// double holds, or names a member twice in one object: parsers differ on which of the two counts, so neither does here.
rapidjson::Document read_json(std::string_view text);

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

// The value as text, without white space.
std::string json_text(const rapidjson::Value& value);

} // namespace boxoffice::api
