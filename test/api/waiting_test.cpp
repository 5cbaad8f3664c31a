// What waits for a lane: no more than may, in the order of its coming, and nothing is lost or taken twice.
#include "lanes/waiting.h"

#include "recorder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

namespace boxoffice::api::testing {
namespace {

using namespace std::chrono_literals;

Call call_of(std::string name) {
    return {.route = nullptr, .values = {}, .path = {}, .order = std::move(name), .respondent = {}};
}

bool push(Waiting& waiting, std::string name) {
    Call call = call_of(std::move(name));
    return waiting.push(call);
}

// Takes and tells by name.
std::vector<std::string> take(Waiting& waiting, std::size_t limit, std::chrono::milliseconds patience = 0ms) {
    std::vector<std::string> names;
    for (const Call& call : waiting.take(limit, patience)) {
        names.push_back(call.order);
    }
    return names;
}

using Names = std::vector<std::string>;

TEST(Waiting, GivesWhatCameInItsOrderAndUpToALimit) {
    Waiting waiting(10);
    for (const char* name : {"a", "b", "c", "d", "e"}) {
        EXPECT_TRUE(push(waiting, name));
    }
    EXPECT_EQ(waiting.size(), 5U);
    EXPECT_EQ(take(waiting, 2), (Names{"a", "b"}));
    EXPECT_TRUE(push(waiting, "f"));
    EXPECT_EQ(take(waiting, 1), Names{"c"});
    EXPECT_EQ(take(waiting, 100), (Names{"d", "e", "f"}));
    EXPECT_EQ(waiting.size(), 0U);
}

TEST(Waiting, TakesNoMoreThanItsCapacityAndLeavesTheRestWhereItIs) {
    Recorder recorder;
    Waiting waiting(2);
    EXPECT_TRUE(push(waiting, "a"));
    EXPECT_TRUE(push(waiting, "b"));
    Call third = call_of("c");
    third.respondent = recorder.respondent("c");
    EXPECT_FALSE(waiting.push(third));
    EXPECT_EQ(third.order, "c");
    ASSERT_NE(third.respondent, nullptr) << "it must still be told";
    EXPECT_EQ(take(waiting, 1), Names{"a"});
    EXPECT_TRUE(waiting.push(third)) << "now there is room";
    EXPECT_EQ(third.respondent, nullptr);
    EXPECT_EQ(take(waiting, 5), (Names{"b", "c"}));
}

TEST(Waiting, IsPatientOnlySoLong) {
    Waiting waiting(10);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(take(waiting, 5, 40ms), Names{});
    EXPECT_GE(std::chrono::steady_clock::now() - begin, 40ms);
    EXPECT_EQ(take(waiting, 5, 0ms), Names{});
}

TEST(Waiting, WakesTheTakerWhenSomethingComes) {
    Waiting waiting(10);
    const auto begin = std::chrono::steady_clock::now();
    std::thread giver([&] {
        std::this_thread::sleep_for(20ms);
        push(waiting, "a");
    });
    EXPECT_EQ(take(waiting, 5, 60s), Names{"a"});
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
    giver.join();
}

TEST(Waiting, WakesEveryTakerWhenItIsClosed) {
    Waiting waiting(10);
    std::atomic<int> woken = 0;
    std::vector<std::thread> takers;
    const auto begin = std::chrono::steady_clock::now();
    for (int taker = 0; taker < 3; ++taker) {
        takers.emplace_back([&] {
            EXPECT_TRUE(waiting.take(5, 60s).empty());
            ++woken;
        });
    }
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(woken, 0);
    waiting.close();
    for (std::thread& taker : takers) {
        taker.join();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
}

TEST(Waiting, TakesNothingOnAfterItIsClosedAndGivesTheRestAway) {
    Waiting waiting(10);
    EXPECT_FALSE(waiting.closed());
    push(waiting, "a");
    push(waiting, "b");
    waiting.close();
    EXPECT_TRUE(waiting.closed());
    Call late = call_of("c");
    EXPECT_FALSE(waiting.push(late));
    EXPECT_EQ(late.order, "c");
    EXPECT_EQ(take(waiting, 1, 60s), Names{"a"}) << "what came before is not lost";
    EXPECT_EQ(take(waiting, 1, 60s), Names{"b"});
    EXPECT_EQ(take(waiting, 1, 60s), Names{}) << "at once";
}

TEST(Waiting, GivesEachCallToOneOfSeveralTakers) {
    constexpr int givers = 4;
    constexpr int each = 5000;
    Waiting waiting(100);
    std::mutex mutex;
    std::multiset<std::string> taken;
    std::vector<std::thread> takers;
    for (int taker = 0; taker < 4; ++taker) {
        takers.emplace_back([&] {
            while (!waiting.closed() || waiting.size() > 0) {
                const Names names = take(waiting, 7, 50ms);
                EXPECT_LE(names.size(), 7U);
                const std::lock_guard lock(mutex);
                taken.insert(names.begin(), names.end());
            }
        });
    }
    std::vector<std::thread> crowd;
    for (int giver = 0; giver < givers; ++giver) {
        crowd.emplace_back([&, giver] {
            for (int number = 0; number < each; ++number) {
                while (!push(waiting, std::to_string(giver) + "/" + std::to_string(number))) {
                    std::this_thread::yield();
                }
            }
        });
    }
    for (std::thread& giver : crowd) {
        giver.join();
    }
    waiting.close();
    for (std::thread& taker : takers) {
        taker.join();
    }
    EXPECT_EQ(taken.size(), static_cast<std::size_t>(givers * each));
    EXPECT_EQ(std::set<std::string>(taken.begin(), taken.end()).size(), taken.size()) << "none twice";
}

} // namespace
} // namespace boxoffice::api::testing
