// Which rows of the table of routes a request may mean.
#pragma once

#include "base/json.h"
#include "routes/request.h"
#include "routes/route.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boxoffice::api {

struct Match {
    std::vector<const Route*> candidates; // of this method and path; they differ in their condition
    std::vector<std::string> path_values; // of the {names} in the path
    std::string allowed;                  // where the path is known, but not with this method: with which, for Allow
};

// The rows for this method and path; no candidates and nothing allowed: there is no such path. Without a method it is
// one that no address takes.
Match match(std::optional<Method> method, std::string_view path);

// The first candidate whose condition the request meets; null: none.
const Route* choose(const Match& match, const Request& request, const std::optional<rapidjson::Document>& body);

// The names in the {braces} of a path, in order.
std::vector<std::string_view> names_in(std::string_view path);

// The path or address with each {name} replaced by what `value_of` says.
template <typename ValueOf>
std::string filled(std::string_view path, ValueOf&& value_of) {
    std::string result;
    while (!path.empty()) {
        const std::size_t brace = path.find('{');
        result += path.substr(0, brace);
        if (brace == std::string_view::npos) {
            break;
        }
        const std::size_t end = path.find('}', brace);
        result += value_of(path.substr(brace + 1, end - brace - 1));
        path.remove_prefix(end + 1);
    }
    return result;
}

// A write that looks at no idempotency key refuses one, or what is sent twice with it would be done twice. A read may have
// one: it does nothing, however often it is sent.
bool refuses_idempotency_key(const Route& route);

} // namespace boxoffice::api
