#include "auth/key_source.h"

#include "auth/key_set.h"
#include "base/configuration_error.h"
#include "base/log.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>

namespace boxoffice::api {

namespace {

using std::chrono::seconds;

constexpr seconds least_freshness{60};
constexpr seconds most_freshness{24 * 60 * 60};
constexpr seconds usual_freshness{5 * 60};
// How often unknown keys make the provider be asked, and how soon after it could not be.
constexpr seconds asked_every{10};
constexpr seconds first_retry{1};
constexpr long timeout_ms = 5000;
constexpr std::size_t most_bytes = 1024 * 1024;

struct FetchError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Fetched {
    std::string text;
    std::string cache_control;
};

std::size_t take_text(char* data, std::size_t size, std::size_t count, void* fetched) {
    std::string& text = static_cast<Fetched*>(fetched)->text;
    if (text.size() + size * count > most_bytes) {
        return 0; // which ends it with an error
    }
    text.append(data, size * count);
    return size * count;
}

char lower(char character) {
    return character >= 'A' && character <= 'Z' ? static_cast<char>(character | 0x20) : character;
}

std::size_t take_header(char* data, std::size_t size, std::size_t count, void* fetched) {
    constexpr std::string_view name = "cache-control:";
    std::string line(data, size * count);
    std::transform(line.begin(), line.end(), line.begin(), lower);
    if (line.starts_with(name)) {
        static_cast<Fetched*>(fetched)->cache_control.append(line.substr(name.size())).append(",");
    }
    return size * count;
}

int is_ended(void* ended, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return *static_cast<std::atomic<bool>*>(ended) ? 1 : 0;
}

struct HandleDeleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

// Redirects are not followed: the address that is trusted is the one in the settings. Throws FetchError.
Fetched get(const std::string& url, std::atomic<bool>& ended) {
    const std::unique_ptr<CURL, HandleDeleter> handle(curl_easy_init());
    if (!handle) {
        throw FetchError("libcurl cannot be used");
    }
    Fetched fetched;
    curl_easy_setopt(handle.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, url.starts_with("https:") ? "https" : "http");
    if (is_on_this_machine(url)) {
        curl_easy_setopt(handle.get(), CURLOPT_PROXY, ""); // else what the environment says
    }
    curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, take_text);
    curl_easy_setopt(handle.get(), CURLOPT_WRITEDATA, &fetched);
    curl_easy_setopt(handle.get(), CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(handle.get(), CURLOPT_HEADERDATA, &fetched);
    curl_easy_setopt(handle.get(), CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle.get(), CURLOPT_XFERINFOFUNCTION, is_ended);
    curl_easy_setopt(handle.get(), CURLOPT_XFERINFODATA, &ended);
    if (const CURLcode result = curl_easy_perform(handle.get()); result != CURLE_OK) {
        throw FetchError(curl_easy_strerror(result));
    }
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        throw FetchError("it answered with status " + std::to_string(status));
    }
    return fetched;
}

} // namespace

TokenRules token_rules(const Configuration& configuration) {
    return {.issuer = configuration.jwt_issuer,
            .audience = configuration.jwt_audience,
            .role_claim = configuration.role_claim,
            .leeway_seconds = configuration.jwt_leeway};
}

seconds freshness(std::string_view cache_control) {
    constexpr std::string_view name = "max-age=";
    if (cache_control.find("no-store") != std::string_view::npos ||
        cache_control.find("no-cache") != std::string_view::npos) {
        return least_freshness;
    }
    const std::size_t at = cache_control.find(name);
    if (at == std::string_view::npos) {
        return usual_freshness;
    }
    std::int64_t count = 0;
    const char* const begin = cache_control.data() + at + name.size();
    const auto [end, error] = std::from_chars(begin, cache_control.data() + cache_control.size(), count);
    if (error == std::errc::result_out_of_range) {
        return most_freshness;
    }
    return end == begin ? usual_freshness : std::clamp(seconds(count), least_freshness, most_freshness);
}

KeySource::KeySource(std::string url, TokenRules rules, Replace replace)
    : url_(std::move(url)), rules_(std::move(rules)), replace_(std::move(replace)), thread_([this] { run(); }) {}

KeySource::~KeySource() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

bool KeySource::look_for_new() {
    const std::lock_guard lock(mutex_);
    if (wanted_ || asking_ || !has_keys_) {
        return true; // without keys it is tried again anyway
    }
    const Instant now = std::chrono::steady_clock::now();
    if (now < look_again_at_) {
        return false;
    }
    look_again_at_ = now + asked_every;
    wanted_ = true;
    wake_.notify_one();
    return true;
}

void KeySource::reload() {
    const std::lock_guard lock(mutex_);
    wanted_ = true;
    wake_.notify_one();
}

void KeySource::run() {
    seconds retry = first_retry;
    while (!ended_) {
        {
            const std::lock_guard lock(mutex_);
            wanted_ = false; // what is wanted from now on may be newer than the answer
            asking_ = true;
        }
        seconds pause{};
        try {
            pause = fetch();
            retry = first_retry;
            say("");
        } catch (const std::exception& failed) {
            pause = has_keys_ ? asked_every : retry;
            retry = std::min(retry * 2, asked_every);
            say(failed.what());
        }
        std::unique_lock lock(mutex_);
        asking_ = false;
        wake_.wait_for(lock, pause, [this] { return ended_ || wanted_; });
    }
}

// Returns how long that will do. Throws FetchError and ConfigurationError.
seconds KeySource::fetch() {
    Fetched fetched = get(url_, ended_);
    if (fetched.text != text_) {
        auto keys =
            std::make_shared<const KeyRing>(KeyRing(read_key_set(fetched.text, url_, Source::provider), rules_));
        for (const std::string& ignored : keys->ignored()) {
            log::info("a key of the provider is not used: " + ignored);
        }
        replace_(std::move(keys));
        text_ = std::move(fetched.text);
        has_keys_ = true;
        log::info("the keys of tokens were fetched from " + url_);
    }
    return freshness(fetched.cache_control);
}

// What is wrong is said when it begins, not at every attempt.
void KeySource::say(const std::string& trouble) {
    if (trouble != trouble_ && !trouble.empty() && !ended_) {
        log::error("the keys of tokens " + std::string(has_keys_ ? "stay as they were" : "could not be fetched") +
                   ": " + url_ + ": " + trouble);
    }
    trouble_ = trouble;
}

} // namespace boxoffice::api
