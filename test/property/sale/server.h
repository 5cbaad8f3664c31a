// The sale of a real server, asked through SQL. Each history has an event, a slot, pools and users of its own.
#pragma once

#include <string>
#include <vector>

#include "answer.h"
#include "database.h"
#include "history.h"

namespace boxoffice::histories {

struct Reply {
    Answer answer;
    Standing standing; // after the call
    bool late = false; // the call took so long that its instant is not known well enough
};

class Server {
public:
    explicit Server(const std::string& connection_string) : database_(connection_string, "sale_histories") {}

    // Makes a slot for the next history. Throws when the server cannot be reached.
    void begin(const Settings& settings);
    // A lost connection is an answer.
    Reply call(const Command& command, Instant now);
    Standing standing(Instant now);
    std::string verify(Instant now) { return database_.verify(now); }

    // For several who call at once: a connection as begin() has prepared its own, and the call as a statement.
    Connection another_connection() const;
    void set_clock(Connection& connection, Instant now) { connection.query(database_.clock_statement(now)); }
    Statement call_statement(const Command& command) const;

private:
    void set_stripes(Connection& connection) const;
    std::string user_text(int user) const;
    Reply read(const std::vector<Result>& results);
    Standing read_standing(const Result& counts, const Result& reservations);

    Database database_;
    Settings settings_;
    int histories_ = 0;
    std::string event_id_;
    std::string slot_id_;
    std::vector<std::string> pool_ids_;
    std::vector<std::int64_t> reservation_ids_; // in the order in which they were made
};

// The SQLSTATE of what a call raised; empty when it raised nothing.
std::string sqlstate_of(const Result& result);

} // namespace boxoffice::histories
