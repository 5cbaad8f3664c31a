// The memory of verified tokens: it answers as the key ring would, forgets in time, and may be used by many threads.
#include "auth/verified_tokens.h"

#include "token_maker.h"

#include <atomic>
#include <thread>

namespace boxoffice::api::testing {
namespace {

std::shared_ptr<const KeyRing> shared_ring(const std::string& keys) {
    return std::make_shared<const KeyRing>(ring_of(keys));
}

std::string token_of_user(const KeyRing& ring, int number, std::int64_t lifetime_seconds = 60) {
    return ring.mint({.user = "user " + std::to_string(number), .lifetime_seconds = lifetime_seconds}, now);
}

TEST(VerifiedTokens, AnswerAsTheKeyRing) {
    const auto ring = shared_ring(hs256_jwk("a", secret('a')));
    VerifiedTokens tokens(ring, 100);
    const std::string token = ring->mint({"anna", "boxoffice_admin", 2, 60}, now);
    for (int times = 0; times < 3; ++times) {
        const Identity identity = tokens.verify(token, now);
        EXPECT_EQ(identity.user, "anna");
        EXPECT_TRUE(identity.administrator);
        EXPECT_EQ(identity.queue_priority, 2);
        EXPECT_EQ(identity.expires_at, now + 60);
        EXPECT_EQ(tokens.size(), 1U);
    }
}

TEST(VerifiedTokens, ExpireInMemoryToo) {
    const auto ring = shared_ring(hs256_jwk("a", secret('a')));
    VerifiedTokens tokens(ring, 100);
    const std::string token = token_of_user(*ring, 1);
    EXPECT_EQ(refusal(tokens, token, now + 59), "");
    EXPECT_EQ(tokens.size(), 1U);
    EXPECT_EQ(refusal(tokens, token, now + 60), "the token has expired");
    EXPECT_EQ(tokens.size(), 0U) << "nobody will ask for it again";
    EXPECT_EQ(refusal(tokens, token, now + 60), "the token has expired");
    EXPECT_EQ(tokens.size(), 0U);
}

TEST(VerifiedTokens, AreNotValidEarlyWhenTheClockGoesBack) {
    const auto ring = shared_ring(hs256_jwk("a", secret('a')));
    VerifiedTokens tokens(ring, 100);
    const std::string token =
        sign(hs256_key(secret('a')), {{"alg", "HS256"}}, R"({"sub":"a","nbf":1900000010,"exp":1900000060})");
    EXPECT_EQ(refusal(tokens, token, now + 10), "");
    EXPECT_EQ(refusal(tokens, token, now + 9), "the token is not valid yet");
    EXPECT_EQ(refusal(tokens, token, now + 10), "");
}

TEST(VerifiedTokens, RefusedOnesAreNotRemembered) {
    const auto ring = shared_ring(hs256_jwk("a", secret('a')));
    VerifiedTokens tokens(ring, 100);
    std::string token = token_of_user(*ring, 1);
    EXPECT_EQ(refusal(tokens, token), "");
    token[token.size() - 5] = token[token.size() - 5] == 'A' ? 'B' : 'A';
    EXPECT_EQ(refusal(tokens, token), "the token's signature is wrong");
    EXPECT_EQ(refusal(tokens, token), "the token's signature is wrong");
    EXPECT_NE(refusal(tokens, ""), "");
    EXPECT_EQ(tokens.size(), 1U);
}

TEST(VerifiedTokens, AreForgottenWhenTheKeysAreReplaced) {
    const auto old_ring = shared_ring(hs256_jwk("a", secret('a')));
    const auto both_ring = shared_ring(hs256_jwk("a", secret('a')) + "," + hs256_jwk("b", secret('b')));
    const auto new_ring = shared_ring(hs256_jwk("b", secret('b')));
    const std::string old_token = token_of_user(*old_ring, 1);
    const std::string new_token = token_of_user(*new_ring, 1);
    VerifiedTokens tokens(old_ring, 100);
    EXPECT_EQ(refusal(tokens, old_token), "");
    EXPECT_NE(refusal(tokens, new_token), "");

    tokens.replace_keys(both_ring);
    EXPECT_EQ(tokens.size(), 0U);
    EXPECT_EQ(refusal(tokens, old_token), "");
    EXPECT_EQ(refusal(tokens, new_token), "");

    tokens.replace_keys(new_ring);
    EXPECT_EQ(refusal(tokens, old_token), "the token's kid names no key that is trusted here");
    EXPECT_EQ(refusal(tokens, new_token), "");
}

TEST(VerifiedTokens, AreNeverMoreThanTheCapacity) {
    const auto ring = shared_ring(hs256_jwk("a", secret('a')));
    for (const std::size_t capacity : {0U, 1U, 7U, 16U, 100U}) {
        VerifiedTokens tokens(ring, capacity);
        for (int number = 0; number < 500; ++number) {
            const std::string token = token_of_user(*ring, number);
            EXPECT_EQ(tokens.verify(token, now).user, "user " + std::to_string(number));
            EXPECT_EQ(tokens.verify(token, now).user, "user " + std::to_string(number));
            ASSERT_LE(tokens.size(), capacity);
        }
        EXPECT_GE(tokens.size(), capacity / 2) << "500 tokens fill most of each shard";
    }
}

TEST(VerifiedTokens, ServeManyThreadsWhileTheKeysChange) {
    const auto first = shared_ring(hs256_jwk("a", secret('a')));
    const auto second = shared_ring(hs256_jwk("a", secret('a')) + "," + hs256_jwk("b", secret('b')));
    std::vector<std::string> lasting;
    std::vector<std::string> gone;
    for (int number = 0; number < 64; ++number) {
        lasting.push_back(token_of_user(*first, number));
        gone.push_back(
            sign(hs256_key(secret('b')), {{"alg", "HS256"}, {"kid", "b"}}, R"({"sub":"gone","exp":1900000060})"));
    }
    VerifiedTokens tokens(second, 48);
    std::atomic<bool> running = true;
    std::atomic<int> wrong = 0;
    std::vector<std::thread> threads;
    for (unsigned seed = 0; seed < 4; ++seed) {
        threads.emplace_back([&, seed] {
            for (std::size_t step = seed; running; ++step) {
                const std::size_t number = (step * 7) % lasting.size();
                wrong += tokens.verify(lasting[number], now).user == "user " + std::to_string(number) ? 0 : 1;
                wrong += tokens.size() <= 48 ? 0 : 1;
                try {
                    tokens.verify(gone[number], now);
                } catch (const BadToken&) {
                    continue; // while the first ring holds
                }
            }
        });
    }
    for (int rotation = 0; rotation < 300; ++rotation) {
        tokens.replace_keys(first);
        for (const std::string& token : gone) {
            EXPECT_NE(refusal(tokens, token), "") << "verified with the keys before, remembered after";
        }
        tokens.replace_keys(second);
        std::this_thread::yield();
    }
    running = false;
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, 0);
}

} // namespace
} // namespace boxoffice::api::testing
