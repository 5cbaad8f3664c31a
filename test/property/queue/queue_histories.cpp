// The property test of the queue: whatever is done to a queue, in whatever order, every server answers as the model
// does. `queue_histories --help` has the options.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <vector>

#include "generate.h"
#include "options.h"
#include "server.h"
#include "shrinking.h"
#include "trial.h"

namespace boxoffice::histories {
namespace {

constexpr int status_failed = 1;
constexpr int status_usage = 2;

const std::map<std::string, Fault> faults{{"priority", Fault::priority},
                                          {"claim", Fault::claim},
                                          {"idle", Fault::idle},
                                          {"minute", Fault::minute},
                                          {"eta", Fault::eta}};

Fault fault_of(const Options& options) {
    if (!options.fault_name) {
        return Fault::none;
    }
    const auto fault = faults.find(*options.fault_name);
    if (fault == faults.end()) {
        throw UsageError("there is no fault \"" + *options.fault_name + "\" to make");
    }
    return fault->second;
}

constexpr const char* usage = R"(usage: queue_histories [options] CONNECTION...

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

bool seed_agrees(Trial& trial, std::uint64_t seed, const Options& options) {
    const rc::Shrinkable<History> history = history_of_seed(seed);
    const std::optional<std::string> failure = trial.run(history.value(), options.only_seed ? &std::cout : nullptr);
    if (!failure) {
        return true;
    }
    std::cout << "seed " << seed << " fails: " << *failure << "\n" << std::flush;
    const auto found = make_smaller(trial, history, *failure);
    std::cout << "the smallest history that fails, of " << found.tries << " tried:\n"
              << describe(found.history) << found.failure << "\n";
    if (options.only_seed) {
        std::cout << "and that one call by call:\n";
        trial.run(found.history, &std::cout);
    }
    std::cout << "to see it again: " << replay_command("queue_histories", options, seed) << "\n" << std::flush;
    return false;
}

void report(const Trial& trial, std::uint64_t seeds, double seconds) {
    std::printf("%d calls, %d restarts, %d runs repeated because a call took too long\n", trial.calls(),
                trial.restarts(), trial.late_runs());
    for (const auto& [kind, times] : trial.tally()) {
        std::printf("%8d %s\n", times, kind.c_str());
    }
    std::printf("%llu histories in %.1f s: all agree\n", static_cast<unsigned long long>(seeds), seconds);
}

int run(const Options& options) {
    std::vector<Server> servers;
    for (const std::string& connection : options.connections) {
        servers.emplace_back(connection);
        std::printf("server %zu: %s (%s)\n", servers.size() - 1, connection.c_str(),
                    servers.back().has_board() ? "preloaded" : "not preloaded");
    }
    std::fflush(stdout);
    Trial trial(servers, {.fault = fault_of(options), .restart_command = options.restart_command});
    const auto began_at = std::chrono::steady_clock::now();
    const std::uint64_t first = options.only_seed.value_or(options.first_seed);
    const std::uint64_t seeds = options.only_seed ? 1 : options.seeds;
    for (std::uint64_t seed = first; seed - first < seeds; ++seed) {
        if (!seed_agrees(trial, seed, options)) {
            return status_failed;
        }
    }
    report(trial, seeds, std::chrono::duration<double>(std::chrono::steady_clock::now() - began_at).count());
    return EXIT_SUCCESS;
}

} // namespace
} // namespace boxoffice::histories

int main(int argument_count, char** arguments) {
    using namespace boxoffice::histories;
    try {
        const Options options = parse_options(argument_count, arguments);
        if (options.help) {
            std::printf("%s", usage);
            return EXIT_SUCCESS;
        }
        return run(options);
    } catch (const UsageError& error) {
        std::fprintf(stderr, "queue_histories: %s\nqueue_histories --help lists the options\n", error.what());
        return status_usage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "queue_histories: %s\n", error.what());
        return status_failed;
    }
}
