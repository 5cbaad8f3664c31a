// The shapes of parameters, from JSON and from an address: what each takes, to the last value, and what it refuses.
#include "routes/shape.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace boxoffice::api {
namespace {

using Text = std::optional<std::string>;

constexpr Type every_type[] = {Type::id,       Type::integer, Type::amount,   Type::number,
                               Type::text,     Type::time,    Type::interval, Type::object,
                               Type::integers, Type::uuid,    Type::boolean,  Type::prices};

Text json(Type type, std::string_view text) { return from_json(type, read_json(text)); }

// What is no text, but a value of JSON, is refused by every type that is written as a text.
void expect_only_texts(Type type) {
    for (const std::string text : {"null", "true", "1", "1.5", "[]", "{}"}) {
        EXPECT_EQ(json(type, text), Text()) << text;
    }
}

TEST(IdShape, IsAWholeNumberThatEveryJsonReaderKeeps) {
    for (const std::string text : {"0", "1", "9007199254740991"}) {
        EXPECT_EQ(json(Type::id, text), text);
        EXPECT_EQ(from_text(Type::id, text), text);
    }
    for (const std::string text : {"-1", "9007199254740992", "9223372036854775807", "9223372036854775808",
                                   "18446744073709551616", "-9223372036854775808", "1.0", "1e3", "1.5", "0.0"}) {
        EXPECT_EQ(json(Type::id, text), Text()) << text;
        EXPECT_EQ(from_text(Type::id, text), Text()) << text;
    }
}

TEST(IntegerShape, HasTheLimitsOfAnSqlInteger) {
    for (const std::string text : {"0", "-1", "2147483647", "-2147483648"}) {
        EXPECT_EQ(json(Type::integer, text), text);
        EXPECT_EQ(from_text(Type::integer, text), text);
    }
    for (const std::string text : {"2147483648", "-2147483649", "4294967296", "9223372036854775808", "1.0", "1e3"}) {
        EXPECT_EQ(json(Type::integer, text), Text()) << text;
        EXPECT_EQ(from_text(Type::integer, text), Text()) << text;
    }
}

TEST(AmountShape, IsExactAlsoBelowZero) {
    for (const std::string text : {"0", "-1", "2147483648", "9007199254740991", "-9007199254740991"}) {
        EXPECT_EQ(json(Type::amount, text), text);
        EXPECT_EQ(from_text(Type::amount, text), text);
    }
    for (const std::string text : {"9007199254740992", "-9007199254740992", "9223372036854775808", "0.5", "1.0"}) {
        EXPECT_EQ(json(Type::amount, text), Text()) << text;
        EXPECT_EQ(from_text(Type::amount, text), Text()) << text;
    }
}

TEST(BooleanShape, IsTrueOrFalse) {
    for (const std::string text : {"true", "false"}) {
        EXPECT_EQ(json(Type::boolean, text), text);
        EXPECT_EQ(from_text(Type::boolean, text), text);
    }
    for (const std::string text : {"null", "0", "1", "\"true\"", "[]", "{}"}) {
        EXPECT_EQ(json(Type::boolean, text), Text()) << text;
        EXPECT_EQ(from_text(Type::boolean, text), Text()) << text;
    }
}

TEST(PricesShape, IsOneAmountOrAnObject) {
    for (const std::string text : {"0", "4500", "9007199254740991", "{}", R"({"VIP":12000,"":1})"}) {
        EXPECT_EQ(json(Type::prices, text), text);
        EXPECT_EQ(from_text(Type::prices, text), Text()) << text;
    }
    for (const std::string text : {"null", "true", "1.5", "9007199254740992", "[]", "[1]", "\"1\""}) {
        EXPECT_EQ(json(Type::prices, text), Text()) << text;
    }
}

TEST(WholeNumberShapes, RefuseWhatIsNoNumber) {
    for (const Type type : {Type::id, Type::integer, Type::amount}) {
        for (const std::string text : {R"("1")", "null", "true", "false", "[1]", "{}", R"("")"}) {
            EXPECT_EQ(json(type, text), Text()) << text;
        }
        for (const std::string text :
             {"", " ", "1 ", " 1", "+1", "0x1", "1_000", "1,0", "one", "-", "--1", "1\n", "٣", "null", "1;2"}) {
            EXPECT_EQ(from_text(type, text), Text()) << text;
        }
        EXPECT_EQ(from_text(type, std::string_view("1\0", 2)), Text());
    }
}

TEST(WholeNumberShapes, HaveOneSpellingInAnAddress) {
    for (const Type type : {Type::id, Type::integer, Type::amount}) {
        for (const std::string text : {"07", "007", "00", "-0", "-00", "+7", "-07", "00000000000000000000007"}) {
            EXPECT_EQ(from_text(type, text), Text()) << text;
        }
        EXPECT_EQ(from_text(type, "0"), "0");
        EXPECT_EQ(from_text(type, "70"), "70");
    }
}

TEST(NumberShape, IsAnyNumberOfJsonAndNothingInAnAddress) {
    EXPECT_EQ(json(Type::number, "1"), "1");
    EXPECT_EQ(json(Type::number, "-37.5665"), "-37.5665");
    EXPECT_EQ(json(Type::number, "1e3"), "1000.0");
    for (const std::string text : {R"("1")", "null", "true", "[]", "{}", R"("NaN")", R"("Infinity")"}) {
        EXPECT_EQ(json(Type::number, text), Text()) << text;
    }
    EXPECT_EQ(from_text(Type::number, "1"), Text());
}

TEST(TextShape, IsAnyTextAlsoTheEmptyOne) {
    EXPECT_EQ(json(Type::text, R"("")"), "");
    EXPECT_EQ(json(Type::text, R"("a\"b\n\u00e9")"), "a\"b\né");
    EXPECT_EQ(json(Type::text, R"("1")"), "1");
    expect_only_texts(Type::text);
    EXPECT_EQ(from_text(Type::text, ""), "");
    EXPECT_EQ(from_text(Type::text, "예나 '; DROP"), "예나 '; DROP");
    EXPECT_EQ(from_text(Type::text, "\xff"), Text());
    EXPECT_EQ(from_text(Type::text, std::string_view("a\0b", 3)), Text());
}

TEST(TimeShape, IsRfc3339WithAZoneOrInfinity) {
    for (const std::string text :
         {"2027-01-31T20:00:00Z", "2027-01-31T20:00:00+09:00", "2027-01-31T20:00:00-11:30", "2027-01-31T20:00:00.5Z",
          "2027-01-31T20:00:00.123456789+00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:60-15:59",
          "2028-02-29T00:00:00Z", "infinity"}) {
        EXPECT_EQ(json(Type::time, "\"" + text + "\""), text);
        EXPECT_EQ(from_text(Type::time, text), text);
    }
    for (const std::string text : {"",
                                   "2027-01-31",
                                   "2027-01-31T20:00:00",
                                   "2027-01-31 20:00:00Z",
                                   "2027-01-31t20:00:00z",
                                   "2027-01-31T20:00Z",
                                   "2027-01-31T20:00:00.Z",
                                   "2027-01-31T20:00:00,5Z",
                                   "2027-01-31T20:00:00+09",
                                   "2027-01-31T20:00:00+0900",
                                   "2027-01-31T20:00:00 +09:00",
                                   "2027-01-31T20:00:00UTC",
                                   "2027-01-31T20:00:00ZZ",
                                   "2027-01-31T20:00:00Z ",
                                   " 2027-01-31T20:00:00Z",
                                   "27-01-31T20:00:00Z",
                                   "2027-1-31T20:00:00Z",
                                   "tomorrow",
                                   "now",
                                   "today",
                                   "epoch",
                                   "-infinity",
                                   "Infinity",
                                   "infinity ",
                                   "1800000000",
                                   "20270131T200000Z",
                                   "2027-01-31T20:00:00.5",
                                   "２０27-01-31T20:00:00Z",
                                   "2027-01-31T20:00:00Z BC",
                                   "0000-01-01T00:00:00Z",
                                   "2027-00-31T20:00:00Z",
                                   "2027-13-31T20:00:00Z",
                                   "2027-02-29T20:00:00Z",
                                   "2027-01-32T20:00:00Z",
                                   "2027-01-00T20:00:00Z",
                                   "2027-01-31T24:00:00Z",
                                   "2027-01-31T20:60:00Z",
                                   "2027-01-31T20:00:61Z",
                                   "2027-01-31T20:00:00+16:00",
                                   "2027-01-31T20:00:00+09:60",
                                   "2027-01-31T20:00:00.1234567890Z",
                                   "9999-99-99T99:99:99Z"}) {
        EXPECT_EQ(from_text(Type::time, text), Text()) << text;
        EXPECT_EQ(json(Type::time, "\"" + text + "\""), Text()) << text;
    }
    expect_only_texts(Type::time);
}

TEST(IntervalShape, IsIso8601WithDesignators) {
    for (const std::string text :
         {"PT5M", "P1D", "PT1.5S", "P1Y2M3DT4H5M6S", "P2W", "PT0S", "P1Y2M3W4DT5H6M7.123456789S",
          "P99999999Y99999999M99999999W99999999DT99999999H99999999M99999999S", "PT0.5S"}) {
        EXPECT_EQ(json(Type::interval, "\"" + text + "\""), text);
        EXPECT_EQ(from_text(Type::interval, text), text);
    }
    for (const std::string text : {"",
                                   "P",
                                   "PT",
                                   "5 minutes",
                                   "00:05:00",
                                   "300",
                                   "pt5m",
                                   "PT5m",
                                   "PT-5M",
                                   "-PT5M",
                                   "P T5M",
                                   "PT5M ",
                                   "T5M",
                                   "PT5M ago",
                                   "infinity",
                                   "PM",
                                   "P5",
                                   "PT5",
                                   "PTM",
                                   "P1DT",
                                   "P1D2Y",
                                   "P1D1D",
                                   "PT1M1H",
                                   "P1H",
                                   "PT1D",
                                   "P.5D",
                                   "P1.5D",
                                   "PT1.5M",
                                   "PT1.S",
                                   "PT.5S",
                                   "PT1.1234567890S",
                                   "PTT1S",
                                   "PYMWDTHS",
                                   "PT123456789S",
                                   "P1.D",
                                   "PT1.5"}) {
        EXPECT_EQ(from_text(Type::interval, text), Text()) << text;
    }
    EXPECT_EQ(from_text(Type::interval, "PT" + std::string(5000, '1') + "S"), Text());
    expect_only_texts(Type::interval);
}

TEST(UuidShape, IsHexadecimalInItsFiveGroups) {
    EXPECT_EQ(from_text(Type::uuid, "01234567-89AB-CDEF-0123-456789abCDEF"), "01234567-89ab-cdef-0123-456789abcdef")
        << "one UUID has one spelling";
    for (const std::string text : {"01234567-89ab-cdef-0123-456789abcdef", "00000000-0000-0000-0000-000000000000"}) {
        EXPECT_EQ(json(Type::uuid, "\"" + text + "\""), text);
        EXPECT_EQ(from_text(Type::uuid, text), text);
    }
    for (const std::string text : {"", "0123456789abcdef0123456789abcdef", "{01234567-89ab-cdef-0123-456789abcdef}",
                                   "01234567-89ab-cdef-0123-456789abcdeg", "01234567-89ab-cdef-0123-456789abcde",
                                   "01234567-89ab-cdef-0123-456789abcdef0", "0123456-789ab-cdef-0123-456789abcdef",
                                   " 1234567-89ab-cdef-0123-456789abcdef", "01234567-89ab-cdef-0123_456789abcdef"}) {
        EXPECT_EQ(from_text(Type::uuid, text), Text()) << text;
    }
    expect_only_texts(Type::uuid);
}

TEST(ObjectShape, IsAnObjectOfJsonAndIsPassedOnAsItIs) {
    EXPECT_EQ(json(Type::object, "{}"), "{}");
    EXPECT_EQ(json(Type::object, R"({ "a" : [1, {"b": null}], "c" : "\"" })"), R"({"a":[1,{"b":null}],"c":"\""})");
    for (const std::string text : {"[]", "[{}]", "1", R"("{}")", "null", "true"}) {
        EXPECT_EQ(json(Type::object, text), Text()) << text;
    }
    EXPECT_EQ(from_text(Type::object, "{}"), Text());
}

TEST(IntegersShape, IsAListOfSqlIntegers) {
    EXPECT_EQ(json(Type::integers, "[]"), "{}");
    EXPECT_EQ(json(Type::integers, "[1]"), "{1}");
    EXPECT_EQ(json(Type::integers, "[1,-2,2147483647,-2147483648,1]"), "{1,-2,2147483647,-2147483648,1}");
    for (const std::string text : {R"([1,"2"])", R"(["1"])", "[1.0]", "[1e3]", "[null]", "[true]", "[[1]]", "[{}]",
                                   "[2147483648]", "[-2147483649]", "1", R"("{1}")", "null", "{}", R"({"0":1})"}) {
        EXPECT_EQ(json(Type::integers, text), Text()) << text;
    }
    EXPECT_EQ(from_text(Type::integers, "1"), Text());
    EXPECT_EQ(from_text(Type::integers, "{1}"), Text());
}

// A parameter of the body with a range.
Parameter ranged(Type type, std::int64_t least, std::int64_t most, bool blank = true) {
    return {"thing", type, From::body, true, {}, Range{least, most}, blank};
}

Text json(const Parameter& parameter, std::string_view text) { return from_json(parameter, read_json(text)); }

TEST(RangeOfNumbers, TakesItsEndsAndNothingBeyond) {
    for (const Type type : {Type::id, Type::integer, Type::amount}) {
        const Parameter parameter = ranged(type, 1, 1000);
        for (const std::string text : {"1", "1000"}) {
            EXPECT_EQ(json(parameter, text), text);
            EXPECT_EQ(from_text(parameter, text), text);
        }
        for (const std::string text : {"0", "1001", "-1", "9007199254740992", "1.0", "\"1\"", "null", "[1]"}) {
            EXPECT_EQ(json(parameter, text), Text()) << text;
        }
        EXPECT_EQ(from_text(parameter, "0"), Text());
        EXPECT_EQ(description(parameter), "a whole number from 1 to 1000");
    }
    const Parameter degrees = ranged(Type::number, -90, 90);
    EXPECT_EQ(json(degrees, "-90"), "-90");
    EXPECT_EQ(json(degrees, "89.999"), "89.999");
    EXPECT_EQ(json(degrees, "90.0001"), Text());
    EXPECT_EQ(json(degrees, "1e300"), Text());
}

TEST(RangeOfATextOfThePeople, IsOneOfBytesAndTheTextIsNotBlank) {
    const Parameter words = ranged(Type::text, 1, 4, false);
    EXPECT_EQ(json(words, R"("x")"), "x");
    EXPECT_EQ(json(words, R"("üü")"), "üü");
    for (const std::string text : {R"("")", R"("üüü")", R"("  ")", R"("\t\r\n")", "1"}) {
        EXPECT_EQ(json(words, text), Text()) << text;
    }
    EXPECT_EQ(json(ranged(Type::text, 1, 4), R"("  ")"), "  ") << "a pseudonym may be blank";
    EXPECT_EQ(description(words), "a text in UTF-8 of 1 to 4 bytes, not blank and without NUL");
}

TEST(RangeOfAKey, IsOneOfCharacters) {
    const Parameter key{"key", Type::text, From::idempotency_key_header, false, {}, Range{1, 3}};
    for (const std::string text : {"a", "ü", "üüü", "예나한", "😀😀😀"}) {
        EXPECT_EQ(from_text(key, text), text);
    }
    for (const std::string text : {"", "abcd", "üüüü", "\xff", "ü\xc3"}) {
        EXPECT_EQ(from_text(key, text), Text()) << text;
    }
}

TEST(RangeOfAList, CountsDifferentElementsFromOne) {
    const Parameter seats = ranged(Type::integers, 1, 3);
    EXPECT_EQ(json(seats, "[1]"), "{1}");
    EXPECT_EQ(json(seats, "[3,2147483647,1]"), "{3,2147483647,1}");
    for (const std::string text : {"[]", "[1,2,3,4]", "[1,1]", "[2,1,2]", "[0]", "[-1]", "[2147483648]", "[1,null]",
                                   "1", R"("{1}")", "{}", "[[1]]"}) {
        EXPECT_EQ(json(seats, text), Text()) << text;
    }
    EXPECT_EQ(description(seats), "a list of 1 to 3 different whole numbers from 1");
}

TEST(Shapes, RefuseNull) {
    for (const Type type : every_type) {
        EXPECT_EQ(json(type, "null"), Text()) << description(type);
    }
}

TEST(Shapes, HaveTheirSqlTypeAndAreDescribed) {
    const std::string_view types[] = {"bigint",    "integer",     "bigint",   "double precision",
                                      "text",      "timestamptz", "interval", "jsonb",
                                      "integer[]", "uuid",        "boolean",  "jsonb"};
    for (std::size_t at = 0; at < std::size(every_type); ++at) {
        EXPECT_EQ(sql_type(every_type[at]), types[at]);
        EXPECT_FALSE(description(every_type[at]).empty());
    }
    EXPECT_EQ(description(Type::uuid).substr(0, 6), "a UUID");
    EXPECT_EQ(description(Type::integers), "a list of whole numbers");
}

TEST(Shapes, TakeTheExamplesThatTheyGive) {
    EXPECT_TRUE(from_text(Type::time, "2027-01-31T20:00:00Z"));
    for (const auto& [type, example] :
         {std::pair(Type::time, "2027-01-31T20:00:00Z"), std::pair(Type::interval, "PT5M"),
          std::pair(Type::uuid, "01234567-89ab-cdef-0123-456789abcdef"), std::pair(Type::id, "9007199254740991")}) {
        EXPECT_NE(description(type).find(example), std::string_view::npos) << description(type);
        EXPECT_TRUE(from_text(type, example)) << example;
    }
}

} // namespace
} // namespace boxoffice::api
