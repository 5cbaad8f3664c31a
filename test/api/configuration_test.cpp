// The settings: which source wins, that nothing misspelt passes, and that the gateway stands where only its front
// reaches it.
#include "base/configuration.h"

#include "token_maker.h"

#include <CLI/CLI.hpp>
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>

namespace boxoffice::api::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// An environment variable as long as the test lasts.
class Variable {
public:
    Variable(std::string name, const std::string& value) : name_(std::move(name)) {
        setenv(name_.c_str(), value.c_str(), 1);
    }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() { unsetenv(name_.c_str()); }

private:
    std::string name_;
};

// What the program ends up with, put together as main() does. Throws CLI::ParseError, too.
Configuration settled(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "boxofficed");
    std::vector<const char*> pointers;
    for (const std::string& argument : arguments) {
        pointers.push_back(argument.c_str());
    }
    const int count = static_cast<int>(pointers.size());
    Configuration configuration = read_configuration(configuration_file(count, pointers.data()));
    CLI::App application;
    add_settings(application, configuration);
    application.parse(count, pointers.data());
    return configuration;
}

// Why a TOML file of this text is refused, which names the file; empty: it is not.
std::string complaint(const std::string& text) {
    const File file(text);
    try {
        read_configuration(file.path());
    } catch (const ConfigurationError& error) {
        EXPECT_THAT(error.what(), HasSubstr(file.path()));
        return error.what();
    }
    return "";
}

// Where it would listen, as HOST|PORT, or why not.
std::string place(const std::string& listen, bool publicly = false) {
    Configuration configuration;
    configuration.listen = listen;
    configuration.listen_publicly = publicly;
    try {
        const Address address = listening_address(configuration);
        return address.host + "|" + std::to_string(address.port);
    } catch (const ConfigurationError& error) {
        EXPECT_THAT(error.what(), HasSubstr(listen));
        return error.what();
    }
}

TEST(Configuration, HasDefaultsThatAreSafe) {
    const Configuration configuration = settled({});
    EXPECT_EQ(configuration.listen, "127.0.0.1:8081");
    EXPECT_FALSE(configuration.listen_publicly);
    EXPECT_FALSE(configuration.allow_self_credit);
    EXPECT_EQ(configuration.jwt_keys, "");
    EXPECT_EQ(configuration.group_limit, 60);
    EXPECT_EQ(configuration.cache_ms, 500);
    EXPECT_TRUE(configuration.log_requests);
    EXPECT_NO_THROW(check(configuration));
    EXPECT_NO_THROW(listening_address(configuration));
}

TEST(Configuration, ReadsEveryKindOfSettingFromToml) {
    const File file("# a comment\nlisten = \"[::1]:9000\"\ngroup_limit = 30\ncache_ms = 0\nallow_self_credit = true\n"
                    "log_requests = false\njwt_issuer = ''\n");
    for (const Configuration& configuration :
         {read_configuration(file.path()), settled({"--config", file.path()}), settled({"--config=" + file.path()})}) {
        EXPECT_EQ(configuration.listen, "[::1]:9000");
        EXPECT_EQ(configuration.group_limit, 30);
        EXPECT_EQ(configuration.cache_ms, 0);
        EXPECT_TRUE(configuration.allow_self_credit);
        EXPECT_FALSE(configuration.log_requests);
        EXPECT_EQ(configuration.threads, 2) << "the default for the rest";
    }
}

TEST(Configuration, TakesTheEnvironmentOverTheFile) {
    const File file("group_limit = 30\nlisten = \"127.0.0.1:1\"\nlog_requests = false\nthreads = 3\n");
    const Variable limit("BOXOFFICE_GROUP_LIMIT", "20");
    const Variable listen("BOXOFFICE_LISTEN", "127.0.0.1:2");
    const Variable requests("BOXOFFICE_LOG_REQUESTS", "true");
    const Configuration configuration = settled({"--config", file.path()});
    EXPECT_EQ(configuration.group_limit, 20);
    EXPECT_EQ(configuration.listen, "127.0.0.1:2");
    EXPECT_TRUE(configuration.log_requests);
    EXPECT_EQ(configuration.threads, 3);
}

