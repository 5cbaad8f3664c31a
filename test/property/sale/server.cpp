#include "server.h"

#include <algorithm>
#include <sstream>

namespace boxoffice::histories {
namespace {

constexpr const char* counts_query = R"(
SELECT seats_free, places_free,
       (SELECT string_agg(places_free || ' ' || places_total, ' ' ORDER BY pool_id) FROM boxoffice.list_pools($2)) AS pools,
       (SELECT string_agg(seat_id::text, ' ' ORDER BY seat_id) FROM boxoffice.list_blocked_seats($2)) AS blocked,
       (SELECT string_agg(price::text, ' ' ORDER BY seat_id) FROM boxoffice.seat_map($2)) AS prices,
       (SELECT sum(net)::bigint FROM boxoffice.sales_report(slot_id => $2)) AS net,
       (SELECT string_agg(balance::text, ' ' ORDER BY u)
        FROM generate_series(1, 4) u, boxoffice.get_balance('user' || u || $3)) AS balances
FROM boxoffice.list_slots($1))";

constexpr const char* reservations_query = R"(
SELECT u AS user_number, r.reservation_id, r.status, items -> 0 ->> 'pool_id' AS pool_id,
       CASE WHEN items -> 0 ? 'pool_id' THEN (items -> 0 ->> 'quantity')::int ELSE jsonb_array_length(items) END AS quantity,
       (extract(epoch FROM expires_at) * 1000000)::bigint AS expires_at, amount,
       (SELECT sum((item ->> 'price')::bigint * coalesce((item ->> 'quantity')::bigint, 1))::bigint
        FROM jsonb_array_elements(items) item) AS items_cost
FROM generate_series(1, 4) u, boxoffice.list_reservations('user' || u || $1, max_rows => 1000) r ORDER BY reservation_id)";

// The last reservation of the slot, the one before and so on; one that does not exist, when there are fewer.
const std::string meant = R"(
FROM (SELECT coalesce(max(reservation_id), 9007199254740991) AS reservation_id, coalesce(max(user_id), 'nobody') AS user_id
      FROM (SELECT reservation_id, user_id FROM boxoffice.reservation WHERE slot_id = $1
            ORDER BY reservation_id DESC OFFSET $2 LIMIT 1) one) meant, boxoffice.)";
const std::string meant_arguments =
    "(meant.reservation_id, CASE WHEN $3::boolean THEN 'stranger' ELSE meant.user_id END) done";

const std::string expires_at = "(extract(epoch FROM expires_at) * 1000000)::bigint AS expires_at";
const std::string hold_columns =
    "SELECT outcome, reservation_id, " + expires_at + ", amount, seat_ids, refused_seat_ids FROM boxoffice.";

std::string interval_text(Duration duration) { return std::to_string(duration.count()) + " milliseconds"; }

Statement deed_statement(const Do& deed, const std::string& slot_id) {
    const std::vector<std::string> parameters{slot_id, std::to_string(deed.back), deed.stranger ? "true" : "false"};
    switch (deed.deed) {
    case Deed::release:
        return {"SELECT done.outcome" + meant + "release_hold" + meant_arguments, parameters};
    case Deed::pay:
        return {"SELECT done.outcome, done.amount, done.balance" + meant + "pay_reservation" + meant_arguments,
                parameters};
    case Deed::cancel:
        return {"SELECT done.outcome, done.refunded, done.balance" + meant + "cancel_reservation" + meant_arguments,
                parameters};
    case Deed::cancel_by_house:
        return {
            "SELECT done.outcome, done.refunded, done.balance" + meant +
                "cancel_reservation(meant.reservation_id, CASE WHEN $3::boolean THEN 'stranger' END, by_house => true)"
                " done",
            parameters};
    default:
        return {"SELECT done.outcome, " + expires_at + meant + "extend_hold" + meant_arguments, parameters};
    }
}

} // namespace

std::string sqlstate_of(const Result& result) {
    const std::string error = result.error();
    const std::size_t bracket = error.rfind('(');
    return bracket == std::string::npos ? error : error.substr(bracket + 1, 5);
}

std::string Server::user_text(int user) const {
    return "user" + std::to_string(user) + " of " + std::to_string(histories_);
}

