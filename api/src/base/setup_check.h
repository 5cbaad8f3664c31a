// Whether the server is set up as a sale needs it: what works for each single call, and yet lets queues stand still.
#pragma once

#include <libpq-fe.h>

#include <string>
#include <vector>

namespace boxoffice::api {

struct SetupWarning {
    std::string check;  // its name, for everybody
    std::string detail; // what was found and what to do, for the log

    bool operator==(const SetupWarning&) const = default;
};

// What is wrong, as far as the role may see it. Throws DatabaseError.
std::vector<SetupWarning> setup_warnings(PGconn* connection);

} // namespace boxoffice::api
