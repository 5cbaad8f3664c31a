// The keys of an identity provider: fetched from its address (jwks_url) at the start, again when what was fetched is too
// old, and again when a token names a key that is not known.
//
// Invariant  what was fetched last stays in force until something better has come: a provider that is down locks nobody out.
// Threads    one of its own fetches; look_for_new() and reload() may be called by any and never wait for the provider.
#pragma once

#include "auth/identity.h"
#include "base/configuration.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace boxoffice::api {

// What the settings say of tokens.
TokenRules token_rules(const Configuration& configuration);

// How long an answer with these Cache-Control headers is fresh: a minute to a day; five minutes where they do not say.
std::chrono::seconds freshness(std::string_view cache_control);

class KeySource {
public:
    using Replace = std::function<void(std::shared_ptr<const KeyRing>)>;

    // `replace` gets the keys whenever they have changed.
    KeySource(std::string url, TokenRules rules, Replace replace);
    ~KeySource();
    KeySource(const KeySource&) = delete;
    KeySource& operator=(const KeySource&) = delete;

    // A token names a key that is not known. True: the provider is being asked, so the token may be good in a moment. It is
    // asked once in ten seconds at most, however many such tokens come.
    bool look_for_new();

    // Asks the provider now.
    void reload();

    // Whether there are keys at all.
    bool has_keys() const { return has_keys_; }

private:
    using Instant = std::chrono::steady_clock::time_point;

    void run();
    std::chrono::seconds fetch();
    void say(const std::string& trouble);

    const std::string url_;
    const TokenRules rules_;
    const Replace replace_;
    std::string text_;    // of the set that is in force; of the thread alone
    std::string trouble_; // what was said last; of the thread alone
    std::atomic<bool> has_keys_ = false;
    std::atomic<bool> ended_ = false;
    std::mutex mutex_; // guards the four below
    std::condition_variable wake_;
    bool wanted_ = false; // the provider is to be asked
    bool asking_ = true;  // it is being asked
    Instant look_again_at_{};
    std::thread thread_; // last: it uses all of the above
};

} // namespace boxoffice::api
