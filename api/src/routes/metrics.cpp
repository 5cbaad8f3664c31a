#include "routes/metrics.h"

#include <prometheus/text_serializer.h>

namespace boxoffice::api {

namespace {

template <typename Builder>
auto& family(Builder builder, const char* name, const char* help, prometheus::Registry& registry) {
    return builder.Name(name).Help(help).Register(registry);
}

const prometheus::Histogram::BucketBoundaries durations{0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05,
                                                        0.1,    0.2,   0.5,   1,     2,    5,    10};
const prometheus::Histogram::BucketBoundaries sizes{1, 2, 4, 8, 16, 30, 45, 60, 120, 250};

} // namespace

Metrics::Metrics()
    : requests_(family(prometheus::BuildCounter(), "boxoffice_requests_total",
                       "Requests answered, by route and status.", registry_)),
      outcomes_(family(prometheus::BuildCounter(), "boxoffice_outcomes_total", "Operations answered, by outcome.",
                       registry_)),
      waiting_(family(prometheus::BuildGauge(), "boxoffice_lane_waiting", "Calls that wait for a lane.", registry_)),
      connected_(family(prometheus::BuildGauge(), "boxoffice_lane_connected", "Whether a lane has its connection.",
                        registry_)),
      repeated_(family(prometheus::BuildCounter(), "boxoffice_lane_repeated_total",
                       "Calls run again because another call of their group failed.", registry_)),
      undone_(family(prometheus::BuildCounter(), "boxoffice_groups_undone_total",
                     "Groups that were undone because a call in them failed.", registry_)),
      group_sizes_(family(prometheus::BuildHistogram(), "boxoffice_group_size", "Calls in one group.", registry_)) {
    auto& durations_of_requests = family(prometheus::BuildHistogram(), "boxoffice_request_seconds",
                                         "From the arrival of a request to its answer, by route.", registry_);
    for (const Route& route : routes()) {
        names_.push_back(std::string(api::name_of(route.method)) + " " + std::string(route.path));
        durations_.push_back(&durations_of_requests.Add(
            {{"route", names_.back()}, {"function", std::string(route.function)}}, durations));
    }
    names_.emplace_back("none");
    durations_.push_back(&durations_of_requests.Add({{"route", "none"}, {"function", ""}}, durations));
}

std::size_t Metrics::index_of(const Route* route) const {
    return route == nullptr ? names_.size() - 1 : static_cast<std::size_t>(route - routes().data());
}

void Metrics::answered(const Route* route, int status, std::string_view outcome, double seconds) {
    const std::size_t index = index_of(route);
    durations_[index]->Observe(seconds);
    const std::lock_guard lock(mutex_);
    prometheus::Counter*& counter = by_status_[{index, status}];
    if (counter == nullptr) {
        counter = &requests_.Add({{"route", names_[index]}, {"status", std::to_string(status)}});
    }
    counter->Increment();
    if (outcome.empty()) {
        return;
    }
    auto found = by_outcome_.find(outcome);
    if (found == by_outcome_.end()) {
        found = by_outcome_.emplace(outcome, &outcomes_.Add({{"outcome", std::string(outcome)}})).first;
    }
    found->second->Increment();
}

Metrics::Lane Metrics::lane(const std::string& name) {
    const prometheus::Labels labels{{"lane", name}};
    return {.group_size = group_sizes_.Add(labels, sizes),
            .waiting = waiting_.Add(labels),
            .connected = connected_.Add(labels),
            .repeated = repeated_.Add(labels),
            .undone = undone_.Add(labels)};
}

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

} // namespace boxoffice::api
