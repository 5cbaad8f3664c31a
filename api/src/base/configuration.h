// The settings of boxofficed: from the command line, else from the environment (BOXOFFICE_LISTEN for --listen), else
// from a TOML file (key listen), else the default. One table in configuration.cpp names them all; how to reach
// PostgreSQL is not among them, that is libpq's (PGHOST, PGSERVICE, ...).
#pragma once

#include "base/configuration_error.h"

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace boxoffice::api {

struct Configuration {
    // Where requests come in.
    std::string listen = "127.0.0.1:8081";
    bool listen_publicly = false;
    int threads = 2;
    // Who may call.
    std::string jwt_keys;
    std::string jwks_url;
    std::string jwt_issuer;
    std::string jwt_audience;
    int jwt_leeway = 30;
    std::string role_claim = "role";
    bool allow_self_credit = false;
    // How calls get to the database.
    int write_lanes = 1;
    int read_lanes = 1;
    int list_lanes = 2;
    int browse_lanes = 2;
    int slow_connections = 2;
    int group_limit = 60;
    int lane_capacity = 10000;
    int waiting_limit_ms = 5000;
    int statement_timeout_ms = 5000;
    int read_budget_ms = 100;
    int lock_timeout_ms = 2000;
    int cache_ms = 500;
    // Operations.
    int drain_ms = 500;
    int shutdown_timeout_ms = 10000;
    std::string log_level = "info";
    bool log_requests = true;
    // The relay, and live.
    std::string publisher = "http://127.0.0.1:8082";
    int poll_ms = 100;
    int progress_ms = 500;
};

// The TOML file that the command line or the environment names; empty: none.
std::string configuration_file(int argument_count, const char* const* arguments);

// What the file says, and the defaults for the rest. Throws ConfigurationError that names file, line and key.
Configuration read_configuration(const std::string& file);

// Makes every setting an option of the command line, with its environment variable, bound to `configuration`.
void add_settings(CLI::App& application, Configuration& configuration);

// The variables of the environment that are named like settings and are none: misspelt ones, which nothing reads.
std::vector<std::string> unknown_in_environment();

// Throws ConfigurationError for settings that do not go together.
void check(const Configuration& configuration);

struct Address {
    std::string host;
    int port = 0;
};

// Where to listen. Throws ConfigurationError for what is no ADDRESS:PORT, and for an address that others can reach
// unless listen_publicly says so.
Address listening_address(const Configuration& configuration);

// Whether a URL's host is this machine: localhost, or a loopback address.
bool is_on_this_machine(const std::string& address);

// Where `boxofficed live` listens: a path, or an address and a port.
struct LivePlace {
    bool is_unix = false;
    std::string host;
    int port = 0;
};

// What `publisher` names. Throws ConfigurationError for an address that others can reach.
LivePlace live_place(const Configuration& configuration);

} // namespace boxoffice::api
