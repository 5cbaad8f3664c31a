#include "lanes/lanes.h"

#include "base/log.h"

#include <algorithm>
#include <functional>

namespace boxoffice::api {

namespace {

using std::chrono::milliseconds;

// A page of a browser asks for fewer things at once.
constexpr std::size_t most_of_a_party = 16;
// How long a read that took too long is kept away from the quick ones. One that is tried again then costs the others
// its budget.
constexpr milliseconds slow_reads_are_remembered{10000};

std::string timeout(int milliseconds) { return "SET statement_timeout = " + std::to_string(milliseconds); }

// Nothing is gained by planning a call of a function again.
const std::string& plan_once() {
    static const std::string setting = "SET plan_cache_mode = force_generic_plan";
    return setting;
}

// What a group does must not wait: others are in it. Locks that are not ours, as of a whole table, end it after a moment,
// in milliseconds.
std::vector<std::string> impatient(int statement_timeout_ms) {
    return {timeout(statement_timeout_ms), "SET boxoffice.busy_wait = 0", "SET lock_timeout = 200", plan_once()};
}

std::vector<std::string> patient(const Configuration& configuration) {
    return {timeout(configuration.statement_timeout_ms),
            "SET lock_timeout = " + std::to_string(configuration.lock_timeout_ms)};
}

// The names of what the one who asks has chosen to read of a list that is open to all: of such questions there is no end,
// and any of them may be dear.
std::string chosen_of(const Call& call) {
    std::string chosen;
    for (std::size_t at = 0; at < call.values.size(); ++at) {
        const Parameter& parameter = call.route->parameters[at];
        if (parameter.from == From::query && call.values[at] && *call.values[at] != parameter.preset) {
            chosen.append("?").append(parameter.name);
        }
    }
    return chosen;
}

std::string slow_read_of(const Call& call) { return std::string(call.route->function) + " " + party_of(call); }

} // namespace

std::string party_of(const Call& call) {
    if (call.route->who == Who::administrator) {
        return std::string(call.route->function) + " " + call.order;
    }
    if (call.route->who != Who::anyone) {
        return call.order;
    }
    const auto& parameters = call.route->parameters;
    if (!parameters.empty() && parameters.front().from == From::path && call.values.front()) {
        return std::string(parameters.front().name) + " " + *call.values.front();
    }
    return call.path + chosen_of(call);
}

Lanes::Lanes(const Configuration& configuration, Metrics& metrics)
    : metrics_(metrics), slow_reads_(slow_reads_are_remembered) {
    const auto capacity = static_cast<std::size_t>(configuration.lane_capacity);
    slow_ = std::make_shared<Waiting>(capacity);
    read_ = std::make_shared<Waiting>(capacity);
    list_ = std::make_shared<FairWaiting>(capacity, most_of_a_party);
    browse_ = std::make_shared<FairWaiting>(capacity, most_of_a_party);
    poll_ = std::make_shared<Waiting>(capacity);
    administration_ = std::make_shared<Waiting>(capacity);
    add_quick(configuration);
    add_patient(configuration);
}

// Those whose groups must not wait, and which pass on what would.
void Lanes::add_quick(const Configuration& configuration) {
    LaneOptions options;
    options.waiting_limit = milliseconds(configuration.waiting_limit_ms);
    options.group_limit = static_cast<std::size_t>(configuration.group_limit);
    options.statement_timeout = milliseconds(configuration.statement_timeout_ms);
    options.settings = impatient(configuration.statement_timeout_ms);
    const PassOn to_slow = [this](Call& call) { return slow_->push(call); };
    for (int number = 0; number < configuration.write_lanes; ++number) {
        options.name = "write " + std::to_string(number);
        write_.push_back(std::make_shared<Waiting>(static_cast<std::size_t>(configuration.lane_capacity)));
        add(options, write_.back(), to_slow);
    }
    options.name = "poll 0";
    add(options, poll_, to_slow);
    const int budget_ms = std::min(configuration.read_budget_ms, configuration.statement_timeout_ms);
    options.statement_timeout = milliseconds(budget_ms);
    options.settings = impatient(budget_ms);
    options.passes_on_long_ones = true;
    for (int number = 0; number < configuration.read_lanes; ++number) {
        options.name = "read " + std::to_string(number);
        add(options, read_, [this](Call& call) { return pass_on_read(call); });
    }
}

// Those that take one call at a time.
void Lanes::add_patient(const Configuration& configuration) {
    LaneOptions options;
    options.waiting_limit = milliseconds(configuration.waiting_limit_ms);
    options.statement_timeout = milliseconds(configuration.statement_timeout_ms);
    options.group_limit = 1;
    options.settings = patient(configuration);
    options.name = "administration 0";
    options.inspect = [this](PGconn* connection) { inspect(connection); };
    add(options, administration_, nullptr);
    options.inspect = nullptr;
    const auto add_some = [&](const std::string& name, int count, const std::shared_ptr<Waiting>& waiting) {
        for (int number = 0; number < count; ++number) {
            options.name = name + " " + std::to_string(number);
            add(options, waiting, nullptr);
        }
    };
    add_some("slow", configuration.slow_connections, slow_);
    options.settings.push_back(plan_once());
    add_some("list", configuration.list_lanes, list_);
    add_some("browse", configuration.browse_lanes, browse_);
}

void Lanes::add(const LaneOptions& options, std::shared_ptr<Waiting> waiting, PassOn pass_on) {
    lanes_.push_back(std::make_unique<Lane>(options, std::move(waiting), std::move(pass_on), metrics_));
}

void Lanes::submit(Call call) {
    const LaneKind kind = call.route->lane;
    const bool takes_turns = kind == LaneKind::list || kind == LaneKind::browse ||
                             (kind == LaneKind::read && (!chosen_of(call).empty() || was_slow(call)));
    Waiting& waiting = takes_turns ? fair_waiting_of(call) : waiting_of(call);
    if (!waiting.push(call)) {
        call.respondent->answer(unavailable("too many requests are waiting"), "");
    }
}

Waiting& Lanes::waiting_of(const Call& call) {
    switch (call.route->lane) {
    case LaneKind::poll:
        return *poll_;
    case LaneKind::write:
        return *write_[std::hash<std::string>()(call.order) % write_.size()];
    case LaneKind::administration:
        return *administration_;
    case LaneKind::read:
    case LaneKind::list:
    case LaneKind::browse:
        break;
    }
    return *read_;
}

Waiting& Lanes::fair_waiting_of(Call& call) {
    call.party = party_of(call);
    return call.route->who == Who::anyone ? *browse_ : *list_;
}

bool Lanes::was_slow(const Call& call) {
    return slow_reads_.any() && slow_reads_.contains(slow_read_of(call), std::chrono::steady_clock::now());
}

bool Lanes::pass_on_read(Call& call) {
    Waiting& waiting = fair_waiting_of(call);
    slow_reads_.note(slow_read_of(call), std::chrono::steady_clock::now());
    return waiting.push(call);
}

// What is new is said in the log once.
void Lanes::inspect(PGconn* connection) {
    std::vector<SetupWarning> found = api::setup_warnings(connection);
    if (!has_own_session(connection, "boxofficed pooler check")) {
        found.push_back({"pooler", std::string(unknown_pooler)});
    }
    const std::lock_guard lock(mutex_);
    if (found != setup_warnings_) {
        for (const SetupWarning& warning : found) {
            log::warn("the setup of the database: " + warning.check + ": " + warning.detail);
        }
        setup_warnings_ = std::move(found);
    }
}

std::vector<SetupWarning> Lanes::setup_warnings() const {
    const std::lock_guard lock(mutex_);
    return setup_warnings_;
}

void Lanes::report() const {
    for (const auto& lane : lanes_) {
        lane->report();
    }
}

bool Lanes::connected() const {
    return std::all_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->connected(); });
}

bool Lanes::session_is_shared() const {
    return std::any_of(lanes_.begin(), lanes_.end(), [](const auto& lane) { return lane->session_is_shared(); });
}

std::shared_ptr<const Catalogue> Lanes::catalogue() const { return lanes_.front()->catalogue(); }

} // namespace boxoffice::api
