// A PostgreSQL connection and its results: thin owners over libpq.
#include "database.h"

#include <cstdlib>

#include "sales.h"

namespace boxoffice::crowd {
namespace {

// The addresses that libpq wants; valid as long as the strings live.
std::vector<const char*> addresses(const std::vector<std::string>& parameters) {
    std::vector<const char*> pointers;
    pointers.reserve(parameters.size());
    for (const std::string& parameter : parameters) {
        pointers.push_back(parameter.c_str());
    }
    return pointers;
}

// libpq ends its messages with a line feed.
std::string without_line_end(std::string message) {
    while (!message.empty() && message.back() == '\n') {
        message.pop_back();
    }
    return message;
}

} // namespace

std::string Result::text(int row, int column) const { return PQgetvalue(result_.get(), row, column); }

std::int64_t Result::integer(int row, int column) const {
    return std::strtoll(PQgetvalue(result_.get(), row, column), nullptr, 10);
}

double Result::number(int row, int column) const {
    return std::strtod(PQgetvalue(result_.get(), row, column), nullptr);
}

std::vector<int> Result::integers(int row, int column) const {
    std::vector<int> integers;
    const char* position = PQgetvalue(result_.get(), row, column);
    while (*position == '{' || *position == ',') {
        char* end = nullptr;
        const long integer = std::strtol(position + 1, &end, 10);
        if (end == position + 1) {
            break; // "{}"
        }
        integers.push_back(static_cast<int>(integer));
        position = end;
    }
    return integers;
}

Database::Database() : connection_(PQconnectdb("fallback_application_name=crowd")) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
        const std::string message = without_line_end(PQerrorMessage(connection_.get()));
        throw CallFailed(message, message, true);
    }
    // What goes wrong is said once, by the exception; notices would only tear the progress bar.
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    // No call of a sale may take this long; without a limit a hanging server would hang the crowd, too.
    query("SET statement_timeout = '30s'");
}

Result Database::checked(PGresult* raw_result) {
    Result result(raw_result);
    const ExecStatusType status = PQresultStatus(raw_result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        return result;
    }
    const bool lost = PQstatus(connection_.get()) != CONNECTION_OK;
    const std::string full_text = without_line_end(PQerrorMessage(connection_.get()));
    const char* sqlstate = PQresultErrorField(raw_result, PG_DIAG_SQLSTATE);
    const char* message = PQresultErrorField(raw_result, PG_DIAG_MESSAGE_PRIMARY);
    if (sqlstate == nullptr || message == nullptr) {
        throw CallFailed(full_text, full_text, lost); // libpq itself has given up
    }
    throw CallFailed(std::string(message) + " (" + sqlstate + ")", full_text, lost);
}

void Database::prepare(const std::string& name, const std::string& sql) {
    checked(PQprepare(connection_.get(), name.c_str(), sql.c_str(), 0, nullptr));
}

Result Database::execute(const std::string& name, const std::vector<std::string>& parameters) {
    return checked(PQexecPrepared(connection_.get(), name.c_str(), static_cast<int>(parameters.size()),
                                  addresses(parameters).data(), nullptr, nullptr, 0));
}

Result Database::query(const std::string& sql, const std::vector<std::string>& parameters) {
    return checked(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(parameters.size()), nullptr,
                                addresses(parameters).data(), nullptr, nullptr, 0));
}

std::string array_text(const std::vector<int>& integers) {
    std::string text = "{";
    for (const int integer : integers) {
        if (text.size() > 1) {
            text += ',';
        }
        text += std::to_string(integer);
    }
    return text + "}";
}

} // namespace boxoffice::crowd
