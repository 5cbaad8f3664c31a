// Tokens: which are taken and what they say, and that every other is refused with its reason.
#include "auth/identity.h"

#include "auth/key_set.h"
#include "auth/new_keys.h"
#include "base/configuration_error.h"
#include "token_maker.h"

#include <gmock/gmock-matchers.h>

#include <random>

namespace boxoffice::api::testing {
namespace {

using ::testing::HasSubstr;

const Header hs256_header = {{"alg", "HS256"}, {"kid", "a"}};
const std::string plain_claims = R"({"sub":"anna","exp":1900000060})";

// The ring of most tests: one secret, named a.
const KeyRing& ring() {
    static const KeyRing ring = ring_of(hs256_jwk("a", secret('a')));
    return ring;
}

// These claims, rightly signed for ring().
std::string token_of(const std::string& claims) { return sign(hs256_key(secret('a')), hs256_header, claims); }

// Claims that are fine but for what is added.
std::string token_with(const std::string& more) { return token_of(R"({"sub":"anna","exp":1900000060,)" + more + "}"); }

TEST(Identity, SaysWhoCalls) {
    const Identity plain = ring().verify(token_of(plain_claims), now);
    EXPECT_EQ(plain.user, "anna");
    EXPECT_FALSE(plain.administrator);
    EXPECT_EQ(plain.queue_priority, 0);
    EXPECT_EQ(plain.expires_at, now + 60);

    const Identity all = ring().verify(
        token_with(R"("nbf":1899999000,"iat":"any","role":"boxoffice_admin","queue_priority":3,"other":[{}])"), now);
    EXPECT_TRUE(all.administrator);
    EXPECT_EQ(all.queue_priority, 3);
    EXPECT_EQ(all.valid_from, 1899999000);
}

TEST(Identity, TakesItsOwnMintedTokens) {
    const KeyRing ring =
        ring_of(rs256_jwk("public", some_rsa(), false) + "," + hs256_jwk("b", secret('b')), "issuer", "boxoffice");
    const Identity identity = ring.verify(ring.mint({"예나 \"☃\" \\", "boxoffice_admin", 2, 60}, now), now + 59);
    EXPECT_EQ(identity.user, "예나 \"☃\" \\");
    EXPECT_TRUE(identity.administrator);
    EXPECT_EQ(identity.queue_priority, 2);
    EXPECT_EQ(identity.expires_at, now + 60);
}

TEST(Identity, SignsAndVerifiesWithRsa) {
    const KeyRing signer = ring_of(rs256_jwk("r", some_rsa(), true));
    const KeyRing verifier = ring_of(rs256_jwk("r", some_rsa(), false));
    const std::string token = signer.mint({.user = "anna"}, now);
    EXPECT_EQ(verifier.verify(token, now).user, "anna");
    EXPECT_THROW(verifier.mint({.user = "anna"}, now), ConfigurationError) << "no private part";

    const KeyRing other = ring_of(rs256_jwk("r", new_rsa(), false));
    EXPECT_EQ(refusal(other, token), "the token's signature is wrong");
}

TEST(Identity, MintsNothingThatWouldBeRefused) {
    for (const Claims& claims :
         {Claims{.user = ""}, Claims{.user = std::string(256, 'a')}, Claims{.user = "a\nb"}, Claims{.user = "\xff"},
          Claims{.user = "a", .role = "\xff"}, Claims{.user = "a", .role = std::string(4096, 'r')},
          Claims{.user = "a", .queue_priority = 4}, Claims{.user = "a", .queue_priority = -1},
          Claims{.user = "a", .lifetime_seconds = 0},
          Claims{.user = "a", .lifetime_seconds = std::numeric_limits<std::int64_t>::max()}}) {
        EXPECT_THROW(ring().mint(claims, now), std::invalid_argument) << claims.user;
    }
}

TEST(Identity, RefusesATokenOutOfItsTime) {
    const std::string token = token_with(R"("nbf":1900000010)");
    EXPECT_EQ(refusal(ring(), token, now + 9), "the token is not valid yet");
    EXPECT_EQ(refusal(ring(), token, now + 10), "");
    EXPECT_EQ(refusal(ring(), token, now + 59), "");
    EXPECT_EQ(refusal(ring(), token, now + 60), "the token has expired");
    const std::string fractions = token_of(R"({"sub":"a","nbf":1900000009.5,"exp":1.9000000595e9})");
    EXPECT_EQ(refusal(ring(), fractions, now + 9), "the token is not valid yet");
    EXPECT_EQ(refusal(ring(), fractions, now + 10), "");
    EXPECT_EQ(refusal(ring(), fractions, now + 59), "");
    EXPECT_EQ(refusal(ring(), fractions, now + 60), "the token has expired");
    EXPECT_EQ(refusal(ring(), token_of(R"({"sub":"a","exp":-1})")), "the token has expired");
}

TEST(Identity, RefusesTimesThatAreNone) {
    EXPECT_EQ(refusal(ring(), token_of(R"({"sub":"anna"})")), "the token has no exp");
    for (const std::string exp :
         {R"("1900000060")", "null", "true", "[]", "{}", "1e300", "18446744073709551615", "9007199254740994"}) {
        EXPECT_THAT(refusal(ring(), token_of(R"({"sub":"a","exp":)" + exp + "}")), HasSubstr("exp is")) << exp;
        EXPECT_THAT(refusal(ring(), token_with("\"nbf\":" + exp)), HasSubstr("nbf is")) << exp;
    }
}

// The header is read before the signature is looked at.
TEST(Identity, RefusesNumbersThatNoDoubleHoldsWhereverTheyStand) {
    for (const std::string& number :
         {std::string("0.00000000000000000000000001e-323"), "0." + std::string(348, '0') + "1", std::string(1400, '9'),
          "0." + std::string(1400, '0') + "1"}) {
        const std::string object = R"({"alg":"none","x":)" + number + "}";
        const std::string part = base64url_text(object);
        EXPECT_EQ(refusal(ring(), part + ".e30.AAAA"), "the header of the token is no JSON, or names a member twice");
        EXPECT_EQ(refusal(ring(), token_with("\"x\":" + number)),
                  "the claims part of the token is no JSON, or names a member twice");
        EXPECT_EQ(refusal(ring(), token_of(R"({"sub":"a","exp":)" + number + "}")),
                  "the claims part of the token is no JSON, or names a member twice");
    }
}

TEST(Identity, RefusesAUserThatIsNoName) {
    const auto of_user = [](const std::string& sub) { return token_of(R"({"exp":1900000060,"sub":)" + sub + "}"); };
    const std::string longest(255, 'u');
    EXPECT_EQ(ring().verify(of_user("\"" + longest + "\""), now).user, longest);
    for (const std::string& sub : std::initializer_list<std::string>{
             R"("")", "\"" + longest + "u\"", R"("a\u0000b")", R"("a\nb")", R"("\u007f")", R"("\u0085")", R"("\udc00")",
             R"("\ud800")", "\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "7", "null", R"(["a"])", R"({"a":1})"}) {
        EXPECT_NE(refusal(ring(), of_user(sub)), "") << sub;
    }
    EXPECT_THAT(refusal(ring(), token_of(R"({"exp":1900000060})")), HasSubstr("sub"));
}

TEST(Identity, OnlyTheExactRoleMakesAnAdministrator) {
    for (const std::string role : {"", "Boxoffice_admin", "boxoffice_admin ", "boxoffice_admin\\u0001", "admin"}) {
        EXPECT_FALSE(ring().verify(token_with(R"("role":")" + role + "\""), now).administrator) << role;
    }
    for (const std::string role : {"true", "null", "1", "[]", R"([["boxoffice_admin"]])", R"({"boxoffice_admin":1})"}) {
        EXPECT_FALSE(ring().verify(token_with("\"role\":" + role), now).administrator) << role;
    }
    EXPECT_TRUE(ring().verify(token_with(R"("role":["buyer",7,"boxoffice_admin"])"), now).administrator);
}

TEST(Identity, RefusesAPriorityThatIsNone) {
    for (const std::string priority : {"-1", "4", "1.0", "1e0", "\"1\"", "null", "true", "[]", "4294967297"}) {
        EXPECT_THAT(refusal(ring(), token_with("\"queue_priority\":" + priority)), HasSubstr("queue_priority"));
    }
}

TEST(Identity, ChecksTheIssuerOnlyWhenSet) {
    const KeyRing strict = ring_of(hs256_jwk("a", secret('a')), "https://issuer");
    EXPECT_EQ(refusal(strict, token_with(R"("iss":"https://issuer")")), "");
    for (const std::string more : {R"("iss":"https://issuer/")", R"("iss":"")", R"("other":1)"}) {
        EXPECT_THAT(refusal(strict, token_with(more)), HasSubstr("iss")) << more;
        EXPECT_EQ(refusal(ring(), token_with(more)), "") << more;
    }
    EXPECT_THAT(refusal(ring(), token_with(R"("iss":1)")), HasSubstr("iss"));
}

TEST(Identity, ChecksTheAudienceOnlyWhenSet) {
    const KeyRing strict = ring_of(hs256_jwk("a", secret('a')), "", "boxoffice");
    for (const std::string more : {R"("aud":"boxoffice")", R"("aud":["x","boxoffice"])"}) {
        EXPECT_EQ(refusal(strict, token_with(more)), "") << more;
    }
    for (const std::string more : {R"("aud":"boxoffic")", R"("aud":[])", R"("aud":["x"])", R"("other":1)"}) {
        EXPECT_EQ(refusal(strict, token_with(more)), "the token's aud does not name this service") << more;
        EXPECT_EQ(refusal(ring(), token_with(more)), "") << more;
    }
    for (const std::string more : {R"("aud":1)", R"("aud":["boxoffice",1])", R"("aud":{"boxoffice":1})"}) {
        EXPECT_THAT(refusal(strict, token_with(more)), HasSubstr("aud is neither")) << more;
        EXPECT_THAT(refusal(ring(), token_with(more)), HasSubstr("aud is neither")) << more;
    }
}

TEST(Identity, FindsTheKeyByItsId) {
    const std::string two = hs256_jwk("a", secret('a')) + "," + hs256_jwk("b", secret('b'));
    const KeyRing both = ring_of(two);
    const Header no_kid = {{"alg", "HS256"}};
    const std::string unnamed = sign(hs256_key(secret('a')), no_kid, plain_claims);
    EXPECT_EQ(refusal(ring(), unnamed), "") << "the only key";
    const KeyRing rotated = ring_of(hs256_jwk("b", secret('b')));
    EXPECT_THROW(rotated.verify(unnamed, now), UnknownKey) << "perhaps by a key that is new";
    EXPECT_THAT(refusal(both, unnamed), HasSubstr("no kid"));
    EXPECT_EQ(refusal(both, token_of(plain_claims)), "");
    EXPECT_EQ(refusal(both, sign(hs256_key(secret('b')), hs256_header, plain_claims)), "the token's signature is wrong")
        << "signed with b, says a";
    for (const char* kid : {"c", "", "A", "a "}) {
        const Header header = {{"alg", "HS256"}, {"kid", kid}};
        EXPECT_THAT(refusal(ring(), sign(hs256_key(secret('a')), header, plain_claims)), HasSubstr("names no key"));
    }
    EXPECT_THAT(refusal(ring(), unsigned_token(R"({"alg":"HS256","kid":1})", plain_claims)), HasSubstr("no string"));
}

TEST(Identity, RefusesAnyAlgorithmButItsKeys) {
    const JoseKey long_secret = hs256_key(secret('l', 64));
    const KeyRing ring = ring_of(hs256_jwk("a", secret('l', 64)));
    for (const char* algorithm : {"HS384", "HS512"}) {
        const Header header = {{"alg", algorithm}, {"kid", "a"}};
        EXPECT_EQ(refusal(ring, sign(long_secret, header, plain_claims)), "the token's alg is not that of its key");
    }
    const KeyRing rsa = ring_of(rs256_jwk("a", some_rsa(), true));
    for (const char* algorithm : {"RS512", "PS256"}) {
        const Header header = {{"alg", algorithm}, {"kid", "a"}};
        EXPECT_EQ(refusal(rsa, sign(some_rsa(), header, plain_claims)), "the token's alg is not that of its key");
    }
    for (const std::string header : {R"({"alg":"none"})", R"({"alg":"None","kid":"a"})", R"({"kid":"a"})",
                                     R"({"alg":null})", R"({"alg":["HS256"]})", R"({"alg":"HS256 "})"}) {
        const std::string token = unsigned_token(header, plain_claims);
        EXPECT_THAT(refusal(ring, token), HasSubstr("alg")) << header;
        EXPECT_THAT(refusal(ring, token.substr(0, token.size() - 4)), HasSubstr("three parts")) << header;
    }
}

TEST(Identity, ThePublicRsaKeyIsNoSecret) {
    const KeyRing rsa = ring_of(rs256_jwk("a", some_rsa(), false));
    const std::string json = rs256_jwk("a", some_rsa(), false);
    const std::size_t from = json.find("\"n\":\"") + 5;
    const std::string modulus = json.substr(from, json.find('"', from) - from);
    for (const std::string& known : {json, modulus, base64url_bytes(modulus).value()}) {
        const std::string token = sign(hs256_key(known), hs256_header, plain_claims);
        EXPECT_EQ(refusal(rsa, token), "the token's alg is not that of its key");
    }
    const Header honest = {{"alg", "RS256"}, {"kid", "a"}};
    EXPECT_EQ(refusal(ring(), sign(some_rsa(), honest, plain_claims)), "the token's alg is not that of its key");
}

TEST(Identity, RefusesHeadersThatChangeWhatIsSigned) {
    const JoseKey key = hs256_key(secret('a'));
    const auto with = [&](const char* name, const char* value) {
        Header header = hs256_header;
        header.emplace_back(name, value);
        return sign(key, header, plain_claims);
    };
    EXPECT_THAT(refusal(ring(), with("crit", R"(["exp"])")), HasSubstr("crit"));
    EXPECT_THAT(refusal(ring(), with("crit", R"([])")), HasSubstr("crit"));
    EXPECT_THAT(refusal(ring(), with("b64", "false")), HasSubstr("b64"));
    EXPECT_EQ(refusal(ring(), with("typ", "JWT")), "");
    for (const std::string b64 : {"false", "0", "null"}) {
        EXPECT_THAT(refusal(ring(), unsigned_token(R"({"alg":"HS256","b64":)" + b64 + "}", plain_claims)),
                    HasSubstr("b64"));
    }
    EXPECT_EQ(refusal(ring(), unsigned_token(R"({"alg":"HS256","b64":true})", plain_claims)),
              "the token's signature is wrong");

    // a token that brings its own key is checked with ours
    Header bringing = hs256_header;
    const std::string own = hs256_jwk("a", secret('x'));
    bringing.emplace_back("jwk", own.c_str());
    EXPECT_EQ(refusal(ring(), sign(hs256_key(secret('x')), bringing, plain_claims)), "the token's signature is wrong");
}

TEST(Identity, RefusesNamesThatAreThereTwice) {
    EXPECT_THAT(refusal(ring(), token_with(R"("sub":"berta")")), HasSubstr("twice"));
    EXPECT_THAT(refusal(ring(), token_with(R"("s\u0075b":"berta")")), HasSubstr("twice"));
    EXPECT_THAT(refusal(ring(), token_with(R"("x":{"y":1,"y":2})")), HasSubstr("twice"));
    const std::string header = R"({"alg":"HS256","kid":"a","alg":"none"})";
    EXPECT_THAT(refusal(ring(), unsigned_token(header, plain_claims)), HasSubstr("twice"));
}

TEST(Identity, RefusesClaimsThatAreNoObject) {
    for (const std::string& claims :
         {std::string("[]"), std::string("7"), std::string("null"), std::string("{"), std::string("x"),
          plain_claims + "x", plain_claims + std::string(1, '\0'), plain_claims + std::string(1, '\0') + "x",
          std::string(1400, '['), "{\"sub\":" + std::string(1000, '[') + std::string(1000, ']') + "}"}) {
        EXPECT_THAT(refusal(ring(), token_of(claims)), HasSubstr("claims part")) << claims;
    }
}

TEST(Identity, RefusesATokenTamperedWithAnywhere) {
    const KeyRing rsa = ring_of(rs256_jwk("a", some_rsa(), true));
    for (const KeyRing* ring : {&testing::ring(), &rsa}) {
        const std::string token = ring->mint({.user = "anna"}, now);
        EXPECT_EQ(refusal(*ring, token), "");
        for (std::size_t at = 0; at < token.size(); ++at) {
            for (const char other : {'A', 'B', 'w', '_', '.', '=', ' ', '\0', '\xff'}) {
                std::string tampered = token;
                tampered[at] = other;
                EXPECT_EQ(refusal(*ring, tampered).empty(), tampered == token) << at << other;
            }
            EXPECT_NE(refusal(*ring, token.substr(0, at)), "") << at;
            EXPECT_NE(refusal(*ring, token.substr(at + 1)), "") << at;
        }
    }
}

TEST(Identity, ATokenHasOneSpelling) {
    const std::string token = token_of(plain_claims);
    for (const std::string more : {"=", "==", "=junk", ".", ".e30", " ", "\n", "A", "AAAA"}) {
        EXPECT_NE(refusal(ring(), token + more), "") << more;
        EXPECT_NE(refusal(ring(), more + token), "") << more;
    }
    int taken = 0;
    for (const char last : std::string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")) {
        taken += refusal(ring(), token.substr(0, token.size() - 1) + last).empty() ? 1 : 0;
    }
    EXPECT_EQ(taken, 1) << "the bits that are left over must be zero";
}

TEST(Identity, RefusesJunk) {
    for (const std::string junk : {"", ".", "..", "...", "a", "a.b", "a.b.c", "e30.e30.", ".e30.AAAA", "e30..AAAA",
                                   "e30.e30.AAAA", "e30.e30.e30.e30", "e30.e30.e30.e30.e30", "Bearer", "{}.{}.{}"}) {
        EXPECT_NE(refusal(ring(), junk), "") << junk;
    }
    const std::string deep = base64url_text(std::string(2900, '['));
    EXPECT_THAT(refusal(ring(), deep + ".e30.AAAA"), HasSubstr("header"));
    EXPECT_THAT(refusal(ring(), std::string(4097, 'a')), HasSubstr("4096"));
    EXPECT_THAT(refusal(ring(), std::string(10'000'000, '.')), HasSubstr("4096"));

    std::mt19937 random(1);
    const std::string characters = "abcXYZ019-_....={}[]\"";
    for (int trial = 0; trial < 20'000; ++trial) {
        std::string junk(random() % 200, ' ');
        for (char& each : junk) {
            each = trial % 2 == 0 ? static_cast<char>(random()) : characters[random() % characters.size()];
        }
        EXPECT_NE(refusal(ring(), junk), "");
        const std::string header = base64url_text(R"({"alg":"HS256","kid":"a"})");
        EXPECT_NE(refusal(ring(), header + "." + base64url_text(junk) + "." + base64url_text(junk)), "");
        EXPECT_NE(refusal(ring(), base64url_text(junk) + "." + base64url_text(junk) + "." + header), "");
    }
}

TEST(Identity, TheLongestTokenIsTaken) {
    const std::string token = token_of(R"({"sub":"a","exp":1900000060,"x":")" + std::string(2900, 'x') + "\"}");
    ASSERT_LE(token.size(), KeyRing::token_limit_characters);
    ASSERT_GT(token.size(), 3900U);
    EXPECT_EQ(refusal(ring(), token), "");
    EXPECT_THAT(refusal(ring(), token_of(R"({"sub":"a","exp":1900000060,"x":")" + std::string(3100, 'x') + "\"}")),
                HasSubstr("4096"));
}

TEST(Identity, SignsAndVerifiesWithEveryAlgorithm) {
    for (const char* const algorithm : {"HS256", "RS256", "ES256", "EdDSA"}) {
        const NewKeys keys = new_keys(algorithm, "k");
        const KeyRing signer(read_key_set(keys.set, "new", Source::file), {});
        const std::string token = signer.mint({.user = "anna"}, now);
        EXPECT_EQ(signer.verify(token, now).user, "anna") << algorithm;
        const std::string& others = keys.public_set.empty() ? keys.set : keys.public_set;
        EXPECT_EQ(others.find("\"d\""), std::string::npos) << algorithm;
        const KeyRing verifier(read_key_set(others, "new", Source::file), {});
        EXPECT_EQ(verifier.verify(token, now).user, "anna") << algorithm;
        std::string tampered = token;
        tampered[tampered.size() - 9] = tampered[tampered.size() - 9] == 'A' ? 'B' : 'A';
        EXPECT_EQ(refusal(verifier, tampered), "the token's signature is wrong") << algorithm;
        const KeyRing stranger(read_key_set(new_keys(algorithm, "k").set, "new", Source::file), {});
        EXPECT_EQ(refusal(stranger, token), "the token's signature is wrong") << algorithm;
        const KeyRing other(read_key_set(new_keys(algorithm, "other").set, "new", Source::file), {});
        EXPECT_THROW(other.verify(token, now), UnknownKey) << algorithm;
    }
}

TEST(Identity, TakesOneSpellingOfAnEs256Signature) {
    const KeyRing ring(read_key_set(new_keys("ES256", "k").set, "new", Source::file), {});
    const std::string token = ring.mint({.user = "anna"}, now);
    const std::size_t dot = token.rfind('.');
    const std::string signature = base64url_bytes(token.substr(dot + 1)).value();
    ASSERT_EQ(signature.size(), 64U);
    const auto spelled = [&](const std::string& bytes) { return token.substr(0, dot + 1) + base64url_text(bytes); };
    EXPECT_EQ(refusal(ring, spelled(signature)), "");
    const std::string first = signature.substr(0, 32);
    const std::string second = signature.substr(32);
    for (const std::size_t zeros : {1, 2, 18, 32}) {
        const std::string padding(zeros, '\0');
        EXPECT_EQ(refusal(ring, spelled(padding + first + padding + second)), "the token's signature is wrong")
            << zeros;
    }
    for (const std::string& longer : {signature + "x", std::string(1, '\0') + signature, signature.substr(0, 63)}) {
        EXPECT_EQ(refusal(ring, spelled(longer)), "the token's signature is wrong") << longer.size();
    }
}

TEST(Identity, NoAlgorithmPassesForAnother) {
    const char* const all[] = {"HS256", "RS256", "ES256", "EdDSA"};
    for (const char* const of_key : all) {
        const KeyRing ring(read_key_set(new_keys(of_key, "k").set, "new", Source::file), {});
        for (const char* const of_token : all) {
            if (std::string_view(of_key) != of_token) {
                const KeyRing signer(read_key_set(new_keys(of_token, "k").set, "new", Source::file), {});
                EXPECT_EQ(refusal(ring, signer.mint({.user = "anna"}, now)), "the token's alg is not that of its key");
            }
        }
    }
}

TEST(Identity, AllowsForClocksThatAreWrong) {
    const KeyRing lenient = ring_of(hs256_jwk("a", secret('a')), TokenRules{.leeway_seconds = 30});
    const std::string token = token_with(R"("nbf":1900000010)");
    EXPECT_EQ(refusal(lenient, token, now - 21), "the token is not valid yet");
    EXPECT_EQ(refusal(lenient, token, now - 20), "");
    EXPECT_EQ(refusal(lenient, token, now + 89), "");
    EXPECT_EQ(refusal(lenient, token, now + 90), "the token has expired");
    EXPECT_EQ(lenient.verify(token, now).expires_at, now + 90) << "so that it is remembered as long";
    EXPECT_EQ(refusal(lenient, token_of(R"({"sub":"a","exp":-9007199254740992})")), "the token has expired");
}

TEST(Identity, FindsTheRoleWhereTheSettingSays) {
    const auto is_administrator = [](const std::string& claim, const std::string& more) {
        const KeyRing ring = ring_of(hs256_jwk("a", secret('a')), TokenRules{.role_claim = claim, .leeway_seconds = 0});
        return ring.verify(token_with(more), now).administrator;
    };
    const std::string keycloak = R"("realm_access":{"roles":["offline_access","boxoffice_admin"]})";
    EXPECT_TRUE(is_administrator("realm_access.roles", keycloak));
    EXPECT_FALSE(is_administrator("role", keycloak));
    EXPECT_FALSE(is_administrator("realm_access", keycloak));
    EXPECT_FALSE(is_administrator("realm_access.roles.more", keycloak));
    EXPECT_FALSE(is_administrator("realm_access.roles", R"("realm_access":{"roles":["admin"]})"));
    EXPECT_FALSE(is_administrator("realm_access.roles", R"("realm_access":["roles"],"role":"boxoffice_admin")"));
    EXPECT_TRUE(is_administrator("https://example.com/roles", R"("https://example.com/roles":["boxoffice_admin"])"));
    for (const char* const claim : {"realm_access.roles", "https://example.com/roles", "groups"}) {
        const KeyRing ring = ring_of(hs256_jwk("a", secret('a')), TokenRules{.role_claim = claim});
        EXPECT_TRUE(ring.verify(ring.mint({.user = "root", .role = "boxoffice_admin"}, now), now).administrator);
    }
}

} // namespace
} // namespace boxoffice::api::testing
