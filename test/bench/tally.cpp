// What the crowd counts. Every latency is kept: a few hundred thousand numbers cost less than explaining the error of
// a histogram.
#include "tally.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace boxoffice::crowd {

const char* operation_name(Operation operation) {
    switch (operation) {
    case Operation::credit:
        return "credit";
    case Operation::join:
        return "join";
    case Operation::status:
        return "status";
    case Operation::leave:
        return "leave";
    case Operation::hold:
        return "hold";
    case Operation::pay:
        return "pay";
    }
    return "";
}

void PerSecond::count(double seconds_since_start) {
    const auto second = static_cast<std::size_t>(std::max(0.0, seconds_since_start));
    if (counts_.size() <= second) {
        counts_.resize(second + 1);
    }
    ++counts_[second];
}

void PerSecond::add(const PerSecond& other) {
    counts_.resize(std::max(counts_.size(), other.counts_.size()));
    for (std::size_t second = 0; second < other.counts_.size(); ++second) {
        counts_[second] += other.counts_[second];
    }
}

std::int64_t PerSecond::total() const { return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0}); }

std::int64_t PerSecond::peak() const { return counts_.empty() ? 0 : *std::max_element(counts_.begin(), counts_.end()); }

double Tally::seconds_since_start() const { return std::chrono::duration<double>(Clock::now() - started_at_).count(); }

bool Tally::count_answer(Operation operation, const std::string& outcome, Clock::time_point began_at) {
    const auto latency = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began_at);
    const Answer answer = outcome == "ok" ? Answer::granted : Answer::refused;
    latencies_us_[static_cast<int>(operation)][static_cast<int>(answer)].push_back(
        static_cast<std::uint32_t>(latency.count()));
    if (operation == Operation::hold) {
        attempts_per_second_.count(seconds_since_start());
    }
    if (answer == Answer::granted) {
        return true;
    }
    ++refusals_[std::string(operation_name(operation)) + " " + outcome];
    live_->refusals.fetch_add(1, std::memory_order_relaxed);
    return false;
}

void Tally::count_sale(AcknowledgedSale sale) {
    sales_per_second_.count(seconds_since_start());
    sales_.push_back(std::move(sale));
}

void Tally::count_error(const std::string& error, const std::string& full_text) {
    Errors& errors = errors_[error];
    if (errors.count++ == 0) {
        errors.first_full_text = full_text;
    }
}

void Tally::add(const Tally& other) {
    for (std::size_t operation = 0; operation < latencies_us_.size(); ++operation) {
        for (std::size_t answer = 0; answer < latencies_us_[operation].size(); ++answer) {
            const Latencies& added = other.latencies_us_[operation][answer];
            Latencies& latencies = latencies_us_[operation][answer];
            latencies.insert(latencies.end(), added.begin(), added.end());
        }
    }
    for (const auto& [refusal, count] : other.refusals_) {
        refusals_[refusal] += count;
    }
    for (const auto& [error, errors] : other.errors_) {
        count_error(error, errors.first_full_text);
        errors_[error].count += errors.count - 1;
    }
    sales_.insert(sales_.end(), other.sales_.begin(), other.sales_.end());
    attempts_per_second_.add(other.attempts_per_second_);
    sales_per_second_.add(other.sales_per_second_);
    walked_away_ += other.walked_away_;
    closed_pages_ += other.closed_pages_;
}

std::optional<double> Tally::percentile_ms(Operation operation, Answer answer, double fraction) {
    Latencies& latencies = latencies_us_[static_cast<int>(operation)][static_cast<int>(answer)];
    if (latencies.empty()) {
        return std::nullopt;
    }
    // Nearest rank: the smallest latency that at least this fraction of the calls did not exceed.
    const auto rank = static_cast<std::size_t>(std::ceil(fraction * static_cast<double>(latencies.size())));
    const auto position = latencies.begin() + static_cast<std::ptrdiff_t>(std::max<std::size_t>(rank, 1) - 1);
    std::nth_element(latencies.begin(), position, latencies.end());
    return *position / 1000.0;
}

std::int64_t Tally::answers(Operation operation) const {
    const auto& by_answer = latencies_us_[static_cast<int>(operation)];
    return static_cast<std::int64_t>(by_answer[0].size() + by_answer[1].size());
}

} // namespace boxoffice::crowd
