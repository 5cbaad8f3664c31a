#include "routes/shape.h"

#include "base/text.h"
#include "base/times.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <limits>
#include <set>

namespace boxoffice::api {

namespace {

// The numbers that every JSON reader keeps exactly.
constexpr std::int64_t largest = 9007199254740991;

bool is_uuid(std::string_view text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), [](char is, char form) {
               return form == 'x' ? std::isxdigit(static_cast<unsigned char>(is)) != 0 : is == form;
           });
}

// One UUID has one spelling from here on: calls are put in order by it.
std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
    return result;
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

bool is_within(const Range& range, std::size_t size) {
    const auto signed_size = static_cast<std::int64_t>(size);
    return signed_size >= range.least && signed_size <= range.most;
}

template <typename Number>
bool is_number_within(const Range& range, std::string_view text) {
    Number number{};
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number >= static_cast<Number>(range.least) && number <= static_cast<Number>(range.most);
}

// As the function would see it: white space is what it takes for such.
bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

// Whether a text that has the shape of the parameter's type is as large as it may be.
bool has_right_size(const Parameter& parameter, std::string_view text) {
    const Range& range = *parameter.range;
    switch (parameter.type) {
    case Type::id:
    case Type::integer:
    case Type::amount:
        return is_number_within<std::int64_t>(range, text);
    case Type::number:
        return is_number_within<double>(range, text);
    case Type::text:
        return is_within(range, counts_characters(parameter) ? characters_in(text) : text.size()) &&
               (parameter.blank || !is_blank(text));
    default:
        return true;
    }
}

// The elements are integers.
bool names_different_things(const rapidjson::Value& list) {
    std::set<int> numbers;
    return std::all_of(list.Begin(), list.End(), [&](const rapidjson::Value& each) {
        return each.GetInt() >= 1 && numbers.insert(each.GetInt()).second;
    });
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
        const std::optional<std::string> written = whole ? whole_number(type, number) : std::nullopt;
        // One number has one spelling: addresses tell questions apart, and 007 would be one more question about slot 7.
        return written == text ? written : std::nullopt;
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
        return is_uuid(text) ? std::optional(lower(text)) : std::nullopt;
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

std::optional<std::string> from_json(const Parameter& parameter, const rapidjson::Value& value) {
    const bool is_list = parameter.type == Type::integers && value.IsArray();
    if (is_list && parameter.range && !is_within(*parameter.range, value.Size())) {
        return std::nullopt;
    }
    std::optional<std::string> text = from_json(parameter.type, value);
    if (!text || !parameter.range) {
        return text;
    }
    const bool fits = is_list ? names_different_things(value) : has_right_size(parameter, *text);
    return fits ? text : std::nullopt;
}

std::optional<std::string> from_text(const Parameter& parameter, std::string_view text) {
    std::optional<std::string> value = from_text(parameter.type, text);
    return value && parameter.range && !has_right_size(parameter, *value) ? std::nullopt : value;
}

bool counts_characters(const Parameter& parameter) { return parameter.from == From::idempotency_key_header; }

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

std::string description(const Parameter& parameter) {
    if (!parameter.range) {
        return std::string(description(parameter.type));
    }
    const std::string range = std::to_string(parameter.range->least) + " to " + std::to_string(parameter.range->most);
    switch (parameter.type) {
    case Type::text:
        return "a text in UTF-8 of " + range + (counts_characters(parameter) ? " characters" : " bytes") +
               (parameter.blank ? ", without NUL" : ", not blank and without NUL");
    case Type::integers:
        return "a list of " + range + " different whole numbers from 1";
    case Type::number:
        return "a number from " + range;
    default:
        return "a whole number from " + range;
    }
}

} // namespace boxoffice::api