TEST(Configuration, TakesTheCommandLineOverTheEnvironment) {
    const File file("group_limit = 30\nlog_requests = true\n");
    const Variable limit("BOXOFFICE_GROUP_LIMIT", "20");
    const Variable requests("BOXOFFICE_LOG_REQUESTS", "true");
    const Variable credit("BOXOFFICE_ALLOW_SELF_CREDIT", "false");
    const Configuration configuration = settled(
        {"--group-limit=10", "--config", file.path(), "--log-requests=false", "--allow-self-credit", "--threads", "9"});
    EXPECT_EQ(configuration.group_limit, 10);
    EXPECT_FALSE(configuration.log_requests);
    EXPECT_TRUE(configuration.allow_self_credit);
    EXPECT_EQ(configuration.threads, 9);
}

TEST(Configuration, TurnsFlagsOffByTheEnvironment) {
    const File file("allow_self_credit = true\nlisten_publicly = true\n");
    const Variable credit("BOXOFFICE_ALLOW_SELF_CREDIT", "false");
    const Variable publicly("BOXOFFICE_LISTEN_PUBLICLY", "0");
    const Variable requests("BOXOFFICE_LOG_REQUESTS", "off");
    const Configuration configuration = settled({"--config", file.path()});
    EXPECT_FALSE(configuration.allow_self_credit);
    EXPECT_FALSE(configuration.listen_publicly);
    EXPECT_FALSE(configuration.log_requests);
}

TEST(Configuration, FindsItsFileByTheCommandLineOrTheEnvironment) {
    const auto found = [](std::vector<const char*> arguments) {
        arguments.insert(arguments.begin(), "boxofficed");
        return configuration_file(static_cast<int>(arguments.size()), arguments.data());
    };
    EXPECT_EQ(found({}), "");
    EXPECT_EQ(found({"serve", "--config", "a.toml"}), "a.toml");
    EXPECT_EQ(found({"--config=b.toml", "serve"}), "b.toml");
    EXPECT_EQ(found({"--config"}), "") << "its value is missing, which is the parser's to say";
    const Variable variable("BOXOFFICE_CONFIG", "c.toml");
    EXPECT_EQ(found({}), "c.toml");
    EXPECT_EQ(found({"--config", "a.toml"}), "a.toml");
}

TEST(Environment, IsLookedThroughForVariablesThatAreMisspelt) {
    const std::vector<std::string> before = unknown_in_environment();
    const Variable lanes("BOXOFFICE_WRITE_LANES", "3"), file("BOXOFFICE_CONFIG", ""),
        of_the_tests("BOXOFFICE_SERVER_USER", "nobody"), another("BOXOFFICES", "3");
    EXPECT_EQ(unknown_in_environment(), before);
    for (const char* name : {"BOXOFFICE_WRITE_LNES", "BOXOFFICE_write_lanes", "BOXOFFICE_"}) {
        const Variable misspelt(name, "3");
        EXPECT_THAT(unknown_in_environment(), ::testing::Contains(name));
    }
}

TEST(Configuration, HasEverySettingInAllThreePlaces) {
    Configuration configuration;
    CLI::App application;
    add_settings(application, configuration);
    std::string toml;
    int settings = 0;
    for (const CLI::Option* option : application.get_options()) {
        const std::string name = option->get_single_name();
        if (name == "help" || name == "config") {
            continue;
        }
        std::string key = name;
        std::replace(key.begin(), key.end(), '-', '_');
        std::string variable = "BOXOFFICE_" + key;
        std::transform(variable.begin(), variable.end(), variable.begin(), ::toupper);
        EXPECT_EQ(option->get_envname(), variable);
        EXPECT_FALSE(option->get_description().empty()) << name;
        const bool is_flag = option->get_expected_min() == 0;
        const std::string value = option->get_default_str();
        const bool is_number = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
        toml += key + " = " + (is_flag ? "true" : is_number ? value : "\"" + value + "\"") + "\n";
        ++settings;
    }
    EXPECT_GE(settings, 23);
    EXPECT_EQ(complaint(toml), "") << toml;
}

