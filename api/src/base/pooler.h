// Poolers that lend a connection of the server for one transaction only. The gateway prepares statements and makes settings
// once for each connection; with such a pooler they would be missing in one transaction and be left behind for strangers
// in another.
#pragma once

#include "base/database.h"

#include <functional>

namespace boxoffice::api {

// The database is reached through such a pooler.
struct SharedSession : DatabaseError {
    SharedSession();
};

// Throws SharedSession when the server's session behind the connection is lent to others between two transactions. False:
// that cannot be told, because a second connection gets no session. Leaves nothing behind in the session. `open_another`
// opens one more connection the same way; it is called only where something stands between the gateway and the server.
bool require_own_session(PGconn* connection, const std::function<Connection()>& open_another);

} // namespace boxoffice::api
