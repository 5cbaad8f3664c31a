// All lanes of a gateway, and which of them a call takes.
//
// Reads and polls may go by any lane of their kind and share what waits. Only reads that are quick share a group: lists of
// users, a reservation with all its seats, and what strangers browse have lanes of their own, where each party (a user; a
// hall; all who search) has one call under way at most, and a read that turns out to take long goes on to them. Writes of one user always take the same lane,
// so that lanes do not wait for each other's users; where a write would have to wait all the same, for another client of
// the database, it goes on to a slow lane, which waits for it alone. Administrators have a lane to themselves, so that
// nobody who waits keeps them from work.
#pragma once

#include "base/configuration.h"
#include "base/setup_check.h"
#include "lanes/fair_waiting.h"
#include "lanes/lane.h"
#include "lanes/slow_reads.h"

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace boxoffice::api {

// Who waits for himself alone: the user; an administrator with the same function, so that a long report does not keep the
// feed of sales; of strangers, who are not told apart, those who look at the same hall or event, those who search, and
// those who turn pages.
std::string party_of(const Call& call);

class Lanes {
public:
    Lanes(const Configuration& configuration, Metrics& metrics);

    // Takes the call on; answers it with 503 where too many wait already.
    void submit(Call call);

    // Whether every lane has its connection.
    bool connected() const;

    // Whether a lane has none because the database is reached through a pooler in transaction mode.
    bool session_is_shared() const;

    // What is not set up as it should be, as it was found last.
    std::vector<SetupWarning> setup_warnings() const;

    // Brings what the metrics say of the lanes up to date.
    void report() const;

    // What the database says of itself; null: not connected so far.
    std::shared_ptr<const Catalogue> catalogue() const;

private:
    void add_quick(const Configuration& configuration);
    void add_patient(const Configuration& configuration);
    void add(const LaneOptions& options, std::shared_ptr<Waiting> waiting, PassOn pass_on);
    Waiting& waiting_of(const Call& call);
    Waiting& fair_waiting_of(Call& call);
    void inspect(PGconn* connection);
    bool was_slow(const Call& call);
    bool pass_on_read(Call& call);

    Metrics& metrics_;
    std::shared_ptr<Waiting> slow_;
    std::shared_ptr<Waiting> read_;
    std::shared_ptr<Waiting> list_;
    std::shared_ptr<Waiting> browse_;
    std::shared_ptr<Waiting> poll_;
    std::shared_ptr<Waiting> administration_;
    std::vector<std::shared_ptr<Waiting>> write_; // one for each write lane
    SlowReads slow_reads_;
    mutable std::mutex mutex_; // guards the next
    std::vector<SetupWarning> setup_warnings_;
    std::vector<std::unique_ptr<Lane>> lanes_; // last: they use what waits; those that others pass calls on to end last
};

} // namespace boxoffice::api
