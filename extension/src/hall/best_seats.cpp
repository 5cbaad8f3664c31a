#include "hall/best_seats.h"

#include <algorithm>
#include <cmath>

namespace boxoffice::best_seats {

namespace {

// A stretch of places, all of them open and neighbours.
struct Stretch {
    int32_t begin, length;
    int32_t end() const { return begin + length; }
};

class Chooser {
public:
    Chooser(const Hall& seats_of_hall, std::span<const State> states_of_seats, int32_t wanted)
        : hall(seats_of_hall), states(states_of_seats), quantity(wanted) {
        find_runs();
    }

    std::optional<Choice> choose() const {
        if (open < quantity)
            return std::nullopt;
        if (const auto window = best_window())
            return chosen({*window}, true);
        return chosen(best_pieces(), false);
    }

private:
    State state(int32_t place) const { return states[static_cast<std::size_t>(hall.seat_at(place))]; }
    bool is_free(int32_t place) const { return state(place) != State::taken; }

    // The longest stretches there are.
    void find_runs() {
        for (int32_t place = 0; place < hall.size(); ++place) {
            if (state(place) != State::open)
                continue;
            ++open;
            if (!runs.empty() && runs.back().end() == place && hall.is_joined(place))
                ++runs.back().length;
            else
                runs.push_back({place, 1});
        }
    }

    bool has_free_before(int32_t place) const { return place > 0 && hall.is_joined(place) && is_free(place - 1); }
    bool has_free_after(int32_t place) const {
        return place + 1 < hall.size() && hall.is_joined(place + 1) && is_free(place + 1);
    }
    bool leaves_orphan(Stretch taken) const {
        const int32_t last = taken.end() - 1;
        return (has_free_before(taken.begin) && !has_free_before(taken.begin - 1)) ||
               (has_free_after(last) && !has_free_after(last + 1));
    }

    // The order among stretches of one length.
    struct Rank {
        bool leaves_orphan;
        int64_t distance;
        int32_t seat;
        auto operator<=>(const Rank&) const = default;
    };

    Rank rank(Stretch stretch, int64_t distance) const {
        return {leaves_orphan(stretch), distance,
                std::min(hall.seat_at(stretch.begin), hall.seat_at(stretch.end() - 1))};
    }

    // The best stretch of a length in a run, by the distance of its places.
    template <typename Distance>
    void find_best(Stretch run, int32_t length, Distance&& distance, std::optional<Rank>& best, Stretch& found) const {
        int64_t sum = 0;
        for (int32_t place = run.begin; place < run.end(); ++place) {
            sum += distance(place);
            const Stretch stretch{place - length + 1, length};
            if (stretch.begin < run.begin)
                continue;
            if (const Rank candidate = rank(stretch, sum); !best || candidate < *best) {
                best = candidate;
                found = stretch;
            }
            sum -= distance(stretch.begin);
        }
    }

    std::optional<Stretch> best_window() const {
        std::optional<Rank> best;
        Stretch found{};
        for (const Stretch run : runs) {
            if (run.length >= quantity)
                find_best(
                    run, quantity, [&](int32_t place) { return hall.distance(place); }, best, found);
        }
        return best ? std::optional(found) : std::nullopt;
    }

    Stretch nearest_part(Stretch run, int32_t length, Point to) const {
        std::optional<Rank> best;
        Stretch found{};
        find_best(
            run, length, [&](int32_t place) { return hall.distance(place, to); }, best, found);
        return found;
    }

    int64_t sum_of_distances(Stretch stretch) const {
        int64_t sum = 0;
        for (int32_t place = stretch.begin; place < stretch.end(); ++place)
            sum += hall.distance(place);
        return sum;
    }

    int32_t middle(Stretch stretch) const { return stretch.begin + (stretch.length - 1) / 2; }

    // The fewest runs that are long enough together.
    int32_t fewest_pieces() const {
        std::vector<int32_t> lengths;
        for (const Stretch run : runs)
            lengths.push_back(run.length);
        std::sort(lengths.begin(), lengths.end(), std::greater<>());
        int32_t pieces = 0;
        for (int32_t missing = quantity; missing > 0; ++pieces)
            missing -= lengths[static_cast<std::size_t>(pieces)];
        return pieces;
    }

    struct Pieces {
        std::vector<Stretch> stretches;
        int64_t cost = 0; // the mean distance of the seats to the focal point and of the pieces to the first one
    };

