#include "upkeep/worker.h"

#include "base/settings.h"
#include "pg/boundary.h"

#include <algorithm>

namespace boxoffice::worker {

using shared_memory::Hold;

namespace {

constexpr int64_t tick_interval = USECS_PER_SEC;
// What happens at one instant is answered by one round.
constexpr int64_t least_pause = 20000;
constexpr int restart_seconds = 2;
// So many ticks without the extension are no accident.
constexpr int64_t patient_ticks = 10;

// The last error before the connection was tried.
char earlier_error[sizeof(shared_memory::Worker::last_error)];
TimestampTz earlier_error_at = 0;

void appear() {
    auto& state = *shared_memory::worker();
    const Hold hold(shared_memory::worker_lock(), LW_EXCLUSIVE);
    --state.errors;
    strlcpy(state.last_error, earlier_error, sizeof(state.last_error));
    state.last_error_at = earlier_error_at;
    state.latch = MyLatch;
    state.database = MyDatabaseId;
    state.pid = MyProcPid;
    state.started_at = GetCurrentTimestamp();
}

extern "C" void boxoffice_worker_exits(int, Datum) {
    auto& state = *shared_memory::worker();
    const Hold hold(shared_memory::worker_lock(), LW_EXCLUSIVE);
    if (state.pid != MyProcPid)
        return;
    state.latch = nullptr;
    state.pid = 0;
}

void record_tick(TimestampTz began, TimestampTz due) {
    auto& state = *shared_memory::worker();
    const Hold hold(shared_memory::worker_lock(), LW_EXCLUSIVE);
    state.last_tick_at = began;
    state.lag = began - due;
    ++state.ticks;
}

void record_error(const char* message) {
    auto& state = *shared_memory::worker();
    const Hold hold(shared_memory::worker_lock(), LW_EXCLUSIVE);
    ++state.errors;
    state.last_error_at = GetCurrentTimestamp();
    strlcpy(state.last_error, message, sizeof(state.last_error));
}

// Runs body in a transaction; false when it failed. A fatal error ends the process, and the server starts another.
template <typename Body>
bool in_transaction(Body&& body) {
    try {
        guarded([] {
            SetCurrentStatementStartTimestamp();
            StartTransactionCommand();
            PushActiveSnapshot(GetTransactionSnapshot());
        });
        body();
        guarded([] {
            PopActiveSnapshot();
            CommitTransactionCommand();
        });
        return true;
    } catch (const PostgresError& error) {
        record_error(error.data->message);
        guarded([&] {
            error.data->elevel = LOG;
            ThrowErrorData(error.data);
            FreeErrorData(error.data);
        });
    } catch (const Failure& failure) {
        record_error(failure.message.c_str());
        guarded([&] { elog(LOG, "the worker of boxoffice: %s", failure.message.c_str()); });
    } catch (const std::exception& error) {
        record_error(error.what());
        guarded([&] { elog(LOG, "the worker of boxoffice: %s", error.what()); });
    }
    guarded([] { AbortCurrentTransaction(); });
    return false;
}

// Until then, or until somebody wakes us.
void sleep_until(TimestampTz then) {
    guarded([&] {
        const long milliseconds = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), then);
        if (milliseconds > 0)
            WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds, PG_WAIT_EXTENSION);
        ResetLatch(MyLatch);
        CHECK_FOR_INTERRUPTS();
    });
}

void sleep_least(TimestampTz since) {
    // the clock may have been set back meanwhile
    const int64_t rest = std::min(since + least_pause - GetCurrentTimestamp(), least_pause);
    if (rest > 0)
        pg_usleep(static_cast<long>(rest));
}

// The extension may be missing, or come and go.
bool extension_is_there() {
    bool there = false;
    in_transaction([&] { there = guarded([] { return OidIsValid(get_extension_oid("boxoffice", true)); }); });
    return there;
}

