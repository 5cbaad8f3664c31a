// Problems (RFC 9457) and entity tags (RFC 9110): every member is there, and nothing of the server's own where it may not.
#include "answers/answer.h"

#include "recorder.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

namespace boxoffice::api::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string member(const Answer& answer, const char* name) {
    const rapidjson::Document body = read_json(answer.body);
    const auto found = body.FindMember(name);
    return found == body.MemberEnd() ? "none" : json_text(found->value);
}

// What an SQL error with all its texts becomes.
Answer sql_answer(std::string_view sqlstate) {
    return sql_problem(small_catalogue(), sqlstate, "the message", "The detail.", "The hint.");
}

TEST(Problems, HaveAllTheirMembers) {
    const Answer answer = problem(404, "there is \"nothing\"\n here");
    EXPECT_EQ(answer.body,
              R"({"type":"about:blank","title":"Not Found","status":404,"detail":"there is \"nothing\"\n here"})");
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.media_type, "application/problem+json");
    EXPECT_EQ(answer.outcome, "");
    EXPECT_EQ(answer.retry_after_seconds, 0);
}

TEST(Problems, HaveTheTitleOfTheirStatus) {
    for (const auto& [status, title] :
         {std::pair(400, "Bad Request"), std::pair(401, "Unauthorized"), std::pair(402, "Payment Required"),
          std::pair(403, "Forbidden"), std::pair(404, "Not Found"), std::pair(405, "Method Not Allowed"),
          std::pair(409, "Conflict"), std::pair(410, "Gone"), std::pair(413, "Content Too Large"),
          std::pair(415, "Unsupported Media Type"), std::pair(422, "Unprocessable Content"),
          std::pair(429, "Too Many Requests"), std::pair(500, "Internal Server Error"),
          std::pair(503, "Service Unavailable")}) {
        EXPECT_EQ(title_of(status), title);
    }
    EXPECT_EQ(title_of(418), "Error");
}

TEST(Problems, SayWhenToTryAgainOnlyWhereItHelps) {
    const Answer busy = problem(503, "busy", 3);
    EXPECT_EQ(busy.retry_after_seconds, 3);
    EXPECT_EQ(member(busy, "retry_after"), "3");
    EXPECT_EQ(member(problem(503, "busy"), "retry_after"), "none");
}

TEST(Problems, AskForATokenOnlyWith401) {
    EXPECT_EQ(problem(401, "who?").challenge, "Bearer realm=\"boxoffice\"");
    EXPECT_EQ(problem(403, "no").challenge, "");
    EXPECT_EQ(problem(400, "no").challenge, "");
}

TEST(Refusals, NameTheirOutcomeAndLeadToItsDescription) {
    const Answer answer = refusal(small_catalogue().outcome("seat_taken"), "", "");
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.outcome, "seat_taken");
    EXPECT_EQ(answer.media_type, "application/problem+json");
    EXPECT_EQ(answer.body, R"({"type":"/docs/outcomes#seat_taken","title":"A seat is held or sold.","status":409,)"
                           R"("detail":"A seat is held or sold.","outcome":"seat_taken"})");
    EXPECT_EQ(answer.retry_after_seconds, 0);
}

TEST(Refusals, CarryTheMembersThatExplainThem) {
    const Answer answer =
        refusal(small_catalogue().outcome("seat_taken"), "seat 3", R"("refused_seat_ids":[3],"balance":-1)");
    EXPECT_EQ(member(answer, "refused_seat_ids"), "[3]");
    EXPECT_EQ(member(answer, "balance"), "-1");
    EXPECT_EQ(member(answer, "detail"), "\"seat 3\"");
    EXPECT_EQ(member(answer, "outcome"), "\"seat_taken\"");
}

TEST(Refusals, ThatMayPassSayWhenToTryAgain) {
    const Answer answer = refusal(small_catalogue().outcome("queue_full"), "", R"("x":1)");
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.retry_after_seconds, 1);
    EXPECT_EQ(member(answer, "retry_after"), "1");
    EXPECT_EQ(member(answer, "x"), "1");
}

TEST(Refusals, OfAnOutcomeThatIsNotKnownAreFinalConflicts) {
    const Outcome outcome = small_catalogue().outcome("brand_new");
    EXPECT_EQ(outcome.http_status, 409);
    EXPECT_FALSE(outcome.retryable);
    const Answer answer = refusal(outcome, "", "");
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.outcome, "brand_new");
    EXPECT_EQ(member(answer, "title"), "\"brand_new\"");
    EXPECT_EQ(answer.retry_after_seconds, 0);
}

TEST(SqlErrors, OfConflictAndTimeAre503AndMayBeSentAgain) {
    for (const std::string state : {"40001", "40P01", "55P03", "57014"}) {
        const Answer answer = sql_answer(state);
        EXPECT_EQ(answer.status, 503) << state;
        EXPECT_GT(answer.retry_after_seconds, 0) << state;
        EXPECT_THAT(member(answer, "detail"), HasSubstr("too busy")) << state;
    }
}

