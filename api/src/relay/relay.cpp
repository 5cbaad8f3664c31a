#include "relay/relay.h"

#include "base/database.h"
#include "base/json.h"
#include "base/log.h"
#include "relay/publisher.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>
#include <map>
#include <vector>

namespace boxoffice::api {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr int rows_at_once = 1000;
constexpr milliseconds longest_backoff{2000};
constexpr const char* progress_lock = "SELECT pg_try_advisory_lock(hashtextextended('boxofficed relay', 0))";
constexpr int signals_to_end[] = {SIGTERM, SIGINT};

// The seats of one message: some 30 KB, where the publisher takes up to a megabyte.
constexpr rapidjson::SizeType seats_at_once = 1000;

// A list of seats, in lists that are short enough for one message each.
std::vector<std::string> parts_of(std::string_view list) {
    const rapidjson::Document document = read_json(list);
    std::vector<std::string> parts;
    for (rapidjson::SizeType first = 0; first < document.Size(); first += seats_at_once) {
        rapidjson::StringBuffer buffer;
        JsonWriter writer(buffer);
        writer.StartArray();
        for (rapidjson::SizeType at = first; at < std::min(first + seats_at_once, document.Size()); ++at) {
            writer.StartObject();
            for (const char* const member : {"seat_id", "status"}) {
                writer.Key(member);
                document[at][member].Accept(writer);
            }
            writer.EndObject();
        }
        writer.EndArray();
        parts.emplace_back(buffer.GetString(), buffer.GetSize());
    }
    return parts;
}

// The signals are blocked, so that they wait until they are looked for.
bool is_told_to_end() {
    sigset_t pending;
    sigpending(&pending);
    return std::any_of(std::begin(signals_to_end), std::end(signals_to_end),
                       [&](int signal) { return sigismember(&pending, signal) == 1; });
}

std::string text(const Result& result, int row, int column) { return std::string(field(result.get(), row, column)); }

// Forgets what was not committed, also when something is thrown.
class Transaction {
public:
    explicit Transaction(PGconn* connection) : connection_(connection) { query(connection_, "BEGIN"); }
    ~Transaction() {
        if (!committed_) {
            Result(PQexec(connection_, "ROLLBACK"));
        }
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;

    void commit() {
        query(connection_, "COMMIT");
        committed_ = true;
    }

private:
    PGconn* connection_;
    bool committed_ = false;
};

class Relay {
public:
    explicit Relay(const Configuration& configuration)
        : configuration_(configuration), publisher_(configuration.publisher) {}

    // One round of everything that is due. Throws DatabaseError and PublisherError.
    void work() {
        if (!connection_) {
            connection_ = connect("boxofficed relay");
            if (!has_own_session(connection_.get(), "boxofficed relay")) {
                log::warn(std::string(unknown_pooler));
            }
            // What is lost by it in a crash of the server is only that something was told: it is told again.
            query(connection_.get(), "SET synchronous_commit = off");
            query(connection_.get(), "SET statement_timeout = '30 s'");
            tells_progress_ = false;
        }
        while (relay_changes()) {
        }
        if (Clock::now() >= progress_due_) {
            progress_due_ = Clock::now() + milliseconds(configuration_.progress_ms);
            relay_progress();
        }
    }

    void lose_connection() { connection_.reset(); }

private:
    // True: there may be more at once. Told to end in the middle it leaves, and who comes next tells all of it again.
    bool relay_changes() {
        Transaction transaction(connection_.get());
        const Result changes = query(
            connection_.get(), "SELECT slot_id, seats FROM boxoffice.next_changes(consumer => 'push', max_rows => $1)",
            {std::to_string(rows_at_once)});
        for (int row = 0; row < PQntuples(changes.get()); ++row) {
            const std::string slot_id = text(changes, row, 0);
            for (const std::string& seats : parts_of(field(changes.get(), row, 1))) {
                if (is_told_to_end()) {
                    return false;
                }
                publisher_.publish("slots/" + slot_id, "{\"slot_id\":" + slot_id + ",\"seats\":" + seats + "}");
            }
        }
        transaction.commit();
        return PQntuples(changes.get()) > 0;
    }

    // Of several relays one tells how far the queues are, or browsers would hear all of it from each: the first that gets
    // the lock, which it has until its connection ends.
    bool tells_progress() {
        if (!tells_progress_) {
            tells_progress_ = text(query(connection_.get(), progress_lock), 0, 0) == "t";
            told_.clear();
        }
        return tells_progress_;
    }

    // Only what is another than last time.
    void relay_progress() {
        if (!tells_progress()) {
            return;
        }
        const Result queues =
            query(connection_.get(), "SELECT queue_id, mode, waiting, active FROM boxoffice.queue_progress()");
        std::map<std::string, std::string> told;
        for (int row = 0; row < PQntuples(queues.get()); ++row) {
            const std::string queue_id = text(queues, row, 0);
            const std::string message = "{\"queue_id\":" + queue_id + ",\"mode\":\"" + text(queues, row, 1) +
                                        "\",\"waiting\":" + text(queues, row, 2) +
                                        ",\"active\":" + text(queues, row, 3) + "}";
            if (told_[queue_id] != message) {
                publisher_.publish("queues/" + queue_id, message);
            }
            told.emplace(queue_id, message);
        }
        told_ = std::move(told);
    }

    const Configuration& configuration_;
    Publisher publisher_;
    Connection connection_;
    Clock::time_point progress_due_{};
    bool tells_progress_ = false;
    std::map<std::string, std::string> told_; // by queue
};

// Sleeps, unless it is told to end: then true.
bool sleep_until_end(const sigset_t& signals, milliseconds duration) {
    const timespec time{.tv_sec = duration.count() / 1000, .tv_nsec = duration.count() % 1000 * 1000000};
    return sigtimedwait(&signals, nullptr, &time) > 0;
}

// What is wrong is said when it begins and when it has ended, not at every attempt.
void say(std::string& trouble, const std::string& now) {
    if (trouble != now) {
        now.empty() ? log::info("the relay works") : log::warn(now);
        trouble = now;
    }
}

} // namespace

int relay(const Configuration& configuration) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : signals_to_end) {
        sigaddset(&signals, signal);
    }
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);

    Relay relay(configuration);
    const milliseconds poll(configuration.poll_ms);
    milliseconds pause = poll;
    std::string trouble = "it has not begun";
    do {
        try {
            relay.work();
            say(trouble, "");
            pause = poll;
        } catch (const PublisherError& failed) {
            say(trouble, failed.what());
            pause = std::min(pause * 2, longest_backoff);
        } catch (const DatabaseError& failed) {
            say(trouble, std::string("the relay has no database: ") + failed.what());
            relay.lose_connection();
            pause = std::min(pause * 2, longest_backoff);
        }
    } while (!sleep_until_end(signals, pause));
    log::info("the relay ends");
    return 0;
}

} // namespace boxoffice::api
