// The choice of the best seats against a plain model that looks at everything, on small halls made up by rapidcheck.
#include "hall/best_seats.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace boxoffice::best_seats {
namespace {

using Indexes = std::vector<int32_t>;

// A hall in which the model knows who sits next to whom, because it is drawn that way: rows of seats 10 apart with aisles
// of 20, rows 13 apart, some of them drawn from right to left.
struct Drawn {
    std::vector<Seat> seats;
    std::vector<State> states;
    std::vector<Indexes> blocks; // seats between aisles, in their order
    std::optional<Point> focal_point;

    State state(int32_t seat) const { return states[static_cast<std::size_t>(seat)]; }
    Point position(int32_t seat) const { return *seats[static_cast<std::size_t>(seat)].position; }
};

void draw_row(Drawn& drawn, int32_t row, const std::vector<int>& gaps, bool from_right) {
    const auto first = static_cast<int32_t>(drawn.seats.size());
    double x = 0;
    std::vector<double> at;
    std::vector<bool> after_aisle;
    for (const int gap : gaps) {
        after_aisle.push_back(gap > 0);
        x += at.empty() ? 0 : 10 + gap;
        at.push_back(x);
    }
    for (std::size_t i = 0; i < at.size(); ++i) {
        const int32_t seat = first + static_cast<int32_t>(i);
        drawn.seats.push_back({seat + 1, 0, row, Point{from_right ? 200 - at[i] : at[i], 13.0 * row}});
        if (i == 0 || after_aisle[i])
            drawn.blocks.emplace_back();
        drawn.blocks.back().push_back(seat);
    }
}

Drawn drawn_hall() {
    Drawn drawn;
    // a row too short to tell what is usual learns it from this one
    draw_row(drawn, 0, {0, 0, 0, 0}, false);
    const int rows = *rc::gen::inRange(1, 6);
    for (int32_t row = 1; row <= rows; ++row) {
        const auto width = *rc::gen::inRange<std::size_t>(1, 9);
        // so few aisles that the median of a row is no aisle
        std::vector<int> gaps(width, 0);
        if (width >= 5)
            gaps[*rc::gen::inRange<std::size_t>(1, width)] = *rc::gen::element(0, 10, 20);
        draw_row(drawn, row, gaps, *rc::gen::arbitrary<bool>());
    }
    const int percent = *rc::gen::element(0, 20, 50, 80);
    for (std::size_t seat = 0; seat < drawn.seats.size(); ++seat) {
        const bool taken = *rc::gen::inRange(0, 100) < percent;
        drawn.states.push_back(taken ? State::taken : *rc::gen::inRange(0, 100) < 15 ? State::free : State::open);
    }
    if (*rc::gen::arbitrary<bool>())
        drawn.focal_point = Point{*rc::gen::inRange(-50, 250) * 1.0, *rc::gen::inRange(-20, 100) * 1.0};
    return drawn;
}

// Every way to sit next to each other, and whether it leaves an orphan.
struct Window {
    Indexes seats;
    bool leaves_orphan;
};

bool is_free(const Drawn& drawn, const Indexes& block, int64_t at) {
    return at >= 0 && at < static_cast<int64_t>(block.size()) &&
           drawn.state(block[static_cast<std::size_t>(at)]) != State::taken;
}

std::vector<Window> all_windows(const Drawn& drawn, int32_t quantity) {
    std::vector<Window> windows;
    for (const Indexes& block : drawn.blocks) {
        for (int64_t begin = 0; begin + quantity <= static_cast<int64_t>(block.size()); ++begin) {
            const Indexes seats(block.begin() + begin, block.begin() + begin + quantity);
            if (!std::all_of(seats.begin(), seats.end(),
                             [&](int32_t seat) { return drawn.state(seat) == State::open; }))
                continue;
            const bool left = is_free(drawn, block, begin - 1) && !is_free(drawn, block, begin - 2);
            const int64_t end = begin + quantity;
            const bool right = is_free(drawn, block, end) && !is_free(drawn, block, end + 1);
            windows.push_back({seats, left || right});
        }
    }
    return windows;
}

int64_t total_distance(const Hall& hall, const Indexes& seats) {
    int64_t total = 0;
    for (const int32_t seat : seats)
        total += hall.distance(hall.place_of(seat));
    return total;
}

std::optional<int64_t> least_distance(const Hall& hall, const std::vector<Window>& windows, bool with_orphans) {
    std::optional<int64_t> least;
    for (const Window& window : windows) {
        if (window.leaves_orphan != with_orphans)
            continue;
        const int64_t distance = total_distance(hall, window.seats);
        least = least ? std::min(*least, distance) : distance;
    }
    return least;
}

// The lengths of all runs of open seats, the longest first.
std::vector<int32_t> run_lengths(const Drawn& drawn) {
    std::vector<int32_t> lengths;
    for (const Indexes& block : drawn.blocks) {
        int32_t length = 0;
        for (const int32_t seat : block) {
            if (drawn.state(seat) == State::open) {
                ++length;
            } else if (length > 0) {
                lengths.push_back(std::exchange(length, 0));
            }
        }
        if (length > 0)
            lengths.push_back(length);
    }
    std::sort(lengths.begin(), lengths.end(), std::greater<>());
    return lengths;
}

int32_t fewest_pieces(const Drawn& drawn, int32_t quantity) {
    int32_t pieces = 0;
    for (const int32_t length : run_lengths(drawn)) {
        if (quantity <= 0)
            break;
        quantity -= length;
        ++pieces;
    }
    return pieces;
}

int32_t pieces_of(const Hall& hall, const Indexes& seats) {
    std::set<int32_t> places;
    for (const int32_t seat : seats)
        places.insert(hall.place_of(seat));
    int32_t pieces = 0;
    for (const int32_t place : places)
        pieces += places.contains(place - 1) && hall.is_joined(place) ? 0 : 1;
    return pieces;
}

RC_GTEST_PROP(BestSeats, AreThoseThatAPlainSearchFinds, ()) {
    const Drawn drawn = drawn_hall();
    const auto quantity = *rc::gen::inRange<int32_t>(1, 12);
    Hall hall(drawn.seats);
    hall.look_from(drawn.focal_point);
    const auto choice = choose(hall, drawn.states, quantity);
    const auto open = std::count(drawn.states.begin(), drawn.states.end(), State::open);
    RC_ASSERT(choice.has_value() == (open >= quantity));
    if (!choice)
        return;
    RC_ASSERT(static_cast<int32_t>(choice->seats.size()) == quantity);
    RC_ASSERT(std::adjacent_find(choice->seats.begin(), choice->seats.end(), std::greater_equal<>()) ==
              choice->seats.end());
    for (const int32_t seat : choice->seats)
        RC_ASSERT(drawn.state(seat) == State::open);

    const std::vector<Window> windows = all_windows(drawn, quantity);
    RC_CLASSIFY(windows.empty(), "split");
    RC_ASSERT(choice->adjacent == !windows.empty());
    RC_ASSERT(choice->adjacent == hall.are_adjacent(choice->seats));
    if (windows.empty()) {
        const int32_t pieces = fewest_pieces(drawn, quantity);
        if (pieces <= most_pieces)
            RC_ASSERT(pieces_of(hall, choice->seats) == pieces);
        return;
    }
    const auto without_orphans = least_distance(hall, windows, false);
    RC_CLASSIFY(!without_orphans, "with an orphan");
    RC_ASSERT(total_distance(hall, choice->seats) ==
              (without_orphans ? *without_orphans : *least_distance(hall, windows, true)));
    const auto chosen = std::find_if(windows.begin(), windows.end(), [&](const Window& window) {
        return std::is_permutation(window.seats.begin(), window.seats.end(), choice->seats.begin(),
                                   choice->seats.end());
    });
    RC_ASSERT(chosen != windows.end());
    RC_ASSERT(chosen->leaves_orphan == !without_orphans);
}

RC_GTEST_PROP(BestSeats, SellEverythingInTheEnd, ()) {
    Drawn drawn = drawn_hall();
    Hall hall(drawn.seats);
    hall.look_from(drawn.focal_point);
    auto left = std::count(drawn.states.begin(), drawn.states.end(), State::open);
    const auto quantity = *rc::gen::inRange<int32_t>(1, 5);
    while (const auto choice = choose(hall, drawn.states, quantity)) {
        for (const int32_t seat : choice->seats) {
            RC_ASSERT(drawn.state(seat) == State::open);
            drawn.states[static_cast<std::size_t>(seat)] = State::taken;
        }
        left -= quantity;
    }
    RC_ASSERT(left < quantity);
}

// Turning and moving a hall changes nothing but the order of equals; here none are equal, as the focal point is where no
// two seats are equally far away.
RC_GTEST_PROP(BestSeats, DoNotDependOnHowTheHallIsTurned, ()) {
    Drawn drawn = drawn_hall();
    const Point focal_point{103.77, -31.41};
    const double angle = *rc::gen::inRange(0, 360) * 0.017453292519943295;
    const auto turned = [&](Point point) {
        return Point{point.x * std::cos(angle) - point.y * std::sin(angle) + 77,
                     point.x * std::sin(angle) + point.y * std::cos(angle) - 1234};
    };
    Hall hall(drawn.seats);
    hall.look_from(focal_point);
    std::vector<Seat> moved = drawn.seats;
    for (Seat& seat : moved)
        seat.position = turned(*seat.position);
    Hall turned_hall(moved);
    turned_hall.look_from(turned(focal_point));
    for (int32_t quantity = 1; quantity < 6; ++quantity) {
        const auto one = choose(hall, drawn.states, quantity), other = choose(turned_hall, drawn.states, quantity);
        RC_ASSERT(one.has_value() == other.has_value());
        if (one && one->adjacent)
            RC_ASSERT(one->seats == other->seats);
    }
}

// The order of the seats in the plan does not matter where rows are straight.
RC_GTEST_PROP(Neighbours, AreFoundWhateverTheOrderOfThePlan, ()) {
    const Drawn drawn = drawn_hall();
    std::vector<std::size_t> order(drawn.seats.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    for (std::size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[*rc::gen::inRange<std::size_t>(0, i)]);
    std::vector<Seat> shuffled;
    Indexes now_at(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
        Seat seat = drawn.seats[order[i]];
        seat.seat_id = static_cast<int32_t>(i) + 1;
        shuffled.push_back(seat);
        now_at[order[i]] = static_cast<int32_t>(i);
    }
    const Hall hall(shuffled);
    int32_t joined = 0;
    for (int32_t place = 0; place < hall.size(); ++place)
        joined += hall.is_joined(place) ? 1 : 0;
    int32_t expected = 0;
    for (const Indexes& block : drawn.blocks) {
        expected += static_cast<int32_t>(block.size()) - 1;
        for (std::size_t i = 1; i < block.size(); ++i) {
            const Indexes two{now_at[static_cast<std::size_t>(block[i - 1])],
                              now_at[static_cast<std::size_t>(block[i])]};
            RC_ASSERT(hall.are_adjacent(two));
        }
    }
    RC_ASSERT(joined == expected);
}

std::vector<Seat> row_of(const std::vector<Point>& points) {
    std::vector<Seat> seats;
    for (const Point point : points)
        seats.push_back({static_cast<int32_t>(seats.size()) + 1, 0, 0, point});
    return seats;
}

int32_t neighbours(const Hall& hall) {
    int32_t joined = 0;
    for (int32_t place = 0; place < hall.size(); ++place)
        joined += hall.is_joined(place) ? 1 : 0;
    return joined;
}

TEST(Neighbours, WithoutPositionsFollowEachOther) {
    std::vector<Seat> seats(5, {0, 0, 0, std::nullopt});
    for (std::size_t i = 0; i < seats.size(); ++i)
        seats[i].seat_id = static_cast<int32_t>(i) + 1;
    Hall hall(seats);
    EXPECT_EQ(neighbours(hall), 4);
    hall.look_from(std::nullopt);
    EXPECT_EQ(choose(hall, std::vector<State>(5, State::open), 2)->seats, (Indexes{0, 1}));
}

TEST(Neighbours, AllInOnePlaceFollowEachOther) {
    Hall hall(row_of(std::vector<Point>(6, Point{7, 7})));
    EXPECT_EQ(neighbours(hall), 5);
    hall.look_from(std::nullopt);
    EXPECT_EQ(choose(hall, std::vector<State>(6, State::open), 3)->seats, (Indexes{0, 1, 2}));
}

// Seats 10 apart in lines 12 apart, numbered to and fro as one row.
std::vector<Seat> serpentine(int lines, int width) {
    std::vector<Seat> seats;
    for (int line = 0; line < lines; ++line) {
        for (int i = 0; i < width; ++i)
            seats.push_back({static_cast<int32_t>(seats.size()) + 1, 0, 0,
                             Point{10.0 * (line % 2 == 0 ? i : width - 1 - i), 12.0 * line}});
    }
    return seats;
}

TEST(Neighbours, OfANumberingToAndFroAreOnOneLine) {
    for (const int width : {3, 5, 15}) {
        const Hall hall(serpentine(4, width));
        for (int32_t place = 1; place < hall.size(); ++place)
            EXPECT_EQ(hall.is_joined(place), place % width != 0) << width << " in a line, seat " << place + 1;
    }
}

TEST(Neighbours, OfACornerAndOfASquareTableFollowIt) {
    std::vector<Seat> corner, square;
    for (int32_t i = 0; i < 9; ++i)
        corner.push_back({i + 1, 0, 0, Point{10.0 * std::min(i, 4), 10.0 * std::max(i - 4, 0)}});
    for (const Point point : {Point{0, 0}, Point{10, 0}, Point{10, 10}, Point{0, 10}})
        square.push_back({static_cast<int32_t>(square.size()) + 1, 0, 0, point});
    for (const Hall& hall : {Hall(corner), Hall(square)}) {
        for (int32_t place = 1; place < hall.size(); ++place)
            EXPECT_TRUE(hall.is_joined(place)) << place;
    }
}

TEST(Neighbours, OfAnArcFollowIt) {
    std::vector<Point> points;
    for (int step = 0; step < 30; ++step)
        points.push_back({100 * std::cos(step * 0.2), 100 * std::sin(step * 0.2)});
    EXPECT_EQ(neighbours(Hall(row_of(points))), 29);
}

TEST(Neighbours, OfAShortRowAreAsFarApartAsIsUsualElsewhere) {
    std::vector<Seat> seats = row_of({{0, 0}, {10, 0}, {20, 0}, {30, 0}});
    seats.push_back({5, 0, 1, Point{0, 10}});
    seats.push_back({6, 0, 1, Point{20, 10}}); // an aisle between two seats
    seats.push_back({7, 0, 2, Point{0, 20}});
    seats.push_back({8, 0, 2, Point{10, 20}});
    EXPECT_EQ(neighbours(Hall(seats)), 4);
}

TEST(Positions, ThatAreNoNumbersAreNone) {
    std::vector<Seat> seats = row_of({{0, 0}, {NAN, 1}, {INFINITY, 0}, {1e308, -1e308}, {3, 3}});
    Hall hall(seats);
    for (const auto& focal_point : {std::optional<Point>{}, std::optional(Point{-1e308, 1e308})}) {
        hall.look_from(focal_point);
        EXPECT_EQ(choose(hall, std::vector<State>(5, State::open), 5)->seats.size(), 5U);
    }
}

TEST(BestSeats, OfNoSeatsAreNone) {
    Hall hall({});
    hall.look_from(std::nullopt);
    EXPECT_FALSE(choose(hall, {}, 1).has_value());
}

// Two rows behind each other, of which one seat each is left, are nearer than two in one row with somebody between them
// and an aisle.
TEST(BestSeats, ThatAreApartAreNearEachOther) {
    std::vector<Seat> seats;
    for (int32_t row = 0; row < 2; ++row) {
        for (int32_t i = 0; i < 9; ++i)
            seats.push_back({row * 9 + i + 1, 0, row, Point{i * 10.0, row * 10.0}});
    }
    std::vector<State> states(18, State::taken);
    for (const std::size_t open : {2U, 6U, 15U})
        states[open] = State::open;
    Hall hall(seats);
    hall.look_from(std::nullopt);
    EXPECT_EQ(choose(hall, states, 2)->seats, (Indexes{6, 15}));
}

} // namespace
} // namespace boxoffice::best_seats
