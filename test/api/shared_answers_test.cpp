// One answer for all who ask the same at the same time: the database is asked once, and everybody is answered once.
#include "lanes/shared_answers.h"

#include "recorder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace boxoffice::api::testing {
namespace {

using namespace std::chrono_literals;

// What is asked, and what gets through to the database; that waits here until it is answered.
class Desk {
public:
    explicit Desk(std::chrono::milliseconds fresh_for) : shared(std::make_shared<SharedAnswers>(fresh_for)) {}

    // One who asks for the event of this id, under this name.
    void ask(const std::string& name, const std::string& id = "7", std::string_view function = "get_event") {
        Call call{.route = &route_of(function),
                  .values = {id},
                  .path = "/v1/events/" + id,
                  .order = {},
                  .respondent = recorder.respondent(name)};
        shared->ask(std::move(call), [this](Call first) { submitted.push_back(std::move(first)); });
    }

    // The oldest that got through is answered.
    void answer(const Answer& answer, std::string_view lane = "read 0") {
        const Call call = take();
        call.respondent->answer(answer, lane);
    }

    // The oldest that got through.
    Call take() {
        Call call = std::move(submitted.at(0));
        submitted.erase(submitted.begin());
        return call;
    }

    // The bodies that the one of this name was given.
    std::vector<std::string> bodies(const std::string& name) const {
        std::vector<std::string> bodies;
        for (const Answer& answer : recorder.of(name).answers) {
            bodies.push_back(answer.body);
        }
        return bodies;
    }

