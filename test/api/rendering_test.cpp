// From rows to bodies: every type of column, every shape of route. The rows are libpq's, as a server would send them.
#include "lanes/rendering.h"

#include "recorder.h"
#include "routes/request.h"

#include <gtest/gtest.h>

#include <limits>

namespace boxoffice::api::testing {
namespace {

// PostgreSQL's numbers of types (pg_type.dat).
constexpr Oid bool_type = 16, bigint_type = 20, smallint_type = 21, integer_type = 23, text_type = 25, json_type = 114,
              real_type = 700, double_type = 701, numeric_type = 1700, integers_type = 1007, bigints_type = 1016,
              timestamptz_type = 1184, interval_type = 1186, uuid_type = 2950, jsonb_type = 3802;

Route made_up(Shape shape) {
    return {.method = Method::get,
            .path = "/made-up",
            .function = "f",
            .summary = "",
            .who = Who::anyone,
            .lane = LaneKind::read,
            .parameters = {},
            .shape = shape};
}

Answer rendered(const Route& route, std::vector<Value> values, std::string path, Columns columns, const Rows& rows) {
    Call call{.route = &route, .values = std::move(values), .path = std::move(path), .order = {}, .respondent = {}};
    return render(call, result_of(std::move(columns), rows).get(), small_catalogue());
}

// A single field of a row as JSON.
std::string as_json(Oid type, Value text) {
    const Answer answer = rendered(made_up(Shape::row), {}, "", {{"x", type}}, {{std::move(text)}});
    const rapidjson::Document body = read_json(answer.body);
    EXPECT_EQ(json_text(body["x"]), answer.body.substr(5, answer.body.size() - 6)) << "written without white space";
    return json_text(body["x"]);
}

TEST(Rendering, WritesWholeNumbersExactly) {
    EXPECT_EQ(as_json(integer_type, "2147483647"), "2147483647");
    EXPECT_EQ(as_json(smallint_type, "-1"), "-1");
    EXPECT_EQ(as_json(bigint_type, "9007199254740993"), "9007199254740993");
    EXPECT_EQ(as_json(bigint_type, "-9223372036854775808"), "-9223372036854775808");
}

TEST(Rendering, WritesBooleans) {
    EXPECT_EQ(as_json(bool_type, "t"), "true");
    EXPECT_EQ(as_json(bool_type, "f"), "false");
}

TEST(Rendering, WritesFractionsAsNumbersAndWhatIsNoneAsText) {
    EXPECT_EQ(as_json(double_type, "0.1"), "0.1");
    EXPECT_EQ(as_json(double_type, "-37.5665"), "-37.5665");
    EXPECT_EQ(as_json(real_type, "1.5"), "1.5");
    EXPECT_EQ(as_json(double_type, "0"), "0");
    EXPECT_EQ(as_json(numeric_type, "9907919180215090100"), "9907919180215090100");
    for (const Oid type : {real_type, double_type, numeric_type}) {
        for (const std::string text : {"NaN", "Infinity", "-Infinity"}) {
            EXPECT_EQ(as_json(type, text), "null") << text << " is no number of JSON";
        }
    }
    const Answer answer = rendered(made_up(Shape::row), {}, "", {{"x", double_type}, {"y", double_type}},
                                   {{"1e+20", "1.7976931348623157e+308"}});
    EXPECT_EQ(answer.body, R"({"x":1e+20,"y":1.7976931348623157e+308})");
    EXPECT_EQ(read_json(answer.body)["y"].GetDouble(), std::numeric_limits<double>::max());
}

TEST(Rendering, WritesInstantsByRfc3339) {
    EXPECT_EQ(as_json(timestamptz_type, "2026-11-21 08:39:47+00"), "\"2026-11-21T08:39:47Z\"");
    EXPECT_EQ(as_json(timestamptz_type, "2026-11-21 08:39:47.5+00"), "\"2026-11-21T08:39:47.5Z\"");
    EXPECT_EQ(as_json(timestamptz_type, "2026-11-21 08:39:47.123456+00"), "\"2026-11-21T08:39:47.123456Z\"");
}

TEST(Rendering, WritesNoWordForAnInstantThatRfc3339CannotWrite) {
    for (const std::string text : {"infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "10000-01-01 00:00:00+00",
                                   "294276-12-31 23:59:59.999999+00"}) {
        EXPECT_EQ(as_json(timestamptz_type, text), "null") << text;
    }
}

TEST(Rendering, WritesTextsWithEverythingEscaped) {
    EXPECT_EQ(as_json(text_type, ""), "\"\"");
    EXPECT_EQ(as_json(text_type, "a\"b\\c\n\t\x01\x7f/"), "\"a\\\"b\\\\c\\n\\t\\u0001\x7f/\"");
    EXPECT_EQ(as_json(text_type, "예나 Müller 😀"), "\"예나 Müller 😀\"");
    EXPECT_EQ(as_json(text_type, "null"), "\"null\"");
    EXPECT_EQ(as_json(text_type, R"({"a":1})"), R"("{\"a\":1}")");
    EXPECT_EQ(as_json(interval_type, "PT5M"), "\"PT5M\"");
    EXPECT_EQ(as_json(uuid_type, "01234567-89ab-cdef-0123-456789abcdef"), "\"01234567-89ab-cdef-0123-456789abcdef\"");
    EXPECT_EQ(as_json(790, "12.50"), "\"12.50\"") << "a type that it does not know";
}

TEST(Rendering, PassesJsonThrough) {
    EXPECT_EQ(as_json(jsonb_type, R"({"a":[1,null,"é\n"],"b":{}})"), R"({"a":[1,null,"é\n"],"b":{}})");
    EXPECT_EQ(as_json(jsonb_type, "[]"), "[]");
    EXPECT_EQ(as_json(json_type, "null"), "null");
}

TEST(Rendering, WritesListsOfWholeNumbers) {
    for (const Oid type : {integers_type, bigints_type}) {
        EXPECT_EQ(as_json(type, "{}"), "[]");
        EXPECT_EQ(as_json(type, "{1}"), "[1]");
        EXPECT_EQ(as_json(type, "{1,-2,2147483647}"), "[1,-2,2147483647]");
        EXPECT_EQ(as_json(type, "{1,NULL}"), "[1,null]");
    }
}

TEST(Rendering, WritesNullForEveryType) {
    for (const Oid type : {bool_type, bigint_type, integer_type, double_type, text_type, jsonb_type, integers_type,
                           timestamptz_type, interval_type, uuid_type}) {
        EXPECT_EQ(as_json(type, std::nullopt), "null") << type;
    }
}

TEST(RowAnswer, HasEveryColumnUnderItsNameAndItsOutcome) {
    const Answer answer = rendered(route_of("get_balance"), {"dana"}, "/v1/balance",
                                   {{"outcome", text_type}, {"balance", bigint_type}, {"currency", text_type}},
                                   {{"ok", "-5", std::nullopt}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, R"({"outcome":"ok","balance":-5,"currency":null})");
    EXPECT_EQ(answer.outcome, "ok");
    EXPECT_EQ(answer.media_type, "application/json");
    EXPECT_EQ(answer.entity_tag, "") << "it is one user's";
    EXPECT_EQ(answer.location, "");
}

TEST(RowAnswer, OfARefusalIsAProblemWithWhatExplainsIt) {
    const Columns columns{{"outcome", text_type},           {"reservation_id", bigint_type},
                          {"expires_at", timestamptz_type}, {"amount", bigint_type},
                          {"seat_ids", integers_type},      {"refused_seat_ids", integers_type}};
    const Answer answer =
        rendered(route_of("hold_seats"), {"7", "dana", "{3,4}", std::nullopt, std::nullopt}, "/v1/slots/7/holds",
                 columns, {{"seat_taken", std::nullopt, std::nullopt, std::nullopt, std::nullopt, "{3}"}});
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.media_type, "application/problem+json");
    EXPECT_EQ(answer.outcome, "seat_taken");
    EXPECT_EQ(answer.location, "") << "nothing was made";
    EXPECT_EQ(answer.body, R"({"type":"/docs/outcomes#seat_taken","title":"A seat is held or sold.","status":409,)"
                           R"("detail":"A seat is held or sold.","outcome":"seat_taken","refused_seat_ids":[3]})");
}

TEST(RowAnswer, OfAnOutcomeThatIsNotKnownIsAConflict) {
    const Answer answer =
        rendered(route_of("leave_queue"), {"x"}, "/v1/queue-token", {{"outcome", text_type}}, {{"brand_new"}});
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.outcome, "brand_new");
}

TEST(RowAnswer, OfWhatIsPublicHasTheTagOfItsBody) {
    const Columns columns{{"outcome", text_type}, {"event_id", bigint_type}};
    const Answer answer = rendered(route_of("get_event"), {"7"}, "/v1/events/7", columns, {{"ok", "7"}});
    EXPECT_EQ(answer.entity_tag, entity_tag_of(answer.body));
    EXPECT_EQ(rendered(route_of("get_event"), {"7"}, "/v1/events/7", columns, {{"not_found", {}}}).entity_tag, "");
}

TEST(MadeAnswer, Is201WithThePlaceOfWhatWasMade) {
    const Answer hold =
        rendered(route_of("hold_seats"), {"7", "dana", "{3}", std::nullopt, std::nullopt}, "/v1/slots/7/holds",
                 {{"outcome", text_type}, {"reservation_id", bigint_type}}, {{"ok", "99"}});
    EXPECT_EQ(hold.status, 201);
    EXPECT_EQ(hold.location, "/v1/reservations/99") << "from the answer";
    const Answer payment =
        rendered(route_of("pay_reservation"), {"42", "dana", std::nullopt, std::nullopt}, "/v1/reservations/42/payment",
                 {{"outcome", text_type}, {"payment_id", bigint_type}}, {{"ok", "5"}});
    EXPECT_EQ(payment.status, 201);
    EXPECT_EQ(payment.location, "/v1/reservations/42") << "from the call";
    EXPECT_EQ(rendered(route_of("join_queue"), {"3", "dana", "0"}, "", {{"outcome", text_type}}, {{"ok"}}).location,
              "/v1/queue-token");
}

TEST(ValueAnswer, HasTheValueUnderItsName) {
    const Answer answer = rendered(route_of("create_venue"), {"Hall", {}, {}, {}, {}}, "/v1/venues",
                                   {{"venue_id", bigint_type}}, {{"12"}});
    EXPECT_EQ(answer.status, 201);
    EXPECT_EQ(answer.body, R"({"venue_id":12})");
    EXPECT_EQ(answer.location, "/v1/venues/12");
    EXPECT_EQ(answer.outcome, "");
}

TEST(NothingAnswer, IsAnEmptyObject) {
    const Answer answer = rendered(route_of("update_venue"), {"12", "Hall", {}, {}, {}, {}}, "/v1/venues/12",
                                   {{"update_venue", text_type}}, {{""}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "{}");
}

// Events of these ids, as asked for with these values of query, before_id and max_rows.
Answer events(const std::vector<std::string>& ids, std::vector<Value> values) {
    Rows rows;
    for (const std::string& id : ids) {
        rows.push_back({id, "t"});
    }
    return rendered(route_of("list_events"), std::move(values), "/v1/events",
                    {{"event_id", bigint_type}, {"title", text_type}}, rows);
}

TEST(ListAnswer, HasItemsAndNoNextPageWhereItIsTheLast) {
    EXPECT_EQ(events({}, {{}, {}, "2"}).body, R"({"items":[],"next":null})");
    EXPECT_EQ(events({"5"}, {{}, {}, "2"}).body, R"({"items":[{"event_id":5,"title":"t"}],"next":null})");
    EXPECT_EQ(events({}, {{}, {}, "0"}).body, R"({"items":[],"next":null})");
}

TEST(ListAnswer, LeadsToTheNextPageWhereItIsFull) {
    EXPECT_EQ(events({"5", "4"}, {{}, {}, "2"}).body,
              R"({"items":[{"event_id":5,"title":"t"},{"event_id":4,"title":"t"}],)"
              R"("next":"/v1/events?max_rows=2&before_id=4"})");
    const rapidjson::Document later = read_json(events({"3", "2"}, {{}, "4", "2"}).body);
    EXPECT_STREQ(later["next"].GetString(), "/v1/events?max_rows=2&before_id=2") << "before_id once, and the new one";
}

TEST(ListAnswer, KeepsTheQuestionInTheNextAddressEncoded) {
    const std::string question = "rock & roll=100%+예#\"";
    const rapidjson::Document body = read_json(events({"4"}, {question, {}, "1"}).body);
    const std::string next = body["next"].GetString();
    EXPECT_EQ(next.substr(0, 11), "/v1/events?");
    EXPECT_EQ(read_query(next.substr(11)), (Pairs{{"query", question}, {"max_rows", "1"}, {"before_id", "4"}}));
    EXPECT_EQ(next.find_first_of(" #\"+"), std::string::npos) << next;
}

TEST(ListAnswer, PagesByTheIdOfItsRows) {
    const Answer entries = rendered(route_of("list_balance_entries"), {"dana", {}, "1"}, "/v1/balance/entries",
                                    {{"entry_id", bigint_type}, {"amount", bigint_type}}, {{"77", "500"}});
    EXPECT_STREQ(read_json(entries.body)["next"].GetString(), "/v1/balance/entries?max_rows=1&before_id=77")
        << "by the first column, and without the user";
}

TEST(ListAnswer, GoesOnAfterTheLastRowWhereTheListIsInAnotherOrder) {
    const Answer slots = rendered(route_of("list_slots"), {"3", "9", "2"}, "/v1/events/3/slots",
                                  {{"slot_id", bigint_type}}, {{"12"}, {"5"}});
    EXPECT_STREQ(read_json(slots.body)["next"].GetString(), "/v1/events/3/slots?max_rows=2&after_id=5");
    const Answer last =
        rendered(route_of("list_pools"), {"3", {}, "2"}, "/v1/slots/3/pools", {{"pool_id", bigint_type}}, {{"12"}});
    EXPECT_TRUE(read_json(last.body)["next"].IsNull());
}

// The address at which to go on with the feed of sales, after a page with rows at these positions.
std::string after_sales(const std::vector<std::string>& positions, Value after, Value max_rows = "1000") {
    Rows rows;
    for (const std::string& position : positions) {
        rows.push_back({position});
    }
    const Answer answer = rendered(route_of("next_sales"), {std::move(after), std::move(max_rows)}, "/v1/sales",
                                   {{"position", text_type}}, rows);
    const rapidjson::Document body = read_json(answer.body);
    return body["next"].IsString() ? body["next"].GetString() : "null";
}

TEST(ListAnswer, OfAFeedAlwaysSaysWhereToGoOn) {
    EXPECT_EQ(after_sales({"1/a", "2/b"}, {}), "/v1/sales?max_rows=1000&after=2%2Fb");
    EXPECT_EQ(after_sales({"3/c"}, "2/b"), "/v1/sales?max_rows=1000&after=3%2Fc") << "also where a page is not full";
    EXPECT_EQ(after_sales({}, "3/c", "7"), "/v1/sales?max_rows=7&after=3%2Fc") << "nothing is new: the same address";
    EXPECT_EQ(after_sales({}, {}, "7"), "/v1/sales?max_rows=7") << "nothing was ever sold";
    EXPECT_EQ(read_query(after_sales({}, {}).substr(10)), (Pairs{{"max_rows", "1000"}}))
        << "nothing was sold so far: at the beginning";
}

TEST(ListAnswer, HasNoPagesWhereTheRouteHasNone) {
    const Answer answer =
        rendered(route_of("seat_map"), {"7"}, "/v1/slots/7/seats", {{"seat_id", integer_type}}, {{"1"}, {"2"}});
    EXPECT_EQ(answer.body, R"({"items":[{"seat_id":1},{"seat_id":2}],"next":null})");
    EXPECT_EQ(answer.entity_tag, entity_tag_of(answer.body));
}

TEST(ListAnswer, TakesAColumnNamedOutcomeForAColumn) {
    const Answer answer = rendered(made_up(Shape::list), {}, "/made-up", {{"outcome", text_type}}, {{"seat_taken"}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.outcome, "");
}

TEST(WouldWait, IsSeatBusyWithNothingThatExplainsIt) {
    const auto asked = [](Shape shape, Value outcome, Value refused) {
        const Result rows = result_of({{"outcome", text_type}, {"refused_seat_ids", integers_type}},
                                      {{std::move(outcome), std::move(refused)}});
        return would_wait(made_up(shape), rows.get());
    };
    EXPECT_TRUE(asked(Shape::row, "seat_busy", {}));
    EXPECT_FALSE(asked(Shape::row, "seat_busy", "{3}")) << "these seats are another user's affair";
    EXPECT_FALSE(asked(Shape::row, "seat_taken", {}));
    EXPECT_FALSE(asked(Shape::row, "ok", {}));
    EXPECT_FALSE(asked(Shape::row, {}, {}));
    EXPECT_FALSE(asked(Shape::list, "seat_busy", {}));
    EXPECT_FALSE(would_wait(made_up(Shape::row), result_of({{"status", text_type}}, {{"seat_busy"}}).get()));
}

} // namespace
} // namespace boxoffice::api::testing
