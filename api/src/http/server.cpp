#include "http/server.h"

#include "auth/key_set.h"
#include "auth/key_source.h"
#include "base/log.h"
#include "http/client.h"

#include <pistache/endpoint.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <random>
#include <thread>

namespace boxoffice::api {

namespace {

namespace Http = Pistache::Http;

// A seating plan of 250,000 seats as an editor writes it, with 190 bytes for each, and what stands above it. The front lets
// only seating plans be so long, and only those that an administrator sends.
constexpr std::size_t most_request_bytes = (64U << 20U) + (64U << 10U);
constexpr int backlog = 1024;

// Pistache would break off a connection whose answer takes longer, and forget that the answer is still to come. Slow
// clients are the front's to break off.
constexpr std::chrono::hours never{24};

// Answers are handed to Pistache, which has still to write them.
constexpr std::chrono::milliseconds time_to_write{200};

std::atomic<int> under_way = 0;

std::optional<std::string> header(const Http::Request& request, const std::string& name) {
    const auto raw = request.headers().tryGetRaw(name);
    return raw ? std::optional(raw->value()) : std::nullopt;
}

bool is_request_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](unsigned char character) {
        return std::isalnum(character) != 0 || character == '-' || character == '_';
    });
}

// The id that the front gave the request, or one of our own.
std::string request_id(const Http::Request& request) {
    if (const auto given = header(request, "X-Request-Id"); given && is_request_id(*given)) {
        return *given;
    }
    thread_local std::mt19937_64 random{std::random_device{}()};
    std::array<char, 33> text{};
    std::snprintf(text.data(), text.size(), "%016llx%016llx", static_cast<unsigned long long>(random()),
                  static_cast<unsigned long long>(random()));
    return text.data();
}

// The name of a header that states a condition on what is there now; empty: none does. If-None-Match is no such: it goes
// with reads, see Reply.
std::string_view condition_of(const Http::Request& request) {
    for (const char* name : {"If-Match", "If-Unmodified-Since"}) {
        if (request.headers().tryGetRaw(name)) {
            return name;
        }
    }
    return {};
}

std::optional<Method> method_of(const Http::Request& request) {
    switch (request.method()) {
    case Http::Method::Get:
    case Http::Method::Head: // the front makes it a GET; what comes here is asked by hand
        return Method::get;
    case Http::Method::Post:
        return Method::post;
    case Http::Method::Patch:
        return Method::patch;
    case Http::Method::Delete:
        return Method::erase;
    default:
        return std::nullopt;
    }
}

// A header of an answer. This Pistache writes only headers that have a class, and has none for most of ours.
class Field final : public Http::Header::Header {
public:
    Field(const char* name, std::string value) : name_(name), value_(std::move(value)) {}

    const char* name() const override { return name_; }
    std::uint64_t hash() const override { return Http::Header::detail::hash(name_); }
    void write(std::ostream& out) const override { out << value_; }

private:
    const char* name_;
    std::string value_;
};

// Sends the one answer to one request, and counts and notes it.
class Reply final : public Respondent {
public:
    Reply(Http::ResponseWriter writer, const Http::Request& request, Metrics& metrics, bool logs)
        : writer_(std::move(writer)), client_(Client::of(*writer_.peer())), request_id_(api::request_id(request)),
          if_none_match_(header(request, "If-None-Match")), metrics_(metrics), logs_(logs) {
        ++under_way;
    }

    ~Reply() override {
        if (!answered_) {
            answer(unknown_outcome("the answer got lost"), "");
        }
        --under_way;
    }

    std::string_view request_id() const override { return request_id_; }

