// Who listens to what, and what was said of late. A channel is a text like slots/7; it is there as long as somebody listens
// to it or something was said on it lately. Nothing here knows how listeners are reached.
//
// Not shared between threads.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace boxoffice::api {

using Message = std::shared_ptr<const std::string>;

// What is to be sent to one listener, oldest first.
struct Listener {
    std::string channel;
    std::deque<Message> waiting;
    // So many of them, at first, were said before it came.
    std::size_t of_late = 0;
    // It takes messages more slowly than they come, and has lost some.
    bool lost = false;
};

// How long a message is kept for those who come after it, so that nothing is missed by listening first, then asking: what
// changed after an answer was read from the database has to be in these messages. An answer may be as old as the call behind
// it has taken, and cache_ms on top. Calls of more than a minute are not counted on: whoever waits for one has long gone.
std::chrono::milliseconds kept_for(int cache_ms, int statement_timeout_ms);

class Channels {
public:
    using Clock = std::chrono::steady_clock;

    // More than so many messages do not wait for one listener, beside those that were said before it came.
    static constexpr std::size_t most_waiting = 256;

    explicit Channels(std::chrono::milliseconds kept_for) : kept_for_(kept_for) {}

    // The listener hears of its channel from now on, until leave(). With `recent`: what was said of late as well.
    void join(Listener& listener, Clock::time_point now, bool recent);

    void leave(Listener& listener);

    // Gives the message to all who listen to the channel and calls `wake` for each. Returns how many they are.
    std::size_t publish(const std::string& channel, Message message, Clock::time_point now,
                        const std::function<void(Listener&)>& wake);

    // Forgets what was said too long ago, and channels that are not used.
    void forget(Clock::time_point now);

    std::size_t size() const { return channels_.size(); }

private:
    struct Said {
        Clock::time_point at;
        Message message;
    };
    struct Channel {
        std::unordered_set<Listener*> listeners;
        std::deque<Said> recent;
    };

    void forget(Channel& channel, Clock::time_point now) const;

    const std::chrono::milliseconds kept_for_;
    std::unordered_map<std::string, Channel> channels_;
};

} // namespace boxoffice::api
