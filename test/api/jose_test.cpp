// base64url, strict: every text of bytes has exactly one spelling.
#include "auth/jose.h"

#include <gtest/gtest.h>

#include <random>

namespace boxoffice::api {
namespace {

TEST(Base64Url, WritesAndReadsTheTextsOfItsStandard) {
    const std::pair<std::string, std::string> known[] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xfb\xff", "-_8"}};
    for (const auto& [bytes, text] : known) {
        EXPECT_EQ(base64url_text(bytes), text);
        EXPECT_EQ(base64url_bytes(text), bytes);
    }
}

TEST(Base64Url, ReadsWhatItWrote) {
    std::mt19937 random(1);
    for (std::size_t size = 0; size < 300; ++size) {
        std::string bytes(size, ' ');
        for (char& each : bytes) {
            each = static_cast<char>(random());
        }
        EXPECT_EQ(base64url_bytes(base64url_text(bytes)), bytes);
    }
}

TEST(Base64Url, RefusesEveryOtherSpelling) {
    for (const std::string text :
         {"A", "AAAAA", "Zg==", "Zg=", "=", "Zm9v=junk", "Zh", "Zm9", "-_9", "+/8", "Zm9v\n", " Zm9v", "Zm 9v", "Zm9v.",
          "Zm\xff"
          "v"}) {
        EXPECT_EQ(base64url_bytes(text), std::nullopt) << text;
    }
    EXPECT_EQ(base64url_bytes(std::string("Zm9\0", 4)), std::nullopt);
}

} // namespace
} // namespace boxoffice::api
