// The database of a property test: made anew from time to time, with a session whose clock is set before each call, so
// that the server lives in the time of the history however long the test takes. That needs the wall clock of the server
// to be ours: it must run on this machine.
#pragma once

#include <optional>
#include <string>

#include "connection.h"
#include "instant.h"

namespace boxoffice::histories {

class Database {
public:
    // The connection must be a superuser's; the database that it names is only used to make this one.
    Database(std::string connection_string, std::string name);

    // Whether the library is preloaded.
    bool preloads() const { return preloads_; }

    // A history begins: later than all that happened in this database, because a clock does not go back. Throws when the
    // server cannot be reached.
    void begin(Duration later);
    // The connection, made anew when it was given up; waits for a server that recovers. Throws ConnectionLost.
    Connection& connection();
    // Another one to the same database.
    Connection another_connection() const { return Connection(connection_string_, name_); }
    void disconnect() { connection_.reset(); }

    // In microseconds since 1970.
    std::int64_t microseconds_of(Instant instant) const;
    // The statement that makes a session's clock read the instant now.
    Statement clock_statement(Instant now);
    // Whether so much time has passed since that the instant of what followed is not known well enough.
    bool is_late() const;
    std::optional<Instant> instant(const Result& result, int row,
                                   const char* column) const; // of microseconds since 1970
    // What verify() finds, one finding per line; empty when all is well.
    std::string verify(Instant now);

private:
    void make();

    std::string connection_string_;
    std::string name_;
    bool preloads_ = false;
    std::optional<Connection> connection_;
    bool wanted_ = true; // is to be made anew
    int histories_ = 0;
    std::int64_t begins_at_ = 0; // microseconds since 1970, as all of the server's times here
    std::int64_t sent_at_ = 0;
    std::int64_t latest_ = 0;
};

} // namespace boxoffice::histories
