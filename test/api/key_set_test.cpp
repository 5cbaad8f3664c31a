// The file with the keys: what is taken, and that every refusal names the file, the key and what to do.
#include "auth/key_set.h"

#include "auth/new_keys.h"
#include "base/configuration_error.h"
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
    const std::vector<Key> keys = load_key_set(file.path()).keys;
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

TEST(KeySet, RefusesAnyAlgorithmButThatOfTheKey) {
    for (const std::string algorithm : {"none", "HS512", "RS512", "RS256", "ES256", "EdDSA", "PS256", "hs256", ""}) {
        const std::string key =
            R"({"kty":"oct","kid":"a","alg":")" + algorithm + R"(","k":")" + base64url_text(secret('a', 64)) + "\"}";
        EXPECT_THAT(complaint(key_set(key)), HasSubstr("key \"a\"")) << algorithm;
    }
    for (const std::string alg : {"7", "null", R"(["HS256"])"}) {
        const std::string key =
            R"({"kty":"oct","kid":"a","alg":)" + alg + R"(,"k":")" + base64url_text(secret('a', 64)) + "\"}";
        EXPECT_THAT(complaint(key_set(key)), HasSubstr("alg")) << alg;
    }
}

// A key as libcjose or OpenSSL makes it.
std::string new_key(const std::string& algorithm, const std::string& id, bool with_private_part = true) {
    const NewKeys keys = new_keys(algorithm, id);
    const std::string& set = with_private_part ? keys.set : keys.public_set;
    return set.substr(9, set.rfind(']') - 9); // {"keys":[..]}
}

// The text with one part of it replaced.
std::string with(std::string text, const std::string& part, const std::string& other) {
    const std::size_t at = text.find(part);
    EXPECT_NE(at, std::string::npos) << text;
    return text.replace(at, part.size(), other);
}

TEST(KeySet, TakesAKeyWithoutAlgorithmByItsTypeAndCurve) {
    std::string keys;
    for (const char* const algorithm : {"HS256", "RS256", "ES256", "EdDSA"}) {
        const std::string key = new_key(algorithm, algorithm);
        keys += (keys.empty() ? "" : ",") + with(key, std::string(R"(,"alg":")") + algorithm + "\"", "");
    }
    const KeySet set = read_key_set(key_set(keys), "test", Source::file);
    ASSERT_EQ(set.keys.size(), 4U);
    for (const Key& key : set.keys) {
        EXPECT_EQ(key.algorithm, key.id);
        EXPECT_TRUE(key.signs) << key.id;
    }
    EXPECT_TRUE(set.ignored.empty());
}

TEST(KeySet, PassesOverKeysThatItDoesNotTake) {
    const std::string encryption = with(with(new_key("RS256", "enc", false), "RS256", "RSA-OAEP"), "sig", "enc");
    const std::string others = R"({"kty":"EC","crv":"P-521","kid":"p521","x":"AA","y":"AA"},)"
                               R"({"kty":"OKP","crv":"X25519","kid":"x","x":"AA"},{"kty":"new","kid":"new"},7,{},)"
                               R"({"kty":"RSA","kid":"none","alg":"none"})";
    const KeySet set = read_key_set(key_set(encryption + "," + others + "," + new_key("ES256", "good", false)), "test",
                                    Source::provider);
    ASSERT_EQ(set.keys.size(), 1U);
    EXPECT_EQ(set.keys[0].id, "good");
    EXPECT_FALSE(set.keys[0].signs);
    ASSERT_EQ(set.ignored.size(), 7U);
    EXPECT_THAT(set.ignored[0], AllOf(HasSubstr("\"enc\""), HasSubstr("use")));
    EXPECT_THAT(set.ignored[1], AllOf(HasSubstr("\"p521\""), HasSubstr("crv")));
    EXPECT_THAT(set.ignored[4], HasSubstr("key 5 "));
    EXPECT_THAT(set.ignored[6], HasSubstr("alg"));
}

TEST(KeySet, IsRefusedWhenNoKeyOfItIsTaken) {
    const std::string why = complaint(key_set(R"({"kty":"new","kid":"one"},{"kty":"RSA","kid":"two","use":"enc"})"));
    EXPECT_THAT(why, AllOf(HasSubstr("\"one\""), HasSubstr("kty"), HasSubstr("\"two\""), HasSubstr("use")));
}

TEST(KeySet, TakesNoSecretFromAProvider) {
    const std::string keys = new_key("HS256", "secret") + "," + new_key("EdDSA", "good");
    EXPECT_EQ(read_key_set(key_set(keys), "test", Source::file).keys.size(), 2U);
    const KeySet set = read_key_set(key_set(keys), "test", Source::provider);
    ASSERT_EQ(set.keys.size(), 1U);
    EXPECT_EQ(set.keys[0].id, "good");
    EXPECT_THAT(set.ignored.at(0), HasSubstr("everybody can read"));
}

TEST(KeySet, PassesOverTheSecondKeyOfOneIdFromAProvider) {
    const std::string keys =
        new_key("ES256", "one", false) + "," + new_key("EdDSA", "one", false) + "," + new_key("EdDSA", "two", false);
    const KeySet set = read_key_set(key_set(keys), "test", Source::provider);
    ASSERT_EQ(set.keys.size(), 2U);
    EXPECT_EQ(set.keys[0].algorithm, "ES256") << "the first";
    EXPECT_EQ(set.keys[1].id, "two");
    ASSERT_EQ(set.ignored.size(), 1U);
    EXPECT_THAT(set.ignored[0], HasSubstr("key \"one\" is there twice"));
    EXPECT_THAT(complaint(key_set(keys)), HasSubstr("key \"one\" is there twice")) << "in a file of our own";
}

TEST(KeySet, RefusesCurveKeysThatAreSpelledWrong) {
    const std::string off_curve = R"({"kty":"EC","crv":"P-256","kid":"a","x":")" + base64url_text(secret('a')) +
                                  R"(","y":")" + base64url_text(secret('b')) + "\"}";
    EXPECT_NE(complaint(key_set(off_curve)), "") << "no point of the curve";
    const std::string shorter =
        R"({"kty":"OKP","crv":"Ed25519","kid":"a","x":")" + base64url_text(secret('a', 31)) + "\"}";
    EXPECT_THAT(complaint(key_set(shorter)), HasSubstr("32 bytes"));
    EXPECT_NE(complaint(key_set(R"({"kty":"OKP","crv":"Ed25519","kid":"a"})")), "");
    const std::string swapped = R"({"kty":"OKP","crv":"Ed25519","kid":"a","x":")" + base64url_text(secret('a')) +
                                R"(","d":")" + base64url_text(secret('b')) + "\"}";
    EXPECT_THAT(complaint(key_set(swapped)), HasSubstr("not of its")) << "parts of two keys";
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