TEST(TomlFile, RefusesSettingsThatThereAreNot) {
    EXPECT_THAT(complaint("group_limits = 3\n"), AllOf(HasSubstr("\"group_limits\""), HasSubstr("--help")));
    EXPECT_THAT(complaint("group-limit = 3\n"), HasSubstr("\"group-limit\""));
    EXPECT_THAT(complaint("[server]\nlisten = \"127.0.0.1:1\"\n"), HasSubstr("\"server\""));
    EXPECT_THAT(complaint("config = \"x\"\n"), HasSubstr("\"config\""));
}

TEST(TomlFile, RefusesValuesOfAnotherType) {
    EXPECT_THAT(complaint("group_limit = \"30\"\n"), HasSubstr("group_limit must be a whole number from 1 to 60"));
    EXPECT_THAT(complaint("group_limit = 30.0\n"), HasSubstr("group_limit must be a whole number"));
    EXPECT_THAT(complaint("group_limit = true\n"), HasSubstr("group_limit must be a whole number"));
    EXPECT_THAT(complaint("group_limit = [30]\n"), HasSubstr("group_limit must be a whole number"));
    EXPECT_THAT(complaint("listen = 8081\n"), HasSubstr("listen must be a text"));
    EXPECT_THAT(complaint("log_requests = 1\n"), HasSubstr("log_requests must be true or false"));
    EXPECT_THAT(complaint("log_requests = \"true\"\n"), HasSubstr("log_requests must be true or false"));
}

TEST(TomlFile, RefusesNumbersOutOfRange) {
    for (const std::string text : {"group_limit = 0", "group_limit = 1001", "group_limit = -1", "cache_ms = -1",
                                   "group_limit = 4294967356", "threads = 257", "poll_ms = 0", "progress_ms = 99"}) {
        EXPECT_THAT(complaint(text + "\n"), HasSubstr("must be a whole number from")) << text;
    }
    for (const std::string text : {"group_limit = 1", "group_limit = 60", "cache_ms = 0", "drain_ms = 0"}) {
        EXPECT_EQ(complaint(text + "\n"), "") << text;
    }
}

TEST(TomlFile, RefusesWhatIsNoToml) {
    for (const std::string text : {"listen\n", "listen =\n", "= 3\n", "group_limit = 3 4\n", "listen = \"x\n",
                                   "group_limit = 3\ngroup_limit = 4\n", "\xff\xfe\n", "group_limit = 03\n",
                                   "group_limit = 99999999999999999999\n"}) {
        EXPECT_NE(complaint(text), "") << text;
    }
    EXPECT_EQ(complaint(""), "");
    EXPECT_EQ(complaint("\n# nothing\n"), "");
}

TEST(TomlFile, ThatIsNotThereIsAnError) {
    for (const std::string& path : {std::string("/nonexistent/boxoffice.toml"), ::testing::TempDir()}) {
        try {
            read_configuration(path);
            ADD_FAILURE() << path;
        } catch (const ConfigurationError& error) {
            EXPECT_THAT(error.what(), HasSubstr(path));
        }
    }
    EXPECT_NO_THROW(read_configuration("")) << "none was named";
}

TEST(CommandLine, RefusesWhatTheFileWouldNotTake) {
    for (const std::string argument :
         {"--group-limit=0", "--group-limit=1001", "--group-limit=x", "--group-limit=", "--cache-ms=-1",
          "--log-requests=perhaps", "--group-limits=3", "--group_limit=3", "stray"}) {
        EXPECT_THROW(settled({argument}), CLI::ParseError) << argument;
    }
    const Variable limit("BOXOFFICE_GROUP_LIMIT", "1001");
    EXPECT_THROW(settled({}), CLI::ParseError) << "the environment neither";
}

