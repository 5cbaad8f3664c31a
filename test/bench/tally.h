// What the crowd counts. Each thread keeps a Tally of its own, so counting never makes threads wait for each other;
// they are added up at the end. Only what the progress bar shows meanwhile is shared, as plain atomic counters.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace boxoffice::crowd {

using Clock = std::chrono::steady_clock;

inline Clock::duration to_duration(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}
inline double seconds_until(Clock::time_point instant) {
    return std::chrono::duration<double>(instant - Clock::now()).count();
}

enum class Operation { credit, join, status, leave, hold, pay };
constexpr int operation_count = 6;
const char* operation_name(Operation operation);

enum class Answer { refused, granted };

// A sale that the box office acknowledged to a buyer.
struct AcknowledgedSale {
    std::int64_t reservation_id;
    std::string user_id;
    std::int64_t amount;
    std::vector<int> seat_ids;
};

// Errors of one kind.
struct Errors {
    std::int64_t count = 0;
    std::string first_full_text;
};

struct LiveCounters {
    std::atomic<std::int64_t> refusals{0};
};

// One count per second since the rush began.
class PerSecond {
public:
    void count(double seconds_since_start);
    void add(const PerSecond& other);
    std::int64_t total() const;
    std::int64_t peak() const;

private:
    std::vector<std::int64_t> counts_;
};

class Tally {
public:
    Tally(Clock::time_point started_at, LiveCounters& live) : started_at_(started_at), live_(&live) {}

    // Counts one answered call that began at `began_at` and has just ended; returns whether it was "ok".
    bool count_answer(Operation operation, const std::string& outcome, Clock::time_point began_at);
    void count_sale(AcknowledgedSale sale);
    // Counts errors of the same kind together and keeps the full text of the first.
    void count_error(const std::string& error, const std::string& full_text = "");
    void count_walk_away() { ++walked_away_; }
    void count_closed_page() { ++closed_pages_; }

    // Adds what another thread counted.
    void add(const Tally& other);

    // In milliseconds; nothing when there were no such answers. Sorts, hence not const.
    std::optional<double> percentile_ms(Operation operation, Answer answer, double fraction);
    std::int64_t answers(Operation operation) const;

    // "hold seat_taken" -> how often
    const std::map<std::string, std::int64_t>& refusals() const { return refusals_; }
    const std::map<std::string, Errors>& errors() const { return errors_; }
    const std::vector<AcknowledgedSale>& sales() const { return sales_; }
    const PerSecond& attempts_per_second() const { return attempts_per_second_; }
    const PerSecond& sales_per_second() const { return sales_per_second_; }
    std::int64_t walked_away() const { return walked_away_; }
    std::int64_t closed_pages() const { return closed_pages_; }

private:
    using Latencies = std::vector<std::uint32_t>;
    double seconds_since_start() const;

    Clock::time_point started_at_;
    LiveCounters* live_;
    std::array<std::array<Latencies, 2>, operation_count> latencies_us_; // by operation, by answer
    std::map<std::string, std::int64_t> refusals_;
    std::map<std::string, Errors> errors_;
    std::vector<AcknowledgedSale> sales_;
    PerSecond attempts_per_second_; // an attempt is a call of hold
    PerSecond sales_per_second_;
    std::int64_t walked_away_ = 0;  // from a hold
    std::int64_t closed_pages_ = 0; // while waiting in the queue
};

} // namespace boxoffice::crowd
