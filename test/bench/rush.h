// The rush: the threads, one per connection, that play the buyers. Each takes the next buyer from a shared counter
// when that buyer's time of arrival has come, and keeps an agenda of those who have more to do later.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "buyer.h"
#include "options.h"
#include "sales.h"
#include "tally.h"

namespace boxoffice::crowd {

class Rush {
public:
    // Connects all threads first, then lets them go at once. Throws what a connection failed with.
    Rush(const Options& options, const Occasion& occasion, const ConnectSales& connect_sales);
    // Stops the threads after the call they are in.
    ~Rush();

    // Waits at most this long for the end of the rush; true when everybody has left.
    bool wait_for_end(std::chrono::milliseconds longest);

    // What all threads counted; after the end.
    Tally total_tally();

    const LiveCounters& live() const { return live_; }
    double seconds_since_start() const;

private:
    class Agenda;
    void play(Sales& sales, Tally& tally);
    static void play_one(Agenda& agenda, Buyer buyer, Sales& sales, Tally& tally);
    Clock::time_point arrival_of(std::int64_t number) const;
    void stop();

    const Options& options_;
    const Occasion& occasion_;
    LiveCounters live_;
    Clock::time_point started_at_;
    std::atomic<std::int64_t> next_buyer_{0};
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::condition_variable ended_;
    int playing_ = 0; // threads; under mutex_
    std::vector<std::unique_ptr<Sales>> connections_;
    std::vector<Tally> tallies_;
    std::vector<std::thread> threads_;
};

} // namespace boxoffice::crowd
