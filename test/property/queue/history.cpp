// Commands and histories as text, for whoever reads what went wrong.
#include "history.h"

#include <array>

namespace boxoffice::histories {
namespace {

std::string limit_text(std::optional<int> limit) { return limit ? std::to_string(*limit) : "null"; }

std::string token_text(int user, int back) {
    return "user" + std::to_string(user) + (back == 0 ? "'s token" : "'s token -" + std::to_string(back));
}

} // namespace

std::string name_of(Mode mode) {
    constexpr std::array names{"open", "paused", "closed", "bypass"};
    return names.at(static_cast<std::size_t>(mode));
}

std::string name_of(Boundary boundary) {
    constexpr std::array names{"claim", "active", "touch", "idle", "minute"};
    return names.at(static_cast<std::size_t>(boundary));
}

std::string describe(const Settings& settings) {
    return "queue max_active " + std::to_string(settings.max_active) + ", max_waiting " +
           limit_text(settings.max_waiting) + ", admit_per_minute " + limit_text(settings.admit_per_minute) +
           ", active_for " + describe(settings.active_for) + ", claim_for " + describe(settings.claim_for) +
           ", idle_for " + describe(settings.idle_for);
}

std::string describe(const Command& command) {
    const auto changed = [](const char* limit, int value) {
        return std::string("change ") + limit + " to " + std::to_string(value);
    };
    return std::visit(
        Each{
            [](const Join& join) {
                return "join user" + std::to_string(join.user) + ", priority " + std::to_string(join.priority);
            },
            [](const Poll& poll) { return "poll " + token_text(poll.user, poll.back); },
            [](const Leave& leave) { return "leave " + token_text(leave.user, leave.back); },
            [](const Hold& hold) { return "hold a seat with " + token_text(hold.user, hold.back); },
            [](const Pay& pay) { return "pay reservation -" + std::to_string(pay.back); },
            [](const Admit&) { return std::string("admit"); },
            [](const Tick&) { return std::string("tick"); },
            [](const ChangeMode& change) { return "change mode to " + name_of(change.mode); },
            [&](const ChangeMaxActive& change) { return changed("max_active", change.limit); },
            [&](const ChangeMaxWaiting& change) { return changed("max_waiting", change.limit); },
            [&](const ChangeAdmitPerMinute& change) { return changed("admit_per_minute", change.limit); },
            [](const Wait& wait) { return "wait " + describe(wait.duration); },
            [](const WaitUntil& wait) {
                return std::string("wait until just ") + (wait.past ? "past" : "before") + " the next boundary " +
                       name_of(wait.boundary);
            },
            [](const Restart& restart) { return std::string(restart.crash ? "crash" : "restart") + " the servers"; },
        },
        command);
}

std::string describe(const History& history) {
    std::string text = "  " + describe(history.settings) + "\n";
    for (const Command& command : history.commands) {
        text += "  " + describe(command) + "\n";
    }
    return text;
}

} // namespace boxoffice::histories
