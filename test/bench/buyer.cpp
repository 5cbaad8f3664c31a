// One buyer. The numbers below make a crowd that collides but stays polite: nobody asks again without a pause, and
// everybody gives up some day.
#include "buyer.h"

#include <algorithm>
#include <array>

namespace boxoffice::crowd {
namespace {

constexpr double walk_away_probability = 0.1;

// A visit is up to this many tries; the last one after a fresh look of one's own instead of the shared one.
constexpr int tries_per_visit = 4;

// Comes back this often, a quarter of hold_for apart on average: that outlives several rounds of holds that lapse, so
// that what is walked away from finds a taker.
constexpr int most_visits = 40;

// "seat_busy" when paying means that someone is looking at the same seats this instant; it passes.
constexpr int most_payment_tries = 20;
constexpr double payment_pause_seconds = 0.05;

// Couples are the most common: 1 to 4 seats.
constexpr std::array<double, 4> quantity_shares{0.25, 0.40, 0.15, 0.20};

int draw_quantity(Random& random) {
    double drawn = random.between(0, 1);
    int quantity = 1;
    for (const double share : quantity_shares) {
        if (drawn < share || quantity == most_seats_per_buyer) {
            break;
        }
        drawn -= share;
        ++quantity;
    }
    return quantity;
}

// An answer that this crowd cannot get from a box office that works: nobody here pays twice or too little.
void expect(Tally& tally, Operation operation, const std::string& outcome,
            std::initializer_list<const char*> expected) {
    if (std::find(expected.begin(), expected.end(), outcome) == expected.end()) {
        tally.count_error(std::string("unexpected outcome of ") + operation_name(operation) + ": \"" + outcome + "\"");
    }
}

} // namespace

Buyer::Buyer(const Occasion& occasion, std::int64_t number)
    : occasion_(&occasion), random_(occasion.seed, static_cast<std::uint64_t>(number)),
      // The slot is part of the name: a second rush in the same database has new buyers with new balances.
      user_id_("buyer-" + std::to_string(occasion.slot_id) + "-" + std::to_string(number)),
      quantity_(draw_quantity(random_)) {}

std::optional<double> Buyer::act(Sales& sales, Tally& tally) {
    switch (intent_) {
    case Intent::credit:
        return credit(sales, tally);
    case Intent::hold:
        return try_to_hold(sales, tally);
    case Intent::pay:
        return pay(sales, tally);
    }
    return std::nullopt;
}

// Brings enough for the best seats of the house.
std::optional<double> Buyer::credit(Sales& sales, Tally& tally) {
    const std::int64_t amount = std::max<std::int64_t>(1, quantity_ * occasion_->hall.highest_price());
    const auto began_at = Clock::now();
    const CreditAnswer answer = sales.credit(user_id_, amount, "first credit");
    if (!tally.count_answer(Operation::credit, answer.outcome, began_at)) {
        expect(tally, Operation::credit, answer.outcome, {});
        return std::nullopt;
    }
    if (answer.balance != amount) {
        tally.count_error("a first credit did not give exactly its amount as the balance");
    }
    intent_ = Intent::hold;
    return 0;
}

std::optional<double> Buyer::try_to_hold(Sales& sales, Tally& tally) {
    const Look look = occasion_->shared_look.latest();
    if (look.free == 0 && look.held == 0) {
        return std::nullopt; // sold out: nothing will come back
    }
    const std::vector<int> seat_ids = occasion_->hall.choose(quantity_, seats_worth_trying(sales, look), random_);
    if (seat_ids.empty()) {
        return come_back_later();
    }
    ++tries_;
    const auto began_at = Clock::now();
    hold_ = sales.hold(user_id_, seat_ids);
    if (tally.count_answer(Operation::hold, hold_.outcome, began_at)) {
        if (hold_.seat_ids.size() != seat_ids.size()) {
            tally.count_error("hold_seats answered \"ok\" with other seats than asked for");
        }
        if (random_.chance(walk_away_probability)) {
            tally.count_walk_away();
            return std::nullopt; // leaves without a word; the hold lapses by itself
        }
        intent_ = Intent::pay;
        payment_tries_ = 0;
        return thinking_time();
    }
    expect(tally, Operation::hold, hold_.outcome, {"seat_taken", "seat_busy"});
    refused_.insert(hold_.refused_seat_ids.begin(), hold_.refused_seat_ids.end());
    if (look.free == 0 || tries_ == tries_per_visit) {
        return come_back_later();
    }
    return thinking_time() / 10; // a refusal is chewed over for less time than a payment
}

// What looks free in the shared look, less the seats refused meanwhile; for the last try of a visit a fresh look of
// one's own. Where nothing is free, a held seat: its hold may lapse this instant, and many will be after it then.
SeatSet Buyer::seats_worth_trying(Sales& sales, const Look& look) {
    if (look.free == 0) {
        return look.held_seats;
    }
    SeatSet seats = look.free_seats;
    if (tries_ == tries_per_visit - 1) {
        seats.assign(seats.size(), false);
        for (const int seat_id : sales.available_seat_ids()) {
            seats.at(seat_id) = true;
        }
        return seats;
    }
    for (const int seat_id : refused_) {
        seats.at(seat_id) = false;
    }
    return seats;
}

std::optional<double> Buyer::pay(Sales& sales, Tally& tally) {
    const auto began_at = Clock::now();
    const PayAnswer answer = sales.pay(user_id_, hold_.reservation_id);
    if (tally.count_answer(Operation::pay, answer.outcome, began_at)) {
        if (answer.amount != hold_.amount) {
            tally.count_error("a payment took another amount than its hold named");
        }
        tally.count_sale({hold_.reservation_id, user_id_, answer.amount, hold_.seat_ids});
        return std::nullopt;
    }
    expect(tally, Operation::pay, answer.outcome, {"seat_busy", "hold_expired"});
    if (answer.outcome == "seat_busy" && ++payment_tries_ < most_payment_tries) {
        return payment_pause_seconds;
    }
    intent_ = Intent::hold; // too late: starts over
    return come_back_later();
}

std::optional<double> Buyer::come_back_later() {
    tries_ = 0;
    refused_.clear();
    if (++visits_ >= most_visits) {
        return std::nullopt;
    }
    return random_.between(0.1, 0.4) * occasion_->hold_for_seconds;
}

// Never so long that one's own hold lapses.
double Buyer::thinking_time() {
    const double longest = std::min(occasion_->think_for_seconds, occasion_->hold_for_seconds / 2);
    return random_.between(0.2, 1) * longest;
}

} // namespace boxoffice::crowd
