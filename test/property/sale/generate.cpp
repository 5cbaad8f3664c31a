// The numbers here are chosen so that few users want more than there is: seats are wanted twice, pools are sold out and
// come back, limits are reached, and most of the time that passes ends next to the end of a hold.
#include "generate.h"

#include <algorithm>

#include "shrinking.h"

namespace boxoffice::histories {
namespace {

using namespace std::chrono_literals;

constexpr int fewest_commands = 20;
constexpr int most_commands = 70;

rc::Gen<Settings> settings() {
    const auto capacity = rc::gen::element(1, 2, 3, 5, 8, 9, 13, 18);
    const auto durations = rc::gen::apply(
        [](Duration hold_for, int percent) {
            return std::pair(hold_for, percent == 0 ? std::nullopt : std::optional<Duration>(hold_for * percent / 100));
        },
        rc::gen::element<Duration>(5s, 20s, 60s),
        rc::gen::weightedElement<int>({{1, 0}, {1, 100}, {2, 150}, {2, 300}}));
    const auto limit = rc::gen::map(rc::gen::inRange(-4, 9),
                                    [](int number) { return number < 2 ? std::nullopt : std::optional(number); });
    return rc::gen::apply(
        [](int seats, int first, int second, int stripes, const std::pair<Duration, std::optional<Duration>>& lasts,
           std::optional<int> max_per_user, int money, std::optional<Duration> starts_after) {
            return Settings{seats,        {first, second}, stripes, lasts.first,
                            lasts.second, max_per_user,    money,   starts_after};
        },
        rc::gen::inRange(3, 6), capacity, capacity, rc::gen::inRange(1, 5), durations, limit,
        rc::gen::element(0, 200, 600, 3000, 3000),
        rc::gen::element<std::optional<Duration>>(std::nullopt, 5s, 60s, 200s));
}

// One to three of the first five.
rc::Gen<std::vector<int>> few_seats() {
    return rc::gen::map(rc::gen::container<std::vector<int>>(3, rc::gen::inRange(1, 6)), [](std::vector<int> seats) {
        std::ranges::sort(seats);
        seats.erase(std::unique(seats.begin(), seats.end()), seats.end());
        return seats;
    });
}

rc::Gen<Command> block_seats() {
    return rc::gen::apply(
        [](std::vector<int> seats, bool blocked) -> Command {
            return BlockSeats{std::move(seats), blocked};
        },
        few_seats(), rc::gen::arbitrary<bool>());
}

rc::Gen<Command> set_prices() {
    return rc::gen::apply(
        [](int price, std::vector<int> seats, bool all) -> Command {
            return SetPrices{price, all ? std::vector<int>{} : std::move(seats)};
        },
        rc::gen::element(0, 50, 100, 140), few_seats(), rc::gen::arbitrary<bool>());
}

rc::Gen<Command> command() {
    const auto user = rc::gen::inRange(1, users + 1);
    const auto pool = rc::gen::inRange(0, pools);
    const auto seats = rc::gen::apply(
        [](int who, std::vector<int> which) -> Command {
            return HoldSeats{who, std::move(which)};
        },
        user, few_seats());
    const auto places = rc::gen::apply(
        [](int who, int which, int quantity) -> Command {
            return HoldPlaces{who, which, quantity};
        },
        user, pool, rc::gen::weightedElement<int>({{6, 1}, {4, 2}, {3, 3}, {2, 5}, {1, 8}, {1, 20}}));
    const auto deed = rc::gen::apply(
        [](Deed what, int back, int stranger) -> Command {
            return Do{what, back, stranger == 0};
        },
        rc::gen::weightedElement<Deed>(
            {{3, Deed::release}, {8, Deed::pay}, {5, Deed::cancel}, {3, Deed::cancel_by_house}, {4, Deed::extend}}),
        rc::gen::weightedElement<int>({{6, 0}, {4, 1}, {3, 2}, {2, 4}, {1, 9}}), rc::gen::inRange(0, 20));
    const auto capacity = rc::gen::apply(
        [](int which, int to) -> Command {
            return ChangeCapacity{which, to};
        },
        pool, rc::gen::element(1, 2, 3, 4, 6, 8, 10, 12, 17, 20));
    const auto wait = rc::gen::map(rc::gen::element<Duration>(100ms, 1s, 3s, 10s, 31s, 100s),
                                   [](Duration time) -> Command { return Wait{time}; });
    const auto until = rc::gen::map(rc::gen::weightedElement<bool>({{3, true}, {1, false}}),
                                    [](bool past) -> Command { return WaitUntilEnd{past}; });
    return rc::gen::weightedOneOf<Command>({{20, seats},
                                            {45, places},
                                            {40, deed},
                                            {4, rc::gen::just(Command(ExpireHolds{}))},
                                            {8, capacity},
                                            {6, block_seats()},
                                            {6, set_prices()},
                                            {5, wait},
                                            {18, until}});
}

rc::Gen<History> history() {
    const auto commands = rc::gen::mapcat(rc::gen::inRange(fewest_commands, most_commands + 1), [](int count) {
        return rc::gen::container<std::vector<Command>>(static_cast<std::size_t>(count), command());
    });
    return rc::gen::apply(
        [](const Settings& slot, const std::vector<Command>& list) {
            return History{slot, list};
        },
        settings(), commands);
}

// Fewer places, and the first user where another does not matter.
rc::Seq<Command> plainer(const Command& command) {
    std::vector<Command> choices;
    std::visit(Each{
                   [&](const HoldPlaces& hold) {
                       for (int quantity = 1; quantity < hold.quantity; ++quantity) {
                           choices.push_back(HoldPlaces{hold.user, hold.pool, quantity});
                       }
                       for (int who = 1; who < hold.user; ++who) {
                           choices.push_back(HoldPlaces{who, hold.pool, hold.quantity});
                       }
                   },
                   [&](const HoldSeats& hold) {
                       if (hold.seats.size() > 1) {
                           choices.push_back(HoldSeats{hold.user, {hold.seats.front()}});
                       }
                       for (int who = 1; who < hold.user; ++who) {
                           choices.push_back(HoldSeats{who, hold.seats});
                       }
                   },
                   [](const auto&) {},
               },
               command);
    return rc::seq::fromContainer(choices);
}

rc::Seq<History> smaller(const History& history) {
    return rc::seq::concat(with_fewer_commands(history),
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
