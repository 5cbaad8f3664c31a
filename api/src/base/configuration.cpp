#include "base/configuration.h"

#include <CLI/CLI.hpp>
#include <arpa/inet.h>
#include <curl/curl.h>
#include <toml.hpp>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

namespace boxoffice::api {

namespace {

using Member = std::variant<std::string Configuration::*, int Configuration::*, bool Configuration::*>;

struct Setting {
    const char* name; // as in TOML; with dashes on the command line, in capitals after BOXOFFICE_ in the environment
    Member member;
    const char* description;
    int least = 0;
    int most = 0;
};

const std::array settings{
    Setting{"listen", &Configuration::listen, "ADDRESS:PORT for requests from the front; port 0: any that is free"},
    Setting{
        "listen_publicly", &Configuration::listen_publicly,
        "allow an address in listen that others can reach: only behind a front of your own that normalises requests"},
    Setting{"threads", &Configuration::threads, "threads that read requests", 1, 256},
    Setting{"jwt_keys", &Configuration::jwt_keys,
            "file with the JWK set that tokens are checked with; read again on SIGHUP"},
    Setting{"jwks_url", &Configuration::jwks_url,
            "instead of jwt_keys: https address of the JWK set of an identity provider (http on this machine only)"},
    Setting{"jwt_issuer", &Configuration::jwt_issuer, "what iss of a token must be; empty: anything"},
    Setting{"jwt_audience", &Configuration::jwt_audience, "what aud of a token must contain; empty: anything"},
    Setting{"jwt_leeway", &Configuration::jwt_leeway, "seconds by which another's clock may be wrong, for exp and nbf",
            0, 3600},
    Setting{"role_claim", &Configuration::role_claim,
            "where a token names its roles: a claim, or a path such as realm_access.roles; a text or a list of texts"},
    Setting{"allow_self_credit", &Configuration::allow_self_credit,
            "let users credit and debit themselves: for demonstrations only"},
    Setting{"write_lanes", &Configuration::write_lanes, "connections for writes", 1, 64},
    Setting{"read_lanes", &Configuration::read_lanes, "connections for reads", 1, 64},
    Setting{"list_lanes", &Configuration::list_lanes,
            "connections for the lists and reservations of users, one of a user at a time", 1, 64},
    Setting{"browse_lanes", &Configuration::browse_lanes,
            "connections for the maps and searches of strangers, one of a hall at a time, and one search", 1, 64},
    Setting{"slow_connections", &Configuration::slow_connections, "connections for calls that have to wait", 1, 64},
    Setting{"group_limit", &Configuration::group_limit, "most calls in one transaction", 1, 60},
    Setting{"lane_capacity", &Configuration::lane_capacity, "most calls that wait for a lane; the next get 503", 1,
            1000000},
    Setting{"waiting_limit_ms", &Configuration::waiting_limit_ms,
            "a call that waited longer for its lane is answered with 503 and not carried out", 1, 3600000},
    Setting{"statement_timeout_ms", &Configuration::statement_timeout_ms, "longest that one call may take", 1, 3600000},
    Setting{"read_budget_ms", &Configuration::read_budget_ms,
            "a read that takes longer goes on to the lanes of lists or of browsing, and others pass it", 1, 3600000},
    Setting{"lock_timeout_ms", &Configuration::lock_timeout_ms, "longest that a slow call may wait for a lock", 1,
            3600000},
    Setting{"cache_ms", &Configuration::cache_ms,
            "how long one answer serves all who ask for the same public list; 0: not", 0, 60000},
    Setting{"drain_ms", &Configuration::drain_ms, "after SIGTERM: how long /readyz fails before requests are refused",
            0, 600000},
    Setting{"shutdown_timeout_ms", &Configuration::shutdown_timeout_ms,
            "after SIGTERM: when to leave, whatever is under way", 1, 600000},
    Setting{"log_level", &Configuration::log_level, "trace, debug, info, warn, error or off"},
    Setting{"log_requests", &Configuration::log_requests, "write a line for every request"},
    Setting{"publisher", &Configuration::publisher,
            "relay and live: where the one publishes and the other listens, http://127.0.0.1:PORT or unix:PATH"},
    Setting{"poll_ms", &Configuration::poll_ms, "relay: how often to look for changes", 1, 60000},
    Setting{"progress_ms", &Configuration::progress_ms, "relay: how often to tell how far a queue is", 100, 60000},
};

std::string option_name(const Setting& setting) {
    std::string name = setting.name;
    std::replace(name.begin(), name.end(), '_', '-');
    return "--" + name;
}

std::string environment_name(std::string_view name) {
    std::string upper = "BOXOFFICE_";
    for (const char character : name) {
        upper.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(character))));
    }
    return upper;
}

