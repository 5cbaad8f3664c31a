// What those who open a sale ask of a box office, whatever carries it. Each call makes one thing and returns its id, or
// throws CallFailed.
#pragma once

#include <cstdint>
#include <string>

namespace boxoffice::crowd {

// Durations are ISO 8601, as SQL and HTTP both read them.
struct QueueRules {
    int max_active = 1;
    std::string active_for;
    std::string claim_for;
    std::string idle_for;
};

class BackOffice {
public:
    virtual ~BackOffice() = default;

    virtual std::int64_t create_venue(const std::string& name) = 0;
    virtual std::int64_t create_event(const std::string& title, std::int64_t venue_id) = 0;
    virtual std::int64_t create_queue(const std::string& name, const QueueRules& rules) = 0;
    // `starts_at` is RFC 3339. queue_id 0: the slot has no queue.
    virtual std::int64_t create_slot(std::int64_t event_id, const std::string& starts_at, const std::string& hold_for,
                                     std::int64_t queue_id) = 0;
    // Plan and prices are JSON. Returns how many seats there are now.
    virtual std::int64_t add_seating_plan(std::int64_t slot_id, const std::string& plan, const std::string& prices) = 0;
};

} // namespace boxoffice::crowd
