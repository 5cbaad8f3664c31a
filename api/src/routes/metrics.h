// What is counted and measured, for Prometheus. Looking a counter up by its labels is dear, so the hot ones are looked
// up once and kept.
#pragma once

#include "routes/route.h"

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boxoffice::api {

class Metrics {
public:
    Metrics();

    // A request was answered. A null route: none was found.
    void answered(const Route* route, int status, std::string_view outcome, double seconds);

    // "GET /v1/balance"; "none" for a null route.
    const std::string& name_of(const Route* route) const { return names_[index_of(route)]; }

    // What one lane reports; valid as long as the metrics.
    struct Lane {
        prometheus::Histogram& group_size;
        prometheus::Gauge& waiting;
        prometheus::Gauge& connected;
        prometheus::Counter& repeated; // calls that were run again because another of their group failed
        prometheus::Counter& undone;   // groups in which a call failed
    };
    Lane lane(const std::string& name);

    // In Prometheus' text format.
    std::string text() const;

private:
    std::size_t index_of(const Route* route) const;

    prometheus::Registry registry_;
    prometheus::Family<prometheus::Counter>& requests_;
    prometheus::Family<prometheus::Counter>& outcomes_;
    prometheus::Family<prometheus::Gauge>& waiting_;
    prometheus::Family<prometheus::Gauge>& connected_;
    prometheus::Family<prometheus::Counter>& repeated_;
    prometheus::Family<prometheus::Counter>& undone_;
    prometheus::Family<prometheus::Histogram>& group_sizes_;
    std::vector<std::string> names_;                // of the routes, and of none at the end
    std::vector<prometheus::Histogram*> durations_; // likewise
    std::mutex mutex_;                              // guards the two below
    std::map<std::pair<std::size_t, int>, prometheus::Counter*> by_status_;
    std::map<std::string, prometheus::Counter*, std::less<>> by_outcome_;
};

} // namespace boxoffice::api
