// The hall as a buyer sees it: neighbours and their distance from the stage, worked out once from the coordinates.
#include "hall.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <utility>

namespace boxoffice::crowd {
namespace {

// How many better groups a buyer passes over on average before choosing one: small, so that the crowd collides.
constexpr double mean_groups_passed_over = 6;

// A gap this much wider than the row's usual one is an aisle.
constexpr double aisle_factor = 1.5;

double distance_between(const Seat& left, const Seat& right) { return std::hypot(left.x - right.x, left.y - right.y); }

// Cuts a row, in the order of its seats, at its aisles.
std::vector<std::vector<Seat>> cut_at_aisles(const std::vector<Seat>& row) {
    double usual_gap = std::numeric_limits<double>::max();
    for (std::size_t index = 1; index < row.size(); ++index) {
        usual_gap = std::min(usual_gap, distance_between(row[index - 1], row[index]));
    }
    std::vector<std::vector<Seat>> parts;
    for (const Seat& seat : row) {
        if (parts.empty() || distance_between(parts.back().back(), seat) > aisle_factor * usual_gap) {
            parts.emplace_back();
        }
        parts.back().push_back(seat);
    }
    return parts;
}

} // namespace

void SharedLook::publish(Look look) {
    const std::lock_guard lock(mutex_);
    look_ = std::move(look);
}

Look SharedLook::latest() const {
    const std::lock_guard lock(mutex_);
    return look_;
}

Hall::Hall(const std::vector<Seat>& seats) : seat_count_(static_cast<int>(seats.size())) {
    std::map<std::string, std::vector<Seat>> rows;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    double least_x = infinity, most_x = -infinity, least_y = infinity, most_y = -infinity;
    for (const Seat& seat : seats) {
        rows[seat.row].push_back(seat);
        least_x = std::min(least_x, seat.x);
        most_x = std::max(most_x, seat.x);
        least_y = std::min(least_y, seat.y);
        most_y = std::max(most_y, seat.y);
        greatest_seat_id_ = std::max(greatest_seat_id_, seat.seat_id);
        highest_price_ = std::max(highest_price_, seat.price);
    }
    // A pretix plan does not say where the stage is. The middle of the hall is right for an arena, and wherever it
    // is, everybody agreeing on one place is what makes them collide.
    const double stage_x = (least_x + most_x) / 2;
    const double stage_y = (least_y + most_y) / 2;
    for (auto& [name, row] : rows) {
        std::sort(row.begin(), row.end(), [](const Seat& left, const Seat& right) {
            return std::pair(left.x, left.y) < std::pair(right.x, right.y);
        });
        for (const std::vector<Seat>& neighbours : cut_at_aisles(row)) {
            add_groups(neighbours, stage_x, stage_y);
        }
    }
    for (std::vector<Group>& groups : groups_) {
        std::stable_sort(groups.begin(), groups.end(),
                         [](const Group& left, const Group& right) { return left.distance < right.distance; });
    }
}

// Adds every run of 1 to 4 seats of one stretch without an aisle.
void Hall::add_groups(const std::vector<Seat>& neighbours, double stage_x, double stage_y) {
    for (std::size_t first = 0; first < neighbours.size(); ++first) {
        Group group{};
        double distance_sum = 0;
        for (std::size_t size = 1; size <= most_seats_per_buyer && first + size <= neighbours.size(); ++size) {
            const Seat& seat = neighbours[first + size - 1];
            group.seat_ids[size - 1] = seat.seat_id;
            distance_sum += std::hypot(seat.x - stage_x, seat.y - stage_y);
            group.distance = distance_sum / static_cast<double>(size);
            groups_[size].push_back(group);
        }
    }
}

std::vector<int> Hall::choose(int quantity, const SeatSet& candidates, Random& random) const {
    std::geometric_distribution<int> pass_over(1 / (1 + mean_groups_passed_over));
    const std::size_t passed_over = pass_over(random);
    for (int size = quantity; size >= 1; --size) {
        std::vector<const Group*> nearest;
        for (const Group& group : groups_[size]) {
            const auto end = group.seat_ids.begin() + size;
            if (std::all_of(group.seat_ids.begin(), end, [&](int seat_id) { return candidates[seat_id]; })) {
                nearest.push_back(&group);
                if (nearest.size() > passed_over) {
                    break;
                }
            }
        }
        if (!nearest.empty()) {
            const Group& chosen = *nearest[passed_over % nearest.size()];
            return {chosen.seat_ids.begin(), chosen.seat_ids.begin() + size};
        }
    }
    return {};
}

} // namespace boxoffice::crowd
