#include "shape.h"

#include "text.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <limits>

namespace boxoffice::api {

namespace {

// The numbers that every JSON reader keeps exactly.
constexpr std::int64_t largest = 9007199254740991;

bool is_digit(char character) { return character >= '0' && character <= '9'; }

// Whether the text has the form of the pattern, where 9 stands for a digit and all else for itself.
bool has_form(std::string_view text, std::string_view pattern) {
    return text.size() == pattern.size() &&
           std::equal(text.begin(), text.end(), pattern.begin(),
                      [](char is, char form) { return form == '9' ? is_digit(is) : is == form; });
}

// RFC 3339 with a zone, or infinity, which lifts a limit. PostgreSQL would take much more ("tomorrow"), which would mean
// something else in another zone.
bool is_time(std::string_view text) {
    if (text == "infinity") {
        return true;
    }
    constexpr std::string_view form = "9999-99-99T99:99:99";
    if (text.size() <= form.size() || !has_form(text.substr(0, form.size()), form)) {
        return false;
    }
    text.remove_prefix(form.size());
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
        if (end == text.begin()) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    }
    return text == "Z" || has_form(text, "+99:99") || has_form(text, "-99:99");
}

// ISO 8601 with designators; what stands between them is PostgreSQL's to read.
bool is_interval(std::string_view text) {
    return text.size() >= 3 && text.size() <= 64 && text.front() == 'P' &&
           std::all_of(text.begin() + 1, text.end(), [](char character) {
               return is_digit(character) || std::string_view("YMWDTHS.").find(character) != std::string_view::npos;
           });
}

bool is_uuid(std::string_view text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), [](char is, char form) {
               return form == 'x' ? std::isxdigit(static_cast<unsigned char>(is)) != 0 : is == form;
           });
}

std::optional<std::string> integer_within(std::int64_t number, std::int64_t least, std::int64_t most) {
    return number >= least && number <= most ? std::optional(std::to_string(number)) : std::nullopt;
}

std::optional<std::string> whole_number(Type type, std::int64_t number) {
    switch (type) {
    case Type::id:
        return integer_within(number, 0, largest);
    case Type::integer:
        return integer_within(number, std::numeric_limits<std::int32_t>::min(),
                              std::numeric_limits<std::int32_t>::max());
    default:
        return integer_within(number, -largest, largest);
    }
}

// A whole number, or an object, whose members the database checks.
std::optional<std::string> prices(const rapidjson::Value& value) {
    return value.IsObject() ? from_json(Type::object, value) : from_json(Type::amount, value);
}

std::optional<std::string> list_of_integers(const rapidjson::Value& value) {
    if (!value.IsArray()) {
        return std::nullopt;
    }
    std::string text = "{";
    for (const rapidjson::Value& element : value.GetArray()) {
        if (!element.IsInt()) {
            return std::nullopt;
        }
        text.append(text.size() > 1 ? "," : "").append(std::to_string(element.GetInt()));
    }
    return text + "}";
}

} // namespace

std::optional<std::string> from_json(Type type, const rapidjson::Value& value) {
    switch (type) {
    case Type::id:
    case Type::integer:
    case Type::amount:
        return value.IsInt64() ? whole_number(type, value.GetInt64()) : std::nullopt;
    case Type::number:
        return value.IsNumber() ? std::optional(json_text(value)) : std::nullopt;
    case Type::object:
        return value.IsObject() ? std::optional(json_text(value)) : std::nullopt;
    case Type::integers:
        return list_of_integers(value);
    case Type::boolean:
        return value.IsBool() ? std::optional<std::string>(value.GetBool() ? "true" : "false") : std::nullopt;
    case Type::prices:
        return prices(value);
    default:
        return value.IsString() ? from_text(type, {value.GetString(), value.GetStringLength()}) : std::nullopt;
    }
}

std::optional<std::string> from_text(Type type, std::string_view text) {
    bool fits = false;
    switch (type) {
    case Type::id:
    case Type::integer:
    case Type::amount: {
        std::int64_t number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        const bool whole = error == std::errc() && end == text.data() + text.size();
        return whole ? whole_number(type, number) : std::nullopt;
    }
    case Type::text:
        fits = is_text(text);
        break;
    case Type::time:
        fits = is_time(text);
        break;
    case Type::interval:
        fits = is_interval(text);
        break;
    case Type::uuid:
        fits = is_uuid(text);
        break;
    case Type::boolean:
        fits = text == "true" || text == "false";
        break;
    case Type::number:
    case Type::object:
    case Type::integers:
    case Type::prices:
        break; // only in JSON
    }
    return fits ? std::optional(std::string(text)) : std::nullopt;
}

std::string_view description(Type type) {
    constexpr std::string_view descriptions[] = {
        "a whole number from 0 to 9007199254740991",
        "a whole number",
        "a whole number of minor units",
        "a number",
        "a text in UTF-8 without NUL",
        "an instant with its zone, like 2027-01-31T20:00:00Z, or infinity",
        "a duration in ISO 8601, like PT5M",
        "an object",
        "a list of whole numbers",
        "a UUID, like 01234567-89ab-cdef-0123-456789abcdef",
        "true or false",
        "a whole number of minor units, or an object of them by category",
    };
    return descriptions[static_cast<int>(type)];
}

} // namespace boxoffice::api
