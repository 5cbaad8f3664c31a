// Text that may become a name: well-formed UTF-8 (Unicode, table 3-7) without control characters.
#include "base/text.h"

#include <gtest/gtest.h>

#include <string>

namespace boxoffice::api {
namespace {

TEST(PlainText, TakesEveryLengthOfCharacter) {
    for (const std::string text : {"", " ", "~", "\xc2\xa0", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                   "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "예나 Müller 😀"}) {
        EXPECT_TRUE(is_plain_text(text)) << text;
    }
}

TEST(PlainText, RefusesControlCharacters) {
    for (int control = 0; control < 0x20; ++control) {
        EXPECT_FALSE(is_plain_text(std::string("a") + static_cast<char>(control) + "b")) << control;
    }
    for (const std::string text : {"\x7f", "\xc2\x80", "\xc2\x85", "\xc2\x9f"}) {
        EXPECT_FALSE(is_plain_text(text));
    }
}

TEST(PlainText, RefusesWhatIsNoUtf8) {
    for (const std::string text : {"\x80",
                                   "\xbf",
                                   "\xff",
                                   "\xfe",
                                   "\xf8\x88\x80\x80\x80",
                                   "\xc2",
                                   "\xe2\x82",
                                   "\xf0\x9f\x98",
                                   "\xc2"
                                   "a",
                                   "\xe2\x82"
                                   "a",
                                   "\xe2"
                                   "a\xac",
                                   "a\x80",
                                   "\xc2\xc2\xa0",
                                   "\xc0\xaf",
                                   "\xc1\xbf",
                                   "\xe0\x9f\xbf",
                                   "\xf0\x8f\xbf\xbf", // overlong
                                   "\xed\xa0\x80",
                                   "\xed\xbf\xbf", // surrogates
                                   "\xf4\x90\x80\x80",
                                   "\xf7\xbf\xbf\xbf"}) { // beyond Unicode
        EXPECT_FALSE(is_plain_text(text)) << text;
    }
}

} // namespace
} // namespace boxoffice::api
