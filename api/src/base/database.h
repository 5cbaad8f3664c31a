// libpq with owners: what is opened is closed, and what fails is an exception with the server's words.
#pragma once

#include <libpq-fe.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace boxoffice::api {

struct DatabaseError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct ResultDeleter {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ResultDeleter>;

struct ConnectionDeleter {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
using Connection = std::unique_ptr<PGconn, ConnectionDeleter>;

// Null is SQL's NULL.
using Value = std::optional<std::string>;

// Connects as libpq's environment (PGHOST, PGSERVICE, ...) says, in UTC, with times and intervals in ISO 8601.
// `name` is shown in pg_stat_activity. Throws DatabaseError, and SharedSession where a pooler lends the session to others;
// where that cannot be told it connects.
Connection connect(const std::string& name);

// Looks at that again. False: it cannot be told. Throws DatabaseError and SharedSession.
bool has_own_session(PGconn* connection, const std::string& name);

// What is to be said where it cannot be told, and what to do.
constexpr std::string_view unknown_pooler =
    "whether the pooler lends a session for one transaction only cannot be told, because it has none for a second "
    "connection; give it one to spare";

// Runs one statement and returns its rows; throws DatabaseError.
Result query(PGconn* connection, const std::string& statement, const std::vector<Value>& values = {});

// The text of a field; empty where it is null.
inline std::string_view field(const PGresult* result, int row, int column) {
    return {PQgetvalue(result, row, column), static_cast<std::size_t>(PQgetlength(result, row, column))};
}

// What an error result carries, by PG_DIAG_ code; empty where it says nothing.
std::string_view diagnosis(const PGresult* result, int code);

// The last words of a connection, on one line.
std::string last_words(PGconn* connection);

} // namespace boxoffice::api
