// The rush: threads, agendas and arrivals. All waiting is bounded, so that a stop is seen at once.
#include "rush.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace boxoffice::crowd {
namespace {

constexpr auto longest_nap = std::chrono::milliseconds(20);

} // namespace

// The buyers that one thread looks after, by the time they act next. Those who have something that runs out go first:
// when the connections cannot keep up, holds and places must not lapse for standing in a line of this program.
class Rush::Agenda {
public:
    void add(Clock::time_point due_at, Buyer buyer) {
        ByTime& buyers = buyer.is_pressed() ? pressed_ : others_;
        buyers.emplace(due_at, std::move(buyer));
    }
    bool empty() const { return pressed_.empty() && others_.empty(); }
    bool pressed_is_due(Clock::time_point now) const { return next_in(pressed_) <= now; }
    Clock::time_point next_due_at() const { return std::min(next_in(pressed_), next_in(others_)); }
    // Takes out a buyer who is due.
    Buyer take(Clock::time_point now) {
        ByTime& buyers = pressed_is_due(now) ? pressed_ : others_;
        return std::move(buyers.extract(buyers.begin()).mapped());
    }

private:
    using ByTime = std::multimap<Clock::time_point, Buyer>;
    static Clock::time_point next_in(const ByTime& buyers) {
        return buyers.empty() ? Clock::time_point::max() : buyers.begin()->first;
    }
    ByTime pressed_;
    ByTime others_;
};

Rush::Rush(const Options& options, const Occasion& occasion, const ConnectSales& connect_sales)
    : options_(options), occasion_(occasion) {
    for (int index = 0; index < options.connections; ++index) {
        connections_.push_back(connect_sales());
    }
    started_at_ = Clock::now();
    tallies_.assign(connections_.size(), Tally(started_at_, live_));
    playing_ = options.connections;
    for (std::size_t index = 0; index < connections_.size(); ++index) {
        threads_.emplace_back([this, index] { play(*connections_[index], tallies_[index]); });
    }
}

Rush::~Rush() { stop(); }

void Rush::stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) {
        thread.join();
    }
    threads_.clear();
}

double Rush::seconds_since_start() const { return std::chrono::duration<double>(Clock::now() - started_at_).count(); }

// The crowd swells: the number of arrivals grows with the square of the time, so that the hall fills before one's eyes
// and the pressure is highest where the last seats go.
Clock::time_point Rush::arrival_of(std::int64_t number) const {
    const double share = static_cast<double>(number) / options_.buyers;
    return started_at_ + to_duration(std::sqrt(share) * options_.arrive_within_seconds);
}

bool Rush::wait_for_end(std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, longest, [this] { return playing_ == 0; });
}

Tally Rush::total_tally() {
    stop();
    Tally total(started_at_, live_);
    for (const Tally& tally : tallies_) {
        total.add(tally);
    }
    return total;
}

// The life of one thread.
void Rush::play(Sales& sales, Tally& tally) {
    Agenda agenda;
    try {
        while (!stopping_) {
            const auto now = Clock::now();
            const std::int64_t number = next_buyer_.load();
            const bool more_to_come = number < options_.buyers;
            const auto next_arrival_at = more_to_come ? arrival_of(number) : Clock::time_point::max();
            const auto next_at = std::min(next_arrival_at, agenda.next_due_at());
            if (!more_to_come && agenda.empty()) {
                break;
            }
            if (next_at > now) {
                std::this_thread::sleep_for(std::min<Clock::duration>(next_at - now, longest_nap));
            } else if (next_arrival_at < agenda.next_due_at() && !agenda.pressed_is_due(now)) {
                // Earlier, not as early: where all arrive at once, one thread would take them all otherwise.
                // Another thread may have been faster: then this is the buyer after, who may arrive a little later.
                const std::int64_t taken = next_buyer_.fetch_add(1);
                if (taken < options_.buyers) {
                    agenda.add(arrival_of(taken), Buyer(occasion_, taken));
                }
            } else {
                play_one(agenda, agenda.take(now), sales, tally);
            }
        }
    } catch (const CallFailed& failure) {
        tally.count_error(failure.what(), failure.full_text);
    } catch (const std::exception& error) {
        tally.count_error(error.what());
    }
    const std::lock_guard lock(mutex_);
    if (--playing_ == 0) {
        ended_.notify_all();
    }
}

// Lets the buyer who is due act. An error costs that buyer only, a lost connection the whole thread.
void Rush::play_one(Agenda& agenda, Buyer buyer, Sales& sales, Tally& tally) {
    std::optional<double> pause;
    try {
        pause = buyer.act(sales, tally);
    } catch (const CallFailed& failure) {
        if (failure.connection_lost) {
            throw;
        }
        tally.count_error(failure.what(), failure.full_text);
    }
    if (pause) {
        agenda.add(Clock::now() + to_duration(*pause), std::move(buyer));
    }
}

} // namespace boxoffice::crowd
