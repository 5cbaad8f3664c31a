// The property test of sales: whatever is held, paid and given back, in whatever order, a server answers as the model
// does; and when several do it at once, nothing is sold twice. `sale_histories --help` has the options.
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
constexpr std::uint64_t together = 6; // histories at once

const std::map<std::string, Fault> faults{
    {"limit", Fault::limit},     {"lapsed", Fault::lapsed}, {"surplus", Fault::surplus},
    {"restart", Fault::restart}, {"extend", Fault::extend}, {"capacity", Fault::capacity},
    {"block", Fault::block},     {"price", Fault::price},   {"house", Fault::house}};

constexpr const char* usage = R"(usage: sale_histories [options] CONNECTION

Plays random histories of a sale (holds of seats and places, releases, payments, cancellations, extensions, changes of
capacities and prices, seats kept back, time that passes) on the server named by a libpq connection string, and on a model in memory, and compares
after every call. Then it plays six at once on as many connections, and looks at what must always hold. Connect as a
superuser to a server on this machine: the program makes a database sale_histories in it, and replaces it often.

  --seeds N           how many histories, each of a seed of its own (default 100); a tenth as many times six at once
  --first N           the first seed (default 1)
  --seed N            play this one and print every call with both answers
  --break-model WHAT  make the model wrong in one point (limit, lapsed, surplus, restart, extend, capacity, block,
                      price or house): the run must fail
  --help              this text

Exit status: 0 all agree, 1 they differ or something else went wrong, 2 usage.
)";

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

bool seed_agrees(Trial& trial, std::uint64_t seed, const Options& options) {
    const rc::Shrinkable<History> history = history_of_seed(seed);
    const std::optional<std::string> failure = trial.run(history.value(), options.only_seed ? &std::cout : nullptr);
    if (!failure) {
        return true;
    }
    std::cout << "seed " << seed << " fails: " << *failure << "\n" << std::flush;
    if (options.fault_name && !options.only_seed) {
        return false; // as was to be shown
    }
    const auto found = make_smaller(trial, history, *failure);
    std::cout << "the smallest history that fails, of " << found.tries << " tried:\n"
              << describe(found.history) << found.failure << "\n"
              << "to see it again: " << replay_command("sale_histories", options, seed) << "\n"
              << std::flush;
    return false;
}

bool agree_together(Trial& trial, std::uint64_t seed) {
    std::vector<History> histories;
    for (std::uint64_t other = 0; other < together; ++other) {
        histories.push_back(history_of_seed(seed * together + other).value());
    }
    const std::optional<std::string> failure = trial.run_together(histories);
    if (failure) {
        std::cout << "six at once, from seed " << seed * together << ", fail " << *failure << "\n"
                  << describe(histories.front().settings) << "\n"
                  << std::flush;
    }
    return !failure;
}

int run(const Options& options) {
    Server server(options.connections.front());
    Trial trial(server, fault_of(options));
    const auto began_at = std::chrono::steady_clock::now();
    const std::uint64_t first = options.only_seed.value_or(options.first_seed);
    const std::uint64_t seeds = options.only_seed ? 1 : options.seeds;
    for (std::uint64_t seed = first; seed - first < seeds; ++seed) {
        if (!seed_agrees(trial, seed, options)) {
            return status_failed;
        }
    }
    const std::uint64_t times_together = seeds / 10;
    for (std::uint64_t seed = first; seed - first < times_together; ++seed) {
        if (!agree_together(trial, seed)) {
            return status_failed;
        }
    }
    std::printf("%d calls, %d runs repeated because a call took too long, %d left because two holds ended at once\n",
                trial.calls(), trial.late_runs(), trial.uncertain_runs());
    for (const auto& [kind, times] : trial.tally()) {
        std::printf("%8d %s\n", times, kind.c_str());
    }
    std::printf("%llu histories and %llu times six at once in %.1f s: all agree\n",
                static_cast<unsigned long long>(seeds), static_cast<unsigned long long>(times_together),
                std::chrono::duration<double>(std::chrono::steady_clock::now() - began_at).count());
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
        std::fprintf(stderr, "sale_histories: %s\nsale_histories --help lists the options\n", error.what());
        return status_usage;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sale_histories: %s\n", error.what());
        return status_failed;
    }
}
