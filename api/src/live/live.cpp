#include "live/live.h"

#include "base/log.h"
#include "live/channels.h"
#include "live/listener.h"
#include "live/protocol.h"
#include "live/sending.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <random>
#include <vector>

namespace boxoffice::api {

namespace {

using Clock = Channels::Clock;
using std::chrono::seconds;

constexpr seconds ping_after{15};
// Below the patience of the front, which is a minute.
constexpr seconds poll_ends_after{50};
// A request that does not arrive, or an answer that is not read, ends the connection.
constexpr seconds patience{10};
// The relay keeps its connection.
constexpr seconds idle_ends_after{300};
constexpr seconds look_every{1};
// More answers, for instance to pings, do not wait for a connection that does not read them.
constexpr std::size_t most_own_bytes = 65536;

enum class Kind { request, events, websocket, poll };

struct Connection : Listener {
    explicit Connection(Descriptor descriptor) : socket(std::move(descriptor)) {}

    Descriptor socket;
    Kind kind = Kind::request;
    std::string in;          // a request that is not complete
    FrameReader frames;      // of a WebSocket
    Sending sending;         // what is being sent
    std::string own;         // what follows it, before the messages that wait: answers and signs of life
    bool ends = false;       // as soon as both are done
    bool writable = true;    // there was room when it was last tried
    Clock::time_point since; // its last request, ping or progress
};

class Live {
public:
    explicit Live(const Configuration& configuration)
        : listener_(listen_at(live_place(configuration))), epoll_(epoll_create1(EPOLL_CLOEXEC)),
          channels_(kept_for(configuration.cache_ms, configuration.statement_timeout_ms)) {
        watch(listener_.get(), EPOLL_CTL_ADD, EPOLLIN);
    }

    // Until a signal comes.
    void serve(const sigset_t& signals);

    std::size_t connections() const { return connections_.size(); }

private:
    void watch(int descriptor, int operation, std::uint32_t events);
    void accept_all();
    void handle(Connection& connection, std::uint32_t events);
    bool read(Connection& connection);
    bool take(Connection& connection, std::string_view bytes);
    void begin(Connection& connection, const LiveRequest& request);
    void publish(Connection& connection, LiveRequest& request);
    bool flush(Connection& connection);
    bool fill(Connection& connection);
    void end(Connection& connection);
    void look_around();
    bool is_over(Connection& connection, Clock::time_point now);

