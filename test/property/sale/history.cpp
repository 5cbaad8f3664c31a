// Commands and histories as text, for whoever reads what went wrong.
#include "history.h"

namespace boxoffice::histories {

std::string name_of(Deed deed) {
    constexpr std::array names{"release", "pay", "cancel", "cancel_by_house", "extend"};
    return names.at(static_cast<std::size_t>(deed));
}

std::string describe(const std::vector<int>& seats) {
    std::string text = "{";
    for (const int seat : seats) {
        text += (text.size() == 1 ? "" : ",") + std::to_string(seat);
    }
    return text + "}";
}

std::string describe(const Settings& settings) {
    return "slot with " + std::to_string(settings.seats) + " seats, pools of " +
           std::to_string(settings.capacities[0]) + " and " + std::to_string(settings.capacities[1]) + " in up to " +
           std::to_string(settings.stripes) + " stripes, hold_for " + describe(settings.hold_for) + ", hold_for_max " +
           (settings.hold_for_max ? describe(*settings.hold_for_max) : "null") + ", max_per_user " +
           (settings.max_per_user ? std::to_string(*settings.max_per_user) : "null") + ", money " +
           std::to_string(settings.money) + ", starts after " +
           (settings.starts_after ? describe(*settings.starts_after) : "the end");
}

std::string describe(const Command& command) {
    return std::visit(
        Each{
            [](const HoldSeats& hold) {
                return "user" + std::to_string(hold.user) + " holds seats " + describe(hold.seats);
            },
            [](const HoldPlaces& hold) {
                return "user" + std::to_string(hold.user) + " holds " + std::to_string(hold.quantity) +
                       " places of pool " + std::to_string(hold.pool);
            },
            [](const Do& deed) {
                return std::string(deed.stranger ? "a stranger: " : "") + name_of(deed.deed) + " reservation -" +
                       std::to_string(deed.back);
            },
            [](const ExpireHolds&) { return std::string("expire holds"); },
            [](const ChangeCapacity& change) {
                return "change the capacity of pool " + std::to_string(change.pool) + " to " +
                       std::to_string(change.capacity);
            },
            [](const BlockSeats& block) {
                return std::string(block.blocked ? "block" : "unblock") + " seats " + describe(block.seats);
            },
            [](const SetPrices& change) {
                return "set the price of " + (change.seats.empty() ? "all seats" : "seats " + describe(change.seats)) +
                       " to " + std::to_string(change.price);
            },
            [](const Wait& wait) { return "wait " + describe(wait.duration); },
            [](const WaitUntilEnd& wait) {
                return std::string("wait until just ") + (wait.past ? "past" : "before") +
                       " the next end of a hold or the start";
            },
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
