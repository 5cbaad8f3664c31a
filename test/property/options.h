// What the command line asks for.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace boxoffice::histories {

struct Options {
    std::uint64_t first_seed = 1;
    std::uint64_t seeds = 100;
    std::optional<std::uint64_t> only_seed;
    std::string restart_command;
    std::optional<std::string> fault_name;
    std::vector<std::string> connections;
    bool help = false;
};

class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

Options parse_options(int argument_count, char** arguments);
// The command line that plays one seed under the same conditions.
std::string replay_command(const std::string& program, const Options& options, std::uint64_t seed);

} // namespace boxoffice::histories