void Server::set_stripes(Connection& connection) const {
    connection.query({"SELECT set_config('boxoffice.pool_stripes', $1, false)", {std::to_string(settings_.stripes)}});
}

Connection Server::another_connection() const {
    Connection connection = database_.another_connection();
    set_stripes(connection);
    connection.query({"SET boxoffice.busy_wait = 0", {}}); // so that calls meet
    return connection;
}

void Server::begin(const Settings& settings) {
    settings_ = settings;
    ++histories_;
    database_.begin(std::chrono::hours(2)); // by then all earlier holds have run out
    Connection& connection = database_.connection();
    set_stripes(connection);
    connection.query({"SELECT boxoffice.expire_holds()", {}});
    event_id_ = connection.query({"SELECT boxoffice.create_event(title => 'history') AS id", {}}).text(0, "id").value();
    slot_id_ =
        connection
            .query(
                {"SELECT boxoffice.create_slot(event_id => $1, sale_closes_at => '2100-01-01', hold_for => $2,"
                 " starts_at => CASE $5 WHEN '' THEN '2100-01-01' ELSE to_timestamp($5::float8 / 1000000) END,"
                 " hold_for_max => nullif($3::interval, '0'), max_per_user => nullif($4::int, 0)) AS id",
                 {event_id_, interval_text(settings.hold_for),
                  interval_text(settings.hold_for_max.value_or(Duration(0))),
                  std::to_string(settings.max_per_user.value_or(0)),
                  settings.starts_after ? std::to_string(database_.microseconds_of(Instant(0) + *settings.starts_after))
                                        : ""}})
            .text(0, "id")
            .value();
    connection.query({"SELECT boxoffice.add_numbered_seats(slot_id => $1, count => $2, price => $3)",
                      {slot_id_, std::to_string(settings.seats), std::to_string(seat_price)}});
    pool_ids_.clear();
    for (std::size_t pool = 0; pool < pools; ++pool) {
        const Result added =
            connection.query({"SELECT boxoffice.add_pool(slot_id => $1, name => $2, capacity => $3, price => $4) AS id",
                              {slot_id_, "pool " + std::to_string(pool), std::to_string(settings.capacities[pool]),
                               std::to_string(place_prices[pool])}});
        pool_ids_.push_back(added.text(0, "id").value());
    }
    for (int user = 1; user <= users && settings.money > 0; ++user) {
        connection.query({"SELECT boxoffice.credit_balance(user_id => $1, amount => $2)",
                          {user_text(user), std::to_string(settings.money)}});
    }
    reservation_ids_.clear();
}

Statement Server::call_statement(const Command& command) const {
    return std::visit(
        Each{
            [&](const HoldSeats& hold) {
                return Statement{hold_columns + "hold_seats(slot_id => $1, user_id => $2, seat_ids => $3)",
                                 {slot_id_, user_text(hold.user), describe(hold.seats)}};
            },
            [&](const HoldPlaces& hold) {
                return Statement{hold_columns + "hold_places(pool_id => $1, user_id => $2, quantity => $3)",
                                 {pool_ids_.at(static_cast<std::size_t>(hold.pool)), user_text(hold.user),
                                  std::to_string(hold.quantity)}};
            },
            [&](const Do& deed) { return deed_statement(deed, slot_id_); },
            [&](const ChangeCapacity& change) {
                return Statement{
                    "SELECT boxoffice.update_pool(pool_id => $1, capacity => $2)",
                    {pool_ids_.at(static_cast<std::size_t>(change.pool)), std::to_string(change.capacity)}};
            },
            [&](const BlockSeats& block) {
                return Statement{"SELECT outcome, refused_seat_ids, seats_changed FROM boxoffice.block_seats("
                                 "slot_id => $1, seat_ids => $2, blocked => $3)",
                                 {slot_id_, describe(block.seats), block.blocked ? "true" : "false"}};
            },
            [&](const SetPrices& change) {
                return Statement{"SELECT boxoffice.set_seat_prices(slot_id => $1, prices => to_jsonb($2::int),"
                                 " seat_ids => nullif($3, '{}')::int[]) AS seats_changed",
                                 {slot_id_, std::to_string(change.price), describe(change.seats)}};
            },
            [](const auto&) {
                return Statement{"SELECT boxoffice.expire_holds() AS expired", {}};
            },
        },
        command);
}

