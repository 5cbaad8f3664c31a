#include "lanes/slow_reads.h"

namespace boxoffice::api {

void SlowReads::note(const std::string& read, Instant now) {
    const std::lock_guard lock(mutex_);
    if (until_.size() >= most_remembered) {
        std::erase_if(until_, [now](const auto& entry) { return entry.second <= now; });
    }
    if (until_.size() < most_remembered) {
        until_[read] = now + remembered_for_;
        any_ = true;
    }
}

bool SlowReads::contains(const std::string& read, Instant now) {
    const std::lock_guard lock(mutex_);
    const auto found = until_.find(read);
    if (found == until_.end()) {
        return false;
    }
    if (found->second > now) {
        return true;
    }
    until_.erase(found);
    any_ = !until_.empty();
    return false;
}

} // namespace boxoffice::api
