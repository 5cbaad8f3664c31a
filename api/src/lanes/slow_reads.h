// Which reads took too long lately, so that they do not try it again where others would wait for them.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <unordered_map>

namespace boxoffice::api {

class SlowReads {
public:
    using Instant = std::chrono::steady_clock::time_point;

    explicit SlowReads(std::chrono::milliseconds remembered_for) : remembered_for_(remembered_for) {}

    // It took too long. Beyond most_remembered nothing more is noted: such a read then tries again.
    void note(const std::string& read, Instant now);

    // Whether there may be any; without a lock.
    bool any() const { return any_; }

    bool contains(const std::string& read, Instant now);

    static constexpr std::size_t most_remembered = 10000;

private:
    const std::chrono::milliseconds remembered_for_;
    std::atomic<bool> any_ = false; // so that nothing is locked as long as all reads are quick
    std::mutex mutex_;
    std::unordered_map<std::string, Instant> until_;
};

} // namespace boxoffice::api
