#include "base/database.h"

#include "base/log.h"
#include "base/pooler.h"

#include <algorithm>

namespace boxoffice::api {

namespace {

std::string on_one_line(std::string text) {
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

// libpq would write it to standard error, where every line is to be JSON.
void log_notice(void*, const char* message) { log::warn("the database says: " + on_one_line(message)); }

// As connect(), but makes no settings.
Connection open(const std::string& name) {
    // A parameter given here would win over the environment, so only what nobody should choose is given. A network that has
    // gone is noticed after some ten seconds, in milliseconds and seconds.
    const char* const keywords[] = {"application_name", "client_encoding",     "connect_timeout",  "tcp_user_timeout",
                                    "keepalives_idle",  "keepalives_interval", "keepalives_count", nullptr};
    const char* const values[] = {name.c_str(), "UTF8", "3", "10000", "5", "2", "3", nullptr};
    Connection connection(PQconnectdbParams(keywords, values, 0));
    if (PQstatus(connection.get()) != CONNECTION_OK) {
        throw DatabaseError(last_words(connection.get()));
    }
    PQsetNoticeProcessor(connection.get(), log_notice, nullptr);
    return connection;
}

} // namespace

std::string_view diagnosis(const PGresult* result, int code) {
    const char* text = PQresultErrorField(result, code);
    return text == nullptr ? std::string_view() : std::string_view(text);
}

std::string last_words(PGconn* connection) { return on_one_line(PQerrorMessage(connection)); }

Connection connect(const std::string& name) {
    Connection connection = open(name);
    has_own_session(connection.get(), name);
    query(connection.get(), "SET timezone = 'UTC'");
    query(connection.get(), "SET datestyle = 'ISO'");
    query(connection.get(), "SET intervalstyle = 'iso_8601'");
    query(connection.get(), "SET boxoffice.raise_refusals = off");
    return connection;
}

bool has_own_session(PGconn* connection, const std::string& name) {
    return require_own_session(connection, [&name] { return open(name); });
}

Result query(PGconn* connection, const std::string& statement, const std::vector<Value>& values) {
    std::vector<const char*> texts;
    for (const Value& value : values) {
        texts.push_back(value ? value->c_str() : nullptr);
    }
    Result result(PQexecParams(connection, statement.c_str(), static_cast<int>(texts.size()), nullptr, texts.data(),
                               nullptr, nullptr, 0));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        throw DatabaseError(last_words(connection));
    }
    return result;
}

} // namespace boxoffice::api
