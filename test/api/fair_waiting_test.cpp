// Turns: each party has one call under way at most, the parties come in turn, and nothing is lost at the end.
#include "lanes/fair_waiting.h"

#include "lanes/lanes.h"
#include "recorder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

namespace boxoffice::api::testing {
namespace {

using namespace std::chrono_literals;

Call call_of(std::string party, std::string name) {
    Call call;
    call.party = std::move(party);
    call.order = std::move(name);
    return call;
}

bool push(Waiting& waiting, std::string party, std::string name) {
    Call call = call_of(std::move(party), std::move(name));
    return waiting.push(call);
}

std::vector<std::string> names_of(const std::vector<Call>& calls) {
    std::vector<std::string> names;
    for (const Call& call : calls) {
        names.push_back(call.order);
    }
    return names;
}

using Names = std::vector<std::string>;

TEST(Parties, OfAdministratorsAreApartByFunctionAndAsker) {
    const auto party = [](const char* function, const char* asker) {
        const auto route = std::find_if(routes().begin(), routes().end(),
                                        [&](const Route& each) { return each.function == function; });
        Call call;
        call.route = &*route;
        call.values.resize(route->parameters.size());
        call.order = asker;
        return party_of(call);
    };
    EXPECT_NE(party("sales_report", "anna"), party("next_sales", "anna")) << "a long report keeps no feed waiting";
    EXPECT_NE(party("sales_report", "anna"), party("sales_report", "bert"));
    EXPECT_EQ(party("sales_report", "anna"), party("sales_report", "anna"));
    EXPECT_EQ(party("list_reservations", "dana"), "dana") << "with all that he asks";
}

TEST(FairWaiting, GivesEachPartyItsTurn) {
    const auto waiting = std::make_shared<FairWaiting>(100, 10);
    for (const char* name : {"a1", "a2", "a3"}) {
        EXPECT_TRUE(push(*waiting, "a", name));
    }
    EXPECT_TRUE(push(*waiting, "b", "b1"));
    std::vector<Call> first = waiting->take(1, 0ms);
    EXPECT_EQ(names_of(first), Names{"a1"});
    std::vector<Call> second = waiting->take(10, 0ms);
    EXPECT_EQ(names_of(second), Names{"b1"}) << "a has one under way";
    EXPECT_TRUE(waiting->take(10, 0ms).empty());
    EXPECT_EQ(waiting->size(), 2U);
    EXPECT_TRUE(push(*waiting, "c", "c1"));
    first.clear();
    EXPECT_TRUE(push(*waiting, "d", "d1"));
    EXPECT_EQ(names_of(waiting->take(10, 0ms)), (Names{"c1", "a2", "d1"})) << "a comes after who waited already";
    EXPECT_EQ(names_of(waiting->take(10, 0ms)), Names{"a3"});
    EXPECT_EQ(waiting->size(), 0U);
}

TEST(FairWaiting, WakesWhoTakesWhenATurnEnds) {
    const auto waiting = std::make_shared<FairWaiting>(100, 10);
    push(*waiting, "a", "a1");
    push(*waiting, "a", "a2");
    std::vector<Call> first = waiting->take(1, 0ms);
    std::thread other([&] { EXPECT_EQ(names_of(waiting->take(1, 60s)), Names{"a2"}); });
    std::this_thread::sleep_for(20ms);
    const auto begin = std::chrono::steady_clock::now();
    first.clear();
    other.join();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
}

TEST(FairWaiting, BoundsEachPartyAndAll) {
    const auto waiting = std::make_shared<FairWaiting>(5, 3);
    for (int number = 0; number < 3; ++number) {
        EXPECT_TRUE(push(*waiting, "a", "a"));
    }
    Recorder recorder;
    Call more = call_of("a", "one more");
    more.respondent = recorder.respondent("one more");
    EXPECT_FALSE(waiting->push(more));
    EXPECT_NE(more.respondent, nullptr) << "it must still be told";
    EXPECT_TRUE(push(*waiting, "b", "b")) << "others may";
    EXPECT_TRUE(push(*waiting, "b", "b"));
    EXPECT_FALSE(push(*waiting, "b", "b")) << "five in all";
    const std::vector<Call> taken = waiting->take(1, 0ms);
    EXPECT_TRUE(waiting->push(more)) << "what is under way does not wait";
}

TEST(FairWaiting, GivesAllAwayAfterItIsClosed) {
    const auto waiting = std::make_shared<FairWaiting>(100, 10);
    for (const char* name : {"a1", "a2", "a3"}) {
        push(*waiting, "a", name);
    }
    push(*waiting, "b", "b1");
    std::vector<Call> under_way = waiting->take(1, 0ms);
    waiting->close();
    EXPECT_FALSE(push(*waiting, "c", "c1"));
    EXPECT_EQ(waiting->take(100, 60s).size(), 3U) << "whoever has the turn";
    under_way.clear();
    EXPECT_TRUE(waiting->take(100, 60s).empty());
    EXPECT_EQ(waiting->size(), 0U);
}

TEST(FairWaiting, OutlivesItsOwnerWhileATurnIsUnderWay) {
    auto waiting = std::make_shared<FairWaiting>(100, 10);
    push(*waiting, "a", "a1");
    const std::vector<Call> under_way = waiting->take(1, 0ms);
    waiting.reset();
    EXPECT_EQ(under_way.size(), 1U);
}

TEST(FairWaiting, HasNeverTwoOfAPartyUnderWay) {
    constexpr int each = 2000;
    const auto waiting = std::make_shared<FairWaiting>(100000, 100000);
    std::map<std::string, std::atomic<int>> under_way;
    for (const char* party : {"a", "b", "c"}) {
        under_way[party] = 0;
        for (int number = 0; number < each; ++number) {
            push(*waiting, party, "");
        }
    }
    std::atomic<int> taken = 0;
    std::vector<std::thread> takers;
    for (int taker = 0; taker < 4; ++taker) {
        takers.emplace_back([&] {
            while (taken < 3 * each) {
                const std::vector<Call> calls = waiting->take(2, 5ms);
                for (const Call& call : calls) {
                    EXPECT_EQ(under_way.at(call.party)++, 0);
                }
                for (const Call& call : calls) {
                    --under_way.at(call.party);
                    ++taken;
                }
            }
        });
    }
    for (std::thread& taker : takers) {
        taker.join();
    }
    EXPECT_EQ(taken, 3 * each);
}

} // namespace
} // namespace boxoffice::api::testing
