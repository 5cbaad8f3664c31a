// Tokens whose signature was right lately, so that it is not checked again with each request.
//
// Invariant  an entry was verified with the keys that its shard holds now; it is found by its complete text only, and
//            its times are looked at with every use. There are never more than `capacity` entries.
// Threads    all functions may be called by any thread. A shard's mutex is never held while a signature is checked.
#pragma once

#include "auth/identity.h"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace boxoffice::api {

class VerifiedTokens {
public:
    // Keeps the `capacity` tokens used last, roughly: the bound is kept per shard. 0 keeps none.
    VerifiedTokens(std::shared_ptr<const KeyRing> keys, std::size_t capacity);

    // As KeyRing::verify(), from memory where possible. Throws BadToken.
    Identity verify(std::string_view token, std::int64_t now_seconds);

    // From its return on only what the new keys verify is taken. Forgets everything.
    void replace_keys(std::shared_ptr<const KeyRing> keys);

    // How many tokens are remembered.
    std::size_t size() const;

private:
    struct Entry {
        std::string token;
        Identity identity;
    };

    struct alignas(64) Shard { // each in a cache line of its own
        mutable std::mutex mutex;
        std::shared_ptr<const KeyRing> keys;
        std::list<Entry> entries;                                                  // the one used last is first
        std::unordered_map<std::string_view, std::list<Entry>::iterator> by_token; // views into entries
    };

    Shard& shard_of(std::string_view token);
    void remember(Shard& shard, const std::shared_ptr<const KeyRing>& keys, std::string_view token,
                  const Identity& identity);

    std::vector<Shard> shards_;
    std::size_t shard_capacity_;
};

} // namespace boxoffice::api