TEST(Check, TrustsNoAddressOfKeysThatOthersCanChange) {
    Configuration configuration;
    for (const char* const url :
         {"https://id.example/realms/shop/protocol/openid-connect/certs", "https://10.0.0.1:8443/k",
          "http://127.0.0.1:8080/keys", "http://[::1]:8080/keys", "http://localhost/keys"}) {
        configuration.jwks_url = url;
        EXPECT_NO_THROW(check(configuration)) << url;
    }
    for (const char* const url :
         {"http://id.example/keys", "http://127.0.0.1.example/keys", "http://10.0.0.1/keys",
          "http://localhost@id.example/keys", "http://127.0.0.1@id.example/", "ftp://127.0.0.1/",
          "file:///etc/keys.json", "id.example/keys", "https://", "keys.json"}) {
        configuration.jwks_url = url;
        EXPECT_THROW(check(configuration), ConfigurationError) << url;
    }
    configuration.jwks_url = "https://id.example/keys";
    configuration.jwt_keys = "keys.json";
    EXPECT_THROW(check(configuration), ConfigurationError) << "both";
    configuration.jwt_keys.clear();
    configuration.role_claim.clear();
    EXPECT_THROW(check(configuration), ConfigurationError);
}

TEST(Check, RefusesLevelsAndPublishersThatThereAreNot) {
    for (const std::string level : {"trace", "debug", "info", "warn", "error", "off"}) {
        Configuration configuration;
        configuration.log_level = level;
        EXPECT_NO_THROW(check(configuration)) << level;
    }
    for (const std::string level : {"", "Info", "warning", "verbose"}) {
        Configuration configuration;
        configuration.log_level = level;
        EXPECT_THROW(check(configuration), ConfigurationError) << level;
    }
    for (const std::string publisher : {"http://127.0.0.1:8082", "unix:/run/boxoffice/publish.sock"}) {
        Configuration configuration;
        configuration.publisher = publisher;
        EXPECT_NO_THROW(check(configuration)) << publisher;
    }
    for (const std::string publisher : {"", "127.0.0.1:8082", "https://127.0.0.1", "unix:relative", "ftp://x"}) {
        Configuration configuration;
        configuration.publisher = publisher;
        EXPECT_THROW(check(configuration), ConfigurationError) << publisher;
    }
}

TEST(Listening, IsAtLoopbackOnlyUnlessItIsAllowed) {
    EXPECT_EQ(place("127.0.0.1:8081"), "127.0.0.1|8081");
    EXPECT_EQ(place("127.1.2.3:0"), "127.1.2.3|0");
    EXPECT_EQ(place("[::1]:65535"), "::1|65535");
    for (const std::string listen : {"0.0.0.0:8081", "[::]:8081", "10.0.0.1:8081", "192.168.0.1:80", "128.0.0.1:80",
                                     "[2001:db8::1]:80", "[::ffff:10.0.0.1]:80", "[::2]:80"}) {
        EXPECT_THAT(place(listen), AllOf(HasSubstr("others can reach"), HasSubstr("--listen-publicly"))) << listen;
    }
    EXPECT_EQ(place("0.0.0.0:8081", true), "0.0.0.0|8081");
    EXPECT_EQ(place("[2001:db8::1]:80", true), "2001:db8::1|80");
    EXPECT_EQ(place("127.0.0.1:8081", true), "127.0.0.1|8081");
}

TEST(Listening, NeedsAnAddressAndAPort) {
    for (const std::string listen :
         {"", ":", "8081", "127.0.0.1", "127.0.0.1:", ":8081", "127.0.0.1:x", "127.0.0.1:80x", "127.0.0.1:65536",
          "127.0.0.1:-1", "127.0.0.1:-0", "127.0.0.1:+80", "127.0.0.1: 80", "[]:80", "127.0.0.1:99999999999",
          "127.0.0.1:80 "}) {
        for (const bool publicly : {false, true}) {
            EXPECT_THAT(place(listen, publicly), HasSubstr("it must be ADDRESS:PORT")) << listen;
        }
    }
    for (const std::string listen :
         {"localhost:80", "127.0.0.1.5:80", "127.1:80", "0177.0.0.1:80", "[::1:80", "x:80"}) {
        EXPECT_THAT(place(listen), HasSubstr("listen is ")) << listen << " is no loopback address";
    }
}

} // namespace
} // namespace boxoffice::api::testing