    // Only the first answer counts: whoever calls again has met an error of their own after it.
    void answer(Answer answer, std::string_view lane) override {
        if (std::exchange(answered_, true)) {
            return;
        }
        if (answer.status == 200 && if_none_match_ && !answer.entity_tag.empty() &&
            matches(*if_none_match_, answer.entity_tag)) {
            answer.status = 304;
            answer.body.clear();
        }
        try {
            send(answer);
            note(answer, lane);
        } catch (const std::exception& failed) {
            log::warn(std::string("an answer could not be sent: ") + failed.what());
        }
    }

private:
    void send(const Answer& answer) {
        auto& headers = writer_.headers();
        // Without it this Pistache closes the connection after every answer.
        headers.remove<Http::Header::Connection>();
        headers.add<Http::Header::Connection>(Http::ConnectionControl::KeepAlive);
        const auto add = [&](const char* name, std::string value) {
            headers.add(std::make_shared<Field>(name, std::move(value)));
        };
        add("X-Request-Id", request_id_);
        add("Content-Type", std::string(answer.media_type));
        add("Cache-Control", answer.entity_tag.empty() ? "no-store" : "no-cache");
        if (!answer.location.empty()) {
            add("Location", answer.location);
        }
        if (!answer.entity_tag.empty()) {
            add("ETag", answer.entity_tag);
        }
        if (!answer.allow.empty()) {
            add("Allow", answer.allow);
        }
        if (answer.retry_after_seconds > 0) {
            add("Retry-After", std::to_string(answer.retry_after_seconds));
        }
        if (!answer.challenge.empty()) {
            add("WWW-Authenticate", answer.challenge);
        }
        client_->send([&] { writer_.send(static_cast<Http::Code>(answer.status), answer.body); });
    }

    void note(const Answer& answer, std::string_view lane) {
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - since_).count();
        metrics_.answered(route, answer.status, answer.outcome, seconds);
        if (logs_) {
            log::request({.request_id = request_id_,
                          .route = metrics_.name_of(route),
                          .status = answer.status,
                          .outcome = answer.outcome,
                          .duration_ms = seconds * 1000,
                          .lane = lane});
        }
    }

    Http::ResponseWriter writer_;
    std::shared_ptr<Client> client_;
    std::string request_id_;
    std::optional<std::string> if_none_match_;
    Metrics& metrics_;
    bool logs_;
    bool answered_ = false;
    std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

// One for each thread of Pistache.
class Handler final : public Http::Handler {
    HTTP_PROTOTYPE(Handler)

public:
    Handler(Dispatcher& dispatcher, Metrics& metrics, bool logs)
        : dispatcher_(&dispatcher), metrics_(&metrics), logs_(logs) {}

    // What is thrown out of here becomes the body of a 500, so nothing is.
    void onRequest(const Http::Request& http, Http::ResponseWriter writer) override {
        std::unique_ptr<Reply> reply;
        try {
            reply = std::make_unique<Reply>(std::move(writer), http, *metrics_, logs_);
            const std::string query = http.query().as_str();
            Request request{.method = method_of(http),
                            .path = http.resource(),
                            .query = read_query(query.empty() ? std::string_view() : std::string_view(query).substr(1)),
                            .authorization = header(http, "Authorization"),
                            .queue_token = header(http, "Queue-Token"),
                            .idempotency_key = header(http, "Idempotency-Key"),
                            .content_type = header(http, "Content-Type"),
                            .content_encoding = header(http, "Content-Encoding"),
                            .condition = condition_of(http),
                            .id = std::string(reply->request_id()),
                            .body = http.body()};
            dispatcher_->dispatch(request, std::move(reply));
        } catch (const Problem& refused) {
            reply->answer(problem(refused.status, refused.what()), "");
        } catch (...) {
            log::error("a request could not be taken on");
        }
    }

    void onDisconnection(const std::shared_ptr<Pistache::Tcp::Peer>& peer) override {
        Client::of(*peer)->end(*transport());
    }

private:
    Dispatcher* dispatcher_;
    Metrics* metrics_;
    bool logs_;
};

// The keys of the file; without one, none until they have been fetched.
std::shared_ptr<const KeyRing> load_keys(const Configuration& configuration) {
    if (!configuration.jwks_url.empty()) {
        return std::make_shared<const KeyRing>(KeySet{}, token_rules(configuration));
    }
    if (configuration.jwt_keys.empty()) {
        throw ConfigurationError(
            "neither jwt_keys nor jwks_url is set: they name the file or the address with the keys (a JWK set) that "
            "tokens are checked with");
    }
    auto keys = std::make_shared<const KeyRing>(KeyRing::load(configuration.jwt_keys, token_rules(configuration)));
    for (const std::string& ignored : keys->ignored()) {
        log::warn("a key of " + configuration.jwt_keys + " is not used: " + ignored);
    }
    return keys;
}

