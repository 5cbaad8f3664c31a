// The property test of the queue: whatever is done to a queue, in whatever order, every server answers as the model
// does. `queue_histories --help` has the options.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "generate.h"
#include "options.h"
#include "server.h"
#include "trial.h"

namespace boxoffice::histories {
namespace {

constexpr int status_failed = 1;
constexpr int status_usage = 2;

// A history is made smaller for so long at most, and is mostly done before.
constexpr auto time_to_shrink = std::chrono::seconds(40);

struct Finding {
    History history;
    std::string failure;
    int tries = 0;
};

// Goes on from each smaller history that fails, too, until none of those to try does.
Finding make_smaller(Trial& trial, rc::Shrinkable<History> failing, std::string failure) {
    const auto end = std::chrono::steady_clock::now() + time_to_shrink;
    Finding found{.history = failing.value(), .failure = std::move(failure)};
    for (bool smaller = true; smaller;) {
        smaller = false;
        rc::Seq<rc::Shrinkable<History>> candidates = failing.shrinks();
        for (auto candidate = candidates.next(); candidate && !smaller; candidate = candidates.next()) {
            if (std::chrono::steady_clock::now() > end) {
                return found;
            }
            ++found.tries;
            if (const std::optional<std::string> same = trial.run(candidate->value())) {
                failing = *candidate;
                found.history = failing.value();
                found.failure = *same;
                smaller = true;
            }
        }
    }
    return found;
}

bool seed_agrees(Trial& trial, std::uint64_t seed, const Options& options) {
    const rc::Shrinkable<History> history = history_of_seed(seed);
    const std::optional<std::string> failure = trial.run(history.value(), options.only_seed ? &std::cout : nullptr);
    if (!failure) {
        return true;
    }
    std::cout << "seed " << seed << " fails: " << *failure << "\n" << std::flush;
    const Finding found = make_smaller(trial, history, *failure);
    std::cout << "the smallest history that fails, of " << found.tries << " tried:\n"
              << describe(found.history) << found.failure << "\n";
    if (options.only_seed) {
        std::cout << "and that one call by call:\n";
        trial.run(found.history, &std::cout);
    }
    std::cout << "to see it again: " << replay_command(options, seed) << "\n" << std::flush;
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
    Trial trial(servers, {.fault = options.fault, .restart_command = options.restart_command});
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
            std::printf("%s", usage().c_str());
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
