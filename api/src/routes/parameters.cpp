#include "routes/parameters.h"

#include "answers/answer.h"
#include "routes/router.h"
#include "routes/shape.h"

#include <algorithm>
#include <cctype>

namespace boxoffice::api {

namespace {

// What a parameter is called where it comes from, for complaints.
std::string called(const Parameter& parameter) {
    switch (parameter.from) {
    case From::queue_token_header:
        return "the header Queue-Token";
    case From::idempotency_key_header:
        return "the header Idempotency-Key";
    default:
        return "\"" + std::string(parameter.name) + "\"";
    }
}

[[noreturn]] void complain(const Parameter& parameter) {
    throw Problem(400, called(parameter) + " must be " + description(parameter));
}

Value checked(const Parameter& parameter, std::optional<std::string> text) {
    if (!text) {
        complain(parameter);
    }
    return text;
}

Value preset(const Parameter& parameter) {
    return parameter.preset.empty() ? Value() : Value(std::string(parameter.preset));
}

const std::string* find(const Pairs& pairs, std::string_view name) {
    const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; });
    return found == pairs.end() ? nullptr : &found->second;
}

Value from_body(const Parameter& parameter, const std::optional<rapidjson::Document>& body) {
    if (body) {
        const auto member = body->FindMember(
            rapidjson::StringRef(parameter.name.data(), static_cast<rapidjson::SizeType>(parameter.name.size())));
        if (member != body->MemberEnd() && !member->value.IsNull()) {
            return checked(parameter, from_json(parameter, member->value));
        }
    }
    if (parameter.required) {
        throw Problem(400, called(parameter) + " is missing in the body; it must be " + description(parameter));
    }
    return preset(parameter);
}

Value from_query(const Parameter& parameter, const Pairs& query) {
    const std::string* text = find(query, parameter.name);
    return text == nullptr ? preset(parameter) : checked(parameter, from_text(parameter, *text));
}

Value from_header(const Parameter& parameter, const std::optional<std::string>& header) {
    return header ? checked(parameter, from_text(parameter, *header)) : preset(parameter);
}

bool is_ignoring_case(std::string_view text, std::string_view lower_case) {
    return std::equal(text.begin(), text.end(), lower_case.begin(), lower_case.end(),
                      [](unsigned char is, unsigned char lower) { return std::tolower(is) == lower; });
}

// Whether a media type is JSON's, whatever its case and its parameters.
bool is_json(std::string_view media_type) {
    return is_ignoring_case(media_type.substr(0, media_type.find_first_of("; \t")), "application/json");
}

// The encoding that is none.
bool is_identity(std::string_view encoding) { return encoding.empty() || is_ignoring_case(encoding, "identity"); }

bool reads(const Route& route, From from, std::string_view name) {
    const auto is_it = [&](const Parameter& parameter) { return parameter.from == from && parameter.name == name; };
    const bool tells_apart = !route.when.name.empty() && route.when.from == from && route.when.name == name;
    return tells_apart || std::any_of(route.parameters.begin(), route.parameters.end(), is_it);
}

// Also where a sibling, which shares method and path, would read it: {"available":"false"} asks for the other one.
bool anyone_reads(const Route& route, From from, std::string_view name) {
    return std::any_of(routes().begin(), routes().end(), [&](const Route& each) {
        return each.method == route.method && each.path == route.path && reads(each, from, name);
    });
}

// What is spelt alike Pistache has left out, and the front has refused; this is about what reads alike (query and %71uery).
// A query has few parameters, or it would not fit into an address.
void refuse_twice(const Pairs& query) {
    for (auto pair = query.begin(); pair != query.end(); ++pair) {
        if (std::any_of(query.begin(), pair, [&](const auto& earlier) { return earlier.first == pair->first; })) {
            throw Problem(400, "the parameter \"" + pair->first + "\" is in this address more than once");
        }
    }
}

void refuse_idempotency_key(const Route& route, const Request& request) {
    if (request.idempotency_key && refuses_idempotency_key(route)) {
        throw Problem(400,
                      "the header Idempotency-Key is not taken at this address, so it would not keep this from being "
                      "done twice; leave it out, and after an answer that was lost look first whether it was done");
    }
}

void refuse_unread(const Route& route, const Parts& parts) {
    refuse_idempotency_key(route, parts.request);
    for (const auto& [name, value] : parts.request.query) {
        if (!anyone_reads(route, From::query, name)) {
            throw Problem(400, "there is no parameter \"" + name + "\" in this address");
        }
    }
    refuse_twice(parts.request.query);
    if (!parts.body) {
        return;
    }
    for (const auto& member : parts.body->GetObject()) {
        const std::string_view name(member.name.GetString(), member.name.GetStringLength());
        if (!reads(route, From::body, name)) {
            throw Problem(400, "the body must not have a member \"" + std::string(name) + "\"");
        }
    }
}

} // namespace

std::optional<rapidjson::Document> read_body(const Request& request) {
    if (request.body.empty()) {
        return std::nullopt;
    }
    if (request.content_encoding && !is_identity(*request.content_encoding)) {
        throw Problem(415, "the body is encoded, and no Content-Encoding is taken here; send it as it is");
    }
    if (request.content_type && !is_json(*request.content_type)) {
        throw Problem(415, "send the body as JSON, with Content-Type: application/json");
    }
    try {
        rapidjson::Document document = read_json(request.body);
        if (!document.IsObject()) {
            throw Problem(400, "the body must be a JSON object");
        }
        return document;
    } catch (const BadJson& bad) {
        throw Problem(400, std::string("the body is not JSON that can be read: ") + bad.what());
    }
}

std::vector<Value> parameters_of(const Route& route, const Parts& parts) {
    refuse_unread(route, parts);
    std::vector<Value> values;
    values.reserve(route.parameters.size());
    std::size_t in_path = 0;
    for (const Parameter& parameter : route.parameters) {
        switch (parameter.from) {
        case From::path:
            values.push_back(checked(parameter, from_text(parameter, parts.path_values.at(in_path++))));
            break;
        case From::query:
            values.push_back(from_query(parameter, parts.request.query));
            break;
        case From::body:
            values.push_back(from_body(parameter, parts.body));
            break;
        case From::jwt_user:
            values.emplace_back(parts.caller.user);
            break;
        case From::jwt_user_or_anyone:
            values.push_back(parts.caller.administrator ? Value() : Value(parts.caller.user));
            break;
        case From::jwt_priority:
            values.emplace_back(std::to_string(parts.caller.queue_priority));
            break;
        case From::jwt_administrator:
            values.emplace_back(parts.caller.administrator ? "true" : "false");
            break;
        case From::queue_token_header:
            values.push_back(from_header(parameter, parts.request.queue_token));
            break;
        case From::idempotency_key_header:
            values.push_back(from_header(parameter, parts.request.idempotency_key));
            break;
        }
    }
    return values;
}

} // namespace boxoffice::api
