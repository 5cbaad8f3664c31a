// The queue of a real server, asked through SQL. Each history has a queue of its own, in a database that is replaced
// from time to time, because tick() looks after every queue of a database.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "answer.h"
#include "database.h"
#include "history.h"

namespace boxoffice::histories {

struct Reply {
    Answer answer;
    std::vector<TokenRow> rows; // after the call
    bool late = false;          // the call took so long that its instant is not known well enough
};

class Server {
public:
    explicit Server(const std::string& connection_string) : database_(connection_string, "queue_histories") {}

    // Whether the library is preloaded, so that positions come from shared memory.
    bool has_board() const { return database_.preloads(); }

    // Makes a queue for the next history. Throws when the server cannot be reached.
    void begin(const Settings& settings);
    // Every send is followed by a receive; between the two other servers can be asked. A lost connection is an answer.
    void send(const Command& command, Instant now);
    Reply receive();
    // Gives up the connection, as before a restart; the next send or begin makes a new one.
    void disconnect() { database_.disconnect(); }
    // What verify() finds, one finding per line; empty when all is well.
    std::string verify(Instant now) { return database_.verify(now); }

private:
    Statement call_statement(const Command& command) const;
    const std::string& token_named(int user, int back) const;
    Reply read(std::vector<Result> results);

    struct KnownToken {
        int user;
        std::string token;
        bool operator==(const KnownToken&) const = default;
    };

    Database database_;
    bool sent_ = false;
    std::string failure_; // why there is no connection
    std::string queue_id_;
    std::string slot_id_;            // of seats that are sold through the queue
    std::vector<KnownToken> tokens_; // of the queue, in the order of their numbers
};

} // namespace boxoffice::histories
