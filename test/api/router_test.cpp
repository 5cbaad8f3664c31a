// The table of routes: every row is found by its own address and by no other, and what the rows say fits together.
#include "routes/router.h"

#include "routes/shape.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <tuple>

namespace boxoffice::api {
namespace {

std::string label(const Route& route) {
    return std::string(name_of(route.method)) + " " + std::string(route.path) + " -> " + std::string(route.function);
}

// The functions of the rows that a request may mean.
std::vector<std::string_view> functions(const Match& match) {
    std::vector<std::string_view> names;
    for (const Route* route : match.candidates) {
        names.push_back(route->function);
    }
    return names;
}

using Names = std::vector<std::string_view>;
using Texts = std::vector<std::string>;

bool reads(const Route& route, From from) {
    return std::any_of(route.parameters.begin(), route.parameters.end(),
                       [&](const Parameter& parameter) { return parameter.from == from; });
}

bool has_parameter(const Route& route, std::string_view name) {
    return std::any_of(route.parameters.begin(), route.parameters.end(),
                       [&](const Parameter& parameter) { return parameter.name == name; });
}

TEST(Router, FindsEveryRowByItsOwnPath) {
    for (const Route& route : routes()) {
        int number = 100;
        Texts ids;
        const std::string path = filled(route.path, [&](std::string_view) {
            ids.push_back(std::to_string(++number));
            return ids.back();
        });
        const Match found = match(route.method, path);
        EXPECT_EQ(std::count(found.candidates.begin(), found.candidates.end(), &route), 1) << label(route);
        EXPECT_EQ(found.path_values, ids) << label(route);
        EXPECT_EQ(found.allowed, "") << label(route);
        for (const Route* candidate : found.candidates) {
            EXPECT_EQ(candidate->path, route.path) << "nothing else answers at " << path;
            EXPECT_EQ(candidate->method, route.method);
        }
    }
}

TEST(Router, TakesAnIdAsItIsSent) {
    for (const std::string id : {"7", "-1", "abc", "%37", "7?", "{event_id}", "9007199254740993", ".", ".."}) {
        const Match found = match(Method::get, "/v1/events/" + id);
        EXPECT_EQ(functions(found), Names{"get_event"}) << id;
        EXPECT_EQ(found.path_values, Texts{id});
    }
}

TEST(Router, FindsNothingWhereASegmentIsEmpty) {
    for (const std::string path :
         {"/v1/events/", "/v1/events//slots", "//v1/events", "/v1//events", "/v1/events/7//", "/v1/events//7",
          "/v1/events/7/", "/v1/events/7/slots/", "/v1/events/7//slots", "/v1/queue-token/", "/v1/slots//seats"}) {
        for (const Method method : {Method::get, Method::post, Method::patch, Method::erase}) {
            const Match found = match(method, path);
            EXPECT_TRUE(found.candidates.empty()) << path << " is " << functions(found)[0];
            EXPECT_EQ(found.allowed, "") << path;
        }
    }
}

TEST(Router, FindsNothingByPartsOfAPathOrByMoreThanIt) {
    for (const std::string path : {"",
                                   "/",
                                   "v1/events",
                                   "*",
                                   "/v1",
                                   "/v1/",
                                   "/v1/event",
                                   "/v1/eventss",
                                   "/V1/events",
                                   "/v1/Events",
                                   "/v1/events/7/slots/8",
                                   "/v1/events/7/venue",
                                   "/v2/events",
                                   "/v1/slots/7/seat",
                                   "/v1/balance/entries/1",
                                   "/v1/reservations/7/payments",
                                   "/x/v1/events",
                                   "http://example.org/v1/events",
                                   "/v1/events?query=x",
                                   "/v1/events%2F7"}) {
        const Match found = match(Method::get, path);
        EXPECT_TRUE(found.candidates.empty()) << path;
    }
    EXPECT_EQ(match(Method::get, "/v1/nothing").allowed, "");
}

TEST(Router, SaysWhichMethodsAPathTakesInstead) {
    EXPECT_EQ(match(std::nullopt, "/v1/events/7/slots").allowed, "GET, HEAD, POST") << "a method that nobody knows";
    EXPECT_EQ(match(std::nullopt, "/v1/nothing").allowed, "");
    EXPECT_EQ(match(Method::patch, "/v1/queue-token").allowed, "GET, HEAD, DELETE");
    EXPECT_EQ(match(Method::post, "/v1/queue-token").allowed, "GET, HEAD, DELETE");
    EXPECT_EQ(match(Method::get, "/v1/queues/3/tokens").allowed, "POST");
    EXPECT_EQ(match(Method::erase, "/v1/events").allowed, "GET, HEAD, POST");
    EXPECT_EQ(match(Method::post, "/v1/events/7").allowed, "GET, HEAD, PATCH");
    EXPECT_EQ(match(Method::post, "/v1/slots/7").allowed, "GET, HEAD, PATCH");
    EXPECT_EQ(match(Method::post, "/v1/slots/7/seats").allowed, "GET, HEAD") << "once, though two rows have it";
    const Match found = match(Method::erase, "/v1/events");
    EXPECT_TRUE(found.candidates.empty());
    EXPECT_TRUE(found.path_values.empty());
}

TEST(Router, FindsBothRowsThatShareTheSeatsOfASlot) {
    const Match found = match(Method::get, "/v1/slots/7/seats");
    EXPECT_EQ(functions(found), (Names{"available_seats", "seat_map"}));
    EXPECT_EQ(found.path_values, Texts{"7"}) << "not once for each row";
}

Request with_query(Pairs query) {
    Request request;
    request.query = std::move(query);
    return request;
}

TEST(Choose, TellsTheRowsOfTheSeatsApartByTheQuery) {
    const Match found = match(Method::get, "/v1/slots/7/seats");
    const auto chosen = [&](Pairs query) {
        const Route* route = choose(found, with_query(std::move(query)), std::nullopt);
        return route == nullptr ? std::string_view("none") : route->function;
    };
    EXPECT_EQ(chosen({}), "seat_map");
    EXPECT_EQ(chosen({{"available", "true"}}), "available_seats");
    EXPECT_EQ(chosen({{"x", "1"}, {"available", "true"}}), "available_seats");
    EXPECT_EQ(chosen({{"available", "false"}}), "seat_map");
    EXPECT_EQ(chosen({{"available", ""}}), "seat_map");
    EXPECT_EQ(chosen({{"available", "TRUE"}}), "seat_map");
    EXPECT_EQ(chosen({{"Available", "true"}}), "seat_map");
    EXPECT_EQ(chosen({{"true", "available"}}), "seat_map");
}

Route conditional(Condition when) {
    return {.method = Method::post,
            .path = "/x",
            .function = "f",
            .summary = "",
            .who = Who::anyone,
            .lane = LaneKind::read,
            .parameters = {},
            .when = when};
}

TEST(Choose, TellsRowsApartByAMemberOfTheBody) {
    const Route with_quantity = conditional({From::body, "quantity", ""});
    const Route rest = conditional({});
    Match both;
    both.candidates = {&with_quantity, &rest};
    const Request request;
    EXPECT_EQ(choose(both, request, std::nullopt), &rest);
    EXPECT_EQ(choose(both, request, read_json(R"({"quantity":2})")), &with_quantity);
    EXPECT_EQ(choose(both, request, read_json(R"({"quantity":null,"a":1})")), &with_quantity);
    EXPECT_EQ(choose(both, request, read_json(R"({"a":{"quantity":2}})")), &rest);
    EXPECT_EQ(choose(both, with_query({{"quantity", "2"}}), std::nullopt), &rest) << "a query is no body";
}

TEST(Choose, TakesAnyValueWhereTheConditionNamesNone) {
    const Route near = conditional({From::query, "near", ""});
    Match alone;
    alone.candidates = {&near};
    EXPECT_EQ(choose(alone, with_query({{"near", "x"}}), std::nullopt), &near);
    EXPECT_EQ(choose(alone, with_query({{"near", ""}}), std::nullopt), &near);
    EXPECT_EQ(choose(alone, Request{}, std::nullopt), nullptr) << "no row is for the rest";
    EXPECT_EQ(choose(Match{}, Request{}, std::nullopt), nullptr);
}

TEST(Filled, PutsAValueInThePlaceOfEveryName) {
    const auto shout = [](std::string_view name) { return "<" + std::string(name) + ">"; };
    EXPECT_EQ(filled("/v1/slots/{slot_id}/seats", shout), "/v1/slots/<slot_id>/seats");
    EXPECT_EQ(filled("/{a}/{b}", shout), "/<a>/<b>");
    EXPECT_EQ(filled("{a}{b}", shout), "<a><b>");
    EXPECT_EQ(filled("/v1/queue-token", shout), "/v1/queue-token");
    EXPECT_EQ(filled("", shout), "");
    EXPECT_EQ(filled("/{a}", [](std::string_view) { return "{b}"; }), "/{b}") << "a value is not filled in its turn";
    EXPECT_EQ(filled("/{a}/x", [](std::string_view) { return ""; }), "//x");
}

TEST(NamesIn, GivesTheNamesOfAPathInOrder) {
    EXPECT_EQ(names_in("/v1/slots/{slot_id}/seats"), Names{"slot_id"});
    EXPECT_EQ(names_in("/{a}/x/{b}"), (Names{"a", "b"}));
    EXPECT_EQ(names_in("/v1/queue-token"), Names{});
    EXPECT_EQ(names_in(""), Names{});
}

TEST(RouteTable, HasEveryRowOnce) {
    std::set<std::tuple<Method, std::string_view, From, std::string_view, std::string_view>> seen;
    for (const Route& route : routes()) {
        const Condition when = route.when.name.empty() ? Condition{} : route.when;
        EXPECT_TRUE(seen.emplace(route.method, route.path, when.from, when.name, when.value).second) << label(route);
        EXPECT_FALSE(route.function.empty() || route.summary.empty()) << label(route);
    }
    std::set<std::string_view> called;
    for (const Route& route : routes()) {
        EXPECT_TRUE(called.insert(route.function).second) << label(route) << ": an operationId must be unique";
    }
}

// The router takes the first row that applies, and checks who asks by the last one before it knows the body.
TEST(RouteTable, HasTheRowForTheRestLastAndForTheSameCallers) {
    for (const Route& route : routes()) {
        std::vector<const Route*> siblings;
        for (const Route& each : routes()) {
            if (each.method == route.method && each.path == route.path) {
                siblings.push_back(&each);
                EXPECT_EQ(each.who, route.who) << label(each) << " and " << label(route);
            }
        }
        for (std::size_t at = 0; at < siblings.size(); ++at) {
            EXPECT_EQ(siblings[at]->when.name.empty(), at + 1 == siblings.size()) << label(*siblings[at]);
        }
    }
}

TEST(RouteTable, TakesEveryNameOfAPathAsAParameterFromThere) {
    for (const Route& route : routes()) {
        Names from_path;
        for (const Parameter& parameter : route.parameters) {
            if (parameter.from == From::path) {
                from_path.push_back(parameter.name);
            }
        }
        EXPECT_EQ(from_path, names_in(route.path)) << label(route) << ": also in that order";
    }
}

TEST(RouteTable, NamesInALocationWhatTheCallOrItsAnswerHas) {
    for (const Route& route : routes()) {
        for (const std::string_view name : names_in(route.location)) {
            const bool is_column = route.shape == Shape::value ? name == route.value_name : name.ends_with("_id");
            EXPECT_TRUE(has_parameter(route, name) || is_column) << label(route) << ": " << name;
        }
        EXPECT_TRUE(route.location.empty() || route.method == Method::post) << label(route);
    }
}

TEST(RouteTable, HasEachParameterOnceAndPlainNames) {
    for (const Route& route : routes()) {
        std::set<std::string_view> names;
        for (const Parameter& parameter : route.parameters) {
            EXPECT_TRUE(names.insert(parameter.name).second) << label(route) << ": " << parameter.name;
            EXPECT_TRUE(
                std::all_of(parameter.name.begin(), parameter.name.end(),
                            [](unsigned char character) { return std::islower(character) != 0 || character == '_'; }))
                << label(route) << ": it becomes part of a statement: " << parameter.name;
        }
        EXPECT_LE(route.parameters.size(), 16U) << label(route) << ": no more are sent";
    }
}

TEST(RouteTable, HasPresetsOfTheShapeOfTheirType) {
    int presets = 0;
    for (const Route& route : routes()) {
        for (const Parameter& parameter : route.parameters) {
            if (!parameter.preset.empty()) {
                ++presets;
                EXPECT_TRUE(from_text(parameter.type, parameter.preset)) << label(route) << ": " << parameter.name;
                EXPECT_FALSE(parameter.required) << label(route) << ": " << parameter.name;
            }
        }
    }
    EXPECT_GT(presets, 0);
}

TEST(RouteTable, GivesTheFunctionWhomItsCallersMustBe) {
    for (const Route& route : routes()) {
        const bool anyones = reads(route, From::jwt_user_or_anyone);
        EXPECT_EQ(reads(route, From::jwt_user) || anyones, route.who == Who::user) << label(route);
        EXPECT_EQ(anyones, reads(route, From::jwt_administrator)) << label(route);
        EXPECT_TRUE(!reads(route, From::jwt_priority) || route.who == Who::user) << label(route);
        EXPECT_TRUE(!reads(route, From::jwt_administrator) || route.who == Who::user) << label(route);
        EXPECT_EQ(has_parameter(route, "token"), route.who == Who::token_bearer) << label(route);
        if (route.who == Who::self_or_administrator) {
            const auto user = std::find_if(route.parameters.begin(), route.parameters.end(),
                                           [](const Parameter& parameter) { return parameter.name == "user_id"; });
            ASSERT_NE(user, route.parameters.end()) << label(route);
            EXPECT_EQ(user->from, From::body) << label(route);
            EXPECT_TRUE(user->required) << label(route) << ": it is filled in for oneself";
        }
    }
}

TEST(RouteTable, ReadsWithGetAndWithoutABody) {
    for (const Route& route : routes()) {
        const bool is_read = route.lane != LaneKind::write && route.lane != LaneKind::administration;
        EXPECT_EQ(is_read, route.method == Method::get) << label(route);
        const bool takes_body = route.method == Method::post || route.method == Method::patch;
        EXPECT_TRUE(takes_body || !reads(route, From::body)) << label(route);
        EXPECT_TRUE(route.method == Method::get || !reads(route, From::query)) << label(route);
        EXPECT_TRUE(route.method == Method::post || !reads(route, From::idempotency_key_header)) << label(route);
    }
}

TEST(RouteTable, KeepsWhatMayBeLongAwayFromQuickReads) {
    for (const Route& route : routes()) {
        if (route.method == Method::get && route.who == Who::user) {
            EXPECT_EQ(route.lane == LaneKind::list, route.function != "get_balance") << label(route);
        }
        if (route.shape == Shape::list && !has_parameter(route, "max_rows")) {
            EXPECT_NE(route.lane, LaneKind::read) << label(route) << ": it is as long as a hall is large";
        }
        if (route.lane == LaneKind::browse) {
            EXPECT_EQ(route.who, Who::anyone) << label(route) << ": nobody but strangers browses";
        }
    }
}

TEST(RouteTable, SharesOnlyWhatIsTheSameForEveryone) {
    for (const Route& route : routes()) {
        EXPECT_EQ(route.shared, route.who == Who::anyone && route.method == Method::get) << label(route);
    }
}

TEST(RouteTable, NamesASingleValueAndNothingElse) {
    for (const Route& route : routes()) {
        EXPECT_EQ(route.shape == Shape::value, !route.value_name.empty()) << label(route);
        const bool newest_first = has_parameter(route, "before_id"), in_order = has_parameter(route, "after_id"),
                   goes_on = has_parameter(route, "after");
        EXPECT_EQ(newest_first + in_order + goes_on, has_parameter(route, "max_rows") ? 1 : 0) << label(route);
        EXPECT_TRUE(!has_parameter(route, "max_rows") || route.shape == Shape::list) << label(route);
        const std::set<std::string_view> refusals(route.refusals.begin(), route.refusals.end());
        EXPECT_EQ(refusals.size(), route.refusals.size()) << label(route);
        EXPECT_FALSE(refusals.contains("ok")) << label(route);
    }
}

} // namespace
} // namespace boxoffice::api
