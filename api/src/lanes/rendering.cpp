#include "lanes/rendering.h"

#include "routes/request.h"
#include "routes/router.h"

#include <algorithm>
#include <charconv>

namespace boxoffice::api {

namespace {

// PostgreSQL's own numbers of its types (pg_type.dat); they never change.
constexpr Oid bool_type = 16;
constexpr Oid bigint_type = 20;
constexpr Oid smallint_type = 21;
constexpr Oid integer_type = 23;
constexpr Oid real_type = 700;
constexpr Oid double_type = 701;
constexpr Oid integers_type = 1007;
constexpr Oid bigints_type = 1016;
constexpr Oid timestamptz_type = 1184;
constexpr Oid json_type = 114;
constexpr Oid jsonb_type = 3802;
constexpr Oid numeric_type = 1700;

void raw(JsonWriter& writer, std::string_view text, rapidjson::Type type) {
    writer.RawValue(text.data(), text.size(), type);
}

void string(JsonWriter& writer, std::string_view text) {
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

// 2026-11-21 08:39:47.5+00 as RFC 3339 writes it. Infinity, and years that have not four digits, it cannot write: null. A
// row that may have infinity says by another column what it means, as sale_status does.
void time(JsonWriter& writer, std::string_view text) {
    if (text.size() < 20 || text[10] != ' ' || !text.ends_with("+00")) {
        writer.Null();
        return;
    }
    std::string written(text.substr(0, text.size() - 3));
    written[10] = 'T';
    string(writer, written + "Z");
}

void list(JsonWriter& writer, std::string_view text) {
    std::string written(text);
    std::replace(written.begin(), written.end(), '{', '[');
    std::replace(written.begin(), written.end(), '}', ']');
    for (std::size_t at = written.find("NULL"); at != std::string::npos; at = written.find("NULL", at)) {
        written.replace(at, 4, "null");
    }
    raw(writer, written, rapidjson::kArrayType);
}

// A field as JSON, by the type of its column.
void value(JsonWriter& writer, const PGresult* rows, int row, int column) {
    if (PQgetisnull(rows, row, column) != 0) {
        writer.Null();
        return;
    }
    const std::string_view text = field(rows, row, column);
    switch (PQftype(rows, column)) {
    case bool_type:
        writer.Bool(text == "t");
        break;
    case bigint_type:
    case smallint_type:
    case integer_type:
        raw(writer, text, rapidjson::kNumberType);
        break;
    case real_type:
    case double_type:
    case numeric_type:
        // JSON has no NaN and no Infinity.
        if (text.find_first_of("Ny") == std::string_view::npos) {
            raw(writer, text, rapidjson::kNumberType);
        } else {
            writer.Null();
        }
        break;
    case json_type:
    case jsonb_type:
        raw(writer, text, rapidjson::kObjectType);
        break;
    case integers_type:
    case bigints_type:
        list(writer, text);
        break;
    case timestamptz_type:
        time(writer, text);
        break;
    default:
        string(writer, text);
    }
}

void members(JsonWriter& writer, const PGresult* rows, int row) {
    for (int column = 0; column < PQnfields(rows); ++column) {
        writer.Key(PQfname(rows, column));
        value(writer, rows, row, column);
    }
}

void object(JsonWriter& writer, const PGresult* rows, int row) {
    writer.StartObject();
    members(writer, rows, row);
    writer.EndObject();
}

std::string text_of(const rapidjson::StringBuffer& buffer) { return {buffer.GetString(), buffer.GetSize()}; }

// The columns of a refusal that are not null, as members of an object without its braces.
std::string explanation(const PGresult* rows) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    writer.StartObject();
    for (int column = 1; column < PQnfields(rows); ++column) {
        if (PQgetisnull(rows, 0, column) == 0) {
            writer.Key(PQfname(rows, column));
            value(writer, rows, 0, column);
        }
    }
    writer.EndObject();
    const std::string text = text_of(buffer);
    return text.substr(1, text.size() - 2);
}

// Where the next page is: the same address, before the last row of this one, or after it where the list goes on with
// after_id. Nothing where this one is not full; but a list that goes on with after has always more to come: while nothing
// is new, at the same address.
std::string next_page(const Call& call, const PGresult* rows) {
    const std::vector<Parameter>& parameters = call.route->parameters;
    std::string query;
    std::string_view onward;
    Value asked_after; // the position that this page begins behind
    int page = 0;
    for (std::size_t at = 0; at < parameters.size(); ++at) {
        if (parameters[at].from != From::query) {
            continue;
        }
        if (parameters[at].name == "before_id" || parameters[at].name == "after_id" || parameters[at].name == "after") {
            onward = parameters[at].name;
            asked_after = call.values[at];
            continue;
        }
        const Value& text = call.values[at];
        if (parameters[at].name == "max_rows") {
            std::from_chars(text->data(), text->data() + text->size(), page);
        }
        if (text) {
            query.append(parameters[at].name).append("=").append(percent_encoded(*text)).append("&");
        }
    }
    const int count = PQntuples(rows);
    if (onward == "after") {
        if (count > 0) {
            asked_after = field(rows, count - 1, PQfnumber(rows, "position"));
        }
        if (asked_after) {
            query.append("after=").append(percent_encoded(*asked_after));
        } else if (!query.empty()) {
            query.pop_back(); // the `&` that the next one would follow
        }
        return query.empty() ? call.path : call.path + "?" + query;
    }
    if (onward.empty() || count == 0 || count < page) {
        return {};
    }
    // the first column of every list is its id
    query.append(onward).append("=").append(field(rows, count - 1, 0));
    return call.path + "?" + query;
}

Answer list_answer(const Call& call, const PGresult* rows) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    writer.StartObject();
    writer.Key("items");
    writer.StartArray();
    for (int row = 0; row < PQntuples(rows); ++row) {
        object(writer, rows, row);
    }
    writer.EndArray();
    writer.Key("next");
    const std::string next = next_page(call, rows);
    if (next.empty()) {
        writer.Null();
    } else {
        string(writer, next);
    }
    writer.EndObject();
    return {.body = text_of(buffer)};
}

Answer row_answer(const PGresult* rows) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    object(writer, rows, 0);
    return {.body = text_of(buffer)};
}

