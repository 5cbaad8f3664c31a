#include "lanes/group.h"

#include "base/pooler.h"

#include <poll.h>

#include <array>
#include <string>

namespace boxoffice::api {

namespace {

using Instant = std::chrono::steady_clock::time_point;

// On a connection of our own nothing is prepared before we do.
constexpr std::string_view duplicate_prepared_statement = "42P05";

// Waits until the connection may go on, and sees to the deadline.
class Watch {
public:
    Watch(PGconn* connection, std::chrono::milliseconds patience)
        : connection_(connection), patience_(patience), deadline_(std::chrono::steady_clock::now() + patience) {}

    // Waits for something to read, or also for room to write. False: the connection is lost, or its time is up.
    bool wait(bool also_write) {
        pollfd socket{.fd = PQsocket(connection_),
                      .events = static_cast<short>(also_write ? POLLIN | POLLOUT : POLLIN),
                      .revents = 0};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now());
        const int ready = socket.fd < 0 ? -1 : poll(&socket, 1, std::max(0, static_cast<int>(left.count())));
        if (ready == 0) {
            return cancel();
        }
        if (ready < 0 && errno != EINTR) {
            return false;
        }
        return (socket.revents & ~POLLOUT) == 0 || PQconsumeInput(connection_) == 1;
    }

private:
    // The first time the server is asked to stop: the error that it then reports tells what was not done.
    bool cancel() {
        if (cancelled_) {
            return false;
        }
        cancelled_ = true;
        deadline_ = std::chrono::steady_clock::now() + patience_;
        std::array<char, 256> why{};
        PGcancel* handle = PQgetCancel(connection_);
        const bool asked = handle != nullptr && PQcancel(handle, why.data(), static_cast<int>(why.size())) == 1;
        PQfreeCancel(handle);
        return asked;
    }

    PGconn* connection_;
    std::chrono::milliseconds patience_;
    Instant deadline_;
    bool cancelled_ = false;
};

bool send(PGconn* connection, const Call& call) {
    std::vector<const char*> values;
    for (const Value& value : call.values) {
        values.push_back(value ? value->c_str() : nullptr);
    }
    return PQsendQueryPrepared(connection, statement_name(*call.route).c_str(), static_cast<int>(call.values.size()),
                               values.data(), nullptr, nullptr, 0) == 1;
}

// Everything is handed to libpq at once; what does not fit into the socket is written while answers are read.
bool send_all(PGconn* connection, const std::vector<const Call*>& calls, Syncs syncs) {
    for (const Call* call : calls) {
        if (!send(connection, *call) || (syncs == Syncs::one_for_each && PQpipelineSync(connection) == 0)) {
            return false;
        }
    }
    return syncs == Syncs::one_for_each || PQpipelineSync(connection) == 1;
}

// The next result; null is libpq's mark between the results of two statements. False: the connection is lost.
bool next_result(PGconn* connection, Watch& watch, Result& result) {
    for (;;) {
        const int unsent = PQflush(connection);
        if (unsent < 0) {
            return false;
        }
        if (PQisBusy(connection) == 0) {
            result.reset(PQgetResult(connection));
            return PQstatus(connection) == CONNECTION_OK;
        }
        if (!watch.wait(unsent == 1)) {
            return false;
        }
    }
}

// Reads what belongs to one call: its result and the mark after it.
bool read_call(PGconn* connection, Watch& watch, Result& kept) {
    Result result;
    while (next_result(connection, watch, result)) {
        if (!result) {
            return true;
        }
        const ExecStatusType status = PQresultStatus(result.get());
        if (status != PGRES_PIPELINE_ABORTED) {
            kept = std::move(result);
        }
    }
    return false;
}

// Reads up to the Sync. Where committing itself failed, an error comes first.
bool read_sync(PGconn* connection, Watch& watch, Result& error) {
    Result result;
    while (next_result(connection, watch, result)) {
        const ExecStatusType status = result ? PQresultStatus(result.get()) : PGRES_COMMAND_OK;
        if (status == PGRES_PIPELINE_SYNC) {
            return true;
        }
        if (status == PGRES_FATAL_ERROR) {
            error = std::move(result);
        }
    }
    return false;
}

bool is_rows(const Result& result) { return result && PQresultStatus(result.get()) == PGRES_TUPLES_OK; }

} // namespace

std::string statement_name(const Route& route) { return "route_" + std::to_string(&route - routes().data()); }

std::vector<std::string> prepare_statements(PGconn* connection) {
    std::vector<std::string> complaints;
    for (const Route& route : routes()) {
        std::string arguments;
        for (const Parameter& parameter : route.parameters) {
            arguments.append(arguments.empty() ? "" : ", ").append(parameter.name).append(" => $");
            arguments.append(std::to_string(&parameter - route.parameters.data() + 1)).append("::");
            arguments.append(sql_type(parameter.type));
        }
        // A function that returns a single value gives it its name here.
        std::string statement = "SELECT * FROM boxoffice." + std::string(route.function) + "(" + arguments + ")";
        if (route.shape == Shape::value) {
            statement.append(" AS ").append(route.value_name);
        }
        const Result result(PQprepare(connection, statement_name(route).c_str(), statement.c_str(), 0, nullptr));
        if (diagnosis(result.get(), PG_DIAG_SQLSTATE) == duplicate_prepared_statement) {
            throw SharedSession();
        }
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
            complaints.push_back(std::string(route.function) + ": " + last_words(connection));
        }
    }
    return complaints;
}

GroupResult run_group(PGconn* connection, const std::vector<const Call*>& calls, Syncs syncs,
                      std::chrono::milliseconds patience) {
    GroupResult group;
    group.results.resize(calls.size());
    group.done.assign(calls.size(), false);
    Watch watch(connection, patience);
    bool going = send_all(connection, calls, syncs);
    std::size_t first = 0; // of the transaction that is being read
    for (std::size_t at = 0; going && at < calls.size(); ++at) {
        going = read_call(connection, watch, group.results[at]);
        if (going && (syncs == Syncs::one_for_each || at + 1 == calls.size())) {
            Result error;
            going = read_sync(connection, watch, error);
            bool failed = error != nullptr;
            for (std::size_t each = first; each <= at; ++each) {
                failed = failed || !is_rows(group.results[each]);
            }
            for (std::size_t each = first; going && !failed && each <= at; ++each) {
                group.done[each] = true;
            }
            if (error && first == at) {
                group.results[at] = std::move(error);
            }
            first = at + 1;
        }
    }
    group.connection_lost = !going;
    return group;
}

} // namespace boxoffice::api
