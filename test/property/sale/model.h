// The sale as it should be: single-threaded, in memory, each rule written down in the plainest way and nothing kept that
// can be counted. A server is measured by it.
#pragma once

#include <vector>

#include "answer.h"
#include "history.h"

namespace boxoffice::histories {

// A point in which the model can be made wrong, to prove that a wrong server would be found.
enum class Fault {
    none,
    limit,    // counts seats only against max_per_user
    lapsed,   // what a hold that has run out had counts as gone
    surplus,  // what a hold that was taken over had more is lost
    restart,  // a second click restarts the clock
    extend,   // counts hold_for_max from now
    block,    // sells what is blocked
    price,    // charges what is held by a new price
    house,    // lets the house cancel no later than the owner
    capacity, // forgets what is held when a capacity is lowered
};

class Model {
public:
    Model(const Settings& settings, Fault fault);

    // A call at an instant; calls come in the order of time. Waiting is no call.
    Answer apply(const Command& command, Instant now);
    Standing standing(Instant now) const;
    // All instants, past and to come, at which an answer changes.
    std::vector<Instant> turns() const;
    // Two holds end so close together that which was first cannot be known: what follows proves nothing.
    bool is_uncertain() const { return uncertain_; }

private:
    struct Reservation {
        int user;
        std::optional<int> pool;
        std::vector<int> seats;
        int quantity;
        std::int64_t amount;
        std::string status; // as stored: a hold that has run out is held until it is marked
        Instant created_at, expires_at;
    };

    Answer hold_seats(const HoldSeats& hold, Instant now);
    Answer hold_places(const HoldPlaces& hold, Instant now);
    Answer give(Reservation reservation, Instant now);
    Answer answer_again(Reservation& reservation, Instant now);
    Answer act(const Do& deed, Instant now);
    Answer release(Reservation& reservation, Instant now);
    Answer pay(Reservation& reservation, Instant now);
    Answer cancel(Reservation& reservation, bool by_house, Instant now);
    Answer extend(Reservation& reservation, Instant now);
    Answer expire(Instant now);
    Answer change_capacity(const ChangeCapacity& change, Instant now);
    Answer block_seats(const BlockSeats& block, Instant now);
    Answer set_prices(const SetPrices& change);

    static bool runs(const Reservation& reservation, Instant now);
    static bool has_lapsed(const Reservation& reservation, Instant now);
    std::optional<std::string> refusal_unless_running(const Reservation& reservation, Instant now) const;
    std::string read_status(const Reservation& reservation, Instant now) const;
    // The one that has a seat, held or paid.
    const Reservation* holder_of(int seat, Instant now) const;
    bool is_blocked(int seat) const;
    std::vector<int> missing_of(const std::vector<int>& seats) const;
    std::int64_t price_of(const std::vector<int>& seats) const;
    std::int64_t own(int user, Instant now) const;
    std::int64_t places(int pool, const std::string& status) const;
    std::int64_t lapsed_places(int pool, Instant now) const;
    // What is neither paid nor in a hold that nobody has marked as expired.
    std::int64_t counted_free(int pool) const;
    std::int64_t places_left(int pool, Instant now) const;
    // Marks lapsed holds of a pool, the longest lapsed first, until so many places are found.
    void reclaim(int pool, std::int64_t wanted, Instant now);

    Settings settings_;
    Fault fault_;
    std::array<std::int64_t, pools> capacities_{};
    std::array<std::int64_t, pools> lost_{}; // by a fault
    std::vector<std::int64_t> balances_;
    std::vector<int> blocked_; // ascending
    std::vector<std::int64_t> prices_;
    std::vector<Reservation> reservations_; // in the order in which they were made
    bool uncertain_ = false;
};

} // namespace boxoffice::histories
