// The queue of a real server, asked through SQL. Each history has a queue of its own, in a database that is replaced
// from time to time, because tick() looks after every queue of a database.
//
// The session's clock is set anew before each call, so that the server lives in the time of the history however long
// the test takes. That needs the wall clock of the server to be ours: it must run on this machine.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "answer.h"
#include "connection.h"
#include "history.h"

namespace boxoffice::histories {

struct Reply {
    Answer answer;
    std::vector<TokenRow> rows; // after the call
    bool late = false;          // the call took so long that its instant is not known well enough
};

class Server {
public:
    // The connection must be a superuser's; the database that it names is only used to make another one.
    explicit Server(std::string connection_string);

    // Whether the library is preloaded, so that positions come from shared memory.
    bool has_board() const { return has_board_; }

    // Makes a queue for the next history. Throws when the server cannot be reached.
    void begin(const Settings& settings);
    // Every send is followed by a receive; between the two other servers can be asked. A lost connection is an answer.
    void send(const Command& command, Instant now);
    Reply receive();
    // Gives up the connection, as before a restart; the next send or begin makes a new one.
    void disconnect() { connection_.reset(); }
    // What verify() finds, one finding per line; empty when all is well.
    std::string verify(Instant now);

private:
    void make_database();
    void connect();
    // The statement that makes the session's clock read the instant now.
    Statement clock_statement(Instant now);
    Statement call_statement(const Command& command) const;
    const std::string& token_named(int user, int back) const;
    Reply read(std::vector<Result> results);
    std::optional<Instant> instant(const Result& result, int row, const char* column) const;

    struct KnownToken {
        int user;
        std::string token;
        bool operator==(const KnownToken&) const = default;
    };

    std::string connection_string_;
    bool has_board_ = false;
    std::optional<Connection> connection_;
    std::string failure_; // why there is no connection
    bool wants_database_ = true;
    int histories_in_database_ = 0;
    std::string queue_id_;
    std::string slot_id_;            // of seats that are sold through the queue
    std::vector<KnownToken> tokens_; // of the queue, in the order of their numbers
    std::int64_t begins_at_ = 0;     // microseconds since 1970, as all of the server's times here
    std::int64_t sent_at_ = 0;
    std::int64_t latest_ = 0;
};

} // namespace boxoffice::histories
