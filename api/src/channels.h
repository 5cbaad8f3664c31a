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
    // It takes messages more slowly than they come, and has lost some.
    bool lost = false;
};

class Channels {
public:
    using Clock = std::chrono::steady_clock;

    // How long a message is kept for those who come after it. An answer of the gateway may be as old as cache_ms when it
    // is given, and what changed since is then in these messages: so nothing is missed by listening first, then asking.
    static constexpr std::chrono::seconds kept_for{2};

    // More than so many messages do not wait for one listener.
    static constexpr std::size_t most_waiting = 256;

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

    static void add(Listener& listener, Message message);
    static void forget(Channel& channel, Clock::time_point now);

    std::unordered_map<std::string, Channel> channels_;
};

} // namespace boxoffice::api
