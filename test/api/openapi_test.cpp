// The description of the interface: everything that can be asked for and answered is in it, as the table of routes and
// the database have it.
#include "openapi/openapi.h"
#include "openapi/outcomes_page.h"

#include "recorder.h"
#include "routes/router.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace boxoffice::api::testing {
namespace {

using ::testing::HasSubstr;
using Json = rapidjson::Value;

// A database that has some of the functions.
Catalogue made_up_catalogue() {
    Catalogue catalogue = small_catalogue();
    catalogue.functions["hold_seats"] = {
        .comment = "Holds \"seats\".",
        .columns = {{"outcome", "text"},
                    {"reservation_id", "bigint"},
                    {"seat_ids", "integer[]"},
                    {"refused_seat_ids", "integer[]", "Those that caused it; null: none did."}},
        .value_type = ""};
    catalogue.functions["create_venue"] = {.comment = "Makes it.", .columns = {}, .value_type = "bigint"};
    catalogue.functions["list_reservations"] = {
        .comment = "Lists.",
        .columns = {{"reservation_id", "bigint"}, {"expires_at", "timestamp with time zone"}, {"items", "jsonb"}},
        .value_type = ""};
    return catalogue;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(), ::tolower);
    return result;
}

// The document; its operations are looked up by function.
class Document {
public:
    Document() : document_(read_json(openapi(made_up_catalogue()))) {}

    const Json& root() const { return document_; }

    const Json& operation(const Route& route) const {
        const std::string path(route.path);
        const std::string method = lower(name_of(route.method));
        const Json& paths = document_["paths"];
        if (!paths.HasMember(path) || !paths[path].HasMember(method)) {
            throw std::out_of_range(method + " " + path);
        }
        return paths[path][method];
    }
    const Json& operation(std::string_view function) const { return operation(route_of(function)); }

    // The parameter of this name; null: there is none.
    const Json& parameter(std::string_view function, const std::string& name) const {
        static const Json none;
        for (const Json& each : operation(function)["parameters"].GetArray()) {
            if (each["name"].GetString() == name) {
                return each;
            }
        }
        return none;
    }

private:
    rapidjson::Document document_;
};

// The schema of what an operation answers when all is well.
const Json& success(const Json& operation, const char* status) {
    return operation["responses"][status]["content"]["application/json"]["schema"];
}

TEST(OpenApi, IsADocumentOfVersion31) {
    const Document document;
    EXPECT_STREQ(document.root()["openapi"].GetString(), "3.1.0");
    EXPECT_TRUE(document.root()["info"].HasMember("title"));
    EXPECT_TRUE(document.root()["info"].HasMember("version"));
}

TEST(OpenApi, HasEveryPathAndMethodOfTheTableAndNoOther) {
    const Document document;
    std::set<std::string> expected{"/v1/live/slots/{slot_id} get",
                                   "/v1/live/queues/{queue_id} get",
                                   "/livez get",
                                   "/readyz get",
                                   "/metrics get",
                                   "/openapi.json get",
                                   "/docs get",
                                   "/docs/outcomes get"};
    for (const Route& route : routes()) {
        expected.insert(std::string(route.path) + " " + lower(name_of(route.method)));
    }
    std::set<std::string> described;
    for (const auto& path : document.root()["paths"].GetObject()) {
        for (const auto& method : path.value.GetObject()) {
            described.insert(std::string(path.name.GetString()) + " " + method.name.GetString());
        }
    }
    EXPECT_EQ(described, expected);
}

