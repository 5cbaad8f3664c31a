// A libpq connection that sends several statements at once and then collects their results. Nothing here knows of
// queues.
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace boxoffice::histories {

// The server is gone or does not let us in.
class ConnectionLost : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// What a statement returned, columns by name, or the error that it raised.
class Result {
public:
    explicit Result(PGresult* result) : result_(result) {}

    // "message (SQLSTATE)"; empty when all is well
    std::string error() const;
    int rows() const { return PQntuples(result_.get()); }
    // None for a null and for a column that the result does not have.
    std::optional<std::string> text(int row, const char* column) const;
    std::optional<std::int64_t> integer(int row, const char* column) const;

private:
    struct Clear {
        void operator()(PGresult* result) const { PQclear(result); }
    };
    std::unique_ptr<PGresult, Clear> result_;
};

struct Statement {
    std::string sql;
    std::vector<std::string> parameters; // in text form, never null
};

// Any call may throw ConnectionLost.
class Connection {
public:
    // database, when given, replaces the one that the connection string names.
    explicit Connection(const std::string& connection_string, const std::string& database = "");

    // Each statement is a transaction of its own; all are sent before the first result is awaited.
    void send(const std::vector<Statement>& statements);
    std::vector<Result> receive();

    // Throws std::runtime_error when the statement raises.
    Result query(const Statement& statement);

private:
    // Statements are prepared when first sent.
    const std::string& name_of(const std::string& sql);

    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    std::unique_ptr<PGconn, Finish> connection_;
    std::map<std::string, std::string> names_;
    std::size_t awaited_ = 0;
};

} // namespace boxoffice::histories