Reply Server::call(const Command& command, Instant now) {
    try {
        Connection& connection = database_.connection();
        const Statement call = call_statement(command);
        connection.send({database_.clock_statement(now),
                         call,
                         {counts_query, {event_id_, slot_id_, " of " + std::to_string(histories_)}},
                         {reservations_query, {" of " + std::to_string(histories_)}}});
        return read(connection.receive());
    } catch (const ConnectionLost& lost) {
        database_.disconnect();
        return Reply{.answer = {.outcome = std::string("connection lost: ") + lost.what()}, .standing = {}};
    }
}

Standing Server::standing(Instant now) {
    Connection& connection = database_.connection();
    connection.query(database_.clock_statement(now));
    const Result counts = connection.query({counts_query, {event_id_, slot_id_, " of " + std::to_string(histories_)}});
    return read_standing(counts, connection.query({reservations_query, {" of " + std::to_string(histories_)}}));
}

Reply Server::read(const std::vector<Result>& results) {
    Reply reply{.answer = {}, .standing = {}, .late = database_.is_late()};
    const Result& call = results[1];
    for (const std::size_t other : {0, 2, 3}) {
        if (!results[other].error().empty()) {
            reply.answer.outcome = "error " + results[other].error();
            return reply;
        }
    }
    reply.standing = read_standing(results[2], results[3]);
    if (!call.error().empty()) {
        reply.answer.outcome = "error " + sqlstate_of(call);
        return reply;
    }
    reply.answer = {.outcome = call.text(0, "outcome").value_or(""),
                    .expires_at = database_.instant(call, 0, "expires_at"),
                    .amount = call.integer(0, "amount"),
                    .balance = call.integer(0, "balance"),
                    .refunded = call.integer(0, "refunded"),
                    .seats = call.text(0, "seat_ids"),
                    .refused_seats = call.text(0, "refused_seat_ids"),
                    .expired = call.integer(0, "expired"),
                    .seats_changed = call.integer(0, "seats_changed")};
    if (const std::optional<std::int64_t> reservation = call.integer(0, "reservation_id")) {
        const auto known = std::ranges::find(reservation_ids_, *reservation);
        reply.answer.reservation = static_cast<int>(known - reservation_ids_.begin()); // one past the last: not listed
    }
    return reply;
}

Standing Server::read_standing(const Result& counts, const Result& reservations) {
    Standing standing{.seats_free = counts.integer(0, "seats_free").value(),
                      .places_free_in_slot = counts.integer(0, "places_free").value()};
    standing.net = counts.integer(0, "net").value();
    std::istringstream blocked(counts.text(0, "blocked").value_or(""));
    for (int seat = 0; blocked >> seat;) {
        standing.seats_blocked.push_back(seat);
    }
    std::istringstream prices(counts.text(0, "prices").value());
    for (std::int64_t price = 0; prices >> price;) {
        standing.seat_prices.push_back(price);
    }
    std::istringstream places(counts.text(0, "pools").value());
    for (std::size_t pool = 0; pool < pools; ++pool) {
        places >> standing.places_free[pool] >> standing.capacities[pool];
    }
    std::istringstream balances(counts.text(0, "balances").value());
    for (std::int64_t balance = 0; balances >> balance;) {
        standing.balances.push_back(balance);
    }
    reservation_ids_.clear();
    for (int row = 0; row < reservations.rows(); ++row) {
        reservation_ids_.push_back(reservations.integer(row, "reservation_id").value());
        ReservationRow read{.user = static_cast<int>(reservations.integer(row, "user_number").value()),
                            .quantity = static_cast<int>(reservations.integer(row, "quantity").value()),
                            .status = reservations.text(row, "status").value(),
                            .expires_at = database_.instant(reservations, row, "expires_at").value(),
                            .amount = reservations.integer(row, "amount").value()};
        if (reservations.integer(row, "items_cost") != read.amount) {
            read.status += " with items that do not cost its amount";
        }
        if (const auto pool_id = reservations.text(row, "pool_id")) {
            read.pool = static_cast<int>(std::ranges::find(pool_ids_, *pool_id) - pool_ids_.begin());
        }
        standing.reservations.push_back(read);
    }
    return standing;
}

} // namespace boxoffice::histories
