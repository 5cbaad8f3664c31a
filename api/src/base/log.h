// The log: one JSON object per line on standard error, written by a thread of its own. Tokens and balances never
// get into it.
#pragma once

#include <string_view>

namespace boxoffice::api::log {

// What one answered request says of itself.
struct Entry {
    std::string_view request_id;
    std::string_view route; // not as asked: that could be anything
    int status;
    std::string_view outcome;
    double duration_ms;
    std::string_view lane;
};

// Starts the log; level is trace, debug, info, warn, error or off.
void start(std::string_view level);

// Asks for what is under way to be written; any thread may go on using the log.
void flush();

// Writes what is under way and ends the log, which no thread may use any more.
void stop();

void request(const Entry& entry);
void info(std::string_view message);
void warn(std::string_view message);
void error(std::string_view message);

// One that concerns a request.
void error(std::string_view message, std::string_view request_id);

} // namespace boxoffice::api::log
