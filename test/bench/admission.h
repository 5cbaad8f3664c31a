// The queue seen by those who run it: how many wait and are active, who lets the next in, and whether anybody does.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "database.h"

namespace boxoffice::crowd {

struct QueueLook {
    std::int64_t waiting;
    std::int64_t active;   // whose time has not run out, marked so or not
    std::int64_t admitted; // ever
};

QueueLook look_at_queue(Database& database, std::int64_t queue_id);

// Sees to it that someone admits those who wait: the background worker where one serves the database; where none does,
// this calls boxoffice.tick() on a connection of its own.
class Admission {
public:
    Admission(Database& database, int max_active);
    ~Admission();

    bool ticks_itself() const { return ticker_.joinable(); }

    // Called with every look. Throws when people wait, there is room for them, and nobody was let in for some seconds.
    void check(const QueueLook& look, double seconds_since_start);

private:
    void tick_until_stopped();
    std::string last_error();

    Database& database_;
    std::int64_t max_active_;
    std::int64_t admitted_ = 0;       // at the last look
    double moved_at_ = 0;             // when the queue last moved or had no need to, in seconds since the start
    std::optional<Database> tick_on_; // the ticker's own connection
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::string tick_error_; // under mutex_
    std::thread ticker_;
};

} // namespace boxoffice::crowd
