#include "lanes/waiting.h"

#include <algorithm>
#include <iterator>

namespace boxoffice::api {

bool Waiting::push(Call& call) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_ || count_ >= capacity_ || !add(call)) {
            return false;
        }
        ++count_;
    }
    arrived_.notify_one();
    return true;
}

std::vector<Call> Waiting::take(std::size_t limit, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, patience, [&] { return closed_ || has_some(); });
    std::vector<Call> taken = remove(limit);
    count_ -= taken.size();
    return taken;
}

void Waiting::close() {
    {
        const std::lock_guard lock(mutex_);
        closed_ = true;
    }
    arrived_.notify_all();
}

bool Waiting::closed() const {
    const std::lock_guard lock(mutex_);
    return closed_;
}

std::size_t Waiting::size() const {
    const std::lock_guard lock(mutex_);
    return count_;
}

bool Waiting::add(Call& call) {
    calls_.push_back(std::move(call));
    return true;
}

std::vector<Call> Waiting::remove(std::size_t limit) {
    const auto end = calls_.begin() + static_cast<std::ptrdiff_t>(std::min(limit, calls_.size()));
    std::vector<Call> taken(std::make_move_iterator(calls_.begin()), std::make_move_iterator(end));
    calls_.erase(calls_.begin(), end);
    return taken;
}

} // namespace boxoffice::api
