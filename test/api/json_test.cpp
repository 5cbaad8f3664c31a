// JSON from strangers: what is taken is unambiguous, and nothing that is sent takes long or much.
#include "base/json.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <chrono>

namespace boxoffice::api {
namespace {

using ::testing::HasSubstr;

// Why a text is not taken; empty: it is.
std::string complaint(std::string_view text) {
    try {
        read_json(text);
    } catch (const BadJson& bad) {
        EXPECT_THAT(bad.what(), HasSubstr(" (at byte "));
        return bad.what();
    }
    return "";
}

std::string repeated(const std::string& text, int times) {
    std::string result;
    for (int time = 0; time < times; ++time) {
        result += text;
    }
    return result;
}

// Read and written again.
std::string round_trip(std::string_view text) { return json_text(read_json(text)); }

TEST(ReadJson, TakesEveryKindOfValue) {
    EXPECT_EQ(round_trip(R"( { "a" : [ 1 , -2 , 1.5 , true , false , null , "x" , { } , [ ] ] } )"),
              R"({"a":[1,-2,1.5,true,false,null,"x",{},[]]})");
    for (const std::string text : {"1", "\"x\"", "null", "true", "[]", "{}", "\t\r\n 1 \n", R"("")", R"({"":1})"}) {
        EXPECT_EQ(complaint(text), "") << text;
    }
}

TEST(ReadJson, TakesNestingUpToItsLimitAndNoDeeper) {
    EXPECT_EQ(complaint(repeated("[", 64) + repeated("]", 64)), "");
    EXPECT_THAT(complaint(repeated("[", 65) + repeated("]", 65)), HasSubstr("deeper than 64"));
    EXPECT_EQ(complaint(repeated(R"({"a":)", 64) + "1" + repeated("}", 64)), "");
    EXPECT_THAT(complaint(repeated(R"({"a":)", 65) + "1" + repeated("}", 65)), HasSubstr("deeper than 64"));
    EXPECT_EQ(complaint(repeated(R"([{"a":)", 32) + "1" + repeated("}]", 32)), "");
    EXPECT_THAT(complaint(repeated(R"([{"a":)", 32) + "[]" + repeated("}]", 32)), HasSubstr("deeper than 64"));
    EXPECT_EQ(complaint("[" + repeated("[],", 1000) + "[]]"), "") << "side by side is not deep";
}

TEST(ReadJson, GivesUpAtOnceWhereATextWouldBeVeryDeep) {
    EXPECT_THAT(complaint(std::string(300'000, '[')), HasSubstr("deeper than 64 levels (at byte 64)"));
    EXPECT_THAT(complaint(repeated(R"({"a":)", 300'000)), HasSubstr("deeper than 64"));
}

// Were each name compared with every other, it would take minutes; the limit is for sanitizers and slow machines.
TEST(ReadJson, ReadsEightMegabytesQuickly) {
    constexpr std::size_t much = (8U << 20U) - 32;
    std::string members = "{";
    for (int number = 0; members.size() < much; ++number) {
        members += "\"name" + std::to_string(number) + "\":" + std::to_string(number) + ",";
    }
    members.back() = '}';
    std::string lists = repeated("[", 63);
    while (lists.size() < much) {
        lists += "[],";
    }
    lists.back() = ']';
    lists += repeated("]", 62);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_GT(read_json(members).MemberCount(), 300'000U);
    EXPECT_EQ(complaint(lists), "");
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    EXPECT_LT(took.count(), 60.0) << "seconds";
}

TEST(ReadJson, RefusesAMemberThatIsThereTwice) {
    EXPECT_THAT(complaint(R"({"a":1,"a":1})"), HasSubstr("the member \"a\" is there twice"));
    EXPECT_THAT(complaint(R"({"a":1,"b":2,"a":null})"), HasSubstr("\"a\""));
    EXPECT_THAT(complaint(R"({"x":{"a":1,"a":2}})"), HasSubstr("\"a\""));
    EXPECT_THAT(complaint(R"([[{"b":{"c":[{"a":1,"a":2}]}}]])"), HasSubstr("\"a\""));
    EXPECT_THAT(complaint(R"({"a":{"b":1},"a":2})"), HasSubstr("\"a\"")) << "also after an inner object";
    EXPECT_THAT(complaint(R"({"a":1,"\u0061":2})"), HasSubstr("\"a\"")) << "however it is written";
    EXPECT_THAT(complaint(R"({"":1,"":2})"), HasSubstr("\"\""));
}

TEST(ReadJson, TakesTheSameMemberInDifferentObjects) {
    EXPECT_EQ(complaint(R"({"a":{"a":{"a":1}},"b":{"a":1}})"), "");
    EXPECT_EQ(complaint(R"([{"a":1},{"a":1},{"A":1,"a":2}])"), "");
}

TEST(ReadJson, RefusesWhatIsNotUtf8) {
    for (const std::string bad : {"\x80", "\xff", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                                  "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"}) {
        EXPECT_NE(complaint("\"" + bad + "\""), "");
        EXPECT_NE(complaint("{\"" + bad + "\":1}"), "");
    }
    EXPECT_EQ(round_trip("\"예나 Müller 😀\""), "\"예나 Müller 😀\"");
    EXPECT_NE(complaint("\xef\xbb\xbf{}"), "") << "a byte order mark is no JSON (RFC 8259, 8.1)";
}

TEST(ReadJson, RefusesHalvesOfSurrogatePairs) {
    for (const std::string bad : {R"("\ud800")", R"("\udc00")", R"("\udc00\ud800")", R"("\ud800x")", R"("\ud83d\n")",
                                  R"("\ud800\ud800")", R"({"\udfff":1})", R"(["\uDBFF"])"}) {
        EXPECT_NE(complaint(bad), "") << bad;
    }
    EXPECT_EQ(round_trip(R"("\ud83d\ude00")"), "\"😀\"");
}

TEST(ReadJson, RefusesNulHoweverItIsWritten) {
    EXPECT_THROW(read_json(std::string_view("\"a\0b\"", 5)), BadJson);
    EXPECT_THROW(read_json(std::string_view("{}\0", 3)), BadJson);
    EXPECT_THROW(read_json(std::string_view("{}\0{\"a\":1}", 10)), BadJson);
    EXPECT_THROW(read_json(std::string_view("\0", 1)), BadJson);
    EXPECT_THAT(complaint(R"("a\u0000b")"), HasSubstr("NUL"));
    EXPECT_THAT(complaint(R"({"a\u0000b":1})"), HasSubstr("NUL"));
}

TEST(ReadJson, RefusesWhatComesAfterTheValue) {
    for (const std::string text : {"{} {}", "{}x", "1 2", "{},", "[]]", "null null", "{}/**/"}) {
        EXPECT_NE(complaint(text), "") << text;
    }
}

TEST(ReadJson, RefusesWhatIsNoJson) {
    for (const std::string text : {"",          " ",         "\n",        "{",           "}",          "[",    "{a:1}",
                                   "{'a':1}",   R"({"a"})",  R"({"a":})", R"({"a":1,})", "[1,]",       "[,1]", "[1 2]",
                                   "tru",       "True",      "NULL",      "undefined",   "\"",         "\"a",  "\"\n\"",
                                   R"("\x41")", R"("\u12")", "// x\n1",   R"({1:2})",    R"({null:1})"}) {
        EXPECT_NE(complaint(text), "") << text;
    }
}

TEST(ReadJson, KeepsNumbersAsTheyAre) {
    const rapidjson::Document document =
        read_json("[9007199254740991,9007199254740993,9223372036854775807,-9223372036854775808,18446744073709551615,"
                  "18446744073709551616,2147483648,-0,0.1,1e3]");
    EXPECT_EQ(document[0].GetInt64(), 9007199254740991);
    EXPECT_EQ(document[1].GetInt64(), 9007199254740993);
    EXPECT_EQ(document[2].GetInt64(), INT64_MAX);
    EXPECT_EQ(document[3].GetInt64(), INT64_MIN);
    EXPECT_EQ(document[4].GetUint64(), UINT64_MAX);
    EXPECT_FALSE(document[4].IsInt64());
    EXPECT_FALSE(document[5].IsUint64()) << "it only fits a double";
    EXPECT_FALSE(document[6].IsInt());
    EXPECT_EQ(document[7].GetInt(), 0);
    EXPECT_EQ(document[8].GetDouble(), 0.1);
    EXPECT_FALSE(document[9].IsInt64()) << "as it is written it is no whole number";
}

TEST(ReadJson, RefusesNumbersThatAreNone) {
    for (const std::string text : {"01", "+1", ".5", "1.", "1e", "1e+", "-", "--1", "0x10", "1_000", "NaN", "Infinity",
                                   "-Infinity", "1e400", "-1e400", "1,5"}) {
        EXPECT_NE(complaint(text), "") << text;
    }
    EXPECT_EQ(complaint("1" + std::string(300, '0')), "");
}

// RapidJSON's own conversion reads its tables out of bounds for these: only a sanitizer sees each of them.
TEST(ReadJson, RefusesNumbersThatNoDoubleHolds) {
    const std::vector<std::string> numbers = {"0.00000000000000000000000001e-323",
                                              "0." + std::string(348, '0') + "1",
                                              "1e-400",
                                              "-1e-99999999999999999999",
                                              "9e308",
                                              "-9e308",
                                              "0.1e400",
                                              "1e" + std::string(348, '0') + "400",
                                              "1" + std::string(310, '0'),
                                              std::string(5000, '9'),
                                              std::string(5000, '9') + ".5",
                                              "0." + std::string(5000, '0') + "1"};
    for (const std::string& number : numbers) {
        EXPECT_THAT(complaint("{\"x\":" + number + "}"), HasSubstr("too")) << number;
    }
}

TEST(ReadJson, ReadsLongNumbersToTheNearestDouble) {
    const std::string zeros(5000, '0');
    const std::string threes(5000, '3');
    const auto number = [](const std::string& text) { return read_json(text).GetDouble(); };
    EXPECT_EQ(number("0." + zeros), 0.0);
    EXPECT_EQ(number("0e-99999999999999999999"), 0.0);
    EXPECT_EQ(number("0." + threes), 1.0 / 3);
    EXPECT_EQ(number("-1." + zeros + "1"), -1.0);
    EXPECT_EQ(number("2e" + zeros + "3"), 2000.0);
    EXPECT_EQ(number("0." + std::string(300, '0') + "25e302"), 25.0);
    EXPECT_EQ(number("5e-324"), 5e-324);
    EXPECT_EQ(number("1.7976931348623157e308"), 1.7976931348623157e308);
    EXPECT_EQ(number("17976931348623157" + std::string(292, '0')), 1.7976931348623157e308);
    EXPECT_EQ(number("2.22507385850720138e-308"), 2.2250738585072014e-308);
}

TEST(ReadJson, TellsANumberFromATextThatLooksLikeOne) {
    const rapidjson::Document document = read_json(R"({"a":"1","b":1,"c":["1e3",1e3]})");
    EXPECT_TRUE(document["a"].IsString());
    EXPECT_TRUE(document["b"].IsInt());
    EXPECT_TRUE(document["c"][0].IsString());
    EXPECT_TRUE(document["c"][1].IsDouble());
}

TEST(JsonText, EscapesWhatJsonWantsEscaped) {
    rapidjson::Value text;
    text.SetString("a\"\\\n\t\x01/<é");
    EXPECT_EQ(json_text(text), R"("a\"\\\n\t\u0001/<é")");
}

} // namespace
} // namespace boxoffice::api
