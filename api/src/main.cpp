// boxofficed: the gateway. Reads its settings and runs what was asked for.
#include "auth/identity.h"
#include "auth/key_source.h"
#include "auth/new_keys.h"
#include "base/configuration.h"
#include "base/database.h"
#include "base/log.h"
#include "http/server.h"
#include "live/live.h"
#include "openapi/openapi.h"
#include "relay/relay.h"

#include <CLI/CLI.hpp>

#include <ctime>
#include <iostream>

namespace {

namespace api = boxoffice::api;

constexpr int usage_status = 2;

// boxofficed token: mints one for each user and prints it.
int print_tokens(const api::Configuration& configuration, api::Claims claims, const std::vector<std::string>& users) {
    if (configuration.jwt_keys.empty()) {
        throw api::ConfigurationError("jwt_keys is not set: it names the file with the key (a JWK set) to sign with");
    }
    const auto keys = api::KeyRing::load(configuration.jwt_keys, api::token_rules(configuration));
    for (const std::string& user : users) {
        claims.user = user;
        std::cout << keys.mint(claims, std::time(nullptr)) << "\n";
    }
    return 0;
}

// boxofficed keys: makes one, and prints what others may know of it.
int make_keys(const std::string& file, const std::string& algorithm, const std::string& id) {
    const api::NewKeys keys = api::new_keys(algorithm, id);
    api::write_secret_file(file, keys.set);
    std::cout << keys.public_set;
    return 0;
}

// boxofficed openapi: prints the description of the interface.
int print_openapi() {
    const api::Connection connection = api::connect("boxofficed openapi");
    std::cout << api::openapi(*api::read_catalogue(connection.get())) << "\n";
    return 0;
}

int run(int argument_count, char** arguments) {
    api::Configuration configuration = api::read_configuration(api::configuration_file(argument_count, arguments));
    CLI::App application(
        "boxofficed: the HTTP gateway of boxoffice. How to reach PostgreSQL is libpq's to know: PGHOST, PGPORT, "
        "PGDATABASE, PGUSER, PGSERVICE and so on.",
        "boxofficed");
    application.set_version_flag("--version", std::string("boxofficed ") + BOXOFFICE_VERSION);
    application.require_subcommand(0, 1);
    application.fallthrough();
    api::add_settings(application, configuration);

    application.add_subcommand("serve", "answer requests (this is also what happens without a subcommand)");
    const CLI::App* relay = application.add_subcommand("relay", "tell live what changes");
    const CLI::App* live = application.add_subcommand("live", "tell browsers, behind the front, what the relay tells");
    const CLI::App* openapi = application.add_subcommand("openapi", "print the OpenAPI description of the interface");
    CLI::App* token = application.add_subcommand(
        "token", "mint a token for development, signed with the first key of jwt_keys that can sign");
    api::Claims claims;
    std::vector<std::string> users;
    token->add_option("--user", users, "whom it names: sub; may be given several times, for a token each")->required();
    token->add_option("--role", claims.role, "boxoffice_admin makes an administrator");
    token->add_option("--queue-priority", claims.queue_priority, "0 to 3")->check(CLI::Range(0, 3));
    token->add_option("--valid-for", claims.lifetime_seconds, "seconds")
        ->check(CLI::Range(1, 31536000))
        ->capture_default_str();
    CLI::App* new_keys = application.add_subcommand(
        "keys", "make a key set with one new key; prints its public part, for who is only to check tokens");
    std::string key_file;
    std::string algorithm = "ES256";
    std::string key_id;
    new_keys->add_option("FILE", key_file, "where it goes; must not exist")->required();
    new_keys->add_option("--algorithm", algorithm, "HS256, RS256, ES256 or EdDSA")
        ->check(CLI::IsMember({"HS256", "RS256", "ES256", "EdDSA"}))
        ->capture_default_str();
    new_keys->add_option("--kid", key_id, "the name of the key; without it one by chance");
    try {
        application.parse(argument_count, arguments);
    } catch (const CLI::ParseError& error) {
        return application.exit(error) == 0 ? 0 : usage_status;
    }
    if (new_keys->parsed()) {
        return make_keys(key_file, algorithm, key_id);
    }
    api::check(configuration);
    if (token->parsed()) {
        return print_tokens(configuration, claims, users);
    }
    if (openapi->parsed()) {
        return print_openapi();
    }
    api::log::start(configuration.log_level);
    // A warning, since another program on this machine may have variables of this name.
    for (const std::string& name : api::unknown_in_environment()) {
        api::log::warn("there is no setting for " + name +
                       " in the environment; boxofficed --help lists all: it is ignored");
    }
    const int status = relay->parsed()  ? api::relay(configuration)
                       : live->parsed() ? api::live(configuration)
                                        : api::serve(configuration);
    api::log::stop();
    return status;
}

// Says why it ends, in one line after all that the log has to say.
int complain(const std::exception& error, int status) {
    api::log::stop();
    std::cerr << "boxofficed: " + std::string(error.what()) + "\n";
    return status;
}

} // namespace

int main(int argument_count, char** arguments) {
    try {
        return run(argument_count, arguments);
    } catch (const api::ConfigurationError& error) {
        return complain(error, usage_status);
    } catch (const std::exception& error) {
        return complain(error, 1);
    }
}
