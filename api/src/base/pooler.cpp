#include "base/pooler.h"

#include <poll.h>

#include <charconv>
#include <chrono>
#include <optional>

namespace boxoffice::api {

namespace {

using std::chrono::milliseconds;

// Who works for whom changes with every transaction, but may happen to be the same again.
constexpr int attempts = 5;
// A pooler that lends for whole sessions may have none left for the second connection.
constexpr milliseconds patience{1000};

// The process of the server that answers now; nothing: none does in time.
std::optional<int> server_process(PGconn* connection) {
    if (PQsendQuery(connection, "SELECT pg_catalog.pg_backend_pid()") == 0) {
        return std::nullopt;
    }
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (PQisBusy(connection) == 1) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd socket{.fd = PQsocket(connection), .events = POLLIN, .revents = 0};
        if (left.count() <= 0 || poll(&socket, 1, static_cast<int>(left.count())) <= 0 ||
            PQconsumeInput(connection) == 0) {
            return std::nullopt;
        }
    }
    std::optional<int> process;
    while (const Result result{PQgetResult(connection)}) {
        if (PQresultStatus(result.get()) == PGRES_TUPLES_OK) {
            const std::string_view text = field(result.get(), 0, 0);
            process.emplace();
            std::from_chars(text.data(), text.data() + text.size(), *process);
        }
    }
    return process;
}

int require_process(PGconn* connection) {
    const std::optional<int> process = server_process(connection);
    if (!process) {
        throw DatabaseError("the database does not answer: " + last_words(connection));
    }
    return *process;
}

} // namespace

SharedSession::SharedSession()
    : DatabaseError("the database is reached through a pooler in transaction mode: connect boxofficed to PostgreSQL "
                    "itself, or through a pooler in session mode") {}

// A server tells its process at the start of a session; a pooler tells a number of its own. Where the two differ, a second
// connection shows whether the pooler lends whole sessions: then each keeps its process, and no two have the same.
bool require_own_session(PGconn* connection, const std::function<Connection()>& open_another) {
    const int process = require_process(connection);
    if (process == PQbackendPID(connection)) {
        return true;
    }
    Connection another;
    try {
        another = open_another();
    } catch (const DatabaseError&) {
        return false; // the pooler takes no more
    }
    for (int attempt = 0; attempt < attempts; ++attempt) {
        const std::optional<int> of_another = server_process(another.get());
        if (!of_another) {
            return false;
        }
        if (*of_another == process || require_process(connection) != process) {
            throw SharedSession();
        }
    }
    return true;
}

} // namespace boxoffice::api
