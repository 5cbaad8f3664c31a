#include "server.h"

#include <algorithm>

namespace boxoffice::histories {
namespace {

constexpr const char* seats = "100"; // more than anybody holds in one history
const std::string unknown_token = "00000000-0000-4000-8000-000000000000";

constexpr const char* rows_query = R"(
SELECT token, user_id, priority, status,
       (extract(epoch FROM admitted_at) * 1000000)::bigint AS admitted_at,
       (extract(epoch FROM lapses_at) * 1000000)::bigint AS lapses_at,
       (extract(epoch FROM expires_at) * 1000000)::bigint AS expires_at
FROM boxoffice.queue_token WHERE queue_id = $1 ORDER BY number)";

// Seats are held in their order, one by one.
constexpr const char* hold_query = R"(
SELECT outcome FROM boxoffice.hold_seats(slot_id => $1, user_id => $2, queue_token => $3, seat_ids => ARRAY[
    (SELECT 1 + count(*)::integer FROM boxoffice.reservation WHERE slot_id = $1)]))";

constexpr const char* pay_query = R"(
SELECT paid.outcome
FROM (SELECT coalesce(max(reservation_id), 9007199254740991) AS reservation_id,
             coalesce(max(user_id), 'nobody') AS user_id
      FROM (SELECT reservation_id, user_id FROM boxoffice.reservation WHERE slot_id = $1
            ORDER BY reservation_id DESC OFFSET $2 LIMIT 1) one) meant,
     boxoffice.pay_reservation(reservation_id => meant.reservation_id, user_id => meant.user_id) paid)";

constexpr const char* queue_columns =
    "SELECT outcome, token, status, position, eta_seconds, poll_after_ms,"
    " (extract(epoch FROM expires_at) * 1000000)::bigint AS expires_at FROM boxoffice.";

std::string user_text(int user) { return "user" + std::to_string(user); }

std::string interval_text(Duration duration) { return std::to_string(duration.count()) + " milliseconds"; }

// What create_queue takes for no limit.
std::string limit_text(const std::optional<int>& limit) { return limit ? std::to_string(*limit) : "0"; }

} // namespace

void Server::begin(const Settings& settings) {
    database_.begin(std::chrono::minutes(1));
    Connection& connection = database_.connection();
    tokens_.clear();
    const Result created = connection.query(
        {"SELECT boxoffice.create_queue(name => 'history', max_active => $1, active_for => $2, claim_for => $3,"
         " idle_for => $4, max_waiting => nullif($5::int, 0), admit_per_minute => nullif($6::int, 0)) AS queue_id",
         {std::to_string(settings.max_active), interval_text(settings.active_for), interval_text(settings.claim_for),
          interval_text(settings.idle_for), limit_text(settings.max_waiting), limit_text(settings.admit_per_minute)}});
    queue_id_ = created.text(0, "queue_id").value();
    const Result slot = connection.query({"SELECT boxoffice.create_slot(event_id => boxoffice.create_event(title => "
                                          "'history'), starts_at => '2100-01-01',"
                                          " hold_for => '1 day', queue_id => $1) AS slot_id",
                                          {queue_id_}});
    slot_id_ = slot.text(0, "slot_id").value();
    connection.query(
        {"SELECT boxoffice.add_numbered_seats(slot_id => $1, count => $2, price => 0)", {slot_id_, seats}});
}

void Server::send(const Command& command, Instant now) {
    sent_ = false;
    try {
        Connection& connection = database_.connection();
        const Statement call = call_statement(command);
        connection.send({database_.clock_statement(now), call, {rows_query, {queue_id_}}});
        sent_ = true;
    } catch (const ConnectionLost& lost) {
        failure_ = lost.what();
        disconnect();
    }
}

Reply Server::receive() {
    try {
        if (sent_) {
            return read(database_.connection().receive());
        }
    } catch (const ConnectionLost& lost) {
        failure_ = lost.what();
        disconnect();
    }
    return Reply{.answer = {.outcome = "connection lost: " + failure_}, .rows = {}};
}

