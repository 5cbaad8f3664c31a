// One group of calls on one connection: sent in libpq's pipeline mode and read to the end. A group with one Sync is one
// transaction; nothing of it is done before its Sync has come back.
#pragma once

#include "base/database.h"
#include "lanes/call.h"

#include <chrono>
#include <vector>

namespace boxoffice::api {

enum class Syncs { one_for_all, one_for_each };

// What came back. `results` has one for each call: rows, or an error (also that of the commit, where the call was alone),
// or null for a call that was passed over because an earlier one of its transaction had failed. A call has been carried out only if `done` says so.
struct GroupResult {
    std::vector<Result> results;
    std::vector<bool> done;
    bool connection_lost = false; // what is not done may have been done all the same
};

// The name of the statement that is prepared for a route.
std::string statement_name(const Route& route);

// Prepares the statements of all routes. Returns what the database said about those that it does not have. Throws
// SharedSession where somebody has prepared them before.
std::vector<std::string> prepare_statements(PGconn* connection);

// Runs the calls. After `patience` the server is asked to give up, and after as much again the connection is counted as
// lost. Never throws: what goes wrong is in the result.
GroupResult run_group(PGconn* connection, const std::vector<const Call*>& calls, Syncs syncs,
                      std::chrono::milliseconds patience);

} // namespace boxoffice::api
