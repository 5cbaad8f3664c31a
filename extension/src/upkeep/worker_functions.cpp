// Entry points: the background worker and its state.

#include "base/row.h"
#include "base/settings.h"
#include "queue/admission.h"
#include "upkeep/upkeep.h"
#include "upkeep/worker.h"

#include <algorithm>

namespace boxoffice::functions {

namespace {

using Text = std::optional<std::string>;
using MaybeTime = std::optional<Time>;
using Count = std::optional<int64_t>;
constinit spi::Plan<Text, std::optional<int32_t>, MaybeTime, MaybeTime, std::optional<Duration>, Count, Count, Text,
                    MaybeTime, std::optional<bool>>
    as_row{"SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10"};

std::optional<Time> time_from(TimestampTz microseconds) {
    return microseconds == 0 ? std::nullopt : std::optional(Time{microseconds});
}

std::optional<Duration> lag_of(const shared_memory::Worker& state) {
    if (state.last_tick_at == 0)
        return std::nullopt;
    return Duration{state.lag};
}

// What is wanted or due now has just been tried in vain, because somebody had it: again in a while.
std::optional<TimestampTz> next_due() {
    const TimestampTz again = GetCurrentTimestamp() + 100000;
    if (board::any_wanted())
        return again;
    const auto due = queue_token::next_due();
    if (!due || TIMESTAMP_NOT_FINITE(due->microseconds))
        return std::nullopt;
    return clock::wall(*due) > GetCurrentTimestamp() ? clock::wall(*due) : again;
}

std::vector<int64_t> queues(bool all) {
    auto queue_ids = board::take_wanted();
    for (const int64_t queue_id : all ? queue_token::living_queues() : queue_token::due_queues(clock::now())) {
        if (std::find(queue_ids.begin(), queue_ids.end(), queue_id) == queue_ids.end())
            queue_ids.push_back(queue_id);
    }
    return queue_ids;
}

// In a session of its own each.
template <auto Function>
struct InSession;
template <typename Result, typename... Arguments, Result (*Function)(Arguments...)>
struct InSession<Function> {
    static Result run(Arguments... arguments) {
        const spi::Session session;
        return Function(arguments...);
    }
};

void serve(int64_t queue_id, bool all) { admission::serve(queue_id, all); }

void live() {
    if (settings::database().empty()) {
        worker::wait_for_database();
        return;
    }
    worker::expect_connection(settings::database());
    guarded([] {
        BackgroundWorkerInitializeConnection(settings::database_name(), nullptr, 0);
        // the functions have it pinned; the worker calls what is behind them
        SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_SUSET, PGC_S_OVERRIDE);
        // defaults of the database that are meant for others
        SetConfigOption("default_transaction_read_only", "off", PGC_SUSET, PGC_S_OVERRIDE);
        SetConfigOption("default_transaction_isolation", "read committed", PGC_SUSET, PGC_S_OVERRIDE);
        SetConfigOption("statement_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
        SetConfigOption("idle_in_transaction_session_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
        pgstat_report_activity(STATE_RUNNING, "boxoffice: upkeep");
    });
    worker::run({.tidy = InSession<upkeep::tidy>::run,
                 .queues = InSession<queues>::run,
                 .serve = InSession<serve>::run,
                 .next_due = InSession<next_due>::run});
}

} // namespace

Datum worker_status(FunctionCallInfo call) {
    const spi::Session session;
    const auto state = worker::state();
    if (!state)
        return return_rows(call, as_row.read({}, {}, {}, {}, {}, {}, {}, {}, {}, {}));
    return return_rows(
        call, as_row.read(settings::database(), state->pid == 0 ? std::nullopt : std::optional(state->pid),
                          time_from(state->started_at), time_from(state->last_tick_at), lag_of(*state), state->ticks,
                          state->errors, state->last_error[0] == '\0' ? Text() : Text(state->last_error),
                          time_from(state->last_error_at), worker::serves_this_database(*state)));
}

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(worker_status)

extern "C" {

PGDLLEXPORT void boxoffice_worker_main(Datum argument);

void boxoffice_worker_main(Datum) {
    pqsignal(SIGHUP, SignalHandlerForConfigReload);
    pqsignal(SIGTERM, die);
    BackgroundWorkerUnblockSignals();
    boxoffice::entry<[](FunctionCallInfo) {
        boxoffice::functions::live();
        return Datum{0};
    }>(nullptr);
    // the server starts another, which serves the database of the new setting
    proc_exit(1);
}

} // extern "C"
