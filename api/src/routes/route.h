// The table of routes: everything the gateway can be asked for, one row each. Dispatch, the checks of parameters, who
// may call, lanes, the OpenAPI document and the contract tests all read this table and nothing else: adding an endpoint
// is adding a row in routes.cpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace boxoffice::api {

enum class Method { get, post, patch, erase };

constexpr std::string_view name_of(Method method) {
    constexpr std::string_view names[] = {"GET", "POST", "PATCH", "DELETE"};
    return names[static_cast<int>(method)];
}

// Who may call. A token_bearer shows a Queue-Token instead of a JWT. For self_or_administrator the parameter user_id
// may be the caller's own name, where the setting allow_self_credit says so.
enum class Who { anyone, user, token_bearer, administrator, self_or_administrator };

// By which connections a call goes. A read takes about the same however much there is, and many go in one group; a list,
// a thing that may be as long as one (a reservation with all its seats), and what strangers browse (the maps of halls)
// can take long and go one by one. Polls share their
// connection, writes are ordered by user, and what administrators do may take long and wait for locks.
enum class LaneKind { read, list, browse, poll, write, administration };

// Where a parameter of the function comes from. jwt_user_or_anyone is who asks, and null, which means anyone, where an
// administrator does.
enum class From {
    path,
    query,
    body,
    jwt_user,
    jwt_user_or_anyone,
    jwt_priority,
    jwt_administrator,
    queue_token_header,
    idempotency_key_header
};

// The shape of a parameter, and the SQL type that it has: see sql_type.
enum class Type { id, integer, amount, number, text, time, interval, object, integers, uuid, boolean, prices };

std::string_view sql_type(Type type);

// How large a value may be: a number itself, a text in bytes, the key of a request in characters, a list in elements.
struct Range {
    std::int64_t least;
    std::int64_t most;
};

// With a range a list names different things by numbers from 1, and a text that is for people is not blank: what the
// function would raise for must not reach it, because that would undo all other calls of the group.
struct Parameter {
    std::string_view name;
    Type type;
    From from;
    bool required;
    // In JSON or as text, what the function takes when the parameter is missing; empty: null.
    std::string_view preset = {};
    std::optional<Range> range = {};
    bool blank = true; // a text may be nothing but white space
};

// How the rows of the function become a body: one row as it is, a list {"items", "next"}, one value under a name, or {}.
enum class Shape { row, list, value, nothing };

// A row applies only to requests that have this, where two rows share method and path; otherwise to the rest.
struct Condition {
    From from = From::body;
    std::string_view name = {};
    std::string_view value = {}; // empty: any
};

struct Route {
    Method method;
    std::string_view path;     // with {name} for each parameter from the path
    std::string_view function; // in schema boxoffice
    std::string_view summary;
    Who who;
    LaneKind lane;
    std::vector<Parameter> parameters;
    Shape shape = Shape::row;
    std::string_view value_name = {}; // of Shape::value
    std::string_view location =
        {}; // with it, success is 201: where what was made is, {name} from the answer or the path
    std::vector<std::string_view> refusals = {};
    Condition when = {};
    bool shared = false; // the same for everyone: an ETag, and one answer for all who ask within cache_ms
};

// Every route, in the order in which they are tried.
const std::vector<Route>& routes();

} // namespace boxoffice::api
