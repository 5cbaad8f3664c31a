// What Prometheus is told.
#include "routes/metrics.h"

#include "recorder.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <thread>

namespace boxoffice::api::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Metrics, CountAnswersByRouteAndStatus) {
    Metrics metrics;
    const Route& balance = route_of("get_balance");
    metrics.answered(&balance, 200, "ok", 0.001);
    metrics.answered(&balance, 200, "ok", 0.001);
    metrics.answered(&balance, 401, "", 0.001);
    metrics.answered(nullptr, 404, "", 0.001);
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("# TYPE boxoffice_requests_total counter"));
    EXPECT_THAT(text, HasSubstr("boxoffice_requests_total{route=\"GET /v1/balance\",status=\"200\"} 2"));
    EXPECT_THAT(text, HasSubstr("boxoffice_requests_total{route=\"GET /v1/balance\",status=\"401\"} 1"));
    EXPECT_THAT(text, HasSubstr("boxoffice_requests_total{route=\"none\",status=\"404\"} 1"));
}

TEST(Metrics, CountOutcomes) {
    Metrics metrics;
    metrics.answered(&route_of("hold_seats"), 409, "seat_taken", 0.001);
    metrics.answered(&route_of("hold_seats"), 201, "ok", 0.001);
    metrics.answered(&route_of("pay_reservation"), 201, "ok", 0.001);
    metrics.answered(nullptr, 404, "", 0.001);
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("boxoffice_outcomes_total{outcome=\"seat_taken\"} 1"));
    EXPECT_THAT(text, HasSubstr("boxoffice_outcomes_total{outcome=\"ok\"} 2"));
    EXPECT_THAT(text, Not(HasSubstr("outcome=\"\""))) << "what has none is not counted";
}

TEST(Metrics, MeasureEveryRouteFromTheBeginning) {
    const Metrics metrics;
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("# TYPE boxoffice_request_seconds histogram"));
    for (const Route& route : routes()) {
        const std::string name = std::string(name_of(route.method)) + " " + std::string(route.path);
        EXPECT_EQ(metrics.name_of(&route), name);
        EXPECT_THAT(text, HasSubstr("boxoffice_request_seconds_count{function=\"" + std::string(route.function) +
                                    "\",route=\"" + name + "\"} 0"));
    }
    EXPECT_EQ(metrics.name_of(nullptr), "none");
}

TEST(Metrics, PutADurationIntoItsBucket) {
    Metrics metrics;
    metrics.answered(&route_of("get_balance"), 200, "ok", 0.003);
    const std::string text = metrics.text();
    const std::string labels =
        "boxoffice_request_seconds_bucket{function=\"get_balance\",route=\"GET /v1/balance\",le=\"";
    EXPECT_THAT(text, HasSubstr(labels + "0.002\"} 0"));
    EXPECT_THAT(text, HasSubstr(labels + "0.005\"} 1"));
    EXPECT_THAT(text, HasSubstr(labels + "+Inf\"} 1"));
    EXPECT_THAT(text,
                HasSubstr("boxoffice_request_seconds_sum{function=\"get_balance\",route=\"GET /v1/balance\"} 0.003"));
}

TEST(Metrics, TellRoutesThatShareAnAddressApart) {
    Metrics metrics;
    metrics.answered(&route_of("available_seats"), 200, "", 0.001);
    const std::string text = metrics.text();
    const std::string route = ",route=\"GET /v1/slots/{slot_id}/seats\"} ";
    EXPECT_THAT(text, HasSubstr("boxoffice_request_seconds_count{function=\"available_seats\"" + route + "1"));
    EXPECT_THAT(text, HasSubstr("boxoffice_request_seconds_count{function=\"seat_map\"" + route + "0"));
}

// Two rows may have the same route and status: they are one series, not two of one name.
TEST(Metrics, HaveNoSeriesTwice) {
    Metrics metrics;
    metrics.answered(&route_of("available_seats"), 200, "", 0.001);
    metrics.answered(&route_of("seat_map"), 200, "", 0.001);
    metrics.lane("write 0");
    metrics.lane("read 0");
    std::set<std::string> series;
    std::istringstream lines(metrics.text());
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with('#')) {
            EXPECT_TRUE(series.insert(line.substr(0, line.rfind(' '))).second) << line;
        }
    }
    EXPECT_TRUE(series.contains("boxoffice_requests_total{route=\"GET /v1/slots/{slot_id}/seats\",status=\"200\"}"));
}

TEST(Metrics, KnowEachLane) {
    Metrics metrics;
    const Metrics::Lane lane = metrics.lane("write 0");
    metrics.lane("slow 0");
    lane.waiting.Set(17);
    lane.connected.Set(1);
    lane.repeated.Increment(3);
    lane.group_size.Observe(30);
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("boxoffice_lane_waiting{lane=\"write 0\"} 17"));
    EXPECT_THAT(text, HasSubstr("boxoffice_lane_connected{lane=\"write 0\"} 1"));
    EXPECT_THAT(text, HasSubstr("boxoffice_lane_connected{lane=\"slow 0\"} 0"));
    EXPECT_THAT(text, HasSubstr("boxoffice_lane_repeated_total{lane=\"write 0\"} 3"));
    EXPECT_THAT(text, HasSubstr("boxoffice_group_size_count{lane=\"write 0\"} 1"));
    EXPECT_THAT(text, HasSubstr("boxoffice_group_size_sum{lane=\"write 0\"} 30"));
}

TEST(Metrics, LoseNothingWhenManyThreadsCount) {
    Metrics metrics;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&] {
            for (int number = 0; number < 5000; ++number) {
                metrics.answered(&route_of("get_balance"), 200 + number % 3, number % 2 == 0 ? "ok" : "busy", 0.001);
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    const std::string text = metrics.text();
    EXPECT_THAT(text, HasSubstr("boxoffice_outcomes_total{outcome=\"ok\"} 10000"));
    EXPECT_THAT(text, HasSubstr("boxoffice_requests_total{route=\"GET /v1/balance\",status=\"202\"} 6664"));
}

} // namespace
} // namespace boxoffice::api::testing