TEST(OpenApi, TellsOfWhatHasNoFunctionBehindIt) {
    const Document document;
    for (const auto& path : document.root()["paths"].GetObject()) {
        if (std::string_view(path.name.GetString()).starts_with("/v1/")) {
            continue;
        }
        const Json& operation = path.value["get"];
        EXPECT_STREQ(operation["tags"][0].GetString(), "operations") << path.name.GetString();
        EXPECT_TRUE(operation["security"].Empty()) << path.name.GetString();
        EXPECT_TRUE(operation["responses"].HasMember("429")) << path.name.GetString();
    }
    const Json& ready = document.root()["paths"]["/readyz"]["get"]["responses"];
    EXPECT_TRUE(ready.HasMember("503"));
    EXPECT_TRUE(ready["200"]["content"]["application/json"]["schema"]["properties"].HasMember("warnings"));
    EXPECT_TRUE(document.root()["paths"]["/metrics"]["get"]["responses"]["200"]["content"].HasMember("text/plain"));
}

TEST(OpenApi, HasAnIdOfItsOwnForEveryOperation) {
    const Document document;
    std::set<std::string> ids;
    for (const auto& path : document.root()["paths"].GetObject()) {
        for (const auto& method : path.value.GetObject()) {
            EXPECT_TRUE(ids.insert(method.value["operationId"].GetString()).second) << path.name.GetString();
            EXPECT_STRNE(method.value["summary"].GetString(), "");
        }
    }
}

TEST(OpenApi, HasTheStatusOfEveryRefusal) {
    const Document document;
    const Catalogue catalogue = made_up_catalogue();
    for (const Route& route : routes()) {
        const Json& responses = document.operation(route)["responses"];
        for (const std::string_view refusal : route.refusals) {
            const Outcome outcome = catalogue.outcome(refusal);
            const std::string status = std::to_string(outcome.http_status);
            ASSERT_TRUE(responses.HasMember(status)) << route.function << ": " << refusal;
            EXPECT_THAT(responses[status]["description"].GetString(), HasSubstr(outcome.name + ": " + outcome.title));
            EXPECT_TRUE(responses[status]["content"].HasMember("application/problem+json"));
        }
    }
}

TEST(OpenApi, HasWhatCanGoWrongWithEveryRequest) {
    const Document document;
    for (const Route& route : routes()) {
        const Json& responses = document.operation(route)["responses"];
        for (const char* status : {"400", "429", "500", "503"}) {
            EXPECT_TRUE(responses.HasMember(status)) << route.function << " " << status;
        }
        const bool needs_jwt = route.who != Who::anyone && route.who != Who::token_bearer;
        EXPECT_EQ(responses.HasMember("401"), needs_jwt) << route.function;
        EXPECT_EQ(responses.HasMember("304"), route.shared) << route.function;
        EXPECT_EQ(responses.HasMember("201"), !route.location.empty()) << route.function;
        EXPECT_EQ(responses.HasMember("200"), route.location.empty()) << route.function;
        for (const auto& response : responses.GetObject()) {
            EXPECT_TRUE(response.value.HasMember("description")) << route.function;
        }
    }
}

TEST(OpenApi, SaysWhoMayCall) {
    const Document document;
    EXPECT_TRUE(document.operation("list_events")["security"].Empty()) << "said, not left out";
    EXPECT_TRUE(document.operation("hold_seats")["security"][0].HasMember("user"));
    EXPECT_TRUE(document.operation("create_venue")["security"][0].HasMember("user"));
    EXPECT_TRUE(document.operation("queue_status")["security"][0].HasMember("queueToken"));
    const Json& schemes = document.root()["components"]["securitySchemes"];
    EXPECT_STREQ(schemes["user"]["bearerFormat"].GetString(), "JWT");
    EXPECT_STREQ(schemes["queueToken"]["name"].GetString(), "Queue-Token");
}

// What the body of a function must be: of several that share an address, its own. Null: there is none.
const Json& body_of(const Json& operation, std::string_view function) {
    static const Json none;
    if (!operation.HasMember("requestBody")) {
        return none;
    }
    const Json& schema = operation["requestBody"]["content"]["application/json"]["schema"];
    if (!schema.HasMember("oneOf")) {
        return schema;
    }
    for (const Json& choice : schema["oneOf"].GetArray()) {
        if (choice["title"].GetString() == function) {
            return choice;
        }
    }
    return none;
}

