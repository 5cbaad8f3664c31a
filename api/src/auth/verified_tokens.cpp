#include "auth/verified_tokens.h"

#include <algorithm>
#include <functional>
#include <optional>

namespace boxoffice::api {

namespace {

constexpr std::size_t shards_most = 16; // several for each thread, so that two seldom meet

} // namespace

VerifiedTokens::VerifiedTokens(std::shared_ptr<const KeyRing> keys, std::size_t capacity)
    : shards_(std::clamp<std::size_t>(capacity, 1, shards_most)), shard_capacity_(capacity / shards_.size()) {
    replace_keys(std::move(keys));
}

// By other bits of the hash than those by which a small unordered_map picks its bucket.
VerifiedTokens::Shard& VerifiedTokens::shard_of(std::string_view token) {
    const std::size_t hash = std::hash<std::string_view>{}(token);
    return shards_[(hash >> 32) % shards_.size()];
}

Identity VerifiedTokens::verify(std::string_view token, std::int64_t now_seconds) {
    Shard& shard = shard_of(token);
    std::shared_ptr<const KeyRing> keys;
    std::optional<Identity> known;
    {
        const std::lock_guard lock(shard.mutex);
        const auto found = shard.by_token.find(token);
        if (found == shard.by_token.end()) {
            keys = shard.keys;
        } else {
            known = found->second->identity;
            if (now_seconds >= known->expires_at) {
                const auto entry = found->second;
                shard.by_token.erase(found); // first: its key is a view into the entry
                shard.entries.erase(entry);
            } else {
                shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
            }
        }
    }
    if (known) {
        require_current(*known, now_seconds);
        return *std::move(known);
    }
    Identity identity = keys->verify(token, now_seconds);
    remember(shard, keys, token, identity);
    return identity;
}

// Keeps the token, unless the keys were replaced while it was being verified: it may be good by a key that is gone.
void VerifiedTokens::remember(Shard& shard, const std::shared_ptr<const KeyRing>& keys, std::string_view token,
                              const Identity& identity) {
    std::list<Entry> fresh; // made and destroyed outside of the lock
    std::list<Entry> oldest;
    fresh.push_back({std::string(token), identity});
    const std::lock_guard lock(shard.mutex);
    if (shard.keys != keys || shard_capacity_ == 0 || shard.by_token.contains(token)) {
        return;
    }
    while (shard.entries.size() >= shard_capacity_) {
        shard.by_token.erase(shard.entries.back().token);
        oldest.splice(oldest.begin(), shard.entries, std::prev(shard.entries.end()));
    }
    shard.by_token.emplace(fresh.front().token, fresh.begin());
    shard.entries.splice(shard.entries.begin(), fresh);
}

void VerifiedTokens::replace_keys(std::shared_ptr<const KeyRing> keys) {
    for (Shard& shard : shards_) {
        std::list<Entry> forgotten; // destroyed outside of the lock
        std::shared_ptr<const KeyRing> replaced = keys;
        const std::lock_guard lock(shard.mutex);
        shard.by_token.clear();
        shard.entries.swap(forgotten);
        shard.keys.swap(replaced);
    }
}

std::size_t VerifiedTokens::size() const {
    std::size_t sum = 0;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        sum += shard.entries.size();
    }
    return sum;
}

} // namespace boxoffice::api
