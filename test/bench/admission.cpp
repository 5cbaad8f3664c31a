// Who lets the next in, and the watch over it: a queue that does not move must fail the crowd, not hang it.
#include "admission.h"

#include <chrono>
#include <stdexcept>

#include "progress.h"

namespace boxoffice::crowd {
namespace {

// A place that someone leaves stands empty for half of this on average.
constexpr auto tick_every = std::chrono::milliseconds(100);

// The worker comes to a database that was made a moment ago only when it next looks for one.
constexpr auto longest_wait_for_worker = std::chrono::seconds(5);

// A round comes about once a second and takes milliseconds.
constexpr double longest_standstill_seconds = 5;

bool worker_serves(Database& database) {
    const auto give_up_at = std::chrono::steady_clock::now() + longest_wait_for_worker;
    do {
        const Result result = database.query(
            "SELECT current_setting('boxoffice.database', true) = current_database(), EXISTS (SELECT FROM "
            "boxoffice.stat_worker WHERE database = current_database() AND pid IS NOT NULL)");
        if (result.text(0, 1) == "t") {
            return true;
        }
        if (result.text(0, 0) != "t") {
            return false; // none is meant to come here
        }
        std::this_thread::sleep_for(tick_every);
    } while (std::chrono::steady_clock::now() < give_up_at);
    return false;
}

} // namespace

// By the table, not by stat_queue: whose time has run out is in nobody's way, but counts in the view until a round has
// come by.
QueueLook look_at_queue(Database& database, std::int64_t queue_id) {
    const Result result = database.query("SELECT count(*) FILTER (WHERE status = 'waiting'), "
                                         "count(*) FILTER (WHERE status = 'active' AND "
                                         "lapses_at > clock_timestamp()), count(admitted_at) "
                                         "FROM boxoffice.queue_token WHERE queue_id = $1",
                                         {std::to_string(queue_id)});
    return {.waiting = result.integer(0, 0), .active = result.integer(0, 1), .admitted = result.integer(0, 2)};
}

Admission::Admission(Database& database, int max_active) : database_(database), max_active_(max_active) {
    if (!worker_serves(database)) {
        tick_on_.emplace();
        ticker_ = std::thread([this] { tick_until_stopped(); });
    }
}

Admission::~Admission() {
    stopping_ = true;
    if (ticker_.joinable()) {
        ticker_.join();
    }
}

void Admission::tick_until_stopped() {
    while (!stopping_) {
        try {
            tick_on_->query("SELECT boxoffice.tick()");
        } catch (const std::exception& error) {
            const std::lock_guard lock(mutex_);
            tick_error_ = error.what();
        }
        std::this_thread::sleep_for(tick_every);
    }
}

void Admission::check(const QueueLook& look, double seconds_since_start) {
    if (look.waiting == 0 || look.active >= max_active_ || look.admitted > admitted_) {
        admitted_ = look.admitted;
        moved_at_ = seconds_since_start;
    } else if (seconds_since_start - moved_at_ > longest_standstill_seconds) {
        const std::string error = last_error();
        throw std::runtime_error("the queue stands still: " + grouped(look.waiting) + " wait, " + grouped(look.active) +
                                 " of at most " + grouped(max_active_) + " are active, and nobody was admitted for " +
                                 grouped(static_cast<std::int64_t>(longest_standstill_seconds)) + " seconds by " +
                                 (ticks_itself() ? "boxoffice.tick()" : "the background worker") +
                                 (error.empty() ? "" : ", whose last error is: " + error));
    }
}

std::string Admission::last_error() {
    if (ticks_itself()) {
        const std::lock_guard lock(mutex_);
        return tick_error_;
    }
    const Result result = database_.query("SELECT last_error FROM boxoffice.stat_worker");
    return result.rows() == 0 ? "" : result.text(0, 0);
}

} // namespace boxoffice::crowd
