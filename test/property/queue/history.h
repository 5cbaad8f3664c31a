// What is tried on a queue: its settings and a list of commands, as plain values that can be generated, made smaller
// and printed. Who waits for what is no matter here.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "instant.h"

namespace boxoffice::histories {

enum class Mode { open, paused, closed, bypass };

struct Settings {
    int max_active = 1;
    Duration active_for{};
    Duration claim_for{};
    Duration idle_for{};
    std::optional<int> max_waiting;
    std::optional<int> admit_per_minute;
};

struct Join {
    int user;
    int priority;
};

// Polls, leaves and holds name a token as the user's last (0), the one before (1) and so on. A user without it sends a
// token that nobody has.
struct Poll {
    int user;
    int back;
};

struct Leave {
    int user;
    int back;
};

// Holds a seat that is sold through the queue.
struct Hold {
    int user;
    int back;
};

// Pays the last reservation of all (0), the one before (1) and so on; one that does not exist, when there are fewer.
struct Pay {
    int back;
};

struct Admit {};

struct Tick {};

struct ChangeMode {
    Mode mode;
};

struct ChangeMaxActive {
    int limit;
};

// 0 lifts this limit and the next.
struct ChangeMaxWaiting {
    int limit;
};

struct ChangeAdmitPerMinute {
    int limit;
};

// The instants at which an answer may change though nobody calls.
enum class Boundary {
    claim,  // an admitted token that nobody has claimed lapses
    active, // a claimed token lapses
    touch,  // being seen again is noted again
    idle,   // one who waits counts as gone
    minute, // an admission is a minute old
};

// Lets time pass.
struct Wait {
    Duration duration;
};

// To the next boundary of a kind, or a little further; not at all, when none lies ahead.
struct WaitUntil {
    Boundary boundary;
    bool past;
};

struct Restart {
    bool crash;
};

using Command = std::variant<Join, Poll, Leave, Hold, Pay, Admit, Tick, ChangeMode, ChangeMaxActive, ChangeMaxWaiting,
                             ChangeAdmitPerMinute, Wait, WaitUntil, Restart>;

struct History {
    Settings settings;
    std::vector<Command> commands;
};

std::string name_of(Mode mode);
std::string name_of(Boundary boundary);
std::string describe(const Settings& settings);
std::string describe(const Command& command);
// One line for the settings and one for each command.
std::string describe(const History& history);

} // namespace boxoffice::histories