TEST(OpenApi, HasEveryParameterWhereItComesFrom) {
    const Document document;
    for (const Route& route : routes()) {
        const Json& operation = document.operation(route);
        std::size_t in_path = 0;
        for (const Json& parameter : operation["parameters"].GetArray()) {
            if (std::string(parameter["in"].GetString()) == "path") {
                ++in_path;
                EXPECT_TRUE(parameter["required"].GetBool()) << route.function;
            }
        }
        EXPECT_EQ(in_path, names_in(route.path).size()) << route.function;
        for (const Parameter& parameter : route.parameters) {
            const Json& body = body_of(operation, route.function);
            const bool in_body = !body.IsNull() && body["properties"].HasMember(std::string(parameter.name));
            EXPECT_EQ(in_body, parameter.from == From::body) << route.function << ": " << parameter.name;
        }
    }
    EXPECT_STREQ(document.parameter("list_events", "max_rows")["in"].GetString(), "query");
    EXPECT_EQ(document.parameter("list_events", "max_rows")["schema"]["default"].GetInt(), 50);
    EXPECT_STREQ(document.parameter("hold_seats", "Queue-Token")["in"].GetString(), "header");
    EXPECT_FALSE(document.parameter("hold_seats", "Queue-Token")["required"].GetBool());
    EXPECT_TRUE(document.parameter("queue_status", "Queue-Token")["required"].GetBool());
    EXPECT_EQ(document.parameter("hold_seats", "Idempotency-Key")["schema"]["maxLength"].GetInt(), 255);
}

TEST(OpenApi, HasNothingOfTheJwtAmongTheParameters) {
    const Document document;
    EXPECT_TRUE(document.parameter("hold_seats", "user_id").IsNull());
    EXPECT_TRUE(document.parameter("join_queue", "priority").IsNull());
    EXPECT_FALSE(document.operation("join_queue").HasMember("requestBody"));
}

TEST(OpenApi, HasRowsThatShareAnAddressAsOneOperation) {
    const Document document;
    EXPECT_STREQ(document.operation("available_seats")["operationId"].GetString(), "seat_map");
    EXPECT_STREQ(document.parameter("seat_map", "available")["in"].GetString(), "query");
    EXPECT_EQ(document.operation("seat_map")["parameters"].Size(), 2U) << "slot_id once, and available";
    const Json& holds = document.operation("hold_best_seats");
    EXPECT_STREQ(holds["operationId"].GetString(), "hold_seats");
    EXPECT_STREQ(body_of(holds, "hold_best_seats")["required"][0].GetString(), "quantity");
    EXPECT_FALSE(body_of(holds, "hold_best_seats")["properties"].HasMember("seat_ids"));
    const Json& refusals = holds["responses"]["409"]["description"];
    EXPECT_THAT(refusals.GetString(), HasSubstr("sold_out")) << "also what only one of them refuses";
}

TEST(OpenApi, DescribesBodies) {
    const Document document;
    const Json& hold = body_of(document.operation("hold_seats"), "hold_seats");
    EXPECT_STREQ(hold["properties"]["seat_ids"]["type"].GetString(), "array");
    EXPECT_STREQ(hold["properties"]["seat_ids"]["items"]["type"].GetString(), "integer");
    EXPECT_STREQ(hold["required"][0].GetString(), "seat_ids");
    EXPECT_FALSE(hold["additionalProperties"].GetBool());
    const Json& slot = document.operation("create_slot")["requestBody"]["content"]["application/json"]["schema"];
    EXPECT_STREQ(slot["properties"]["hold_for"]["default"].GetString(), "PT5M");
    EXPECT_STREQ(slot["properties"]["hold_for"]["format"].GetString(), "duration");
    const Json& plan = document.operation("add_seating_plan")["requestBody"]["content"]["application/json"]["schema"];
    EXPECT_STREQ(plan["properties"]["plan"]["type"].GetString(), "object");
}