// Puts the value of a key of the file where it belongs; false: it is of another type or out of range.
bool assign(Configuration& configuration, const Setting& setting, const toml::value& value) {
    if (const auto* text = std::get_if<std::string Configuration::*>(&setting.member)) {
        if (value.is_string()) {
            configuration.*(*text) = value.as_string().str;
        }
        return value.is_string();
    }
    if (const auto* flag = std::get_if<bool Configuration::*>(&setting.member)) {
        if (value.is_boolean()) {
            configuration.*(*flag) = value.as_boolean();
        }
        return value.is_boolean();
    }
    const bool fits = value.is_integer() && value.as_integer() >= setting.least && value.as_integer() <= setting.most;
    if (fits) {
        configuration.*std::get<int Configuration::*>(setting.member) = static_cast<int>(value.as_integer());
    }
    return fits;
}

std::string wanted(const Setting& setting) {
    if (std::holds_alternative<std::string Configuration::*>(setting.member)) {
        return "a text";
    }
    if (std::holds_alternative<bool Configuration::*>(setting.member)) {
        return "true or false";
    }
    return "a whole number from " + std::to_string(setting.least) + " to " + std::to_string(setting.most);
}

bool is_loopback(const std::string& host) {
    in_addr four{};
    in6_addr six{};
    if (inet_pton(AF_INET, host.c_str(), &four) == 1) {
        return (ntohl(four.s_addr) >> 24) == 127;
    }
    return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

struct UrlDeleter {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

// A part of an address; empty: it has none, or is no address.
std::string part_of(const std::string& address, CURLUPart part) {
    const std::unique_ptr<CURLU, UrlDeleter> url(curl_url());
    char* text = nullptr;
    if (!url || curl_url_set(url.get(), CURLUPART_URL, address.c_str(), 0) != CURLUE_OK ||
        curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) {
        return "";
    }
    std::string found(text);
    curl_free(text);
    return found;
}

// Who can change what comes from there can make tokens: so nobody on the way may.
bool is_trustworthy(const std::string& address) {
    const std::string scheme = part_of(address, CURLUPART_SCHEME);
    return (scheme == "https" && !part_of(address, CURLUPART_HOST).empty()) ||
           (scheme == "http" && is_on_this_machine(address));
}

} // namespace

bool is_on_this_machine(const std::string& address) {
    std::string host = part_of(address, CURLUPART_HOST);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    return host == "localhost" || is_loopback(host);
}

std::string configuration_file(int argument_count, const char* const* arguments) {
    constexpr std::string_view option = "--config";
    for (int at = 1; at < argument_count; ++at) {
        const std::string_view argument = arguments[at];
        if (argument == option && at + 1 < argument_count) {
            return arguments[at + 1];
        }
        if (argument.starts_with("--config=")) {
            return std::string(argument.substr(option.size() + 1));
        }
    }
    const char* named = std::getenv("BOXOFFICE_CONFIG");
    return named == nullptr ? "" : named;
}

Configuration read_configuration(const std::string& file) {
    Configuration configuration;
    if (file.empty()) {
        return configuration;
    }
    // The TOML reader takes the length of a folder for that of a file.
    if (std::error_code none; std::filesystem::is_directory(file, none)) {
        throw ConfigurationError(file + " is a folder; config must name a TOML file");
    }
    try {
        const toml::value document = toml::parse(file);
        for (const auto& [key, value] : document.as_table()) {
            const auto setting = std::find_if(settings.begin(), settings.end(),
                                              [&name = key](const Setting& each) { return name == each.name; });
            if (setting == settings.end()) {
                throw ConfigurationError(file + ": there is no setting \"" + key +
                                         "\"; boxofficed --help lists all (with dashes)");
            }
            if (!assign(configuration, *setting, value)) {
                throw ConfigurationError(file + ": " + key + " must be " + wanted(*setting));
            }
        }
    } catch (const toml::syntax_error& error) {
        throw ConfigurationError(std::string("not TOML: ") + error.what());
    } catch (const std::ios_base::failure& error) {
        throw ConfigurationError(file + ": " + error.what());
    } catch (const ConfigurationError&) {
        throw;
    } catch (const std::runtime_error& error) {
        throw ConfigurationError(file + " cannot be read: " + error.what());
    }
    return configuration;
}

void add_settings(CLI::App& application, Configuration& configuration) {
    // Read before everything else, by configuration_file(); here only for --help and against complaints.
    static std::string file;
    application.add_option("--config", file, "TOML file with settings")->envname("BOXOFFICE_CONFIG");
    for (const Setting& setting : settings) {
        const std::string name = option_name(setting);
        CLI::Option* option = nullptr;
        if (const auto* text = std::get_if<std::string Configuration::*>(&setting.member)) {
            option = application.add_option(name, configuration.*(*text), setting.description);
        } else if (const auto* flag = std::get_if<bool Configuration::*>(&setting.member)) {
            option = application.add_flag(name + "{true}", configuration.*(*flag), setting.description);
        } else {
            option = application
                         .add_option(name, configuration.*std::get<int Configuration::*>(setting.member),
                                     setting.description)
                         ->check(CLI::Range(setting.least, setting.most));
        }
        option->envname(environment_name(setting.name))->capture_default_str();
    }
}

std::vector<std::string> unknown_in_environment() {
    constexpr std::string_view prefix = "BOXOFFICE_";
    // Those that are no settings: the file of settings, and what tests and scripts have for themselves.
    constexpr std::array<std::string_view, 8> others{
        "BOXOFFICE_CONFIG",    "BOXOFFICE_PRIVATE", "BOXOFFICE_SERVER_USER",      "BOXOFFICE_SERVER_ENVIRONMENT",
        "BOXOFFICE_SANITIZER", "BOXOFFICE_FUZZ",    "BOXOFFICE_HOSTILE_REQUESTS", "BOXOFFICE_HOSTILE_SEED"};
    std::vector<std::string> unknown;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::string_view name = text.substr(0, text.find('='));
        const auto is_it = [&](const Setting& setting) { return environment_name(setting.name) == name; };
        if (name.starts_with(prefix) && std::none_of(settings.begin(), settings.end(), is_it) &&
            std::find(others.begin(), others.end(), name) == others.end()) {
            unknown.emplace_back(name);
        }
    }
    return unknown;
}

