#include "routes/router.h"

#include <algorithm>

namespace boxoffice::api {

namespace {

// Takes the next segment off the front of a path that begins with a slash.
std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

// Whether the path has the form of the pattern; `values` are what stands for its {names}.
bool has_form(std::string_view path, std::string_view pattern, std::vector<std::string_view>& values) {
    values.clear();
    while (!path.empty() && !pattern.empty()) {
        const std::string_view expected = take_segment(pattern);
        const std::string_view segment = take_segment(path);
        if (expected.starts_with('{') && !segment.empty()) {
            values.push_back(segment);
        } else if (segment != expected) {
            return false;
        }
    }
    return path.empty() && pattern.empty();
}

// Adds a method to the list for Allow. The front makes a HEAD a GET.
void allow(std::string& list, std::string_view method) {
    if (list.find(method) == std::string::npos) {
        list.append(list.empty() ? "" : ", ").append(method == "GET" ? "GET, HEAD" : method);
    }
}

bool meets(const Condition& condition, const Request& request, const std::optional<rapidjson::Document>& body) {
    if (condition.name.empty()) {
        return true;
    }
    if (condition.from == From::query) {
        return std::any_of(request.query.begin(), request.query.end(), [&](const auto& pair) {
            return pair.first == condition.name && (condition.value.empty() || pair.second == condition.value);
        });
    }
    return body && body->HasMember(std::string(condition.name));
}

} // namespace

Match match(std::optional<Method> method, std::string_view path) {
    Match match;
    std::vector<std::string_view> values;
    if (!path.starts_with('/')) {
        return match;
    }
    for (const Route& route : routes()) {
        if (!has_form(path, route.path, values)) {
            continue;
        }
        if (route.method == method) {
            match.candidates.push_back(&route);
            match.path_values.assign(values.begin(), values.end());
        } else {
            allow(match.allowed, name_of(route.method));
        }
    }
    if (!match.candidates.empty()) {
        match.allowed.clear();
    }
    return match;
}

const Route* choose(const Match& match, const Request& request, const std::optional<rapidjson::Document>& body) {
    const auto found = std::find_if(match.candidates.begin(), match.candidates.end(),
                                    [&](const Route* route) { return meets(route->when, request, body); });
    return found == match.candidates.end() ? nullptr : *found;
}

std::vector<std::string_view> names_in(std::string_view path) {
    std::vector<std::string_view> names;
    while (!path.empty()) {
        const std::string_view segment = take_segment(path);
        if (segment.starts_with('{')) {
            names.push_back(segment.substr(1, segment.size() - 2));
        }
    }
    return names;
}

bool refuses_idempotency_key(const Route& route) {
    const auto is_key = [](const Parameter& each) { return each.from == From::idempotency_key_header; };
    return route.method != Method::get && std::none_of(route.parameters.begin(), route.parameters.end(), is_key);
}

} // namespace boxoffice::api
