// From a request to the values of its function: each from its place, in the order of the row, and complaints that name
// what is wrong.
#include "routes/parameters.h"

#include "answers/answer.h"
#include "recorder.h"
#include "routes/shape.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

namespace boxoffice::api::testing {
namespace {

using ::testing::HasSubstr;
using Values = std::vector<Value>;

constexpr const char* some_uuid = "01234567-89ab-cdef-0123-456789abcdef";

// What one request is made of.
struct Sent {
    Pairs query = {};
    std::vector<std::string> path_values = {};
    Caller caller = {};
    std::optional<std::string> queue_token = {};
    std::optional<std::string> idempotency_key = {};
    std::string body = {};
};

Values values_of(const Route& route, const Sent& sent) {
    Request request;
    request.query = sent.query;
    request.queue_token = sent.queue_token;
    request.idempotency_key = sent.idempotency_key;
    Parts parts{.request = request, .path_values = sent.path_values, .caller = sent.caller};
    if (!sent.body.empty()) {
        parts.body = read_json(sent.body);
    }
    return parameters_of(route, parts);
}

// Why it is refused, and with 400; empty: it is not.
std::string complaint(const Route& route, const Sent& sent) {
    try {
        values_of(route, sent);
    } catch (const Problem& problem) {
        EXPECT_EQ(problem.status, 400) << problem.what();
        return problem.what();
    }
    return "";
}

// A row that reads these from the body.
Route reading(std::vector<Parameter> parameters) {
    return {.method = Method::post,
            .path = "/made-up",
            .function = "f",
            .summary = "",
            .who = Who::anyone,
            .lane = LaneKind::read,
            .parameters = std::move(parameters)};
}

Parameter member(std::string_view name, Type type, bool required = true, std::string_view preset = {}) {
    return {name, type, From::body, required, preset};
}

TEST(Parameters, ComeInTheOrderOfTheRowEachFromItsPlace) {
    const Values values = values_of(route_of("hold_seats"), {.path_values = {"7"},
                                                             .caller = {.user = "dana"},
                                                             .queue_token = some_uuid,
                                                             .idempotency_key = "key",
                                                             .body = R"({"seat_ids":[3,4]})"});
    EXPECT_EQ(values, (Values{"7", "dana", "{3,4}", some_uuid, "key"}));
}

TEST(Parameters, OfTheJwtCannotBeGivenOtherwise) {
    const Sent sent{.path_values = {"3"}, .caller = {.user = "dana", .queue_priority = 2}};
    EXPECT_EQ(values_of(route_of("join_queue"), sent), (Values{"3", "dana", "2"}));
    Sent forged = sent;
    forged.body = R"({"priority":3})";
    EXPECT_THAT(complaint(route_of("join_queue"), forged), HasSubstr("\"priority\""));
    forged.body = R"({"user_id":"erin"})";
    EXPECT_THAT(complaint(route_of("join_queue"), forged), HasSubstr("\"user_id\""));
    forged = sent;
    forged.query = {{"priority", "3"}};
    EXPECT_THAT(complaint(route_of("join_queue"), forged), HasSubstr("\"priority\""));
}

TEST(Parameters, OfTheHouseNameNoUser) {
    const Caller dana{.user = "dana"};
    const Caller root{.user = "root", .administrator = true};
    const Route& read = route_of("get_reservation");
    const Route& cancel = route_of("cancel_reservation");
    EXPECT_EQ(values_of(read, {.path_values = {"3"}, .caller = dana}), (Values{"3", "dana", "false"}));
    EXPECT_EQ(values_of(read, {.path_values = {"3"}, .caller = root}), (Values{"3", std::nullopt, "true"}));
    EXPECT_EQ(values_of(cancel, {.path_values = {"3"}, .caller = dana}), (Values{"3", "dana", "false", std::nullopt}));
    EXPECT_EQ(values_of(cancel, {.path_values = {"3"}, .caller = root}),
              (Values{"3", std::nullopt, "true", std::nullopt}));
    // whose it is is not looked at, so it may not be said
    for (const Caller& caller : {dana, root}) {
        EXPECT_THAT(complaint(read, {.query = {{"user_id", "erin"}}, .path_values = {"3"}, .caller = caller}),
                    HasSubstr("\"user_id\""));
        EXPECT_THAT(complaint(cancel, {.query = {{"user_id", "erin"}}, .path_values = {"3"}, .caller = caller}),
                    HasSubstr("\"user_id\""));
        EXPECT_THAT(complaint(cancel, {.path_values = {"3"}, .caller = caller, .body = R"({"user_id":"erin"})"}),
                    HasSubstr("\"user_id\""));
    }
}

TEST(Parameters, OfAQueryAreThereOnce) {
    const Route& events = route_of("list_events");
    EXPECT_EQ(complaint(events, {.query = {{"query", "a"}, {"max_rows", "1"}}}), "");
    for (const char* second : {"b", "a", ""}) {
        EXPECT_EQ(complaint(events, {.query = {{"query", "a"}, {"max_rows", "1"}, {"query", second}}}),
                  "the parameter \"query\" is in this address more than once");
    }
    EXPECT_THAT(complaint(route_of("available_seats"),
                          {.query = {{"available", "true"}, {"available", "false"}}, .path_values = {"7"}}),
                HasSubstr("\"available\""))
        << "also what only tells routes apart";
}

TEST(Parameters, OfWritesHaveAKeyOnlyWhereItIsLookedAt) {
    for (const Route& route : routes()) {
        const bool takes = std::any_of(route.parameters.begin(), route.parameters.end(),
                                       [](const Parameter& each) { return each.from == From::idempotency_key_header; });
        Sent sent{.path_values = {"1", "1"}, .caller = {.user = "dana"}, .idempotency_key = "k"};
        sent.queue_token = some_uuid;
        const bool is_refused = complaint(route, sent).starts_with("the header Idempotency-Key is not taken");
        EXPECT_EQ(is_refused, route.method != Method::get && !takes) << route.function;
        sent.idempotency_key.reset();
        EXPECT_THAT(complaint(route, sent), ::testing::Not(HasSubstr("Idempotency-Key"))) << route.function;
    }
}

TEST(Parameters, OfEveryTypeAreReadFromTheBody) {
    const Route route = reading({member("a", Type::id), member("b", Type::integer), member("c", Type::amount),
                                 member("d", Type::number), member("e", Type::text), member("f", Type::time),
                                 member("g", Type::interval), member("h", Type::object), member("i", Type::integers),
                                 member("j", Type::uuid), member("k", Type::boolean), member("l", Type::prices),
                                 member("m", Type::prices)});
    EXPECT_EQ(values_of(route, {.body = R"({"a":1,"b":-2,"c":3,"d":4.5,"e":"x","f":"2027-01-31T20:00:00Z","g":"PT5M",
                                            "h":{"k":1},"i":[1,2],"j":"01234567-89ab-cdef-0123-456789abcdef",
                                            "k":false,"l":4500,"m":{"A":1}})"}),
              (Values{"1", "-2", "3", "4.5", "x", "2027-01-31T20:00:00Z", "PT5M", R"({"k":1})", "{1,2}", some_uuid,
                      "false", "4500", R"({"A":1})"}));
}

TEST(Parameters, OfAWrongShapeAreNamedWithTheRightOne) {
    for (const Type type : {Type::id, Type::integer, Type::amount, Type::number, Type::text, Type::time, Type::interval,
                            Type::object, Type::integers, Type::uuid, Type::prices}) {
        EXPECT_THAT(complaint(reading({member("thing", type)}), {.body = R"({"thing":true})"}),
                    HasSubstr("\"thing\" must be " + std::string(description(type))));
    }
    EXPECT_EQ(complaint(reading({member("thing", Type::integers)}), {.body = R"({"thing":["1"]})"}),
              "\"thing\" must be a list of whole numbers");
    EXPECT_EQ(complaint(route_of("get_event"), {.path_values = {"abc"}}),
              "\"event_id\" must be a whole number from 0 to 9007199254740991");
    for (const std::string text : {"07", "-0", "+7"}) {
        EXPECT_THAT(complaint(route_of("seat_map"), {.path_values = {text}}), HasSubstr("\"slot_id\" must be"));
        EXPECT_THAT(complaint(route_of("list_events"), {.query = {{"before_id", text}}}), HasSubstr("\"before_id\""));
    }
    EXPECT_EQ(complaint(route_of("list_events"), {.query = {{"max_rows", ""}}}),
              "\"max_rows\" must be a whole number from 1 to 1000");
}

TEST(Parameters, ThatAreRequiredMustBeThere) {
    const Route route = reading({member("count", Type::integer), member("name", Type::text)});
    const std::string expected = "\"count\" is missing in the body; it must be a whole number";
    EXPECT_EQ(complaint(route, {}), expected);
    EXPECT_EQ(complaint(route, {.body = "{}"}), expected);
    EXPECT_EQ(complaint(route, {.body = R"({"name":"x"})"}), expected);
    EXPECT_EQ(complaint(route, {.body = R"({"count":null,"name":"x"})"}), expected) << "null is missing, too";
    EXPECT_THAT(complaint(route, {.body = R"({"count":1})"}), HasSubstr("\"name\" is missing"));
}

TEST(Parameters, ThatAreMissingTakeTheirPresetOrNull) {
    const Route route = reading({member("hold_for", Type::interval, false, "PT5M"), member("x", Type::text, false)});
    EXPECT_EQ(values_of(route, {}), (Values{"PT5M", std::nullopt}));
    EXPECT_EQ(values_of(route, {.body = "{}"}), (Values{"PT5M", std::nullopt}));
    EXPECT_EQ(values_of(route, {.body = R"({"hold_for":null,"x":null})"}), (Values{"PT5M", std::nullopt}));
    EXPECT_EQ(values_of(route, {.body = R"({"hold_for":"PT1M","x":""})"}), (Values{"PT1M", ""}));
    EXPECT_EQ(values_of(route_of("list_events"), {}), (Values{std::nullopt, std::nullopt, "50"}));
}

TEST(Parameters, OfTheQueryAreReadByName) {
    EXPECT_EQ(values_of(route_of("list_events"), {.query = {{"max_rows", "7"}, {"query", "a b"}, {"before_id", "12"}}}),
              (Values{"a b", "12", "7"}));
    EXPECT_EQ(values_of(route_of("list_events"), {.query = {{"query", ""}}}), (Values{"", std::nullopt, "50"}));
}

TEST(Parameters, ThatNobodyReadsAreMisspelt) {
    EXPECT_THAT(complaint(route_of("list_events"), {.query = {{"max_row", "7"}}}), HasSubstr("\"max_row\""));
    EXPECT_THAT(complaint(route_of("list_events"), {.query = {{"", ""}}}), HasSubstr("\"\""));
    EXPECT_THAT(complaint(route_of("list_events"), {.query = {{"user_id", "x"}}}), HasSubstr("\"user_id\""));
    EXPECT_EQ(complaint(reading({member("a", Type::id)}), {.body = R"({"a":1,"":2})"}),
              "the body must not have a member \"\"");
    EXPECT_THAT(complaint(route_of("get_event"), {.query = {{"event_id", "8"}}, .path_values = {"7"}}),
                HasSubstr("\"event_id\""))
        << "it is read from the path";
    EXPECT_EQ(complaint(reading({member("a", Type::id)}), {.body = R"({"a":1,"A":2})"}),
              "the body must not have a member \"A\"");
    EXPECT_THAT(complaint(route_of("get_event"), {.path_values = {"7"}, .body = R"({"event_id":8})"}),
                HasSubstr("\"event_id\""));
}

TEST(Parameters, OfASiblingMayBeThere) {
    const Sent available{.query = {{"available", "false"}}, .path_values = {"7"}};
    EXPECT_EQ(values_of(route_of("seat_map"), available), Values{"7"});
    EXPECT_EQ(values_of(route_of("available_seats"), available), Values{"7"});
    EXPECT_THAT(complaint(route_of("get_event"), available), HasSubstr("\"available\"")) << "another path has none";
}

TEST(Parameters, OfHeadersAreNamedByTheirHeader) {
    EXPECT_EQ(values_of(route_of("queue_status"), {.queue_token = some_uuid}), Values{some_uuid});
    EXPECT_THAT(complaint(route_of("queue_status"), {.queue_token = "x"}),
                HasSubstr("the header Queue-Token must be a UUID"));
    EXPECT_THAT(complaint(route_of("queue_status"), {.queue_token = ""}), HasSubstr("Queue-Token"));
    const auto pay = [](std::optional<std::string> key) {
        return Sent{.path_values = {"9"}, .caller = {.user = "dana"}, .idempotency_key = std::move(key)};
    };
    EXPECT_EQ(values_of(route_of("pay_reservation"), pay(std::nullopt)),
              (Values{"9", "dana", std::nullopt, std::nullopt}));
    EXPECT_EQ(values_of(route_of("pay_reservation"), pay("k")), (Values{"9", "dana", "k", std::nullopt}));
    const std::string longest(255, 'k');
    EXPECT_EQ(values_of(route_of("pay_reservation"), pay(longest)), (Values{"9", "dana", longest, std::nullopt}));
    EXPECT_EQ(complaint(route_of("pay_reservation"), pay(longest + "k")),
              "the header Idempotency-Key must be a text in UTF-8 of 1 to 255 characters, without NUL");
    std::string umlauts;
    for (int characters = 0; characters < 255; ++characters) {
        umlauts += "ü";
    }
    EXPECT_EQ(complaint(route_of("pay_reservation"), pay(umlauts)), "") << "characters are counted, not bytes";
    EXPECT_THAT(complaint(route_of("pay_reservation"), pay(umlauts + "ü")), HasSubstr("255 characters"));
    EXPECT_THAT(complaint(route_of("pay_reservation"), pay("")), HasSubstr("Idempotency-Key"));
    EXPECT_THAT(complaint(route_of("pay_reservation"), pay("\xff")),
                HasSubstr("the header Idempotency-Key must be a text"));
}

// A body as read_body() gets it.
Request with_body(std::string body, std::optional<std::string> content_type = {}) {
    Request request;
    request.body = std::move(body);
    request.content_type = std::move(content_type);
    return request;
}

TEST(Body, IsAnObjectOrNotThere) {
    EXPECT_FALSE(read_body(Request()));
    const auto body = read_body(with_body(R"({"a":1})"));
    ASSERT_TRUE(body);
    EXPECT_EQ((*body)["a"].GetInt(), 1);
    for (const std::string text : {"[]", "1", "null", "\"x\"", " ", "{", "{}x", R"({"a":1,"a":2})"}) {
        try {
            read_body(with_body(text));
            ADD_FAILURE() << text;
        } catch (const Problem& problem) {
            EXPECT_EQ(problem.status, 400) << text;
            EXPECT_THAT(problem.what(), HasSubstr("the body ")) << text;
        }
    }
}

TEST(Body, IsNotEncoded) {
    for (const std::string encoding : {"gzip", "GZIP", "br", "deflate, gzip", "identity, gzip", "zstd"}) {
        Request request = with_body("{}");
        request.content_encoding = encoding;
        try {
            read_body(request);
            ADD_FAILURE() << encoding;
        } catch (const Problem& problem) {
            EXPECT_EQ(problem.status, 415) << encoding;
            EXPECT_THAT(problem.what(), HasSubstr("Content-Encoding")) << encoding;
        }
    }
    for (const std::string encoding : {"", "identity", "Identity"}) {
        Request request = with_body("{}");
        request.content_encoding = encoding;
        EXPECT_TRUE(read_body(request)) << encoding;
    }
}

// Every parameter of a write is one that its function takes, as far as a shape can tell.
TEST(Parameters, OfEveryWriteHaveTheLimitsOfTheirFunction) {
    for (const Route& route : routes()) {
        for (const Parameter& parameter : route.parameters) {
            const bool chosen = parameter.from == From::body || parameter.from == From::idempotency_key_header;
            const bool bounded = parameter.type == Type::integer || parameter.type == Type::amount ||
                                 parameter.type == Type::integers || parameter.type == Type::text;
            if (route.lane == LaneKind::write && chosen && bounded && parameter.name != "category") {
                EXPECT_TRUE(parameter.range) << route.function << ": " << parameter.name;
            }
        }
    }
}

TEST(Body, IsJsonAlsoByItsMediaType) {
    for (const std::string type :
         {"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8", "Application/JSON",
          "application/json ; charset=utf-8"}) {
        EXPECT_TRUE(read_body(with_body("{}", type))) << type;
    }
    for (const std::string type : {"", "text/plain", "text/json", "application/x-www-form-urlencoded",
                                   "application/jsonlines", "application/json-patch+json", "json"}) {
        try {
            read_body(with_body("{}", type));
            ADD_FAILURE() << type;
        } catch (const Problem& problem) {
            EXPECT_EQ(problem.status, 415) << type;
        }
    }
    EXPECT_TRUE(read_body(with_body("{}"))) << "who does not say means JSON";
    EXPECT_FALSE(read_body(with_body("", "text/plain"))) << "where there is no body, its type does not matter";
}

} // namespace
} // namespace boxoffice::api::testing
