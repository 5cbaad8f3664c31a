// The hall as a buyer sees it: where the seats are, which of them lie side by side, how far they are from the stage,
// and what looked free when someone last looked. The view is shared and may be stale, like the seat map of a shop.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "random.h"

namespace boxoffice::crowd {

constexpr int most_seats_per_buyer = 4;

struct Seat {
    int seat_id = 0; // counts from 1
    std::string row; // zone and row: seats of different rows are never neighbours
    std::int64_t price = 0;
    double x = 0;
    double y = 0;
};

// A set of seats, by seat_id.
using SeatSet = std::vector<bool>;

// One look at the whole hall.
struct Look {
    SeatSet free_seats;
    SeatSet held_seats;
    int free = 0;
    int held = 0;
    int sold = 0;
    int blocked = 0;

    // Nothing is free, and nothing will come back.
    bool is_sold_out() const { return free == 0 && held == 0; }
};

// The last look, written by one thread and read by all.
class SharedLook {
public:
    void publish(Look look);
    Look latest() const;

private:
    mutable std::mutex mutex_;
    Look look_;
};

// The seats and all groups of 1 to 4 neighbours, nearest to the stage first. Never changes once made.
class Hall {
public:
    explicit Hall(const std::vector<Seat>& seats);

    int seats() const { return seat_count_; }
    int greatest_seat_id() const { return greatest_seat_id_; }
    std::int64_t highest_price() const { return highest_price_; }

    // Chooses up to `quantity` neighbours among the candidates, strongly preferring those near the stage; fewer where
    // no gap is that wide; none if there are no candidates.
    std::vector<int> choose(int quantity, const SeatSet& candidates, Random& random) const;

private:
    struct Group {
        double distance;
        std::array<int, most_seats_per_buyer> seat_ids;
    };
    void add_groups(const std::vector<Seat>& neighbours, double stage_x, double stage_y);

    int seat_count_ = 0;
    int greatest_seat_id_ = 0;
    std::int64_t highest_price_ = 0;
    std::array<std::vector<Group>, most_seats_per_buyer + 1> groups_; // by size
};

} // namespace boxoffice::crowd
