// The background worker: calls a round of upkeep about once a second, and at once when it is woken.
//
// It serves the one database named by boxoffice.database and comes back by itself when it dies. An error in a round is
// written to the server log and to its state, and the next round is tried a second later.
#pragma once

#include "queue/board/shared_memory.h"

namespace boxoffice::worker {

// Has the server start the worker; only while it preloads the library.
void register_worker();

// What there is to do; each call is a transaction of its own, so that an error in one does not stop the others.
struct Work {
    void (*tidy)(); // about once a second
    // The queues to serve now: all, about once a second, or those that want it.
    std::vector<int64_t> (*queues)(bool all);
    void (*serve)(int64_t queue_id, bool all);
    // When somebody's time runs out next, by the wall clock; nothing: never.
    std::optional<TimestampTz> (*next_due)();
};
// Before the worker connects: should it not come back from that, this is what its state says of it.
void expect_connection(const std::string& database);
// Without a database: returns when the setting names one.
void wait_for_database();
// The worker's life; returns when it should begin again with another database.
void run(const Work& work);

// Its state, as it was at one instant; nothing: the library is not preloaded.
std::optional<shared_memory::Worker> state();
// Whether it runs and is connected to the database of this session.
bool serves_this_database(const shared_memory::Worker& state);

} // namespace boxoffice::worker
