// What a buyer can ask a box office, whatever carries the question: one virtual call per operation, each with its
// answer as a value. Buyers, statistics and checks know only this; SQL over libpq and HTTP are the implementations.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace boxoffice::crowd {

// A call that gave no answer at all: an error, not a refusal. Refusals are values (outcome). what() is the same for
// errors of the same kind; `full_text` has the particulars.
struct CallFailed : std::runtime_error {
    CallFailed(const std::string& message, std::string particulars, bool connection_is_lost)
        : std::runtime_error(message), full_text(std::move(particulars)), connection_lost(connection_is_lost) {}
    std::string full_text;
    bool connection_lost;
};

// Amounts are in minor units of the currency. Where outcome is not "ok", only what explains it is filled in.
struct CreditAnswer {
    std::string outcome;
    std::int64_t balance = 0;
};

// `token` names a place in the queue. `status` is waiting, active, completed, expired or left. `poll_after_ms` comes
// with waiting only: so long the box office wants to be left in peace.
struct QueueAnswer {
    std::string outcome;
    std::string token;
    std::string status;
    std::int64_t poll_after_ms = 0;
};

struct LeaveAnswer {
    std::string outcome;
};

struct HoldAnswer {
    std::string outcome;
    std::int64_t reservation_id = 0;
    std::int64_t amount = 0;
    std::vector<int> seat_ids;
    std::vector<int> refused_seat_ids;
};

struct PayAnswer {
    std::string outcome;
    std::int64_t payment_id = 0;
    std::int64_t amount = 0;
    std::int64_t balance = 0;
};

// One customer-facing connection to the sale of one slot. Not shared between threads. Every call may throw CallFailed.
class Sales {
public:
    virtual ~Sales() = default;

    // Adds to the user's balance; the same key again adds nothing.
    virtual CreditAnswer credit(const std::string& user_id, std::int64_t amount,
                                const std::string& idempotency_key) = 0;

    // Joins the queue of the sale; asked again while waiting or active, it gives the same token. Not to be called, like
    // the two after it, where the sale has no queue.
    virtual QueueAnswer join_queue(const std::string& user_id) = 0;

    // Where the token stands. The first call that finds it active claims its place.
    virtual QueueAnswer queue_status(const std::string& token) = 0;

    // Gives the place up, or the wait for it.
    virtual LeaveAnswer leave_queue(const std::string& token) = 0;

    // Holds all of these seats for the user, or none. Where the sale has a queue, the token must be active; elsewhere
    // it is empty.
    virtual HoldAnswer hold(const std::string& user_id, const std::vector<int>& seat_ids, const std::string& token) = 0;

    // Pays a hold out of the user's balance. An "ok" is the acknowledgement of a sale, and gives the place in the queue
    // back.
    virtual PayAnswer pay(const std::string& user_id, std::int64_t reservation_id) = 0;

    // The ids of the seats that are free at this instant.
    virtual std::vector<int> available_seat_ids() = 0;
};

// Opens one more connection of the same kind; called once per thread.
using ConnectSales = std::function<std::unique_ptr<Sales>()>;

} // namespace boxoffice::crowd
