// What is tried on a sale: a slot with a few seats and two pools, and a list of commands of a few users, as plain values
// that can be generated, made smaller and printed.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "instant.h"

namespace boxoffice::histories {

constexpr int users = 4;
constexpr int pools = 2;
constexpr int seat_price = 100;
constexpr std::array<int, pools> place_prices{30, 70};

struct Settings {
    int seats = 1;
    std::array<int, pools> capacities{1, 1};
    int stripes = 1; // boxoffice.pool_stripes
    Duration hold_for{};
    std::optional<Duration> hold_for_max;
    std::optional<int> max_per_user;
    int money = 0;                        // that each user has to begin with
    std::optional<Duration> starts_after; // the beginning of the history; none: long after its end
};

// Users count from 1, seats from 1, pools from 0.
struct HoldSeats {
    int user;
    std::vector<int> seats; // ascending; one may not exist
};

struct HoldPlaces {
    int user;
    int pool;
    int quantity;
};

// What is done with the last reservation of all (0), the one before (1) and so on, or with one that does not exist, when
// there are fewer; by its owner or by a stranger. By the house it is all the
// same whose it is.
enum class Deed { release, pay, cancel, cancel_by_house, extend };

struct Do {
    Deed deed;
    int back;
    bool stranger;
};

struct ExpireHolds {};

struct ChangeCapacity {
    int pool;
    int capacity;
};

struct BlockSeats {
    std::vector<int> seats; // ascending; one may not exist
    bool blocked;           // or given back to sale
};

struct SetPrices {
    int price;
    std::vector<int> seats; // none: all of them
};

// Lets time pass.
struct Wait {
    Duration duration;
};

// To just before or just past the next end of a hold or the start of the slot; not at all, when none is to come.
struct WaitUntilEnd {
    bool past;
};

using Command =
    std::variant<HoldSeats, HoldPlaces, Do, ExpireHolds, ChangeCapacity, BlockSeats, SetPrices, Wait, WaitUntilEnd>;

struct History {
    Settings settings;
    std::vector<Command> commands;
};

std::string name_of(Deed deed);
std::string describe(const std::vector<int>& seats);
std::string describe(const Settings& settings);
std::string describe(const Command& command);
// One line for the settings and one for each command.
std::string describe(const History& history);

} // namespace boxoffice::histories