Statement Server::call_statement(const Command& command) const {
    const auto update = [&](const std::string& setting, const std::string& value) {
        return Statement{"SELECT boxoffice.update_queue(queue_id => $1, " + setting + " => $2)", {queue_id_, value}};
    };
    return std::visit(
        Each{
            [&](const Join& join) {
                return Statement{queue_columns +
                                     std::string("join_queue(queue_id => $1, user_id => $2, priority => $3)"),
                                 {queue_id_, user_text(join.user), std::to_string(join.priority)}};
            },
            [&](const Poll& poll) {
                return Statement{queue_columns + std::string("queue_status(token => $1)"),
                                 {token_named(poll.user, poll.back)}};
            },
            [&](const Leave& leave) {
                return Statement{"SELECT outcome FROM boxoffice.leave_queue(token => $1)",
                                 {token_named(leave.user, leave.back)}};
            },
            [&](const Hold& hold) {
                return Statement{hold_query, {slot_id_, user_text(hold.user), token_named(hold.user, hold.back)}};
            },
            [&](const Pay& pay) {
                return Statement{pay_query, {slot_id_, std::to_string(pay.back)}};
            },
            [&](const Admit&) {
                return Statement{"SELECT boxoffice.admit_waiting(queue_id => $1) AS admitted", {queue_id_}};
            },
            [&](const ChangeMode& change) { return update("mode", name_of(change.mode)); },
            [&](const ChangeMaxActive& change) { return update("max_active", std::to_string(change.limit)); },
            [&](const ChangeMaxWaiting& change) { return update("max_waiting", std::to_string(change.limit)); },
            [&](const ChangeAdmitPerMinute& change) {
                return update("admit_per_minute", std::to_string(change.limit));
            },
            [](const auto&) {
                return Statement{"SELECT boxoffice.tick()", {}};
            },
        },
        command);
}

const std::string& Server::token_named(int user, int back) const {
    for (auto token = tokens_.rbegin(); token != tokens_.rend(); ++token) {
        if (token->user == user && back-- == 0) {
            return token->token;
        }
    }
    return unknown_token;
}

Reply Server::read(std::vector<Result> results) {
    Reply reply;
    reply.late = database_.is_late();
    const Result& call = results[1];
    const Result& rows = results[2];
    for (const Result& result : results) {
        if (!result.error().empty()) {
            reply.answer.outcome = "error " + result.error();
            return reply;
        }
    }
    std::vector<KnownToken> tokens;
    for (int row = 0; row < rows.rows(); ++row) {
        const int user = std::stoi(rows.text(row, "user_id").value().substr(std::string("user").size()));
        tokens.push_back({user, rows.text(row, "token").value()});
        reply.rows.push_back({.user = user,
                              .priority = static_cast<int>(rows.integer(row, "priority").value()),
                              .status = rows.text(row, "status").value(),
                              .admitted_at = database_.instant(rows, row, "admitted_at"),
                              .lapses_at = database_.instant(rows, row, "lapses_at"),
                              .expires_at = database_.instant(rows, row, "expires_at")});
    }
    if (tokens.size() < tokens_.size() || !std::equal(tokens_.begin(), tokens_.end(), tokens.begin())) {
        reply.answer.outcome = "error: a token is gone or has changed its number";
        return reply;
    }
    tokens_ = std::move(tokens);
    reply.answer = {.outcome = call.text(0, "outcome").value_or(""),
                    .status = call.text(0, "status"),
                    .position = call.integer(0, "position"),
                    .eta_seconds = call.integer(0, "eta_seconds"),
                    .poll_after_ms = call.integer(0, "poll_after_ms"),
                    .expires_at = database_.instant(call, 0, "expires_at"),
                    .admitted = call.integer(0, "admitted")};
    if (const std::optional<std::string> token = call.text(0, "token")) {
        const auto known = std::ranges::find(tokens_, *token, &KnownToken::token);
        reply.answer.token = static_cast<int>(known - tokens_.begin()); // one past the last when there is no row of it
    }
    return reply;
}

} // namespace boxoffice::histories
