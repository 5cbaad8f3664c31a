// One buyer: what they want, how they react to each answer, and when they act next. A buyer never sleeps; each step is
// at most a few calls, and between steps the connection serves other buyers. That is how 5,000 share 32 connections.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "hall.h"
#include "random.h"
#include "sales.h"
#include "tally.h"

namespace boxoffice::crowd {

// What all buyers of one rush have in common.
struct Occasion {
    std::int64_t slot_id;
    bool has_queue;
    const Hall& hall;
    const SharedLook& shared_look;
    std::uint64_t seed;
    double hold_for_seconds;
    double think_for_seconds;
    double impatience; // the waiting ask this many times as often as they are told to
};

class Buyer {
public:
    Buyer(const Occasion& occasion, std::int64_t number);

    // Does what is due now. Returns in how many seconds the buyer acts next, or nothing when they have left for good.
    // Throws CallFailed.
    std::optional<double> act(Sales& sales, Tally& tally);

    // Has something that runs out: a hold, or an active place in the queue.
    bool is_pressed() const { return intent_ == Intent::pay || (intent_ == Intent::hold && !token_.empty()); }

private:
    enum class Intent { credit, join, wait, hold, pay };

    std::optional<double> credit(Sales& sales, Tally& tally);
    std::optional<double> join(Sales& sales, Tally& tally);
    std::optional<double> wait(Sales& sales, Tally& tally);
    std::optional<double> follow(const QueueAnswer& answer, Tally& tally);
    std::optional<double> join_again(Sales& sales, Tally& tally);
    std::optional<double> give_up(Sales& sales, Tally& tally);
    std::optional<double> try_to_hold(Sales& sales, Tally& tally);
    std::optional<double> pay(Sales& sales, Tally& tally);
    std::optional<double> come_back_later(Sales& sales, Tally& tally);
    SeatSet seats_worth_trying(Sales& sales, const Look& look);
    double thinking_time();

    const Occasion* occasion_;
    Random random_;
    std::string user_id_;
    int quantity_;
    Intent intent_ = Intent::credit;
    std::string token_;        // of a place in the queue, which may have run out; empty without
    Clock::time_point ask_at_; // when the queue wants to be asked again
    int tries_ = 0;            // of this visit
    int visits_ = 0;           // to the seat map or the queue, this one not counted
    int payment_tries_ = 0;    // of this hold
    std::set<int> refused_;    // seats refused in this visit: the shared look may not know it yet
    HoldAnswer hold_;
};

} // namespace boxoffice::crowd
