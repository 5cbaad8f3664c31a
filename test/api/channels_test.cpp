#include "live/channels.h"

#include <gtest/gtest.h>

namespace boxoffice::api {
namespace {

using namespace std::chrono_literals;

Message message(const std::string& text) { return std::make_shared<const std::string>(text); }

std::string heard(const Listener& listener) {
    std::string all;
    for (const Message& each : listener.waiting) {
        all += *each + " ";
    }
    return all;
}

class ChannelsTest : public testing::Test {
protected:
    std::size_t publish(const std::string& channel, const std::string& text) {
        return channels_.publish(channel, message(text), now_, [this](Listener&) { ++woken_; });
    }

    static constexpr auto kept = 2s;
    Channels channels_{kept};
    Channels::Clock::time_point now_ = Channels::Clock::now();
    int woken_ = 0;
};

TEST_F(ChannelsTest, WhoListensHearsItsChannel) {
    Listener seven{.channel = "slots/7", .waiting = {}};
    Listener eight{.channel = "slots/8", .waiting = {}};
    channels_.join(seven, now_, true);
    channels_.join(eight, now_, true);
    EXPECT_EQ(publish("slots/7", "a"), 1U);
    EXPECT_EQ(publish("slots/9", "b"), 0U);
    EXPECT_EQ(heard(seven), "a ");
    EXPECT_EQ(heard(eight), "");
    EXPECT_EQ(woken_, 1);
}

TEST_F(ChannelsTest, WhoComesHearsWhatWasSaidOfLate) {
    publish("slots/7", "old");
    now_ += kept + 1ms;
    publish("slots/7", "a");
    now_ += kept;
    publish("slots/7", "b");
    Listener stream{.channel = "slots/7", .waiting = {}};
    Listener poll{.channel = "slots/7", .waiting = {}};
    channels_.join(stream, now_, true);
    channels_.join(poll, now_, false);
    EXPECT_EQ(heard(stream), "a b ");
    EXPECT_EQ(heard(poll), "");
}

TEST_F(ChannelsTest, WhoLeavesHearsNothing) {
    Listener listener{.channel = "slots/7", .waiting = {}};
    channels_.join(listener, now_, true);
    channels_.leave(listener);
    EXPECT_EQ(publish("slots/7", "a"), 0U);
    EXPECT_EQ(heard(listener), "");
    Listener never{.channel = "slots/8", .waiting = {}};
    channels_.leave(never);
}

TEST_F(ChannelsTest, WhoReadsTooSlowlyLosesMessages) {
    Listener listener{.channel = "slots/7", .waiting = {}};
    channels_.join(listener, now_, true);
    for (std::size_t count = 0; count < Channels::most_waiting; ++count) {
        publish("slots/7", "a");
    }
    EXPECT_FALSE(listener.lost);
    publish("slots/7", "a");
    EXPECT_TRUE(listener.lost);
    EXPECT_EQ(listener.waiting.size(), Channels::most_waiting);
}

// A minute of a busy sale is more than may wait for one who reads slowly: who has just come has had no time to read.
TEST_F(ChannelsTest, WhoComesToABusyChannelIsNotTakenForSlow) {
    for (std::size_t count = 0; count < 2 * Channels::most_waiting; ++count) {
        publish("slots/7", "a");
    }
    Listener listener{.channel = "slots/7", .waiting = {}};
    channels_.join(listener, now_, true);
    EXPECT_EQ(listener.waiting.size(), 2 * Channels::most_waiting);
    for (std::size_t count = 0; count < Channels::most_waiting; ++count) {
        publish("slots/7", "b");
    }
    EXPECT_FALSE(listener.lost);
    publish("slots/7", "b");
    EXPECT_TRUE(listener.lost);
}

// What was read before a change may be given to somebody who has begun to listen after it was told.
TEST(ChannelsKeepTest, MessagesAsLongAsAnAnswerCanBeOld) {
    EXPECT_GE(kept_for(500, 5000), 5500ms + 1s);
    EXPECT_GE(kept_for(60000, 5000), 65s);
    EXPECT_GE(kept_for(0, 20000), 20s);
    EXPECT_LE(kept_for(0, 1), 2s) << "no longer than is of use";
    EXPECT_LE(kept_for(0, 3600000), 62s) << "nobody waits for an hour";
}

TEST_F(ChannelsTest, WhatIsNotUsedIsForgotten) {
    Listener listener{.channel = "slots/7", .waiting = {}};
    channels_.join(listener, now_, true);
    publish("slots/8", "a");
    channels_.forget(now_);
    EXPECT_EQ(channels_.size(), 2U);
    now_ += kept + 1ms;
    channels_.forget(now_);
    EXPECT_EQ(channels_.size(), 1U);
    channels_.leave(listener);
    channels_.forget(now_);
    EXPECT_EQ(channels_.size(), 0U);
}

} // namespace
} // namespace boxoffice::api
