// How long what a provider has answered is fresh.
#include "auth/key_source.h"

#include <gtest/gtest.h>

namespace boxoffice::api::testing {
namespace {

using namespace std::chrono_literals;

TEST(KeySource, BelievesMaxAgeWithinBounds) {
    EXPECT_EQ(freshness("public, max-age=600, must-revalidate,"), 600s);
    EXPECT_EQ(freshness("max-age=0,"), 60s);
    EXPECT_EQ(freshness("max-age=-5,"), 60s);
    EXPECT_EQ(freshness("max-age=31536000"), 24h);
    EXPECT_EQ(freshness("max-age=99999999999999999999999999"), 24h);
    EXPECT_EQ(freshness("no-store, max-age=600"), 60s);
    EXPECT_EQ(freshness("no-cache"), 60s);
    EXPECT_EQ(freshness(""), 300s);
    EXPECT_EQ(freshness("max-age="), 300s);
    EXPECT_EQ(freshness("max-age=soon"), 300s);
}

} // namespace
} // namespace boxoffice::api::testing
