// The box office spoken to over HTTP: each call of Sales is one request, by the user's own token. Crediting is the
// administrator's.
#pragma once

#include <cstdint>
#include <string>

#include "http_box_office.h"
#include "sales.h"

namespace boxoffice::crowd {

class HttpSales : public Sales {
public:
    // queue_id 0: the slot has no queue.
    HttpSales(HttpPlace& place, std::int64_t slot_id, std::int64_t queue_id);

    CreditAnswer credit(const std::string& user_id, std::int64_t amount, const std::string& idempotency_key) override;
    QueueAnswer join_queue(const std::string& user_id) override;
    QueueAnswer queue_status(const std::string& token) override;
    LeaveAnswer leave_queue(const std::string& token) override;
    HoldAnswer hold(const std::string& user_id, const std::vector<int>& seat_ids, const std::string& token) override;
    PayAnswer pay(const std::string& user_id, std::int64_t reservation_id) override;
    // May be as old as the gateway shares answers, half a second by default.
    std::vector<int> available_seat_ids() override;

private:
    std::string next_intent();

    std::string slot_;
    std::string queue_;
    std::int64_t intents_ = 0;
    HttpBoxOffice box_office_;
};

} // namespace boxoffice::crowd