    Recorder recorder;
    std::vector<Call> submitted;
    std::shared_ptr<SharedAnswers> shared;
};

using Bodies = std::vector<std::string>;

TEST(SharedAnswers, AskTheDatabaseOnceForAllWhoWait) {
    Desk desk(10min);
    for (const char* name : {"a", "b", "c"}) {
        desk.ask(name);
    }
    ASSERT_EQ(desk.submitted.size(), 1U);
    EXPECT_TRUE(desk.bodies("a").empty()) << "before there is an answer";
    EXPECT_EQ(desk.submitted[0].respondent->request_id(), "a");
    EXPECT_EQ(desk.submitted[0].path, "/v1/events/7");
    EXPECT_EQ(desk.submitted[0].values, std::vector<Value>{"7"});
    desk.answer({.body = "one", .entity_tag = "\"t\""});
    for (const char* name : {"a", "b", "c"}) {
        EXPECT_EQ(desk.bodies(name), Bodies{"one"}) << name;
        EXPECT_EQ(desk.recorder.of(name).answers[0].entity_tag, "\"t\"");
        EXPECT_EQ(desk.recorder.of(name).lanes, Bodies{"read 0"});
        EXPECT_EQ(desk.recorder.of(name).gone, 1) << "nobody is kept";
    }
}

TEST(SharedAnswers, ServeFromMemoryWhileTheyAreFresh) {
    Desk desk(10min);
    desk.ask("a");
    desk.answer({.body = "one", .entity_tag = "\"t\""});
    desk.ask("b");
    EXPECT_TRUE(desk.submitted.empty());
    EXPECT_EQ(desk.bodies("b"), Bodies{"one"});
    EXPECT_EQ(desk.recorder.of("b").answers[0].entity_tag, "\"t\"");
    EXPECT_EQ(desk.recorder.of("b").lanes, Bodies{"shared"});
}

TEST(SharedAnswers, AreAskedForAgainWhenTheyAreNotFreshAnyMore) {
    Desk desk(20ms);
    desk.ask("a");
    desk.answer({.body = "one"});
    std::this_thread::sleep_for(30ms);
    desk.ask("b");
    ASSERT_EQ(desk.submitted.size(), 1U);
    EXPECT_TRUE(desk.bodies("b").empty());
    desk.answer({.body = "two"});
    EXPECT_EQ(desk.bodies("a"), Bodies{"one"});
    EXPECT_EQ(desk.bodies("b"), Bodies{"two"});
}

TEST(SharedAnswers, CountTheirFreshTimeFromTheAnswer) {
    Desk desk(500ms);
    desk.ask("a");
    std::this_thread::sleep_for(550ms);
    desk.ask("b");
    EXPECT_EQ(desk.submitted.size(), 1U) << "however long it takes, it is asked once";
    desk.answer({.body = "one"});
    desk.ask("c");
    EXPECT_EQ(desk.bodies("c"), Bodies{"one"});
}

TEST(SharedAnswers, DoNotKeepErrors) {
    for (const int status : {404, 409, 500, 503}) {
        Desk desk(10min);
        desk.ask("a");
        desk.ask("b");
        desk.answer({.status = status, .body = "bad"});
        EXPECT_EQ(desk.bodies("a"), Bodies{"bad"}) << status;
        EXPECT_EQ(desk.bodies("b"), Bodies{"bad"}) << status;
        desk.ask("c");
        ASSERT_EQ(desk.submitted.size(), 1U) << status;
        desk.answer({.body = "good"});
        EXPECT_EQ(desk.bodies("c"), Bodies{"good"});
    }
}

TEST(SharedAnswers, DoNotGoBackToAnOldAnswerAfterAnError) {
    Desk desk(20ms);
    desk.ask("a");
    desk.answer({.body = "old"});
    std::this_thread::sleep_for(30ms);
    desk.ask("b");
    desk.answer({.status = 503, .body = "bad"});
    desk.ask("c");
    EXPECT_EQ(desk.bodies("b"), Bodies{"bad"});
    EXPECT_TRUE(desk.bodies("c").empty());
    EXPECT_EQ(desk.submitted.size(), 1U);
}

TEST(SharedAnswers, TellAllWhoWaitWhenTheQuestionIsLost) {
    Desk desk(10min);
    desk.ask("a");
    desk.ask("b");
    desk.submitted.clear();
    for (const char* name : {"a", "b"}) {
        ASSERT_EQ(desk.recorder.of(name).answers.size(), 1U) << name;
        EXPECT_EQ(desk.recorder.of(name).answers[0].status, 503);
    }
    desk.ask("c");
    EXPECT_EQ(desk.submitted.size(), 1U) << "the next one asks again";
}

TEST(SharedAnswers, DoNotMixQuestions) {
    Desk desk(10min);
    desk.ask("a", "7", "get_event");
    desk.ask("b", "8", "get_event");
    desk.ask("c", "7", "list_slots");
    ASSERT_EQ(desk.submitted.size(), 3U);
    for (const char* body : {"one", "two", "three"}) {
        desk.answer({.body = body});
    }
    EXPECT_EQ(desk.bodies("a"), Bodies{"one"});
    EXPECT_EQ(desk.bodies("b"), Bodies{"two"});
    EXPECT_EQ(desk.bodies("c"), Bodies{"three"});
}

TEST(SharedAnswers, TellNullFromTheEmptyTextAndOneValueFromTheNext) {
    Desk desk(10min);
    const std::vector<std::vector<Value>> questions{{{}, {}, "50"}, {"", {}, "50"},  {"=", {}, "50"}, {{}, "", "50"},
                                                    {"a", {}, "b"}, {"a=", {}, "b"}, {"a", "", "b"},  {"a=b", {}, {}}};
    for (std::size_t at = 0; at < questions.size(); ++at) {
        Call call{.route = &route_of("list_events"),
                  .values = questions[at],
                  .path = "/v1/events",
                  .order = {},
                  .respondent = desk.recorder.respondent(std::to_string(at))};
        desk.shared->ask(std::move(call), [&](Call first) { desk.submitted.push_back(std::move(first)); });
        EXPECT_EQ(desk.submitted.size(), at + 1);
    }
}

TEST(SharedAnswers, RememberOnlySoManyAndStillAnswerTheRest) {
    Desk desk(10min);
    constexpr int many = 1000;
    for (int id = 0; id < many; ++id) {
        desk.ask("first " + std::to_string(id), std::to_string(id));
    }
    ASSERT_EQ(desk.submitted.size(), static_cast<std::size_t>(many));
    for (int id = 0; id < many; ++id) {
        desk.answer({.body = std::to_string(id)});
    }
    for (int id = 0; id < many; ++id) {
        desk.ask("second " + std::to_string(id), std::to_string(id));
    }
    EXPECT_EQ(desk.submitted.size(), static_cast<std::size_t>(many - 256)) << "256 were remembered";
    while (!desk.submitted.empty()) {
        const std::string id = *desk.submitted[0].values[0];
        desk.answer({.body = id});
    }
    for (int id = 0; id < many; ++id) {
        EXPECT_EQ(desk.bodies("first " + std::to_string(id)), Bodies{std::to_string(id)});
        EXPECT_EQ(desk.bodies("second " + std::to_string(id)), Bodies{std::to_string(id)});
    }
}

TEST(SharedAnswers, AreOneForAllWhoWaitHoweverManyQuestionsThereAre) {
    Desk desk(10min);
    for (int id = 0; id < 1000; ++id) {
        desk.ask("flood " + std::to_string(id), std::to_string(id));
    }
    desk.ask("a", "what all want");
    desk.ask("b", "what all want");
    EXPECT_EQ(desk.submitted.size(), 1001U) << "the second waits for the first";
    while (!desk.submitted.empty()) {
        desk.answer({.body = *desk.submitted[0].values[0]});
    }
    EXPECT_EQ(desk.bodies("a"), Bodies{"what all want"});
    EXPECT_EQ(desk.bodies("b"), Bodies{"what all want"});
}

TEST(SharedAnswers, MakeRoomWhenTheyAreNotFreshAnyMore) {
    Desk desk(1ms);
    for (int id = 0; id < 300; ++id) {
        desk.ask("first", std::to_string(id));
    }
    while (!desk.submitted.empty()) {
        desk.answer({});
    }
    std::this_thread::sleep_for(5ms);
    desk.ask("a", "1000");
    desk.ask("b", "1000");
    EXPECT_EQ(desk.submitted.size(), 1U) << "it is remembered again who asks what";
}

TEST(SharedAnswers, OutliveTheirOwnerWhileSomethingIsUnderWay) {
    Desk desk(10min);
    desk.ask("a");
    desk.shared.reset();
    desk.answer({.body = "one"});
    EXPECT_EQ(desk.bodies("a"), Bodies{"one"});
}

TEST(SharedAnswers, AnswerEveryoneOnceWhenManyThreadsAsk) {
    constexpr int threads = 8;
    constexpr int questions = 2000; // of each thread
    Recorder recorder;
    std::atomic<int> asked = 0;
    const auto shared = std::make_shared<SharedAnswers>(1ms);
    std::mutex mutex;
    std::vector<Call> submitted;
    std::atomic<bool> over = false;
    std::thread database([&] {
        for (int number = 0; !over; ++number) {
            std::vector<Call> calls;
            {
                const std::lock_guard lock(mutex);
                calls.swap(submitted);
            }
            for (Call& call : calls) {
                if (number % 7 == 0) {
                    call.respondent.reset(); // lost
                } else {
                    call.respondent->answer({.status = number % 5 == 0 ? 503 : 200, .body = *call.values[0]}, "");
                }
            }
            std::this_thread::yield();
        }
    });
    std::vector<std::thread> crowd;
    for (int thread = 0; thread < threads; ++thread) {
        crowd.emplace_back([&, thread] {
            for (int number = 0; number < questions; ++number) {
                const std::string id = std::to_string(number % 3);
                Call call{.route = &route_of("get_event"),
                          .values = {id},
                          .path = "/v1/events/" + id,
                          .order = {},
                          .respondent = recorder.respondent(std::to_string(thread) + "/" + std::to_string(number))};
                shared->ask(std::move(call), [&](Call first) {
                    ++asked;
                    const std::lock_guard lock(mutex);
                    submitted.push_back(std::move(first));
                });
            }
        });
    }
    for (std::thread& thread : crowd) {
        thread.join();
    }
    const auto everyone_left = [&] {
        for (int thread = 0; thread < threads; ++thread) {
            if (recorder.of(std::to_string(thread) + "/" + std::to_string(questions - 1)).gone == 0) {
                return false;
            }
        }
        const std::lock_guard lock(mutex);
        return submitted.empty();
    };
    for (int tries = 0; tries < 1000 && !everyone_left(); ++tries) {
        std::this_thread::sleep_for(5ms);
    }
    over = true;
    database.join();
    for (int thread = 0; thread < threads; ++thread) {
        for (int number = 0; number < questions; ++number) {
            const Recorder::Entry entry = recorder.of(std::to_string(thread) + "/" + std::to_string(number));
            ASSERT_EQ(entry.answers.size(), 1U) << thread << "/" << number;
            ASSERT_EQ(entry.gone, 1);
            const Answer& answer = entry.answers[0];
            ASSERT_TRUE(answer.status == 503 || answer.body == std::to_string(number % 3)) << answer.body;
        }
    }
    EXPECT_LT(asked, threads * questions) << "at least some shared an answer";
}

} // namespace
} // namespace boxoffice::api::testing
