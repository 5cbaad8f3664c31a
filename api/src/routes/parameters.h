// From a request to the parameters of its SQL function: the shape of each is checked here, by the table of routes; what
// they mean is the database's to judge.
#pragma once

#include "base/database.h"
#include "base/json.h"
#include "routes/request.h"
#include "routes/route.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace boxoffice::api {

// Who asks, as far as the JWT says; no user where none is shown.
struct Caller {
    std::string user;
    bool administrator = false;
    int queue_priority = 0;
};

// What a request is made of, once it is taken apart.
struct Parts {
    const Request& request;
    std::vector<std::string> path_values; // of the {names} of the route's path, in order
    Caller caller;
    std::optional<rapidjson::Document> body = std::nullopt; // an object
};

// Reads the body as a JSON object; nothing where there is none. Throws Problem (400, 415).
std::optional<rapidjson::Document> read_body(const Request& request);

// The values for the function of the route, as text, in the order of its parameters. Throws Problem (400) that names the
// parameter, also for one that nobody reads: it is misspelt.
std::vector<Value> parameters_of(const Route& route, const Parts& parts);

} // namespace boxoffice::api
