#include "lanes.h"

#include <algorithm>
#include <functional>

namespace boxoffice::api {

namespace {

// What a group does must not wait: others are in it. Locks that are not ours, as of a whole table, end it after a moment,
// in milliseconds. And nothing is gained by planning a call of a function again.
std::vector<std::string> impatient(const Configuration& configuration) {
    return {"SET statement_timeout = " + std::to_string(configuration.statement_timeout_ms),
            "SET boxoffice.busy_wait = 0", "SET lock_timeout = 200", "SET plan_cache_mode = force_generic_plan"};
}

std::vector<std::string> patient(const Configuration& configuration) {
    return {"SET statement_timeout = " + std::to_string(configuration.statement_timeout_ms),
            "SET lock_timeout = " + std::to_string(configuration.lock_timeout_ms)};
}

} // namespace

Lanes::Lanes(const Configuration& configuration, Metrics& metrics) : metrics_(metrics) {
    const auto capacity = static_cast<std::size_t>(configuration.lane_capacity);
    slow_ = std::make_shared<Waiting>(capacity);
    read_ = std::make_shared<Waiting>(capacity);
    poll_ = std::make_shared<Waiting>(capacity);
    administration_ = std::make_shared<Waiting>(capacity);
    LaneOptions options;
    options.statement_timeout = std::chrono::milliseconds(configuration.statement_timeout_ms);
    options.waiting_limit = std::chrono::milliseconds(configuration.waiting_limit_ms);

    options.settings = impatient(configuration);
    options.group_limit = static_cast<std::size_t>(configuration.group_limit);
    for (int number = 0; number < configuration.write_lanes; ++number) {
        options.name = "write " + std::to_string(number);
        write_.push_back(std::make_shared<Waiting>(capacity));
        add(options, write_.back(), slow_);
    }
    options.name = "poll 0";
    add(options, poll_, slow_);
    for (int number = 0; number < configuration.read_lanes; ++number) {
        options.name = "read " + std::to_string(number);
        add(options, read_, nullptr);
    }
    options.settings = patient(configuration);
    options.group_limit = 1;
    options.name = "administration 0";
    add(options, administration_, nullptr);
    for (int number = 0; number < configuration.slow_connections; ++number) {
        options.name = "slow " + std::to_string(number);
        add(options, slow_, nullptr);
    }
}

void Lanes::add(const LaneOptions& options, std::shared_ptr<Waiting> waiting, std::shared_ptr<Waiting> slow) {
    lanes_.push_back(std::make_unique<Lane>(options, std::move(waiting), std::move(slow), metrics_));
}

void Lanes::submit(Call call) {
    std::shared_ptr<Waiting> waiting;
    switch (call.route->lane) {
    case LaneKind::read:
        waiting = read_;
        break;
    case LaneKind::poll:
        waiting = poll_;
        break;
    case LaneKind::write:
        waiting = write_[std::hash<std::string>()(call.order) % write_.size()];
        break;
    case LaneKind::administration:
        waiting = administration_;
        break;
    }
    if (!waiting->push(call)) {
        call.respondent->answer(unavailable("too many requests are waiting"), "");
    }
}

void Lanes::report() const {
    for (const auto& lane : lanes_) {
        lane->report();
    }
}

bool Lanes::connected() const {
    return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->connected(); });
}

std::shared_ptr<const Catalogue> Lanes::catalogue() const { return lanes_.front()->catalogue(); }

} // namespace boxoffice::api
