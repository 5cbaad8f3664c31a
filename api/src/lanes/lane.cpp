#include "lanes/lane.h"

#include "base/log.h"
#include "base/pooler.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <mutex>
#include <set>

namespace boxoffice::api {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_backoff{50};
constexpr milliseconds longest_backoff{2000};
// How often an idle lane looks whether its connection is still there.
constexpr milliseconds idle_look{500};
constexpr milliseconds inspected_every{10000};

std::atomic<bool> shared_session_was_said = false;

constexpr std::string_view unreachable = "the database cannot be reached at this moment";
constexpr std::string_view too_long = "too many requests are waiting";

std::vector<const Call*> pointers_to(const std::vector<Call>& calls) {
    std::vector<const Call*> pointers;
    for (const Call& call : calls) {
        pointers.push_back(&call);
    }
    return pointers;
}

constexpr std::string_view lock_not_available = "55P03";
constexpr std::string_view query_canceled = "57014";

constexpr std::string_view insufficient_privilege = "42501";

// True once for each route: what the role may not do is for its administrator to change, and each call would say it.
bool is_news(const Route& route) {
    static std::mutex mutex;
    static std::set<const Route*> told;
    const std::lock_guard lock(mutex);
    return told.insert(&route).second;
}

std::string_view sqlstate_of(const PGresult* error) {
    return error == nullptr ? std::string_view() : diagnosis(error, PG_DIAG_SQLSTATE);
}

// After these the statements that were prepared are of no more use: the extension was changed under us.
bool wants_new_connection(std::string_view sqlstate) { return sqlstate == "0A000" || sqlstate == "26000"; }

} // namespace

Lane::Lane(LaneOptions options, std::shared_ptr<Waiting> waiting, PassOn pass_on, Metrics& metrics)
    : options_(std::move(options)), waiting_(std::move(waiting)), pass_on_(std::move(pass_on)),
      metrics_(metrics.lane(options_.name)), clerk_(options_.name, pass_on_), thread_([this] { run(); }) {}

Lane::~Lane() {
    waiting_->close();
    thread_.join();
}

void Lane::run() {
    milliseconds backoff = first_backoff;
    while (!waiting_->closed()) {
        if (!connection_ && !connect_now()) {
            refuse_waiting(backoff);
            backoff = std::min(backoff * 2, longest_backoff);
            continue;
        }
        backoff = first_backoff;
        std::vector<Call> calls = waiting_->take(options_.group_limit, idle_look);
        if (!still_connected()) {
            // Nothing of these was sent, so another connection may have them.
            lose_connection();
            if (!connect_now()) {
                refuse(calls, unreachable);
                continue;
            }
        }
        run_calls(std::move(calls));
        inspect_when_due();
    }
    refuse(waiting_->take(std::numeric_limits<std::size_t>::max(), milliseconds(0)), "the gateway is shutting down");
}

bool Lane::connect_now() {
    try {
        connection_ = connect("boxofficed " + options_.name);
        for (const std::string& setting : options_.settings) {
            query(connection_.get(), setting);
        }
        std::atomic_store(&catalogue_, read_catalogue(connection_.get()));
        for (const std::string& complaint : prepare_statements(connection_.get())) {
            log::error("a route does not work, because the database lacks its function: " + complaint);
        }
        inspect();
        if (PQsetnonblocking(connection_.get(), 1) != 0 || PQenterPipelineMode(connection_.get()) == 0) {
            throw DatabaseError(last_words(connection_.get()));
        }
    } catch (const SharedSession& shared) {
        leave_shared_session(shared);
        return false;
    } catch (const std::exception& failed) {
        log::warn("lane " + options_.name + " has no connection: " + failed.what());
        lose_connection();
        session_is_shared_ = false;
        return false;
    }
    session_is_shared_ = false;
    shared_session_was_said = false;
    log::info("lane " + options_.name + " is connected");
    connected_ = true;
    metrics_.connected.Set(1);
    return true;
}

// It stays so until somebody changes it, and goes for all lanes: to be said once.
void Lane::leave_shared_session(const SharedSession& shared) {
    if (!shared_session_was_said.exchange(true)) {
        log::error(
            std::string("lane " + options_.name + " leaves its connection, as all lanes would at their next one: ") +
            shared.what());
    }
    lose_connection();
    session_is_shared_ = true;
}

// What cannot be looked at is no reason to work no longer. Throws SharedSession.
void Lane::inspect() {
    inspect_at_ = std::chrono::steady_clock::now() + inspected_every;
    if (options_.inspect) {
        try {
            options_.inspect(connection_.get());
        } catch (const SharedSession&) {
            throw;
        } catch (const DatabaseError& failed) {
            log::warn("lane " + options_.name + " could not look at the database: " + failed.what());
        }
    }
}

void Lane::inspect_when_due() {
    if (!options_.inspect || !connection_ || std::chrono::steady_clock::now() < inspect_at_) {
        return;
    }
    try {
        if (PQexitPipelineMode(connection_.get()) == 1) {
            inspect();
        }
    } catch (const SharedSession& shared) {
        leave_shared_session(shared);
        return;
    }
    if (PQenterPipelineMode(connection_.get()) == 0) {
        lose_connection();
    }
}

void Lane::report() { metrics_.waiting.Set(static_cast<double>(waiting_->size())); }

void Lane::lose_connection() {
    connection_.reset();
    connected_ = false;
    metrics_.connected.Set(0);
}

// A server that has gone away says so on the socket, without being asked.
bool Lane::still_connected() {
    return PQconsumeInput(connection_.get()) == 1 && PQstatus(connection_.get()) == CONNECTION_OK;
}

