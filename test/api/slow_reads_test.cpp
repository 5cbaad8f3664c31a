// Reads that took too long are remembered for a while, and no more of them than fit.
#include "lanes/slow_reads.h"

#include <gtest/gtest.h>

namespace boxoffice::api::testing {
namespace {

using namespace std::chrono_literals;

TEST(SlowReads, AreRememberedForAWhile) {
    SlowReads slow(10s);
    const SlowReads::Instant now{};
    EXPECT_FALSE(slow.any());
    slow.note("a", now);
    EXPECT_TRUE(slow.any());
    EXPECT_TRUE(slow.contains("a", now + 9s));
    EXPECT_FALSE(slow.contains("b", now + 9s));
    slow.note("a", now + 9s);
    EXPECT_TRUE(slow.contains("a", now + 18s)) << "from the last time on";
    EXPECT_FALSE(slow.contains("a", now + 19s));
    EXPECT_FALSE(slow.any());
}

TEST(SlowReads, AreNoMoreThanFit) {
    SlowReads slow(10s);
    const SlowReads::Instant now{};
    for (std::size_t number = 0; number < SlowReads::most_remembered; ++number) {
        slow.note(std::to_string(number), now);
    }
    slow.note("one more", now + 1s);
    EXPECT_FALSE(slow.contains("one more", now + 1s));
    EXPECT_TRUE(slow.contains("0", now + 1s));
    slow.note("one more", now + 11s);
    EXPECT_TRUE(slow.contains("one more", now + 11s)) << "there is room again";
}

} // namespace
} // namespace boxoffice::api::testing