// Once in the worker's life, because nobody may be looking at its state: what is preloaded for nothing is a mistake mostly.
void complain_of_missing_extension() {
    const std::string database = settings::database();
    guarded([&] {
        ereport(
            WARNING,
            (errmsg("the worker of boxoffice serves database \"%s\", which does not have the extension",
                    database.c_str()),
             errhint("Set boxoffice.database to the database that has it, or run CREATE EXTENSION boxoffice there.")));
    });
}

// When there is more to do; nothing: at the next tick, also after an error, so that one that stays is not repeated
// without end.
std::optional<TimestampTz> work_once(const Work& work, bool all) {
    bool good = !all || in_transaction(work.tidy);
    std::vector<int64_t> queues;
    good = in_transaction([&] { queues = work.queues(all); }) && good;
    for (const int64_t queue_id : queues)
        good = in_transaction([&] { work.serve(queue_id, all); }) && good;
    std::optional<TimestampTz> next;
    good = in_transaction([&] { next = work.next_due(); }) && good;
    return good ? next : std::nullopt;
}

bool reload_changes_database() {
    if (!ConfigReloadPending)
        return false;
    ConfigReloadPending = false;
    const std::string before = settings::database();
    guarded([] { ProcessConfigFile(PGC_SIGHUP); });
    return settings::database() != before;
}

} // namespace

void register_worker() {
    BackgroundWorker worker{};
    strlcpy(worker.bgw_name, "boxoffice worker", sizeof(worker.bgw_name));
    strlcpy(worker.bgw_type, "boxoffice worker", sizeof(worker.bgw_type));
    strlcpy(worker.bgw_library_name, "boxoffice", sizeof(worker.bgw_library_name));
    strlcpy(worker.bgw_function_name, "boxoffice_worker_main", sizeof(worker.bgw_function_name));
    worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
    worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
    worker.bgw_restart_time = restart_seconds;
    RegisterBackgroundWorker(&worker);
}

void expect_connection(const std::string& database) {
    auto& state = *shared_memory::worker();
    const std::string message = "the worker could not connect to database \"" + database + "\"";
    const Hold hold(shared_memory::worker_lock(), LW_EXCLUSIVE);
    strlcpy(earlier_error, state.last_error, sizeof(earlier_error));
    earlier_error_at = state.last_error_at;
    strlcpy(state.last_error, message.c_str(), sizeof(state.last_error));
    state.last_error_at = GetCurrentTimestamp();
    ++state.errors;
}

void wait_for_database() {
    while (!reload_changes_database())
        sleep_until(GetCurrentTimestamp() + USECS_PER_HOUR);
}

void run(const Work& work) {
    guarded([] { before_shmem_exit(boxoffice_worker_exits, Datum{0}); });
    appear();
    TimestampTz tick_due = GetCurrentTimestamp();
    int64_t ticks_in_vain = 0;
    while (!reload_changes_database()) {
        const TimestampTz began = GetCurrentTimestamp();
        tick_due = std::min(tick_due, began + tick_interval);
        const bool all = began >= tick_due;
        std::optional<TimestampTz> next;
        if (extension_is_there())
            next = work_once(work, all);
        else if (all && ++ticks_in_vain == patient_ticks)
            complain_of_missing_extension();
        if (all) {
            record_tick(began, tick_due);
            tick_due = began + tick_interval;
        }
        guarded([] { pgstat_report_stat(true); });
        sleep_least(began);
        sleep_until(next && *next < tick_due ? *next : tick_due);
    }
}

bool serves_this_database(const shared_memory::Worker& state) {
    return state.pid != 0 && state.database == MyDatabaseId;
}

std::optional<shared_memory::Worker> state() {
    if (!shared_memory::present())
        return std::nullopt;
    const Hold hold(shared_memory::worker_lock(), LW_SHARED);
    return *shared_memory::worker();
}

} // namespace boxoffice::worker
