// One buyer. The numbers below make a crowd that collides but stays polite: nobody asks again without a pause, and
// everybody gives up some day.
#include "buyer.h"

#include <algorithm>
#include <array>

namespace boxoffice::crowd {
namespace {

constexpr double walk_away_probability = 0.1;

// Whoever has to wait may close the page and never ask again: the place that comes to them one day must not be lost.
constexpr double close_page_probability = 0.05;

// Who waits sees on the page when everything is sold, without asking the queue.
constexpr double longest_wait_unaware_seconds = 1;

// A visit is up to this many tries; the last one after a fresh look of one's own instead of the shared one.
constexpr int tries_per_visit = 4;

// Comes back this often, a quarter of hold_for apart on average: that outlives several rounds of holds that lapse, so
// that what is walked away from finds a taker.
constexpr int most_visits = 40;

// "seat_busy" means that another call has the same seats or the same place in the queue under way; it passes.
constexpr int most_payment_tries = 20;
constexpr double busy_pause_seconds = 0.05;

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
    case Intent::join:
        return join(sales, tally);
    case Intent::wait:
        return wait(sales, tally);
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
    intent_ = occasion_->has_queue ? Intent::join : Intent::hold;
    return 0;
}

std::optional<double> Buyer::join(Sales& sales, Tally& tally) {
    if (occasion_->shared_look.latest().is_sold_out()) {
        return std::nullopt;
    }
    const auto began_at = Clock::now();
    const QueueAnswer answer = sales.join_queue(user_id_);
    if (!tally.count_answer(Operation::join, answer.outcome, began_at)) {
        expect(tally, Operation::join, answer.outcome, {"queue_full", "queue_closed", "seat_busy"});
        return answer.outcome == "queue_closed" ? std::nullopt : come_back_later(sales, tally);
    }
    token_ = answer.token;
    if (answer.status == "waiting" && random_.chance(close_page_probability)) {
        tally.count_closed_page();
        return std::nullopt;
    }
    return follow(answer, tally);
}

std::optional<double> Buyer::wait(Sales& sales, Tally& tally) {
    if (occasion_->shared_look.latest().is_sold_out()) {
        return give_up(sales, tally);
    }
    if (const double pause = seconds_until(ask_at_); pause > 0) {
        return std::min(pause, longest_wait_unaware_seconds);
    }
    const auto began_at = Clock::now();
    const QueueAnswer answer = sales.queue_status(token_);
    if (!tally.count_answer(Operation::status, answer.outcome, began_at)) {
        expect(tally, Operation::status, answer.outcome, {"seat_busy"});
        return answer.outcome == "seat_busy" ? std::optional(busy_pause_seconds) : std::nullopt;
    }
    if (answer.status == "expired") {
        return join_again(sales, tally); // did not ask when it was their turn, or not for so long that nobody was there
    }
    return follow(answer, tally);
}

// Does what the answer says about the place: goes in, or waits as long as asked to, less one's impatience.
std::optional<double> Buyer::follow(const QueueAnswer& answer, Tally& tally) {
    if (answer.status == "active") {
        intent_ = Intent::hold;
        tries_ = 0;
        return 0;
    }
    if (answer.status != "waiting" || answer.poll_after_ms <= 0) {
        tally.count_error("the queue answered \"" + answer.status + "\", to be asked again after " +
                          std::to_string(answer.poll_after_ms) + " ms");
        return std::nullopt;
    }
    intent_ = Intent::wait;
    const double pause = static_cast<double>(answer.poll_after_ms) / 1000 / occasion_->impatience;
    ask_at_ = Clock::now() + to_duration(pause);
    return std::min(pause, longest_wait_unaware_seconds);
}

// The place has run out, or there was none: at the end of the queue, as often as anyone comes back.
std::optional<double> Buyer::join_again(Sales& sales, Tally& tally) {
    token_.clear();
    intent_ = Intent::join;
    return come_back_later(sales, tally);
}

// Leaves for good, and says so: the next in the queue need not wait until the place runs out.
std::optional<double> Buyer::give_up(Sales& sales, Tally& tally) {
    if (!token_.empty()) {
        const auto began_at = Clock::now();
        const LeaveAnswer answer = sales.leave_queue(token_);
        if (!tally.count_answer(Operation::leave, answer.outcome, began_at)) {
            expect(tally, Operation::leave, answer.outcome, {"seat_busy"}); // then the place runs out by itself
        }
    }
    return std::nullopt;
}

std::optional<double> Buyer::try_to_hold(Sales& sales, Tally& tally) {
    const Look look = occasion_->shared_look.latest();
    if (look.is_sold_out()) {
        return give_up(sales, tally);
    }
    const std::vector<int> seat_ids = occasion_->hall.choose(quantity_, seats_worth_trying(sales, look), random_);
    if (seat_ids.empty()) {
        return come_back_later(sales, tally);
    }
    ++tries_;
    const auto began_at = Clock::now();
    hold_ = sales.hold(user_id_, seat_ids, token_);
    if (tally.count_answer(Operation::hold, hold_.outcome, began_at)) {
        if (hold_.seat_ids.size() != seat_ids.size()) {
            tally.count_error("hold_seats answered \"ok\" with other seats than asked for");
        }
        if (random_.chance(walk_away_probability)) {
            tally.count_walk_away();
            return std::nullopt; // leaves without a word; the hold lapses by itself, and so does the place
        }
        intent_ = Intent::pay;
        payment_tries_ = 0;
        return thinking_time();
    }
    if (occasion_->has_queue && hold_.outcome == "queue_token_invalid") {
        return join_again(sales, tally); // took too long
    }
    expect(tally, Operation::hold, hold_.outcome, {"seat_taken", "seat_busy"});
    refused_.insert(hold_.refused_seat_ids.begin(), hold_.refused_seat_ids.end());
    if (look.free == 0 || tries_ == tries_per_visit) {
        return come_back_later(sales, tally);
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
        return busy_pause_seconds;
    }
    intent_ = Intent::hold; // too late: starts over
    return come_back_later(sales, tally);
}

std::optional<double> Buyer::come_back_later(Sales& sales, Tally& tally) {
    tries_ = 0;
    refused_.clear();
    if (++visits_ >= most_visits) {
        return give_up(sales, tally);
    }
    return random_.between(0.1, 0.4) * occasion_->hold_for_seconds;
}

// Never so long that one's own hold lapses.
double Buyer::thinking_time() {
    const double longest = std::min(occasion_->think_for_seconds, occasion_->hold_for_seconds / 2);
    return random_.between(0.2, 1) * longest;
}

} // namespace boxoffice::crowd
