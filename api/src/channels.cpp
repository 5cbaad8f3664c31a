#include "channels.h"

namespace boxoffice::api {

void Channels::add(Listener& listener, Message message) {
    if (listener.waiting.size() >= most_waiting) {
        listener.lost = true;
        return;
    }
    listener.waiting.push_back(std::move(message));
}

void Channels::forget(Channel& channel, Clock::time_point now) {
    while (!channel.recent.empty() && channel.recent.front().at + kept_for < now) {
        channel.recent.pop_front();
    }
}

void Channels::join(Listener& listener, Clock::time_point now, bool recent) {
    Channel& channel = channels_[listener.channel];
    channel.listeners.insert(&listener);
    if (recent) {
        forget(channel, now);
        for (const Said& said : channel.recent) {
            add(listener, said.message);
        }
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
