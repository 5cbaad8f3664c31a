// The command line of the crowd: what may be chosen, its defaults, and how a wrong choice is reported.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace boxoffice::crowd {

struct Options {
    std::string plan_file;
    std::string http_url;  // empty: SQL
    std::string keys_file; // with http_url
    int buyers = 5000;
    int connections = 32;
    double hold_for_seconds = 3;
    double arrive_within_seconds = 16;
    double think_for_seconds = 1;
    int max_active = 200; // 0: no queue
    double active_for_seconds = 10;
    double impatience = 4;
    std::uint64_t seed = 1;
    bool help = false;
};

// A command line that makes no sense; the text says what and is meant for the person who typed it.
struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Reads the command line; throws UsageError.
Options parse_options(int argument_count, char** arguments);

// What --help prints.
std::string usage();

} // namespace boxoffice::crowd