    Descriptor listener_;
    Descriptor epoll_;
    bool full_ = false; // no more connections until some have ended
    Channels channels_;
    std::unordered_map<int, std::unique_ptr<Connection>> connections_;
    std::minstd_rand random_{std::random_device{}()};
};

void Live::watch(int descriptor, int operation, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.fd = descriptor;
    epoll_ctl(epoll_.get(), operation, descriptor, &event);
}

void Live::accept_all() {
    for (;;) {
        Descriptor client(accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (client.get() < 0) {
            if (errno == EMFILE || errno == ENFILE) {
                full_ = true;
                watch(listener_.get(), EPOLL_CTL_DEL, 0);
                log::warn("there are too many connections; more files (LimitNOFILE) allow more");
            }
            return;
        }
        const int descriptor = client.get();
        auto connection = std::make_unique<Connection>(std::move(client));
        connection->since = Clock::now();
        connections_[descriptor] = std::move(connection);
        watch(descriptor, EPOLL_CTL_ADD, EPOLLIN | EPOLLRDHUP);
    }
}

void Live::end(Connection& connection) {
    channels_.leave(connection);
    connections_.erase(connection.socket.get());
}

// Takes up the next thing to send, and gives back the room that the last one needed. False: there is none.
bool Live::fill(Connection& connection) {
    if (!connection.own.empty()) {
        connection.sending = Sending(std::exchange(connection.own, {}));
        return true;
    }
    if (connection.waiting.empty() || connection.ends) {
        connection.sending = Sending();
        return false;
    }
    Message message = std::move(connection.waiting.front());
    connection.waiting.pop_front();
    const std::size_t size = message->size();
    switch (connection.kind) {
    case Kind::poll:
        connection.sending = Sending(http_head("200 OK", size), std::move(message));
        connection.ends = true;
        break;
    case Kind::events:
        connection.sending = Sending("data: ", std::move(message), "\n\n");
        break;
    case Kind::websocket:
        connection.sending = Sending(frame_head(Opcode::text, size), std::move(message));
        break;
    case Kind::request:
        break;
    }
    return true;
}

// Sends what there is to send, as far as there is room. False: the connection has to end.
bool Live::flush(Connection& connection) {
    if (connection.lost) {
        return false;
    }
    while (!connection.sending.is_done() || fill(connection)) {
        if (connection.sending.send_to(connection.socket.get()) < 0) {
            if (errno != EAGAIN) {
                return false;
            }
            if (connection.writable) {
                connection.writable = false;
                // The reader's patience begins here: its last ping or its joining may be long ago.
                connection.since = Clock::now();
                watch(connection.socket.get(), EPOLL_CTL_MOD, EPOLLIN | EPOLLRDHUP | EPOLLOUT);
            }
            return true;
        }
        if (!connection.writable) {
            connection.since = Clock::now();
        }
    }
    if (!connection.writable) {
        connection.writable = true;
        watch(connection.socket.get(), EPOLL_CTL_MOD, EPOLLIN | EPOLLRDHUP);
    }
    return !connection.ends;
}

// From here on it hears what is said. A stream begins with what was said of late; a poll would end with that at once, and
// the next one again.
void Live::begin(Connection& connection, const LiveRequest& request) {
    if (request.channel.empty()) {
        connection.own += http_answer("404 Not Found", "");
        connection.ends = request.last;
        return;
    }
    connection.channel = request.channel;
    connection.kind = !request.websocket_key.empty() ? Kind::websocket : request.events ? Kind::events : Kind::poll;
    if (connection.kind == Kind::websocket) {
        connection.own += websocket_acceptance(request.websocket_key);
    } else if (connection.kind == Kind::events) {
        // those who lose their connection together do not come back together
        connection.own += "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
                          "Connection: close\r\n\r\nretry: " +
                          std::to_string(1000 + random_() % 4000) + "\n: hi\n\n";
    }
    channels_.join(connection, Clock::now(), connection.kind != Kind::poll);
}

// Those who cannot be sent to are ended when the next thing happens to them, which is soon: not while others are told.
void Live::publish(Connection& connection, LiveRequest& request) {
    std::vector<int> broken;
    const std::size_t count =
        channels_.publish(request.channel, std::make_shared<const std::string>(std::move(request.body)), Clock::now(),
                          [&](Listener& listener) {
                              auto& told = static_cast<Connection&>(listener);
                              if (!flush(told)) {
                                  broken.push_back(told.socket.get());
                              }
                          });
    for (const int descriptor : broken) {
        end(*connections_.at(descriptor));
    }
    connection.own += http_answer("201 Created", "{\"listeners\":" + std::to_string(count) + "}");
    connection.ends = request.last;
}

// What a connection has sent. False: it has to end.
bool Live::take(Connection& connection, std::string_view bytes) {
    if (connection.kind == Kind::websocket) {
        if (connection.frames.read(bytes, connection.own) == Reading::broken) {
            connection.ends = true;
        }
        return connection.own.size() <= most_own_bytes;
    }
    if (connection.kind != Kind::request) {
        return true;
    }
    connection.in.append(bytes);
    connection.since = Clock::now();
    LiveRequest request;
    Reading reading = Reading::more;
    while (connection.kind == Kind::request && (reading = read_request(connection.in, request)) == Reading::done) {
        if (request.publishes && !request.channel.empty()) {
            publish(connection, request);
        } else {
            begin(connection, request);
        }
    }
    if (connection.kind != Kind::request) {
        const std::string rest = std::exchange(connection.in, {});
        return connection.kind != Kind::websocket || take(connection, rest);
    }
    return reading != Reading::broken && connection.own.size() <= most_own_bytes;
}

bool Live::read(Connection& connection) {
    char buffer[65536];
    const ssize_t count = recv(connection.socket.get(), buffer, sizeof(buffer), 0);
    if (count <= 0) {
        return count < 0 && (errno == EAGAIN || errno == EINTR);
    }
    return take(connection, {buffer, static_cast<std::size_t>(count)});
}

void Live::handle(Connection& connection, std::uint32_t events) {
    bool goes_on = (events & (EPOLLERR | EPOLLHUP | EPOLLRDHUP)) == 0;
    if (goes_on && (events & EPOLLIN) != 0) {
        goes_on = read(connection);
    }
    if (!goes_on || !flush(connection)) {
        end(connection);
    }
}

// True: its time is over. A stream that has nothing to say sends a sign of life now and then.
bool Live::is_over(Connection& connection, Clock::time_point now) {
    const auto silent = now - connection.since;
    if (!connection.writable) {
        return silent > patience;
    }
    switch (connection.kind) {
    case Kind::request:
        return silent > (connection.in.empty() ? idle_ends_after : patience);
    case Kind::poll:
        if (silent > poll_ends_after) {
            connection.own = http_answer("204 No Content", "");
            connection.ends = true;
        }
        break;
    case Kind::events:
    case Kind::websocket:
        if (silent > ping_after) {
            connection.own += connection.kind == Kind::events ? ": ping\n\n" : frame(Opcode::ping, "");
            connection.since = now;
        }
    }
    return !flush(connection);
}

void Live::look_around() {
    const Clock::time_point now = Clock::now();
    std::vector<int> over;
    for (const auto& [descriptor, connection] : connections_) {
        if (is_over(*connection, now)) {
            over.push_back(descriptor);
        }
    }
    for (const int descriptor : over) {
        end(*connections_.at(descriptor));
    }
    channels_.forget(now);
    if (full_) {
        full_ = false;
        watch(listener_.get(), EPOLL_CTL_ADD, EPOLLIN);
    }
}

void Live::serve(const sigset_t& signals) {
    const Descriptor signal(signalfd(-1, &signals, SFD_CLOEXEC));
    watch(signal.get(), EPOLL_CTL_ADD, EPOLLIN);
    Clock::time_point look_at = Clock::now() + look_every;
    for (;;) {
        epoll_event events[256];
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(look_at - Clock::now()).count();
        const int count = epoll_wait(epoll_.get(), events, std::size(events), static_cast<int>(std::max(wait, 0L)));
        bool accepts = false;
        for (int at = 0; at < count; ++at) {
            const int descriptor = events[at].data.fd;
            if (descriptor == signal.get()) {
                return;
            }
            accepts = accepts || descriptor == listener_.get();
            // one that was told something before may have ended by that
            const auto connection = connections_.find(descriptor);
            if (connection != connections_.end()) {
                handle(*connection->second, events[at].events);
            }
        }
        // only now, so that no number means another connection than the one that the event was for
        if (accepts) {
            accept_all();
        }
        if (Clock::now() >= look_at) {
            look_around();
            look_at = Clock::now() + look_every;
        }
    }
}

// Each listener is a file.
void allow_many_files() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

} // namespace

int live(const Configuration& configuration) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    allow_many_files();
    Live live(configuration);
    log::info("listening on " + configuration.publisher);
    live.serve(signals);
    if (const LivePlace place = live_place(configuration); place.is_unix) {
        unlink(place.host.c_str());
    }
    log::info("the end, with " + std::to_string(live.connections()) + " connections");
    return 0;
}

} // namespace boxoffice::api
