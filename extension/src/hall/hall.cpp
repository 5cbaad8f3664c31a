// Rows, neighbours and distances; see best_seats.h.

#include "hall/best_seats.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace boxoffice::best_seats {

namespace {

using Indexes = std::vector<int32_t>;

// Distances are told in so many parts of the farthest one.
constexpr double parts = 1 << 20;
// More than any: for what cannot be measured.
constexpr int64_t out_of_sight = int64_t{4} << 20;
// What is farther than this times the usual is no neighbour.
constexpr double widest_gap = 1.5;

std::optional<Point> position_of(const Seat& seat) {
    if (!seat.position || !std::isfinite(seat.position->x) || !std::isfinite(seat.position->y))
        return std::nullopt;
    return seat.position;
}

double between(Point one, Point other) {
    const double dx = one.x - other.x, dy = one.y - other.y, square = dx * dx + dy * dy;
    // hypot also where the squares are out of range, but at ten times the price
    return std::isnormal(square) ? std::sqrt(square) : std::hypot(dx, dy);
}

// One row while it is put in order.
class Row {
public:
    Row(const std::vector<Seat>& seats_of_hall, Indexes seats_of_row)
        : all(seats_of_hall), members(std::move(seats_of_row)) {
        measured = std::all_of(members.begin(), members.end(),
                               [&](int32_t seat) { return position_of(all[index(seat)]).has_value(); });
        if (!measured || is_straight())
            return;
        Indexes along = members;
        sort_along(along);
        if (length_of(along) < length_of(members) * (1 - 1e-9))
            members = along;
    }

    const Indexes& seats() const { return members; }

    // From each seat to the next; none where positions are not known.
    std::vector<double> steps() const {
        std::vector<double> distances;
        for (std::size_t i = 1; measured && i < members.size(); ++i)
            distances.push_back(between(point(members[i - 1]), point(members[i])));
        return distances;
    }

    // Whether the step to seat i leads from one line to the next, where a numbering goes to and fro without row numbers: it
    // stands across those before and after it, which go opposite ways, along a line of three seats at least on one side.
    bool turns_before(std::size_t i) const {
        if (!measured || i < 2 || i + 1 >= members.size())
            return false;
        const Point step = step_to(i), before = step_to(i - 1), after = step_to(i + 1);
        const bool across = std::abs(cosine(step, before)) < 0.35 && std::abs(cosine(step, after)) < 0.35;
        const bool along = (i >= 3 && cosine(step_to(i - 2), before) > 0.85) ||
                           (i + 2 < members.size() && cosine(step_to(i + 2), after) > 0.85);
        return across && along && cosine(before, after) < -0.85;
    }

private:
    Point step_to(std::size_t i) const {
        const Point from = point(members[i - 1]), to = point(members[i]);
        return {to.x - from.x, to.y - from.y};
    }

    // Of the angle between two steps; of none where one has no length.
    static double cosine(Point one, Point other) {
        const double lengths = between(one, {0, 0}) * between(other, {0, 0});
        return lengths > 0 ? (one.x * other.x + one.y * other.y) / lengths : 1;
    }

    static std::size_t index(int32_t seat) { return static_cast<std::size_t>(seat); }
    Point point(int32_t seat) const { return *all[index(seat)].position; }

    // There is no shorter way than the one that it has.
    bool is_straight() const {
        return length_of(members) <= between(point(members.front()), point(members.back())) * (1 + 1e-9);
    }

    double length_of(const Indexes& path) const {
        double length = 0;
        for (std::size_t i = 1; i < path.size(); ++i)
            length += between(point(path[i - 1]), point(path[i]));
        return length;
    }

