// The box office spoken to in SQL: each call of Sales is one prepared statement in a transaction of its own.
#pragma once

#include <cstdint>

#include "database.h"
#include "sales.h"

namespace boxoffice::crowd {

class DatabaseSales : public Sales {
public:
    // queue_id 0: the slot has no queue.
    DatabaseSales(std::int64_t slot_id, std::int64_t queue_id);

    CreditAnswer credit(const std::string& user_id, std::int64_t amount, const std::string& idempotency_key) override;
    QueueAnswer join_queue(const std::string& user_id) override;
    QueueAnswer queue_status(const std::string& token) override;
    LeaveAnswer leave_queue(const std::string& token) override;
    HoldAnswer hold(const std::string& user_id, const std::vector<int>& seat_ids, const std::string& token) override;
    PayAnswer pay(const std::string& user_id, std::int64_t reservation_id) override;
    std::vector<int> available_seat_ids() override;

private:
    std::string slot_id_;
    std::string queue_id_;
    Database database_;
};

} // namespace boxoffice::crowd