TEST(OpenApi, DescribesAnswersAsTheDatabaseHasThem) {
    const Document document;
    EXPECT_STREQ(document.operation("hold_seats")["description"].GetString(), "hold_seats: Holds \"seats\".");
    const Json& hold = success(document.operation("hold_seats"), "201");
    EXPECT_STREQ(hold["properties"]["outcome"]["type"].GetString(), "string");
    EXPECT_STREQ(hold["properties"]["outcome"]["enum"][0].GetString(), "ok") << "anything else is a problem";
    EXPECT_EQ(hold["properties"]["outcome"]["enum"].Size(), 1U);
    EXPECT_STREQ(hold["properties"]["reservation_id"]["type"].GetString(), "integer") << "never null";
    EXPECT_STREQ(hold["properties"]["refused_seat_ids"]["type"][1].GetString(), "null");
    EXPECT_STREQ(hold["properties"]["refused_seat_ids"]["description"].GetString(),
                 "Those that caused it; null: none did.");
    EXPECT_STREQ(hold["properties"]["seat_ids"]["items"]["format"].GetString(), "int32");
    const Json& venue = success(document.operation("create_venue"), "201");
    EXPECT_STREQ(venue["properties"]["venue_id"]["type"].GetString(), "integer");
    const Json& list = success(document.operation("list_reservations"), "200");
    const Json& columns = list["properties"]["items"]["items"]["properties"];
    EXPECT_STREQ(columns["expires_at"]["format"].GetString(), "date-time");
    EXPECT_TRUE(columns["items"].ObjectEmpty()) << "jsonb can be anything";
    EXPECT_TRUE(list["properties"].HasMember("next"));
}

TEST(OpenApi, TakesFromAColumnsCommentWhoseAnswersMayBeNull) {
    const Column never{"amount", "bigint", "What it costs, not null."};
    EXPECT_FALSE(never.may_be_null("hold_seats"));
    EXPECT_FALSE((Column{"amount", "bigint"}.may_be_null("hold_seats")));
    const Column always{"paid_at", "timestamp with time zone", "When; null: never."};
    EXPECT_TRUE(always.may_be_null("get_reservation"));
    const Column sometimes{"adjacent", "boolean", "Whether; null of hold_seats, hold_places: the caller chose."};
    EXPECT_TRUE(sometimes.may_be_null("hold_seats"));
    EXPECT_TRUE(sometimes.may_be_null("hold_places"));
    EXPECT_FALSE(sometimes.may_be_null("hold_best_seats"));
    EXPECT_FALSE(sometimes.may_be_null("hold"));
}

TEST(OpenApi, HasDefaultsOfTheTypeOfTheirParameter) {
    const Document document;
    const Json& coupon = body_of(document.operation("create_coupon"), "create_coupon")["properties"];
    EXPECT_TRUE(coupon["minimum_amount"]["default"].IsInt());
    EXPECT_TRUE(document.parameter("list_events", "max_rows")["schema"]["default"].IsInt());
    const Json& slot = body_of(document.operation("create_slot"), "create_slot")["properties"];
    EXPECT_TRUE(slot["hold_for"]["default"].IsString());
}

TEST(OpenApi, ShowsProblemsThatAnOperationCanHave) {
    const Document document;
    const Json& conflict = document.operation("hold_seats")["responses"]["409"]["content"]["application/problem+json"];
    EXPECT_STREQ(conflict["schema"]["allOf"][0]["$ref"].GetString(), "#/components/schemas/Problem");
    const Json& outcomes = conflict["schema"]["allOf"][1]["properties"]["outcome"]["enum"];
    EXPECT_TRUE(std::any_of(outcomes.Begin(), outcomes.End(),
                            [](const Json& each) { return std::string("seat_taken") == each.GetString(); }));
    const Json& taken = conflict["examples"]["seat_taken"]["value"];
    EXPECT_STREQ(taken["outcome"].GetString(), "seat_taken");
    EXPECT_EQ(taken["status"].GetInt(), 409);
    EXPECT_EQ(taken["refused_seat_ids"].Size(), 1U) << "with what explains it";
    const Json& unread = document.operation("hold_seats")["responses"]["400"]["content"]["application/problem+json"];
    EXPECT_FALSE(unread["examples"]["without_outcome"]["value"].HasMember("outcome"));
    const Json& members = document.root()["components"]["schemas"]["Problem"]["properties"];
    EXPECT_STREQ(members["refused_seat_ids"]["type"].GetString(), "array") << "as the function has it";
}