// The body of what went well, by the shape of the route.
Answer success(const Call& call, const PGresult* rows) {
    switch (call.route->shape) {
    case Shape::list:
        return list_answer(call, rows);
    case Shape::nothing:
        return {.body = "{}"};
    default:
        return row_answer(rows);
    }
}

// The name of a {name} in a location: a column of the answer, or else a parameter of the call.
std::string named(const Call& call, const PGresult* rows, std::string_view name) {
    const int column = PQfnumber(rows, std::string(name).c_str());
    if (column >= 0) {
        return std::string(field(rows, 0, column));
    }
    for (std::size_t at = 0; at < call.values.size(); ++at) {
        if (call.route->parameters[at].name == name) {
            return call.values[at].value_or("");
        }
    }
    return {};
}

// The first column of an operation's row; empty where the function is not an operation.
std::string_view outcome_of(const PGresult* rows) {
    const bool is_operation = PQnfields(rows) > 0 && std::string_view(PQfname(rows, 0)) == "outcome";
    return is_operation ? field(rows, 0, 0) : std::string_view();
}

} // namespace

Answer render(const Call& call, const PGresult* rows, const Catalogue& catalogue) {
    const Route& route = *call.route;
    const std::string_view outcome = route.shape == Shape::list ? std::string_view() : outcome_of(rows);
    if (!outcome.empty() && outcome != "ok") {
        return refusal(catalogue.outcome(outcome), "", explanation(rows));
    }
    Answer answer = success(call, rows);
    answer.outcome = outcome;
    if (route.shared) {
        answer.entity_tag = entity_tag_of(answer.body);
    }
    if (!route.location.empty()) {
        answer.status = 201;
        answer.location = filled(route.location, [&](std::string_view name) { return named(call, rows, name); });
    }
    return answer;
}

bool would_wait(const Route& route, const PGresult* rows) {
    if (route.shape != Shape::row || outcome_of(rows) != "seat_busy") {
        return false;
    }
    for (int column = 1; column < PQnfields(rows); ++column) {
        if (PQgetisnull(rows, 0, column) == 0) {
            return false;
        }
    }
    return true;
}

} // namespace boxoffice::api