// Until the next attempt to connect, whoever comes learns at once that there is no database.
void Lane::refuse_waiting(milliseconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    for (auto left = patience; left.count() > 0 && !waiting_->closed();
         left = std::chrono::ceil<milliseconds>(end - std::chrono::steady_clock::now())) {
        refuse(waiting_->take(options_.group_limit, left), unreachable);
    }
}

// Whoever has waited too long has gone, or is about to: the front gives up on an answer that takes much longer.
std::vector<Call> Lane::not_too_old(std::vector<Call> calls) {
    const auto oldest = std::chrono::steady_clock::now() - options_.waiting_limit;
    const auto too_old =
        std::stable_partition(calls.begin(), calls.end(), [&](const Call& call) { return call.since >= oldest; });
    refuse({too_old, calls.end()}, too_long);
    calls.erase(too_old, calls.end());
    return calls;
}

// One transaction for all. Where it fails, nothing of it was done: who made it fail is run again alone, the others as
// one group; where that fails, too, each is on its own, so that a group is run three times at most.
void Lane::run_calls(std::vector<Call> calls) {
    if (calls.empty()) {
        return;
    }
    // The same order in every lane, so that two that share users cannot wait for each other.
    std::stable_sort(calls.begin(), calls.end(),
                     [](const Call& one, const Call& other) { return one.order < other.order; });
    metrics_.group_size.Observe(static_cast<double>(calls.size()));
    std::vector<Call> again = settle(std::move(calls), Syncs::one_for_all);
    if (!again.empty()) {
        again = settle(std::move(again), Syncs::one_for_all);
    }
    if (!again.empty()) {
        settle(std::move(again), Syncs::one_for_each);
    }
    if (connection_ && !still_connected()) {
        lose_connection();
    }
}

// Runs the calls and answers all but those that have to be run again; in a group of its own each is answered.
std::vector<Call> Lane::settle(std::vector<Call> calls, Syncs syncs) {
    calls = not_too_old(std::move(calls));
    if (!connection_) {
        refuse(calls, unreachable);
        return {};
    }
    if (calls.empty()) {
        return {};
    }
    const bool alone = calls.size() == 1 || syncs == Syncs::one_for_each;
    GroupResult group =
        run_group(connection_.get(), pointers_to(calls), syncs, options_.statement_timeout + milliseconds(1000));
    std::vector<Call> again;
    std::vector<Call> culprit;
    std::vector<Clerk::Done> done;
    bool new_connection = group.connection_lost;
    if (syncs == Syncs::one_for_all && !group.done.front() && !group.connection_lost) {
        metrics_.undone.Increment();
    }
    for (std::size_t at = 0; at < calls.size(); ++at) {
        const PGresult* result = group.results[at].get();
        const bool failed = result != nullptr && PQresultStatus(result) != PGRES_TUPLES_OK;
        const std::string_view sqlstate = failed ? sqlstate_of(result) : std::string_view();
        if (group.done[at]) {
            done.push_back({std::move(calls[at]), std::move(group.results[at])});
        } else if (group.connection_lost) {
            answer_lost(calls[at]);
        } else if (passed_on(calls[at], sqlstate)) {
            continue;
        } else if (alone || sqlstate == query_canceled) {
            // One that took too long has had its time, and the others have waited for it.
            answer_failed(calls[at], result);
            new_connection = new_connection || wants_new_connection(sqlstate);
        } else {
            (failed ? culprit : again).push_back(std::move(calls[at]));
        }
    }
    if (!done.empty()) {
        clerk_.answer(std::move(done), catalogue());
    }
    if (new_connection) {
        lose_connection();
    }
    metrics_.repeated.Increment(static_cast<double>(again.size() + culprit.size()));
    if (!culprit.empty()) {
        settle(std::move(culprit), Syncs::one_for_each);
    }
    return again;
}

// A call that met a lock, or a read that took too long, goes where it holds up nobody.
bool Lane::passed_on(Call& call, std::string_view sqlstate) const {
    const bool holds_up =
        sqlstate == lock_not_available || (sqlstate == query_canceled && options_.passes_on_long_ones);
    return holds_up && pass_on_ && pass_on_(call);
}

// A null error: committing failed, and no call of the group is to blame by name.
void Lane::answer_failed(Call& call, const PGresult* error) {
    if (error == nullptr || PQresultStatus(error) == PGRES_TUPLES_OK) {
        call.respondent->answer(sql_problem(*catalogue(), "40001", "", "", ""), options_.name);
        return;
    }
    const std::string_view sqlstate = sqlstate_of(error);
    const std::string_view message = diagnosis(error, PG_DIAG_MESSAGE_PRIMARY);
    Answer answer = sql_problem(*catalogue(), sqlstate, message, diagnosis(error, PG_DIAG_MESSAGE_DETAIL),
                                diagnosis(error, PG_DIAG_MESSAGE_HINT));
    if (answer.status >= 500 || (sqlstate == insufficient_privilege && is_news(*call.route))) {
        log::error(std::string(call.route->function) + " failed with SQLSTATE " + std::string(sqlstate) + ": " +
                       std::string(message),
                   call.respondent->request_id());
    }
    call.respondent->answer(std::move(answer), options_.name);
}

// Nothing of these was done.
void Lane::refuse(std::span<const Call> calls, std::string_view why) {
    for (const Call& call : calls) {
        call.respondent->answer(unavailable(why), options_.name);
    }
}

void Lane::answer_lost(Call& call) {
    call.respondent->answer(unknown_outcome("the connection to the database was lost before it answered"),
                            options_.name);
}

} // namespace boxoffice::api