    // By the direction in which the row extends most: the axis of the largest variance.
    void sort_along(Indexes& path) const {
        Point mean{0, 0};
        for (const int32_t seat : path) {
            mean.x += point(seat).x / static_cast<double>(path.size());
            mean.y += point(seat).y / static_cast<double>(path.size());
        }
        double xx = 0, yy = 0, xy = 0;
        for (const int32_t seat : path) {
            const double dx = point(seat).x - mean.x, dy = point(seat).y - mean.y;
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
        const double angle = std::atan2(2 * xy, xx - yy) / 2;
        const double cosine = std::cos(angle), sine = std::sin(angle);
        std::vector<std::pair<double, int32_t>> keyed;
        for (const int32_t seat : path)
            keyed.emplace_back((point(seat).x - mean.x) * cosine + (point(seat).y - mean.y) * sine, seat);
        std::sort(keyed.begin(), keyed.end());
        for (std::size_t i = 0; i < path.size(); ++i)
            path[i] = keyed[i].second;
    }

    const std::vector<Seat>& all;
    Indexes members;
    bool measured = false;
};

// The lower median; nothing where there are too few to tell.
std::optional<double> usual(std::vector<double> distances) {
    constexpr std::size_t enough = 3;
    if (distances.size() < enough)
        return std::nullopt;
    const auto middle = distances.begin() + static_cast<std::ptrdiff_t>((distances.size() - 1) / 2);
    std::nth_element(distances.begin(), middle, distances.end());
    return *middle;
}

// What is usual where a row is too short to tell.
class UsualSteps {
public:
    void add(int32_t zone, const std::vector<double>& steps) {
        of_zone[zone].insert(of_zone[zone].end(), steps.begin(), steps.end());
    }
    void settle() {
        std::vector<double> all;
        for (auto& [zone, steps] : of_zone) {
            all.insert(all.end(), steps.begin(), steps.end());
            settled[zone] = usual(std::move(steps));
        }
        of_all = usual(std::move(all));
    }
    // Infinite where nothing tells: then all are neighbours.
    double in(int32_t zone, const std::vector<double>& row) const {
        const auto in_zone = settled.find(zone);
        for (const auto& distance : {usual(row), in_zone == settled.end() ? std::nullopt : in_zone->second, of_all}) {
            if (distance)
                return *distance;
        }
        return HUGE_VAL;
    }

private:
    std::map<int32_t, std::vector<double>> of_zone;
    std::map<int32_t, std::optional<double>> settled;
    std::optional<double> of_all;
};

// By their first seat.
std::vector<Row> rows_of(const std::vector<Seat>& seats) {
    std::vector<Indexes> members;
    std::vector<std::size_t> numbers;
    for (int32_t seat = 0; seat < static_cast<int32_t>(seats.size()); ++seat) {
        const auto number = static_cast<std::size_t>(seats[static_cast<std::size_t>(seat)].row);
        if (number >= members.size())
            members.resize(number + 1);
        if (members[number].empty())
            numbers.push_back(number);
        members[number].push_back(seat);
    }
    std::vector<Row> rows;
    for (const std::size_t number : numbers)
        rows.emplace_back(seats, std::move(members[number]));
    return rows;
}

} // namespace

Hall::Hall(const std::vector<Seat>& seats) : places(seats.size()) {
    const std::vector<Row> rows = rows_of(seats);
    const auto zone_of = [&](const Row& row) { return seats[static_cast<std::size_t>(row.seats().front())].zone; };
    UsualSteps usual_steps;
    for (const Row& row : rows)
        usual_steps.add(zone_of(row), row.steps());
    usual_steps.settle();
    for (const Row& row : rows) {
        const std::vector<double> steps = row.steps();
        const double widest = widest_gap * usual_steps.in(zone_of(row), steps);
        for (std::size_t i = 0; i < row.seats().size(); ++i) {
            const int32_t seat = row.seats()[i];
            const auto position = position_of(seats[static_cast<std::size_t>(seat)]);
            places[static_cast<std::size_t>(seat)] = static_cast<int32_t>(order.size());
            order.push_back(seat);
            joined.push_back(i > 0 && (steps.empty() || steps[i - 1] <= widest) && !row.turns_before(i));
            placed.push_back(position.has_value());
            points.push_back(position.value_or(Point{static_cast<double>(i), 0}));
        }
    }
}

int64_t Hall::in_units(double distance) const {
    const double units = distance * units_per_length;
    return units < static_cast<double>(out_of_sight) ? std::llround(units) : out_of_sight;
}

int64_t Hall::distance(int32_t place, Point from) const { return in_units(between(point(place), from)); }

void Hall::look_from(std::optional<Point> focal_point) {
    if (distances.size() == points.size() && looked_from == focal_point)
        return;
    double left = HUGE_VAL, right = -HUGE_VAL, front = HUGE_VAL;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!placed[i])
            continue;
        left = std::min(left, points[i].x);
        right = std::max(right, points[i].x);
        front = std::min(front, points[i].y);
    }
    const Point from = focal_point.value_or(Point{left / 2 + right / 2, front});
    double farthest = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (placed[i])
            farthest = std::max(farthest, between(points[i], from));
    }
    units_per_length = parts / (farthest > 0 ? farthest : static_cast<double>(points.size() + 1));
    distances.resize(points.size());
    for (std::size_t i = 0; i < points.size(); ++i)
        distances[i] = placed[i] ? in_units(between(points[i], from)) : out_of_sight;
    looked_from = focal_point;
}

bool Hall::are_adjacent(std::span<const int32_t> seats) const {
    if (seats.empty())
        return false;
    Indexes taken;
    for (const int32_t seat : seats)
        taken.push_back(place_of(seat));
    std::sort(taken.begin(), taken.end());
    for (std::size_t i = 1; i < taken.size(); ++i) {
        if (taken[i] != taken[i - 1] + 1 || !is_joined(taken[i]))
            return false;
    }
    return true;
}

} // namespace boxoffice::best_seats
