#include "waiting.h"

#include <algorithm>
#include <iterator>

namespace boxoffice::api {

bool Waiting::push(Call& call) {
    {
        const std::lock_guard lock(mutex_);
        if (closed_ || calls_.size() >= capacity_) {
            return false;
        }
        calls_.push_back(std::move(call));
    }
    arrived_.notify_one();
    return true;
}

std::vector<Call> Waiting::take(std::size_t limit, std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, patience, [&] { return closed_ || !calls_.empty(); });
    const auto end = calls_.begin() + static_cast<std::ptrdiff_t>(std::min(limit, calls_.size()));
    std::vector<Call> taken(std::make_move_iterator(calls_.begin()), std::make_move_iterator(end));
    calls_.erase(calls_.begin(), end);
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
    return calls_.size();
}

} // namespace boxoffice::api
