// Thin owners over libpq and its pipeline mode.
#include "connection.h"

#include <cstdlib>

namespace boxoffice::histories {
namespace {

// libpq ends its messages with a line feed.
std::string without_line_end(std::string message) {
    while (!message.empty() && message.back() == '\n') {
        message.pop_back();
    }
    return message;
}

} // namespace

std::string Result::error() const {
    const ExecStatusType status = PQresultStatus(result_.get());
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        return "";
    }
    const char* message = PQresultErrorField(result_.get(), PG_DIAG_MESSAGE_PRIMARY);
    const char* sqlstate = PQresultErrorField(result_.get(), PG_DIAG_SQLSTATE);
    if (message == nullptr || sqlstate == nullptr) {
        return without_line_end(PQresultErrorMessage(result_.get())); // libpq itself has given up
    }
    return std::string(message) + " (" + sqlstate + ")";
}

std::optional<std::string> Result::text(int row, const char* column) const {
    const int number = PQfnumber(result_.get(), column);
    if (number < 0 || PQgetisnull(result_.get(), row, number)) {
        return std::nullopt;
    }
    return PQgetvalue(result_.get(), row, number);
}

std::optional<std::int64_t> Result::integer(int row, const char* column) const {
    const std::optional<std::string> value = text(row, column);
    return value ? std::optional<std::int64_t>(std::strtoll(value->c_str(), nullptr, 10)) : std::nullopt;
}

Connection::Connection(const std::string& connection_string, const std::string& database) {
    // The last of two equal names counts, and dbname may be a connection string itself.
    const char* names[] = {"dbname", "dbname", "fallback_application_name", nullptr};
    const char* values[] = {connection_string.c_str(), database.empty() ? nullptr : database.c_str(), "histories",
                            nullptr};
    connection_.reset(PQconnectdbParams(names, values, 1));
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
        throw ConnectionLost(without_line_end(PQerrorMessage(connection_.get())));
    }
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    query({"SET statement_timeout = '30s'", {}}); // a call that hangs must not hang the test
}

const std::string& Connection::name_of(const std::string& sql) {
    const auto [known, unseen] = names_.try_emplace(sql, "statement" + std::to_string(names_.size()));
    if (unseen) {
        const Result prepared(PQprepare(connection_.get(), known->second.c_str(), sql.c_str(), 0, nullptr));
        if (PQstatus(connection_.get()) != CONNECTION_OK) {
            throw ConnectionLost(without_line_end(PQerrorMessage(connection_.get())));
        }
        if (!prepared.error().empty()) {
            throw std::runtime_error(prepared.error() + ": " + sql);
        }
    }
    return known->second;
}

void Connection::send(const std::vector<Statement>& statements) {
    for (const Statement& statement : statements) {
        name_of(statement.sql);
    }
    bool sent = PQenterPipelineMode(connection_.get()) == 1;
    for (const Statement& statement : statements) {
        std::vector<const char*> values;
        for (const std::string& parameter : statement.parameters) {
            values.push_back(parameter.c_str());
        }
        sent = sent &&
               PQsendQueryPrepared(connection_.get(), name_of(statement.sql).c_str(), static_cast<int>(values.size()),
                                   values.data(), nullptr, nullptr, 0) == 1 &&
               PQpipelineSync(connection_.get()) == 1;
    }
    if (!sent) {
        throw ConnectionLost(without_line_end(PQerrorMessage(connection_.get())));
    }
    awaited_ = statements.size();
}

std::vector<Result> Connection::receive() {
    std::vector<Result> results;
    for (; awaited_ > 0; --awaited_) {
        results.emplace_back(PQgetResult(connection_.get()));
        // after the result a null, and then the end of the statement's transaction
        while (PGresult* end = PQgetResult(connection_.get())) {
            Result discarded(end);
        }
        const Result end_of_transaction(PQgetResult(connection_.get()));
        if (PQstatus(connection_.get()) != CONNECTION_OK) {
            throw ConnectionLost(without_line_end(PQerrorMessage(connection_.get())));
        }
    }
    PQexitPipelineMode(connection_.get());
    return results;
}

Result Connection::query(const Statement& statement) {
    send({statement});
    Result result = std::move(receive().front());
    if (!result.error().empty()) {
        throw std::runtime_error(result.error() + ": " + statement.sql);
    }
    return result;
}

} // namespace boxoffice::histories
