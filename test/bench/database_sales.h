// The box office spoken to in SQL: each call of Sales is one prepared statement in a transaction of its own.
#pragma once

#include <cstdint>

#include "database.h"
#include "sales.h"

namespace boxoffice::crowd {

class DatabaseSales : public Sales {
public:
    explicit DatabaseSales(std::int64_t slot_id);

    CreditAnswer credit(const std::string& user_id, std::int64_t amount, const std::string& idempotency_key) override;
    HoldAnswer hold(const std::string& user_id, const std::vector<int>& seat_ids) override;
    PayAnswer pay(const std::string& user_id, std::int64_t reservation_id) override;
    std::vector<int> available_seat_ids() override;

private:
    std::string slot_id_;
    Database database_;
};

} // namespace boxoffice::crowd
