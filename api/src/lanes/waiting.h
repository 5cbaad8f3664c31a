// What gathers while the lanes are busy.
#pragma once

#include "lanes/call.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

namespace boxoffice::api {

// Takes a call on that would hold up others where it is; false, and the call is left where it is: too many wait there, too.
using PassOn = std::function<bool(Call&)>;

// Calls that wait for a lane; several lanes may take from one.
class Waiting {
public:
    explicit Waiting(std::size_t capacity) : capacity_(capacity) {}
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    virtual ~Waiting() = default;

    // False, and the call is left where it is: too many wait.
    bool push(Call& call);

    // Up to `limit` calls, which here is in the order of their coming; waits for one until `patience` is over. Empty also
    // after close().
    std::vector<Call> take(std::size_t limit, std::chrono::milliseconds patience);

    // Nobody shall wait any longer for what comes.
    void close();
    bool closed() const;
    std::size_t size() const;

protected:
    // Called with the mutex locked. False: too many wait, and the call is left where it is.
    virtual bool add(Call& call);
    // Called with the mutex locked: whether remove() has something to give.
    virtual bool has_some() const { return !calls_.empty(); }
    // Called with the mutex locked: up to `limit` calls.
    virtual std::vector<Call> remove(std::size_t limit);

    mutable std::mutex mutex_;
    std::condition_variable arrived_;
    std::size_t count_ = 0; // of the calls that wait
    bool closed_ = false;

private:
    const std::size_t capacity_;
    std::deque<Call> calls_;
};

} // namespace boxoffice::api
