// A lane: one connection with a thread of its own, on which exactly one group of calls is under way. What arrives
// meanwhile gathers and is the next group. That is what makes writes cheap: one commit for many.
#pragma once

#include "base/database_catalogue.h"
#include "lanes/call.h"
#include "lanes/clerk.h"
#include "lanes/group.h"
#include "lanes/waiting.h"
#include "routes/metrics.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace boxoffice::api {

struct SharedSession;

struct LaneOptions {
    std::string name;
    std::size_t group_limit = 60;
    std::vector<std::string> settings; // statements to begin every connection with
    std::chrono::milliseconds statement_timeout{5000};
    bool passes_on_long_ones = false; // also what exceeded statement_timeout: only for reads, which may be done again
    // Looks at the database, after each connecting and every ten seconds; empty: nothing does.
    std::function<void(PGconn*)> inspect{};
    std::chrono::milliseconds waiting_limit{5000}; // a call that waited longer is not carried out any more
};

class Lane {
public:
    // `pass_on` gets a call that would have to wait here; empty: it is answered with seat_busy.
    Lane(LaneOptions options, std::shared_ptr<Waiting> waiting, PassOn pass_on, Metrics& metrics);

    // Answers what waits, with 503 where it must, and ends the thread.
    ~Lane();
    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    bool connected() const { return connected_; }

    // Whether it has no connection because a pooler would share its session with others.
    bool session_is_shared() const { return session_is_shared_; }

    // Brings what the metrics say of it up to date.
    void report();

    // What the database said of itself at the last connecting; null: never connected.
    std::shared_ptr<const Catalogue> catalogue() const { return std::atomic_load(&catalogue_); }

private:
    void run();
    bool connect_now();
    void inspect();
    void leave_shared_session(const SharedSession& shared);
    void inspect_when_due();
    void lose_connection();
    bool still_connected();
    void refuse_waiting(std::chrono::milliseconds until);
    std::vector<Call> not_too_old(std::vector<Call> calls);

    void run_calls(std::vector<Call> calls);
    std::vector<Call> settle(std::vector<Call> calls, Syncs syncs);
    bool passed_on(Call& call, std::string_view sqlstate) const;
    void answer_failed(Call& call, const PGresult* error);
    void answer_lost(Call& call);
    void refuse(std::span<const Call> calls, std::string_view why);

    const LaneOptions options_;
    const std::shared_ptr<Waiting> waiting_;
    const PassOn pass_on_;
    Metrics::Lane metrics_;
    Connection connection_;
    std::chrono::steady_clock::time_point inspect_at_{};
    std::atomic<bool> connected_ = false;
    std::atomic<bool> session_is_shared_ = false;
    std::shared_ptr<const Catalogue> catalogue_;
    Clerk clerk_;
    std::thread thread_; // last: it uses all of the above
};

} // namespace boxoffice::api
