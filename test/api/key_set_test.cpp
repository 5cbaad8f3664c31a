// The file with the keys: what is taken, and that every refusal names the file, the key and what to do.
#include "key_set.h"

#include "configuration_error.h"
#include "token_maker.h"

#include <gmock/gmock-matchers.h>

namespace boxoffice::api::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Why a file of this text is refused; the empty text when it is taken. The message must name the file.
std::string complaint(const std::string& text) {
    const File file(text);
    try {
        load_key_set(file.path());
    } catch (const ConfigurationError& error) {
        EXPECT_THAT(error.what(), HasSubstr(file.path()));
        EXPECT_THAT(error.what(), HasSubstr("; ")) << "says what to do";
        return error.what();
    }
    return "";
}

TEST(KeySet, TakesSecretsAndRsaKeysWithAndWithoutTheirPrivatePart) {
    const File file(key_set(hs256_jwk("a", secret('a'), R"(,"use":"sig")") + "," +
                            rs256_jwk("b", some_rsa(), false, R"(,"key_ops":["verify"])") + "," +
                            rs256_jwk("c", some_rsa(), true, R"(,"key_ops":["sign","verify"])") + "," +
                            hs256_jwk("d", secret('d'), R"(,"key_ops":["verify"],"note":1)")));
    const std::vector<Key> keys = load_key_set(file.path());
    ASSERT_EQ(keys.size(), 4U);
    EXPECT_EQ(keys[0].id, "a");
    EXPECT_EQ(keys[0].algorithm, "HS256");
    EXPECT_EQ(keys[2].algorithm, "RS256");
    EXPECT_TRUE(keys[0].signs);
    EXPECT_FALSE(keys[1].signs) << "a public key";
    EXPECT_TRUE(keys[2].signs);
    EXPECT_FALSE(keys[3].signs) << "key_ops without sign";
}

TEST(KeySet, RefusesAFileThatIsNotThere) {
    EXPECT_THROW(load_key_set("/nonexistent/keys.json"), ConfigurationError);
    EXPECT_THROW(load_key_set(::testing::TempDir()), ConfigurationError) << "a folder";
    EXPECT_THROW(load_key_set(""), ConfigurationError);
}

TEST(KeySet, RefusesAFileThatIsNoKeySet) {
    for (const std::string text : {"", "{", "[]", "null", "{}", R"({"keys":{}})", R"({"keys":[],"keys":[]})"}) {
        EXPECT_NE(complaint(text), "") << text;
    }
    EXPECT_NE(complaint(std::string(300'000, '[')), "");
    EXPECT_THAT(complaint(R"({"keys":[]})"), HasSubstr("holds no key"));
    EXPECT_THAT(complaint(key_set(hs256_jwk("a", secret('a'))) + std::string(1024 * 1024, ' ')), HasSubstr("1 MiB"));
}

TEST(KeySet, RefusesAKeyWithoutAnIdOfItsOwn) {
    EXPECT_THAT(complaint(key_set(R"({"kty":"oct","alg":"HS256"})")), AllOf(HasSubstr("key 1 "), HasSubstr("kid")));
    EXPECT_THAT(complaint(key_set(R"({"kty":"oct","alg":"HS256","kid":7})")), HasSubstr("kid"));
    EXPECT_THAT(complaint(key_set("7")), HasSubstr("no JSON object"));
    EXPECT_THAT(complaint(key_set(hs256_jwk("", secret('a')))), HasSubstr("kid"));
    EXPECT_THAT(complaint(key_set(hs256_jwk("a\\u0001", secret('a')))), HasSubstr("kid"));
    EXPECT_THAT(complaint(key_set(hs256_jwk("a", secret('a')) + "," + hs256_jwk("a", secret('b')))),
                HasSubstr("key \"a\" is there twice"));
}

TEST(KeySet, RefusesAnyAlgorithmButTheTwo) {
    for (const std::string algorithm : {"none", "HS512", "RS512", "ES256", "PS256", "hs256", ""}) {
        const std::string key =
            R"({"kty":"oct","kid":"a","alg":")" + algorithm + R"(","k":")" + base64url_text(secret('a', 64)) + "\"}";
        EXPECT_THAT(complaint(key_set(key)), AllOf(HasSubstr("key \"a\""), HasSubstr("alg"))) << algorithm;
    }
    const std::string key = R"({"kty":"oct","kid":"a","k":")" + base64url_text(secret('a', 64)) + "\"}";
    EXPECT_THAT(complaint(key_set(key)), HasSubstr("alg"));
}

TEST(KeySet, RefusesATypeThatDoesNotFitTheAlgorithm) {
    const std::string bytes = base64url_text(secret('a', 256));
    EXPECT_THAT(complaint(key_set(R"({"kty":"oct","kid":"a","alg":"RS256","k":")" + bytes + "\"}")), HasSubstr("kty"));
    EXPECT_THAT(complaint(key_set(R"({"kty":"RSA","kid":"a","alg":"HS256","e":"AQAB","n":")" + bytes + "\"}")),
                HasSubstr("kty"));
    EXPECT_THAT(complaint(key_set(R"({"kid":"a","alg":"HS256","k":")" + bytes + "\"}")), HasSubstr("kty"));
}

