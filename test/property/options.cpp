#include "options.h"

#include <charconv>

namespace boxoffice::histories {
namespace {

std::uint64_t parse_number(const std::string& name, const std::string& text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stopped_at, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || stopped_at != end) {
        throw UsageError(name + " wants a number, not \"" + text + "\"");
    }
    return number;
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

std::string replay_command(const std::string& program, const Options& options, std::uint64_t seed) {
    std::string command = program + " --seed " + std::to_string(seed);
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