TEST(SqlErrors, OfAServerThatCannotAre503AndMayBeSentAgain) {
    for (const std::string state : {"", "08000", "08003", "08006", "08P01", "53000", "53100", "53200", "53300", "53400",
                                    "57P01", "57P02", "57P03", "57P04", "57P05", "25006"}) {
        const Answer answer = sql_answer(state);
        EXPECT_EQ(answer.status, 503) << state;
        EXPECT_GT(answer.retry_after_seconds, 0) << state;
        EXPECT_THAT(member(answer, "detail"), HasSubstr("cannot do this at this moment")) << state;
    }
}

TEST(SqlErrors, OfADuplicateAre409) {
    const Answer answer = sql_answer("23505");
    EXPECT_EQ(answer.status, 409);
    EXPECT_THAT(answer.body, HasSubstr("the message"));
    EXPECT_EQ(answer.retry_after_seconds, 0);
}

TEST(SqlErrors, OfWhatWasSentAre400AndSayWhatIsWrong) {
    for (const std::string state :
         {"22000", "22003", "22007", "22008", "22023", "22P02", "23000", "23502", "23503", "23514", "23P01"}) {
        const Answer answer = sql_answer(state);
        EXPECT_EQ(answer.status, 400) << state;
        EXPECT_EQ(member(answer, "detail"), "\"the message. The detail. The hint.\"") << state;
    }
    EXPECT_EQ(member(sql_problem({}, "22023", "bad", "", ""), "detail"), "\"bad\"");
    EXPECT_EQ(member(sql_problem({}, "22023", "bad", "", "Do."), "detail"), "\"bad. Do.\"");
}

TEST(SqlErrors, OfWhatTheRoleMayNotDoAre403AndSayWhoCanChangeIt) {
    const Answer answer = sql_answer("42501");
    EXPECT_EQ(answer.status, 403);
    EXPECT_THAT(answer.body, ::testing::HasSubstr("boxoffice.grant_access"));
    EXPECT_THAT(answer.body, ::testing::Not(::testing::HasSubstr("the message")));
}

TEST(SqlErrors, OfAnyOtherKindAre500) {
    for (const std::string state : {"42883", "42P01", "XX000", "XX001", "P0001", "25P02", "26000", "0A000", "54000",
                                    "57000", "55000", "21000", "40002", "TK999", "25001"}) {
        const Answer answer = sql_answer(state);
        EXPECT_EQ(answer.status, 500) << state;
        EXPECT_EQ(answer.retry_after_seconds, 0) << state;
    }
}

TEST(SqlErrors, OfTheServersOwnAffairsKeepItsTextsToThemselves) {
    for (const std::string state : {"40001", "57014", "53300", "57P03", "25006", "08006", "", "42P01", "XX000"}) {
        const Answer answer = sql_answer(state);
        for (const char* text : {"the message", "The detail", "The hint"}) {
            EXPECT_THAT(answer.body, Not(HasSubstr(text))) << state;
        }
        for (const char* name : {"type", "title", "status", "detail"}) {
            EXPECT_NE(member(answer, name), "none") << state;
        }
    }
}

TEST(SqlErrors, ThatAreOutcomesAreTheirRefusals) {
    const Answer answer = sql_answer("TK001");
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.outcome, "seat_taken");
    EXPECT_EQ(member(answer, "detail"), "\"the message\"");
    EXPECT_GT(sql_answer("TK002").retry_after_seconds, 0);
}

TEST(EntityTags, AreStrongQuotedAndOfTheBody) {
    const std::string tag = entity_tag_of("{}");
    ASSERT_EQ(tag.size(), 18U);
    EXPECT_EQ(tag.front(), '"');
    EXPECT_EQ(tag.find_first_not_of("0123456789abcdef", 1), 17U);
    EXPECT_EQ(tag, entity_tag_of("{}"));
    EXPECT_NE(tag, entity_tag_of("{ }"));
    EXPECT_EQ(entity_tag_of(""), "\"cbf29ce484222325\"") << "FNV-1a, as published";
    EXPECT_EQ(entity_tag_of("a"), "\"af63dc4c8601ec8c\"");
    EXPECT_EQ(entity_tag_of("foobar"), "\"85944171f73967e8\"");
}

TEST(IfNoneMatch, NamesATagAloneInAListOrWeakly) {
    const std::string tag = "\"0123456789abcdef\"";
    for (const std::string& header : {tag, "W/" + tag, "\"x\", " + tag, tag + ",\"x\"", "\"x\",W/" + tag + " , \"y\"",
                                      std::string("*"), " " + tag, "\"with, comma\", " + tag}) {
        EXPECT_TRUE(matches(header, tag)) << header;
    }
    for (const std::string& header :
         {std::string(), std::string("\"x\""), std::string("0123456789abcdef"), std::string("\"0123456789ABCDEF\""),
          std::string("\"0123456789abcde\""), std::string("\"0123456789abcdef0\""), std::string("\"*\""),
          std::string("\"00123456789abcdef\""), std::string("W/\"x\", \"y\"")}) {
        EXPECT_FALSE(matches(header, tag)) << header;
    }
}

} // namespace
} // namespace boxoffice::api::testing
