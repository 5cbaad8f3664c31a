// Addresses: percent-encoding (RFC 3986) and queries, also such as nobody should send.
#include "routes/request.h"

#include "answers/answer.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

namespace boxoffice::api {
namespace {

// The status with which a query is refused; 0: it is not.
int status_of(std::string_view query) {
    try {
        read_query(query);
    } catch (const Problem& problem) {
        return problem.status;
    }
    return 0;
}

TEST(PercentDecoding, TurnsTripletsIntoBytes) {
    EXPECT_EQ(percent_decoded("", false), "");
    EXPECT_EQ(percent_decoded("abc-._~", false), "abc-._~");
    EXPECT_EQ(percent_decoded("%41%6a%6A", false), "Ajj");
    EXPECT_EQ(percent_decoded("a%2Fb%25", false), "a/b%");
    EXPECT_EQ(percent_decoded("%EC%98%88", false), "예");
    EXPECT_EQ(percent_decoded("%2541", false), "%41") << "once, not twice";
    EXPECT_EQ(percent_decoded("예", false), "예") << "a client that encodes nothing";
}

TEST(PercentDecoding, TakesAPlusForASpaceOnlyWhereItIsAsked) {
    EXPECT_EQ(percent_decoded("a+b", true), "a b");
    EXPECT_EQ(percent_decoded("a+b", false), "a+b");
    EXPECT_EQ(percent_decoded("a%2Bb", true), "a+b");
}

TEST(PercentDecoding, RefusesWhatIsNotATriplet) {
    for (const std::string text :
         {"%", "a%", "%4", "a%4", "%%41", "%4g", "%g4", "% 1", "%-1", "%+1", "%u0041", "%4%31"}) {
        EXPECT_THROW(percent_decoded(text, false), Problem) << text;
    }
    EXPECT_THROW(percent_decoded(std::string_view("%41").substr(0, 2), false), Problem)
        << "what is behind does not count";
    EXPECT_THROW(percent_decoded(std::string_view("%41").substr(0, 1), false), Problem);
}

TEST(PercentDecoding, RefusesWhatIsNoText) {
    for (const std::string text : {"%00", "a%00b", "%ff", "%c3", "%c0%af", "%ed%a0%80", "\xff", "%80"}) {
        EXPECT_THROW(percent_decoded(text, false), Problem) << text;
    }
    EXPECT_THROW(percent_decoded(std::string_view("a\0b", 3), false), Problem);
}

TEST(PercentDecoding, TellsNulFromWhatIsNotUtf8) {
    const auto complaint = [](std::string_view text) -> std::string {
        try {
            return percent_decoded(text, true);
        } catch (const Problem& problem) {
            return problem.what();
        }
    };
    EXPECT_THAT(complaint("a%00b"), ::testing::HasSubstr("NUL (%00)"));
    EXPECT_EQ(complaint("a%ffb"), "the address is not UTF-8");
}

TEST(PercentEncoding, LeavesOnlyUnreservedCharacters) {
    const std::string plain = "ABCXYZabcxyz0189-._~";
    EXPECT_EQ(percent_encoded(plain), plain);
    EXPECT_EQ(percent_encoded("a b+c&d=e/f?g#h%"), "a%20b%2Bc%26d%3De%2Ff%3Fg%23h%25");
    EXPECT_EQ(percent_encoded("예\n\"<>"), "%EC%98%88%0A%22%3C%3E");
    EXPECT_EQ(percent_encoded(""), "");
}

TEST(PercentEncoding, IsUndoneByDecoding) {
    std::string text;
    for (char character = 1; character > 0; ++character) {
        text += character;
    }
    text += "é예😀";
    EXPECT_EQ(percent_decoded(percent_encoded(text), true), text);
    EXPECT_EQ(percent_decoded(percent_encoded(text), false), text);
}

TEST(Query, IsPairsInTheirOrder) {
    EXPECT_EQ(read_query(""), Pairs{});
    EXPECT_EQ(read_query("a=1&b=2"), (Pairs{{"a", "1"}, {"b", "2"}}));
    EXPECT_EQ(read_query("b=2&a=1&b=3"), (Pairs{{"b", "2"}, {"a", "1"}, {"b", "3"}}));
    EXPECT_EQ(read_query("query=rock+%26+roll"), (Pairs{{"query", "rock & roll"}}));
    EXPECT_EQ(read_query("%71=%3D"), (Pairs{{"q", "="}})) << "names are encoded, too";
}

TEST(Query, NeedsNoValuesAndNoNames) {
    EXPECT_EQ(read_query("a"), (Pairs{{"a", ""}}));
    EXPECT_EQ(read_query("a="), (Pairs{{"a", ""}}));
    EXPECT_EQ(read_query("=1"), (Pairs{{"", "1"}}));
    EXPECT_EQ(read_query("="), (Pairs{{"", ""}}));
    EXPECT_EQ(read_query("a=b=c"), (Pairs{{"a", "b=c"}}));
}

TEST(Query, MayHaveEmptyPairs) {
    EXPECT_EQ(read_query("&"), Pairs{});
    EXPECT_EQ(read_query("&&a=1&&b=2&"), (Pairs{{"a", "1"}, {"b", "2"}}));
}

TEST(Query, IsNotSplitWhereSemicolonsOrQuestionMarksStand) {
    EXPECT_EQ(read_query("a=1;b=2"), (Pairs{{"a", "1;b=2"}}));
    EXPECT_EQ(read_query("a=1?b"), (Pairs{{"a", "1?b"}}));
    EXPECT_EQ(read_query("a=1%26b=2"), (Pairs{{"a", "1&b=2"}}));
}

TEST(Query, IsRefusedWhereItIsMalformed) {
    for (const std::string query : {"a=%", "a=%4", "%=1", "a=%zz", "a=1&b=%f", "a=%ff", "%00=1", "a=%00", "a=1&%c3"}) {
        EXPECT_EQ(status_of(query), 400) << query;
    }
}

} // namespace
} // namespace boxoffice::api
