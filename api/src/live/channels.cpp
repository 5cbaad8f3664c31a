#include "live/channels.h"

#include <algorithm>

namespace boxoffice::api {

namespace {

using std::chrono::milliseconds;

// The group that a call is in ends a second after its time, and the answer has to be passed on.
constexpr milliseconds beside_the_call{1500};
constexpr milliseconds longest_call{60000};

void add(Listener& listener, Message message) {
    if (listener.waiting.size() >= Channels::most_waiting + listener.of_late) {
        listener.lost = true;
        return;
    }
    listener.waiting.push_back(std::move(message));
}

} // namespace

milliseconds kept_for(int cache_ms, int statement_timeout_ms) {
    return milliseconds(cache_ms) + std::min(milliseconds(statement_timeout_ms), longest_call) + beside_the_call;
}

void Channels::forget(Channel& channel, Clock::time_point now) const {
    while (!channel.recent.empty() && channel.recent.front().at + kept_for_ < now) {
        channel.recent.pop_front();
    }
}

void Channels::join(Listener& listener, Clock::time_point now, bool recent) {
    Channel& channel = channels_[listener.channel];
    channel.listeners.insert(&listener);
    if (recent) {
        forget(channel, now);
        for (const Said& said : channel.recent) {
            listener.waiting.push_back(said.message);
        }
        listener.of_late = channel.recent.size();
    }
}

void Channels::leave(Listener& listener) {
    const auto channel = channels_.find(listener.channel);
    if (channel != channels_.end()) {
        channel->second.listeners.erase(&listener);
    }
}

std::size_t Channels::publish(const std::string& name, Message message, Clock::time_point now,
                              const std::function<void(Listener&)>& wake) {
    Channel& channel = channels_[name];
    forget(channel, now);
    for (Listener* const listener : channel.listeners) {
        add(*listener, message);
        wake(*listener);
    }
    channel.recent.push_back({now, std::move(message)});
    return channel.listeners.size();
}

void Channels::forget(Clock::time_point now) {
    for (auto channel = channels_.begin(); channel != channels_.end();) {
        forget(channel->second, now);
        const bool used = !channel->second.listeners.empty() || !channel->second.recent.empty();
        channel = used ? std::next(channel) : channels_.erase(channel);
    }
}

} // namespace boxoffice::api
