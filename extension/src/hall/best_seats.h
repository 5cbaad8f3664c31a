// Which of a hall's free seats are the best ones for a party: geometry and choice, nothing of PostgreSQL.
//
// Row        seats of one zone and row label, in the order in which one walks along them: that of seat_id or, where it
//            is the shorter way, that along the row's direction. Rows may be slanted, vertical or curved.
// Neighbours two seats that follow each other in a row, at most one and a half times as far apart as is usual there (the
//            median of the row; of its zone, then of the hall, where it has too few seats to tell). A wider gap is an
//            aisle, and so is the turn of a numbering that goes to and fro over several lines without row labels. Where
//            positions are not known all that follow each other are neighbours.
// Near       the mean distance of the party's seats to the focal point, in parts of the farthest seat's, so that
//            sums are exact; the smaller seat_id where it is the same. Seats without a position are farther than all.
// Orphan     a free seat that would be left without a free neighbour and has one now. Seats of other categories count.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace boxoffice::best_seats {

struct Point {
    double x, y;
    bool operator==(const Point&) const = default;
};

// What does not change of a seat while it is sold. Rows, and zones, are numbered from 0.
struct Seat {
    int32_t seat_id;
    int32_t zone, row;
    std::optional<Point> position;
};

// The seats of a slot in their rows. Seats are named by their index in the list given, which ascends by seat_id; a place
// is the index of a seat in the order of the rows.
class Hall {
public:
    explicit Hall(const std::vector<Seat>& seats);

    // Measures all distances from here; nothing: from the front centre, the least y and the middle x of all seats.
    void look_from(std::optional<Point> focal_point);

    int32_t size() const { return static_cast<int32_t>(order.size()); }
    int32_t seat_at(int32_t place) const { return order[static_cast<std::size_t>(place)]; }
    int32_t place_of(int32_t seat) const { return places[static_cast<std::size_t>(seat)]; }
    // Whether it is the neighbour of the place before.
    bool is_joined(int32_t place) const { return joined[static_cast<std::size_t>(place)]; }
    int64_t distance(int32_t place) const { return distances[static_cast<std::size_t>(place)]; }
    int64_t distance(int32_t place, Point from) const;
    Point point(int32_t place) const { return points[static_cast<std::size_t>(place)]; }
    // Whether these seats are one unbroken chain of neighbours.
    bool are_adjacent(std::span<const int32_t> seats) const;

private:
    int64_t in_units(double distance) const;

    std::vector<int32_t> order, places;
    std::vector<char> joined;
    std::vector<Point> points;
    std::vector<char> placed; // whether the position is known; else the point only counts along the row
    std::vector<int64_t> distances;
    double units_per_length = 0;
    std::optional<Point> looked_from;
};

enum class State : uint8_t {
    taken,
    free, // but not for this party: of another category
    open,
};

struct Choice {
    std::vector<int32_t> seats; // ascending
    bool adjacent;
};

// The best seats for so many, of those that are open; nothing when there are too few.
//   1. next to each other, leaving no orphan; the nearest such
//   2. next to each other
//   3. in as few pieces as there can be (where that is up to most_pieces), near each other and near the focal point;
//      what needs more pieces is filled up from the nearest on
std::optional<Choice> choose(const Hall& hall, std::span<const State> states, int32_t quantity);

inline constexpr int32_t most_pieces = 8;

} // namespace boxoffice::best_seats
