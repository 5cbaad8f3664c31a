// The box office spoken to over HTTP. Every call may be sent twice: joining gives the same place, leaving the same
// answer, and what moves money or seats has an idempotency key.
#include "http_sales.h"

#include "base/json.h"

namespace boxoffice::crowd {
namespace {

QueueAnswer queue_answer(const HttpRow& row) {
    return {.outcome = row.text("outcome"),
            .token = row.text("token"),
            .status = row.text("status"),
            .poll_after_ms = row.integer("poll_after_ms")};
}

// {"seat_ids":[1,2]}
std::string seats_body(const std::vector<int>& seat_ids) {
    std::string list;
    for (const int seat_id : seat_ids) {
        list += (list.empty() ? "" : ",") + std::to_string(seat_id);
    }
    return "{\"seat_ids\":[" + list + "]}";
}

std::string credit_body(const std::string& user_id, std::int64_t amount) {
    rapidjson::StringBuffer buffer;
    api::JsonWriter writer(buffer);
    writer.StartObject();
    writer.Key("user_id");
    writer.String(user_id);
    writer.Key("amount");
    writer.Int64(amount);
    writer.Key("reason");
    writer.String("crowd");
    writer.EndObject();
    return buffer.GetString();
}

} // namespace

HttpSales::HttpSales(HttpPlace& place, std::int64_t slot_id, std::int64_t queue_id)
    : slot_("/v1/slots/" + std::to_string(slot_id)), queue_("/v1/queues/" + std::to_string(queue_id)),
      box_office_(place) {}

// A key counts per user, and a user is always served by the same connection.
std::string HttpSales::next_intent() { return "intent " + std::to_string(++intents_); }

CreditAnswer HttpSales::credit(const std::string& user_id, std::int64_t amount, const std::string& idempotency_key) {
    const HttpRow row = box_office_.ask({.method = "POST",
                                         .path = "/v1/balance/credits",
                                         .user = administrator,
                                         .idempotency_key = idempotency_key,
                                         .body = credit_body(user_id, amount)});
    return {.outcome = row.text("outcome"), .balance = row.integer("balance")};
}

QueueAnswer HttpSales::join_queue(const std::string& user_id) {
    return queue_answer(box_office_.ask({.method = "POST", .path = queue_ + "/tokens", .user = user_id}));
}

QueueAnswer HttpSales::queue_status(const std::string& token) {
    return queue_answer(box_office_.ask({.method = "GET", .path = "/v1/queue-token", .queue_token = token}));
}

LeaveAnswer HttpSales::leave_queue(const std::string& token) {
    const HttpRow row = box_office_.ask({.method = "DELETE", .path = "/v1/queue-token", .queue_token = token});
    return {.outcome = row.text("outcome")};
}

HoldAnswer HttpSales::hold(const std::string& user_id, const std::vector<int>& seat_ids, const std::string& token) {
    const HttpRow row = box_office_.ask({.method = "POST",
                                         .path = slot_ + "/holds",
                                         .user = user_id,
                                         .queue_token = token,
                                         .idempotency_key = next_intent(),
                                         .body = seats_body(seat_ids)});
    return {.outcome = row.text("outcome"),
            .reservation_id = row.integer("reservation_id"),
            .amount = row.integer("amount"),
            .seat_ids = row.integers("seat_ids"),
            .refused_seat_ids = row.integers("refused_seat_ids")};
}

PayAnswer HttpSales::pay(const std::string& user_id, std::int64_t reservation_id) {
    const HttpRow row = box_office_.ask({.method = "POST",
                                         .path = "/v1/reservations/" + std::to_string(reservation_id) + "/payment",
                                         .user = user_id,
                                         .idempotency_key = next_intent()});
    return {.outcome = row.text("outcome"),
            .payment_id = row.integer("payment_id"),
            .amount = row.integer("amount"),
            .balance = row.integer("balance")};
}

std::vector<int> HttpSales::available_seat_ids() {
    return box_office_.ask({.method = "GET", .path = slot_ + "/seats?available=true"}).integers_of("items", "seat_id");
}

} // namespace boxoffice::crowd
