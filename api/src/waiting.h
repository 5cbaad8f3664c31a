// What gathers while the lanes are busy.
#pragma once

#include "call.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

namespace boxoffice::api {

// Calls that wait for a lane; several lanes may take from one.
class Waiting {
public:
    explicit Waiting(std::size_t capacity) : capacity_(capacity) {}

    // False, and the call is left where it is: too many wait.
    bool push(Call& call);

    // Up to `limit` calls in the order of their coming; waits for one until `patience` is over. Empty also after close().
    std::vector<Call> take(std::size_t limit, std::chrono::milliseconds patience);

    // Nobody shall wait any longer for what comes.
    void close();
    bool closed() const;
    std::size_t size() const;

private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Call> calls_;
    bool closed_ = false;
};

} // namespace boxoffice::api