    Pieces priced(std::vector<Stretch> stretches) const {
        int64_t to_focal_point = 0, to_first = 0;
        const Point first = hall.point(middle(stretches.front()));
        for (const Stretch piece : stretches) {
            to_focal_point += sum_of_distances(piece);
            to_first += hall.distance(middle(piece), first);
        }
        return {stretches, to_focal_point / quantity + to_first / static_cast<int64_t>(stretches.size())};
    }

    // The nearest to a run among the others that are long enough.
    const Stretch* nearest_run(Point to, int32_t length, const std::vector<Stretch>& used) const {
        const Stretch* nearest = nullptr;
        double least = 0;
        for (const Stretch& run : runs) {
            if (run.length < length)
                continue;
            const Point point = hall.point(middle(run));
            const double dx = point.x - to.x, dy = point.y - to.y, square = dx * dx + dy * dy;
            const auto is_run = [&](const Stretch& other) { return other.begin == run.begin; };
            if ((nearest == nullptr || square < least) && std::none_of(used.begin(), used.end(), is_run)) {
                nearest = &run;
                least = square;
            }
        }
        return nearest;
    }

    // Begins with one run and goes on to the nearest ones with which the number of pieces can still be kept.
    std::optional<Pieces> gather(Stretch first, int32_t pieces) const {
        const Point centre = hall.point(middle(first));
        std::vector<Stretch> used{first};
        int32_t missing = quantity - first.length;
        while (missing > 0) {
            const int32_t left = pieces - static_cast<int32_t>(used.size());
            const Stretch* const next = left > 0 ? nearest_run(centre, (missing + left - 1) / left, used) : nullptr;
            if (next == nullptr)
                return std::nullopt;
            used.push_back(*next);
            missing -= next->length;
        }
        used.back() = nearest_part(used.back(), used.back().length + missing, centre);
        return priced(std::move(used));
    }

    // So many of the runs that are long enough, the nearest first.
    std::vector<Stretch> nearest_runs(int32_t length, std::size_t most) const {
        std::vector<std::pair<int64_t, Stretch>> by_distance;
        for (const Stretch run : runs) {
            if (run.length >= length)
                by_distance.emplace_back(sum_of_distances(run) / run.length, run);
        }
        most = std::min(most, by_distance.size());
        std::partial_sort(by_distance.begin(), by_distance.begin() + static_cast<std::ptrdiff_t>(most),
                          by_distance.end(), [](const auto& one, const auto& other) {
                              return std::pair(one.first, one.second.begin) <
                                     std::pair(other.first, other.second.begin);
                          });
        std::vector<Stretch> nearest;
        for (std::size_t i = 0; i < most; ++i)
            nearest.push_back(by_distance[i].second);
        return nearest;
    }

    // Whole runs, in the order given, until there are enough.
    std::vector<Stretch> fill_up(const std::vector<Stretch>& from) const {
        std::vector<Stretch> pieces;
        int32_t missing = quantity;
        for (const Stretch run : from) {
            pieces.push_back(run);
            missing -= run.length;
            if (missing <= 0)
                break;
        }
        pieces.back() = nearest_part(pieces.back(), pieces.back().length + missing, hall.point(pieces.front().begin));
        return pieces;
    }

    std::vector<Stretch> best_pieces() const {
        // bounds the work: beginnings that are farther from the focal point are seldom better
        constexpr std::size_t most_beginnings = 16;
        const int32_t pieces = fewest_pieces();
        if (pieces > most_pieces)
            return fill_up(nearest_runs(1, runs.size()));
        std::optional<Pieces> best;
        for (const Stretch first : nearest_runs((quantity + pieces - 1) / pieces, most_beginnings)) {
            auto gathered = gather(first, pieces);
            if (gathered && (!best || gathered->cost < best->cost))
                best = std::move(gathered);
        }
        if (best)
            return best->stretches;
        std::vector<Stretch> longest = runs;
        std::stable_sort(longest.begin(), longest.end(),
                         [](const Stretch& one, const Stretch& other) { return one.length > other.length; });
        return fill_up(longest);
    }

    Choice chosen(const std::vector<Stretch>& stretches, bool adjacent) const {
        Choice choice{{}, adjacent};
        for (const Stretch stretch : stretches) {
            for (int32_t place = stretch.begin; place < stretch.end(); ++place)
                choice.seats.push_back(hall.seat_at(place));
        }
        std::sort(choice.seats.begin(), choice.seats.end());
        return choice;
    }

    const Hall& hall;
    const std::span<const State> states;
    const int32_t quantity;
    std::vector<Stretch> runs;
    int32_t open = 0;
};

} // namespace

std::optional<Choice> choose(const Hall& hall, std::span<const State> states, int32_t quantity) {
    return Chooser(hall, states, quantity).choose();
}

} // namespace boxoffice::best_seats
