// The box office spoken to in SQL. Columns are named one by one, as the contract asks of callers: a later version may
// add columns, and (f(...)).* would run the function once per column.
#include "database_sales.h"

namespace boxoffice::crowd {

namespace {

QueueAnswer queue_answer(const Result& result) {
    return {.outcome = result.text(0, 0),
            .token = result.text(0, 1),
            .status = result.text(0, 2),
            .poll_after_ms = result.integer(0, 3)};
}

} // namespace

DatabaseSales::DatabaseSales(std::int64_t slot_id, std::int64_t queue_id)
    : slot_id_(std::to_string(slot_id)), queue_id_(std::to_string(queue_id)) {
    database_.prepare("credit", "SELECT outcome, balance FROM boxoffice.credit_balance("
                                "user_id => $1, amount => $2, reason => 'crowd', idempotency_key => $3)");
    database_.prepare("hold",
                      "SELECT outcome, reservation_id, amount, seat_ids, refused_seat_ids FROM boxoffice.hold_seats("
                      "slot_id => $1, user_id => $2, seat_ids => $3, queue_token => nullif($4, '')::uuid)");
    database_.prepare("pay", "SELECT outcome, payment_id, amount, balance FROM boxoffice.pay_reservation("
                             "reservation_id => $1, user_id => $2)");
    database_.prepare("available", "SELECT seat_id FROM boxoffice.available_seats(slot_id => $1)");
    if (queue_id != 0) {
        database_.prepare("join", "SELECT outcome, token, status, poll_after_ms FROM boxoffice.join_queue("
                                  "queue_id => $1, user_id => $2)");
        database_.prepare("status",
                          "SELECT outcome, token, status, poll_after_ms FROM boxoffice.queue_status(token => $1)");
        database_.prepare("leave", "SELECT outcome FROM boxoffice.leave_queue(token => $1)");
    }
}

CreditAnswer DatabaseSales::credit(const std::string& user_id, std::int64_t amount,
                                   const std::string& idempotency_key) {
    const Result result = database_.execute("credit", {user_id, std::to_string(amount), idempotency_key});
    return {.outcome = result.text(0, 0), .balance = result.integer(0, 1)};
}

QueueAnswer DatabaseSales::join_queue(const std::string& user_id) {
    return queue_answer(database_.execute("join", {queue_id_, user_id}));
}

QueueAnswer DatabaseSales::queue_status(const std::string& token) {
    return queue_answer(database_.execute("status", {token}));
}

LeaveAnswer DatabaseSales::leave_queue(const std::string& token) {
    return {.outcome = database_.execute("leave", {token}).text(0, 0)};
}

HoldAnswer DatabaseSales::hold(const std::string& user_id, const std::vector<int>& seat_ids, const std::string& token) {
    const Result result = database_.execute("hold", {slot_id_, user_id, array_text(seat_ids), token});
    return {.outcome = result.text(0, 0),
            .reservation_id = result.integer(0, 1),
            .amount = result.integer(0, 2),
            .seat_ids = result.integers(0, 3),
            .refused_seat_ids = result.integers(0, 4)};
}

PayAnswer DatabaseSales::pay(const std::string& user_id, std::int64_t reservation_id) {
    const Result result = database_.execute("pay", {std::to_string(reservation_id), user_id});
    return {.outcome = result.text(0, 0),
            .payment_id = result.integer(0, 1),
            .amount = result.integer(0, 2),
            .balance = result.integer(0, 3)};
}

std::vector<int> DatabaseSales::available_seat_ids() {
    const Result result = database_.execute("available", {slot_id_});
    std::vector<int> seat_ids;
    seat_ids.reserve(result.rows());
    for (int row = 0; row < result.rows(); ++row) {
        seat_ids.push_back(static_cast<int>(result.integer(row, 0)));
    }
    return seat_ids;
}

} // namespace boxoffice::crowd