// A mistake in the new keys must not lock everybody out: then the old ones stay.
void reload_keys(const Configuration& configuration, Dispatcher& dispatcher, KeySource* source) {
    if (source != nullptr) {
        source->reload();
        return;
    }
    try {
        dispatcher.replace_keys(load_keys(configuration));
        log::info("the keys of tokens were read again");
    } catch (const ConfigurationError& wrong) {
        log::error(std::string("the keys of tokens stay as they were: ") + wrong.what());
    }
}

void wait_for_end(const Configuration& configuration, Dispatcher& dispatcher, KeySource* source,
                  const sigset_t& signals) {
    for (;;) {
        int signal = 0;
        sigwait(&signals, &signal);
        if (signal != SIGHUP) {
            return;
        }
        reload_keys(configuration, dispatcher, source);
    }
}

// First nothing new is sent here, then nothing new is taken on, then what is under way ends. False: not by the deadline.
bool end_in_order(const Configuration& configuration, Dispatcher& dispatcher) {
    const auto deadline =
        std::chrono::steady_clock::now() + std::chrono::milliseconds(configuration.shutdown_timeout_ms);
    log::info("shutting down: not ready any more");
    dispatcher.drain();
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::min(configuration.drain_ms, configuration.shutdown_timeout_ms)));
    dispatcher.refuse();
    while (under_way > 0 && std::chrono::steady_clock::now() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    const bool all_answered = under_way == 0;
    std::this_thread::sleep_for(time_to_write);
    log::info(all_answered ? "everything under way was answered" : "leaving with requests under way");
    return all_answered;
}

// Ending Pistache can take for ever: we leave all the same.
void leave_by(std::chrono::milliseconds patience) {
    std::thread([patience] {
        std::this_thread::sleep_for(patience);
        std::_Exit(0);
    }).detach();
}

} // namespace

int serve(const Configuration& configuration) {
    const Address address = listening_address(configuration);
    std::shared_ptr<const KeyRing> keys = load_keys(configuration);
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
        sigaddset(&signals, signal);
    }
    pthread_sigmask(SIG_BLOCK, &signals, nullptr); // before any thread, so that all inherit it
    std::signal(SIGPIPE, SIG_IGN);

    Metrics metrics;
    Lanes lanes(configuration, metrics);
    Dispatcher dispatcher(configuration, std::move(keys), lanes, metrics);
    std::unique_ptr<KeySource> source;
    if (!configuration.jwks_url.empty()) {
        source = std::make_unique<KeySource>(
            configuration.jwks_url, token_rules(configuration),
            [&dispatcher](std::shared_ptr<const KeyRing> fetched) { dispatcher.replace_keys(std::move(fetched)); });
        dispatcher.look_for_keys_at(source.get());
    }
    Http::Endpoint endpoint(Pistache::Address(address.host, Pistache::Port(static_cast<std::uint16_t>(address.port))));
    endpoint.init(Http::Endpoint::options()
                      .threads(configuration.threads)
                      .flags(Pistache::Tcp::Options::ReuseAddr | Pistache::Tcp::Options::NoDelay)
                      .backlog(backlog)
                      .headerTimeout(never)
                      .bodyTimeout(never)
                      .maxRequestSize(most_request_bytes));
    endpoint.setHandler(std::make_shared<Handler>(dispatcher, metrics, configuration.log_requests));
    try {
        endpoint.serveThreaded();
    } catch (const std::exception& failed) {
        throw ConfigurationError("cannot listen on " + configuration.listen + ": " + failed.what());
    }
    log::info("listening on " + address.host + ":" + std::to_string(static_cast<int>(endpoint.getPort())));
    wait_for_end(configuration, dispatcher, source.get(), signals);
    if (!end_in_order(configuration, dispatcher)) {
        // Lanes still use the endpoint: nothing of it may be taken down under them.
        log::flush();
        std::this_thread::sleep_for(time_to_write);
        std::_Exit(0);
    }
    leave_by(std::chrono::milliseconds(2000));
    endpoint.shutdown();
    return 0;
}

} // namespace boxoffice::api
