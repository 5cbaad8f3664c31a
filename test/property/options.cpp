#include "options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace boxoffice::histories {
namespace {

constexpr std::array<std::pair<const char*, Fault>, 5> faults{{{"priority", Fault::priority},
                                                               {"claim", Fault::claim},
                                                               {"idle", Fault::idle},
                                                               {"minute", Fault::minute},
                                                               {"eta", Fault::eta}}};

std::uint64_t parse_number(const std::string& name, const std::string& text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped_at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped_at != end) {
        throw UsageError(name + " wants a number, not \"" + text + "\"");
    }
    return number;
}

Fault parse_fault(const std::string& text) {
    for (const auto& [name, fault] : faults) {
        if (text == name) {
            return fault;
        }
    }
    throw UsageError("there is no fault \"" + text + "\" to make");
}

void set_option(Options& options, const std::string& name, const std::string& value) {
    if (name == "--seeds") {
        options.seeds = parse_number(name, value);
    } else if (name == "--first") {
        options.first_seed = parse_number(name, value);
    } else if (name == "--seed") {
        options.only_seed = parse_number(name, value);
    } else if (name == "--restart") {
        options.restart_command = value;
    } else if (name == "--break-model") {
        options.fault = parse_fault(value);
        options.fault_name = value;
    } else {
        throw UsageError("unknown option \"" + name + "\"");
    }
}

// For a shell, as one word.
std::string quoted(const std::string& text) {
    std::string word = "'";
    for (const char character : text) {
        word += character == '\'' ? std::string("'\\''") : std::string(1, character);
    }
    return word + "'";
}

} // namespace

Options parse_options(int argument_count, char** arguments) {
    Options options;
    for (int index = 1; index < argument_count; ++index) {
        const std::string argument = arguments[index];
        if (argument == "--help") {
            options.help = true;
            return options;
        }
        if (!argument.starts_with("--")) {
            options.connections.push_back(argument);
        } else if (index + 1 < argument_count) {
            set_option(options, argument, arguments[++index]);
        } else {
            throw UsageError("option " + argument + " wants a value");
        }
    }
    if (options.connections.empty()) {
        throw UsageError("which servers? there is no connection string");
    }
    return options;
}

std::string usage() {
    return R"(usage: queue_histories [options] CONNECTION...

Plays random histories of a queue (joins, polls, admissions, changes of its settings, time that passes, restarts) on
every server named by a libpq connection string, and on a model in memory, and compares after every call. Connect as
a superuser to servers on this machine: the program makes a database queue_histories in each, and replaces it often.
With one server that has boxoffice preloaded and one that has not, both are shown to answer alike.

  --seeds N           how many histories, each of a seed of its own (default 100)
  --first N           the first seed (default 1)
  --seed N            play this one and print every call with both answers
  --restart COMMAND   a shell command that restarts a server; it is given the server's index, from 0, and
                      fast or immediate, as pg_ctl knows them. Without it servers are never restarted.
  --break-model WHAT  make the model wrong in one point (priority, claim, idle, minute or eta): the run must fail
  --help              this text

Exit status: 0 all agree, 1 they differ or something else went wrong, 2 usage.
)";
}

std::string replay_command(const Options& options, std::uint64_t seed) {
    std::string command = "queue_histories --seed " + std::to_string(seed);
    if (options.fault_name) {
        command += " --break-model " + *options.fault_name;
    }
    if (!options.restart_command.empty()) {
        command += " --restart " + quoted(options.restart_command);
    }
    for (const std::string& connection : options.connections) {
        command += " " + quoted(connection);
    }
    return command;
}

} // namespace boxoffice::histories