void check(const Configuration& configuration) {
    static constexpr std::array<std::string_view, 6> levels{"trace", "debug", "info", "warn", "error", "off"};
    if (std::find(levels.begin(), levels.end(), configuration.log_level) == levels.end()) {
        throw ConfigurationError("log_level is \"" + configuration.log_level +
                                 "\"; it must be trace, debug, info, warn, error or off");
    }
    if (!configuration.jwks_url.empty() && !is_trustworthy(configuration.jwks_url)) {
        throw ConfigurationError("jwks_url is \"" + configuration.jwks_url +
                                 "\"; it must be https://.., or http://.. on this machine itself");
    }
    if (!configuration.jwks_url.empty() && !configuration.jwt_keys.empty()) {
        throw ConfigurationError("both jwt_keys and jwks_url are set; give the one that tokens are to be checked with");
    }
    if (configuration.role_claim.empty()) {
        throw ConfigurationError("role_claim is empty; it must name a claim of tokens");
    }
    if (!configuration.publisher.starts_with("unix:/") && !configuration.publisher.starts_with("http://")) {
        throw ConfigurationError("publisher is \"" + configuration.publisher +
                                 "\"; it must be http://ADDRESS:PORT or unix:/PATH");
    }
}

namespace {

// ADDRESS:PORT in its parts; an IPv6 address without its brackets. Nothing: it is none.
std::optional<Address> parse_address(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos) {
        return std::nullopt;
    }
    Address address;
    address.host = text.substr(0, colon);
    if (address.host.starts_with('[') && address.host.ends_with(']')) {
        address.host = address.host.substr(1, address.host.size() - 2);
    }
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data() + colon + 1, text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || address.host.empty()) {
        return std::nullopt;
    }
    address.port = port;
    return address;
}

} // namespace

Address listening_address(const Configuration& configuration) {
    const std::string& text = configuration.listen;
    const std::optional<Address> address = parse_address(text);
    if (!address) {
        throw ConfigurationError("listen is \"" + text + "\"; it must be ADDRESS:PORT, like 127.0.0.1:8081");
    }
    if (!is_loopback(address->host) && !configuration.listen_publicly) {
        throw ConfigurationError(
            "listen is " + text +
            ", which others can reach: the gateway must stand behind its front, on "
            "127.0.0.1 or [::1]; if you have another front that normalises requests, add --listen-publicly");
    }
    return *address;
}

LivePlace live_place(const Configuration& configuration) {
    static constexpr std::string_view unix_prefix = "unix:";
    static constexpr std::string_view http_prefix = "http://";
    const std::string& text = configuration.publisher;
    if (text.starts_with(unix_prefix)) {
        return {true, text.substr(unix_prefix.size()), 0};
    }
    const std::optional<Address> address = parse_address(text.substr(std::min(http_prefix.size(), text.size())));
    if (!address || address->port == 0 || !is_loopback(address->host)) {
        throw ConfigurationError("publisher is \"" + text +
                                 "\"; live listens on unix:/PATH or http://127.0.0.1:PORT: whoever reaches it can tell "
                                 "every browser anything");
    }
    return {false, address->host, address->port};
}

} // namespace boxoffice::api