TEST(KeySet, RefusesWeakKeysWithoutShowingThem) {
    const std::string weak = secret('s', 31);
    EXPECT_THAT(complaint(key_set(hs256_jwk("a", weak))),
                AllOf(HasSubstr("31 bytes"), Not(HasSubstr(weak)), Not(HasSubstr(base64url_text(weak)))));
    EXPECT_EQ(complaint(key_set(hs256_jwk("a", secret('s', 32)))), "");
    EXPECT_THAT(complaint(key_set(rs256_jwk("a", new_rsa(1024), true))), HasSubstr("1024 bits"));

    const auto rsa = [](const std::string& modulus, const std::string& exponent) {
        return key_set(R"({"kty":"RSA","kid":"a","alg":"RS256","n":")" + base64url_text(modulus) + R"(","e":")" +
                       base64url_text(exponent) + "\"}");
    };
    EXPECT_THAT(complaint(rsa(secret('\x7f', 256), "\x03")), HasSubstr("2047 bits"));
    EXPECT_THAT(complaint(rsa(secret('\0', 200) + secret('a', 128), "\x03")), HasSubstr("1023 bits"));
    EXPECT_THAT(complaint(rsa(secret('\0', 256), "\x03")), HasSubstr("0 bits"));
    EXPECT_THAT(complaint(rsa(secret('\xff', 1025), "\x03")), HasSubstr("8200 bits"));
    for (const std::string& exponent : {secret('\x01', 1), secret('\x02', 1), secret('\0', 1), secret('\x03', 9)}) {
        EXPECT_THAT(complaint(rsa(secret('\xff', 256), exponent)), HasSubstr("exponent"));
    }
}

TEST(KeySet, RefusesKeysThatAreSpelledWrong) {
    for (const std::string bad : {"", "AAAA=AAAA", "A+/A", "A", "AB"}) {
        const std::string key = R"({"kty":"oct","kid":"a","alg":"HS256","k":")" + bad + "\"}";
        EXPECT_NE(complaint(key_set(key)), "") << bad;
    }
    EXPECT_NE(complaint(key_set(R"({"kty":"oct","kid":"a","alg":"HS256","k":7})")), "");
    EXPECT_NE(complaint(key_set(R"({"kty":"RSA","kid":"a","alg":"RS256","e":"AQAB"})")), "");
}

TEST(KeySet, RefusesAKeyForAnotherPurpose) {
    for (const std::string purpose : {R"(,"use":"enc")", R"(,"use":1)", R"(,"key_ops":["encrypt"])", R"(,"key_ops":[])",
                                      R"(,"key_ops":"verify")", R"(,"key_ops":["sign",7])"}) {
        EXPECT_THAT(complaint(key_set(hs256_jwk("a", secret('a'), purpose))), HasSubstr("key \"a\"")) << purpose;
    }
}

} // namespace
} // namespace boxoffice::api::testing
