// The numbers here are chosen so that few users crowd a small queue: limits are reached, tokens lapse and are joined
// again, and most of the time that passes ends next to an instant at which something changes.
#include "generate.h"

#include <algorithm>
#include <chrono>

#include "shrinking.h"

namespace boxoffice::histories {
namespace {

using namespace std::chrono_literals;

// of one or two commands
constexpr int fewest_phrases = 18;
constexpr int most_phrases = 54;
constexpr int users = 10;

rc::Gen<int> user() { return rc::gen::inRange(1, users + 1); }

rc::Gen<int> back() { return rc::gen::weightedElement<int>({{12, 0}, {2, 1}, {1, 2}}); }

rc::Gen<Duration> seconds(std::initializer_list<int> choices) {
    return rc::gen::map(rc::gen::elementOf(std::vector<int>(choices)),
                        [](int number) { return Duration(std::chrono::seconds(number)); });
}

rc::Gen<std::optional<int>> limit() {
    return rc::gen::map(rc::gen::inRange(-2, 6), [](int number) { // often none
        return number < 1 ? std::nullopt : std::optional(number);
    });
}

// Durations of which each may be the shortest; claim_for may exceed active_for.
rc::Gen<Settings> settings() {
    return rc::gen::apply(
        [](int max_active, Duration active_for, Duration claim_for, Duration idle_for, std::optional<int> max_waiting,
           std::optional<int> admit_per_minute) {
            return Settings{max_active, active_for, claim_for, idle_for, max_waiting, admit_per_minute};
        },
        rc::gen::weightedElement<int>({{3, 1}, {3, 2}, {2, 3}, {1, 4}}), seconds({5, 7, 13, 20, 30, 45, 90, 150}),
        seconds({2, 3, 8, 15, 40}), seconds({4, 16, 40, 80, 200, 300}), limit(), limit());
}

rc::Gen<Command> wait() {
    const auto boundary = rc::gen::weightedElement<Boundary>({{4, Boundary::claim},
                                                              {3, Boundary::active},
                                                              {2, Boundary::touch},
                                                              {2, Boundary::idle},
                                                              {3, Boundary::minute}});
    const auto past = rc::gen::weightedElement<bool>({{2, true}, {1, false}});
    const auto until = rc::gen::apply(
        [](Boundary next, bool beyond) -> Command {
            return WaitUntil{next, beyond};
        },
        boundary, past);
    const auto duration = rc::gen::element<Duration>(100ms, 400ms, 1000ms, 2500ms, 6s, 14s, 31s, 61s, 200s);
    const auto wait = rc::gen::map(duration, [](Duration time) -> Command { return Wait{time}; });
    return rc::gen::weightedOneOf<Command>({{3, until}, {1, wait}});
}

rc::Gen<Command> change() {
    const auto mode =
        rc::gen::weightedElement<Mode>({{5, Mode::open}, {2, Mode::paused}, {2, Mode::closed}, {1, Mode::bypass}});
    return rc::gen::oneOf(
        rc::gen::map(mode, [](Mode to) { return Command(ChangeMode{to}); }),
        rc::gen::map(rc::gen::inRange(1, 5), [](int to) { return Command(ChangeMaxActive{to}); }),
        rc::gen::map(rc::gen::inRange(0, 6), [](int to) { return Command(ChangeMaxWaiting{to}); }),
        rc::gen::map(rc::gen::inRange(0, 6), [](int to) { return Command(ChangeAdmitPerMinute{to}); }));
}

using Commands = std::vector<Command>;

// Mostly one command; what time has changed shows best in a round that follows at once.
rc::Gen<Commands> phrase() {
    const auto alone = [](const rc::Gen<Command>& command) {
        return rc::gen::map(command, [](const Command& only) { return Commands{only}; });
    };
    const auto join = rc::gen::apply(
        [](int who, int priority) -> Command {
            return Join{who, priority};
        },
        user(), rc::gen::weightedElement<int>({{6, 0}, {2, 1}, {1, 2}, {1, 3}}));
    const auto poll = rc::gen::apply([](int who, int which) -> Command { return Poll{who, which}; }, user(), back());
    const auto leave = rc::gen::apply([](int who, int which) -> Command { return Leave{who, which}; }, user(), back());
    const auto hold = rc::gen::apply([](int who, int which) -> Command { return Hold{who, which}; }, user(), back());
    const auto pay = rc::gen::map(back(), [](int which) -> Command { return Pay{which}; });
    const auto round = rc::gen::weightedElement<Command>({{3, Admit{}}, {2, Tick{}}});
    const auto later = rc::gen::apply(
        [](const Command& time, const Command& then) {
            return Commands{time, then};
        },
        wait(), round);
    const auto restart = rc::gen::map(rc::gen::arbitrary<bool>(), [](bool crash) -> Command { return Restart{crash}; });
    // about one history in fifteen meets a restart, which takes longer than the rest of it
    return rc::gen::weightedOneOf<Commands>({{200, alone(join)},
                                             {70, alone(poll)},
                                             {30, alone(leave)},
                                             {30, alone(hold)},
                                             {15, alone(pay)},
                                             {50, alone(round)},
                                             {30, alone(change())},
                                             {50, alone(wait())},
                                             {50, later},
                                             {1, alone(restart)}});
}

// Puts phrases together, and makes most polls, leaves and holds ask for somebody who has joined: what a stranger is
// answered is soon known.
Commands of_known_users(const std::vector<Commands>& phrases) {
    Commands commands;
    for (const Commands& phrase : phrases) {
        commands.insert(commands.end(), phrase.begin(), phrase.end());
    }
    std::vector<int> joined;
    int strangers = 0;
    const auto introduce = [&](int& who) {
        const bool known = std::ranges::find(joined, who) != joined.end();
        if (!known && !joined.empty() && ++strangers % 10 != 0) {
            who = joined[static_cast<std::size_t>(who) % joined.size()];
        }
    };
    for (Command& command : commands) {
        if (const Join* join = std::get_if<Join>(&command)) {
            joined.push_back(join->user);
        } else if (Poll* poll = std::get_if<Poll>(&command)) {
            introduce(poll->user);
        } else if (Leave* leave = std::get_if<Leave>(&command)) {
            introduce(leave->user);
        } else if (Hold* hold = std::get_if<Hold>(&command)) {
            introduce(hold->user);
        }
    }
    return commands;
}

rc::Gen<History> history() {
    const auto phrases = rc::gen::mapcat(rc::gen::inRange(fewest_phrases, most_phrases + 1), [](int count) {
        return rc::gen::container<std::vector<Commands>>(static_cast<std::size_t>(count), phrase());
    });
    return rc::gen::apply(
        [](const Settings& queue, const std::vector<Commands>& list) {
            return History{queue, of_known_users(list)};
        },
        settings(), phrases);
}

// Plainer commands of the same kind.
rc::Seq<Command> plainer(const Command& command) {
    std::vector<Command> choices;
    std::visit(Each{
                   [&](const Join& join) {
                       for (int priority = 0; priority < join.priority; ++priority) {
                           choices.push_back(Join{join.user, priority});
                       }
                       for (int who = 1; who < join.user; ++who) {
                           choices.push_back(Join{who, join.priority});
                       }
                   },
                   [&](const Poll& poll) {
                       for (int who = 1; who < poll.user; ++who) {
                           choices.push_back(Poll{who, poll.back});
                       }
                   },
                   [&](const Leave& leave) {
                       for (int who = 1; who < leave.user; ++who) {
                           choices.push_back(Leave{who, leave.back});
                       }
                   },
                   [&](const Tick&) { choices.push_back(Admit{}); },
                   [&](const Restart& restart) {
                       if (restart.crash) {
                           choices.push_back(Restart{.crash = false});
                       }
                   },
                   [](const auto&) {},
               },
               command);
    return rc::seq::fromContainer(choices);
}

// The queue without one of its limits.
rc::Seq<History> with_fewer_limits(const History& history) {
    std::vector<History> choices;
    const auto offer = [&](const auto& change) {
        History plainer_history = history;
        change(plainer_history.settings);
        choices.push_back(plainer_history);
    };
    if (history.settings.max_waiting) {
        offer([](Settings& settings) { settings.max_waiting.reset(); });
    }
    if (history.settings.admit_per_minute) {
        offer([](Settings& settings) { settings.admit_per_minute.reset(); });
    }
    for (int max_active = 1; max_active < history.settings.max_active; ++max_active) {
        offer([&](Settings& settings) { settings.max_active = max_active; });
    }
    return rc::seq::fromContainer(choices);
}

rc::Seq<History> smaller(const History& history) {
    return rc::seq::concat(with_fewer_commands(history), with_fewer_limits(history),
                           rc::seq::map(rc::shrink::eachElement(history.commands, plainer),
                                        [settings = history.settings](std::vector<Command> commands) {
                                            return History{settings, std::move(commands)};
                                        }));
}

} // namespace

rc::Shrinkable<History> history_of_seed(std::uint64_t seed) {
    return rc::shrinkable::shrinkRecur(history()(rc::Random(seed)).value(),
                                       [](const History& history) { return smaller(history); });
}

} // namespace boxoffice::histories