TEST(OpenApi, ShowsABodyForEveryFunctionThatTakesOne) {
    const Document document;
    for (const Route& route : routes()) {
        const Json& operation = document.operation(route);
        if (!operation.HasMember("requestBody")) {
            continue;
        }
        const Json& examples = operation["requestBody"]["content"]["application/json"]["examples"];
        ASSERT_TRUE(examples.HasMember(std::string(route.function))) << route.function;
        const Json& body = examples[std::string(route.function)]["value"];
        for (const Parameter& parameter : route.parameters) {
            EXPECT_TRUE(!parameter.required || parameter.from != From::body ||
                        body.HasMember(std::string(parameter.name)))
                << route.function << ": " << parameter.name;
        }
    }
}

TEST(OpenApi, SortsOperationsByWhoUsesThem) {
    const Document document;
    const auto tag = [&](std::string_view function) {
        return std::string(document.operation(function)["tags"][0].GetString());
    };
    EXPECT_EQ(tag("list_events"), "visitors");
    EXPECT_EQ(tag("join_queue"), "waiting room");
    EXPECT_EQ(tag("queue_status"), "waiting room");
    EXPECT_EQ(tag("hold_seats"), "buyers");
    EXPECT_EQ(tag("create_event"), "organisers");
    EXPECT_EQ(tag("credit_balance"), "house");
    std::set<std::string> described;
    for (const Json& each : document.root()["tags"].GetArray()) {
        described.insert(each["name"].GetString());
    }
    for (const Route& route : routes()) {
        EXPECT_EQ(described.count(tag(route.function)), 1U) << route.function;
    }
}

TEST(OpenApi, RefersOnlyToSchemasThatItHas) {
    const std::string text = openapi(made_up_catalogue());
    const Document document;
    const std::string beginning = "\"$ref\":\"#/components/schemas/";
    std::size_t references = 0;
    for (std::size_t at = text.find(beginning); at != std::string::npos; at = text.find(beginning, at + 1)) {
        const std::size_t from = at + beginning.size();
        const std::string name = text.substr(from, text.find('"', from) - from);
        EXPECT_TRUE(document.root()["components"]["schemas"].HasMember(name)) << name;
        ++references;
    }
    EXPECT_GT(references, routes().size());
}

TEST(OpenApi, IsMadeAlsoForADatabaseThatKnowsNothing) {
    const rapidjson::Document document = read_json(openapi(Catalogue{}));
    EXPECT_TRUE(document["paths"].HasMember("/v1/balance"));
}

TEST(OutcomesPage, HasAPlaceForEveryOutcomeAndEscapesIt) {
    Catalogue catalogue = small_catalogue();
    catalogue.outcomes.push_back({"strange", "TK099", 418, true, "<script>a & b</script>"});
    const std::string page = outcomes_page(catalogue);
    for (const Outcome& outcome : catalogue.outcomes) {
        EXPECT_THAT(page, HasSubstr("id=\"" + outcome.name + "\"")) << "the types of problems point there";
    }
    EXPECT_THAT(page, HasSubstr("&lt;script>a &amp; b&lt;/script>"));
    EXPECT_THAT(page, HasSubstr("<td>418<td>yes<td>"));
}

} // namespace
} // namespace boxoffice::api::testing
