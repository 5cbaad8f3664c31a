// The audit after the rush. The queries go by the reservations, which say who was promised what, and meet the seats,
// which say who has it; the two are written by different statements, so that neither can hide an error of the other.
#include "audit.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

namespace boxoffice::crowd {
namespace {

// One row per reservation of the slot and seat, with the time during which it had that seat: until its hold lapsed, or
// without end once paid. Nobody in this crowd releases or cancels.
const std::string claims = R"(
    WITH claim AS (
        SELECT reservation_id, seat_id, status::text = 'paid' AS paid, created_at, expires_at
        FROM boxoffice.reservation, unnest(seat_ids) AS seat_id
        WHERE slot_id = $1)
)";

constexpr const char* count_oversold = R"(
    SELECT count(*) FROM (
        SELECT seat_id FROM claim WHERE paid GROUP BY seat_id HAVING count(*) > 1
        UNION
        SELECT claim.seat_id FROM claim LEFT JOIN boxoffice.seat
            ON seat.slot_id = $1 AND seat.seat_id = claim.seat_id
            AND seat.sold AND seat.reservation_id = claim.reservation_id
        WHERE claim.paid AND seat.seat_id IS NULL) AS oversold)";

constexpr const char* count_held_twice = R"(
    SELECT count(*) FROM claim AS earlier JOIN claim AS later USING (seat_id)
    WHERE (earlier.created_at, earlier.reservation_id) < (later.created_at, later.reservation_id)
        AND (earlier.paid OR later.created_at < earlier.expires_at))";

constexpr const char* count_expired_holds = R"(
    SELECT count(DISTINCT reservation_id) FROM claim WHERE NOT paid AND expires_at <= clock_timestamp())";

constexpr const char* count_resold_seats = R"(
    SELECT count(DISTINCT lapsed.seat_id) FROM claim AS lapsed JOIN claim AS sold USING (seat_id)
    WHERE NOT lapsed.paid AND lapsed.expires_at <= clock_timestamp() AND sold.paid)";

// $1 is the slot and $2 its queue. A token is active from admitted_at until just before ended_at. Who never got in,
// because they left before or were gone, was passed over by nobody.
constexpr const char* read_queue = R"(
    WITH token AS MATERIALIZED (
        SELECT number, priority, user_id, status, joined_at, admitted_at, lapses_at, ended_at
        FROM boxoffice.queue_token WHERE queue_id = $2),
    admitted AS (SELECT * FROM token WHERE admitted_at IS NOT NULL),
    -- the smaller number joined earlier, and so was waiting while the greater one did
    passing AS (
        SELECT admitted_at < max(admitted_at) OVER (PARTITION BY priority ORDER BY number) AS is_out_of_order
        FROM admitted),
    change AS (
        SELECT instant, sum(difference) AS difference FROM (
            SELECT admitted_at AS instant, 1 AS difference FROM admitted
            UNION ALL
            SELECT ended_at, -1 FROM admitted WHERE ended_at IS NOT NULL) AS single GROUP BY instant),
    active AS (SELECT sum(difference) OVER (ORDER BY instant) AS tokens FROM change),
    outside AS (
        SELECT reservation_id FROM boxoffice.reservation
        LEFT JOIN admitted ON number = queue_number AND queue_id = $2 AND admitted.user_id = reservation.user_id
            AND admitted_at <= created_at AND created_at < least(lapses_at, ended_at)
        WHERE slot_id = $1 AND number IS NULL),
    wait AS (
        SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY admitted_at - joined_at) AS median,
            max(admitted_at - joined_at) AS longest
        FROM admitted)
    SELECT (SELECT count(*) FROM token), (SELECT count(*) FROM admitted),
        (SELECT count(*) FROM admitted WHERE status = 'expired'),
        (SELECT count(*) FROM passing WHERE is_out_of_order), (SELECT coalesce(max(tokens), 0) FROM active),
        (SELECT count(*) FROM outside), (SELECT extract(epoch FROM median) FROM wait),
        (SELECT extract(epoch FROM longest) FROM wait))";

QueueFindings audit_queue(Database& database, const Opening& opening) {
    const Result result =
        database.query(read_queue, {std::to_string(opening.slot_id), std::to_string(opening.queue_id)});
    return {.tokens = result.integer(0, 0),
            .admitted = result.integer(0, 1),
            .expired = result.integer(0, 2),
            .out_of_order = result.integer(0, 3),
            .peak_active = result.integer(0, 4),
            .held_outside = result.integer(0, 5),
            .median_wait_seconds = result.number(0, 6),
            .longest_wait_seconds = result.number(0, 7)};
}

std::map<std::int64_t, PaidReservation> read_paid(Database& database, const std::string& slot_id) {
    const Result result = database.query("SELECT reservation_id, user_id, amount, seat_ids FROM boxoffice.reservation "
                                         "WHERE slot_id = $1 AND status::text = 'paid'",
                                         {slot_id});
    std::map<std::int64_t, PaidReservation> paid;
    for (int row = 0; row < result.rows(); ++row) {
        paid[result.integer(row, 0)] = {result.text(row, 1), result.integer(row, 2), result.integers(row, 3)};
    }
    return paid;
}

constexpr const char* read_books = R"(
    SELECT (SELECT coalesce(-sum(entry.amount), 0) FROM boxoffice.ledger_entry AS entry
            JOIN boxoffice.reservation USING (reservation_id) WHERE slot_id = $1 AND counter_account_id IN (2, 3)),
        (SELECT sum(net) FROM boxoffice.sales_report(slot_id => $1)),
        (SELECT net FROM boxoffice.stat_sale WHERE slot_id = $1))";

// Reads the feed from the beginning, as a fulfilment that has kept no position. Sales behind a transaction that is still
// open are not told yet, so a server that is busy with something else is asked again.
void read_feed(Database& database, const std::string& slot_id, std::size_t sales, Books& books) {
    std::string position;
    for (int attempt = 0; attempt < 100; ++attempt) {
        const Result rows = database.query("SELECT position, slot_id, amount - coalesce(refunded, 0)"
                                           " FROM boxoffice.next_sales(after => nullif($1, ''))",
                                           {position});
        for (int row = 0; row < rows.rows(); ++row) {
            position = rows.text(row, 0);
            if (rows.text(row, 1) == slot_id) {
                books.feed += rows.integer(row, 2);
                ++books.sales_fed;
            }
        }
        if (rows.rows() > 0) {
            attempt = 0;
        } else if (books.sales_fed >= static_cast<std::int64_t>(sales)) {
            return;
        } else {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    }
}

Books audit_books(Database& database, const std::string& slot_id, std::size_t sales) {
    const Result result = database.query(read_books, {slot_id});
    Books books{.ledger = result.integer(0, 0),
                .report = result.integer(0, 1),
                .view = result.integer(0, 2),
                .feed = 0,
                .sales_fed = 0};
    read_feed(database, slot_id, sales, books);
    return books;
}

std::vector<int> sorted(std::vector<int> seat_ids) {
    std::sort(seat_ids.begin(), seat_ids.end());
    return seat_ids;
}

} // namespace

Findings audit_sale(Database& database, const Opening& opening) {
    const std::string slot = std::to_string(opening.slot_id);
    const auto count = [&](const char* query) { return database.query(claims + query, {slot}).integer(0, 0); };
    Findings findings{.oversold = count(count_oversold),
                      .held_twice = count(count_held_twice),
                      .expired_holds = count(count_expired_holds),
                      .resold_seats = count(count_resold_seats),
                      .paid = read_paid(database, slot),
                      .violations = {},
                      .books = {},
                      .queue = std::nullopt};
    findings.books = audit_books(database, slot, findings.paid.size());
    if (opening.queue_id != 0) {
        findings.queue = audit_queue(database, opening);
    }
    const Result violations = database.query("SELECT check_name, detail FROM boxoffice.verify()");
    for (int row = 0; row < violations.rows(); ++row) {
        findings.violations.push_back(violations.text(row, 0) + ": " + violations.text(row, 1));
    }
    return findings;
}

std::int64_t seats_acknowledged_twice(const std::vector<AcknowledgedSale>& sales) {
    std::map<int, int> times_acknowledged;
    for (const AcknowledgedSale& sale : sales) {
        for (const int seat_id : sale.seat_ids) {
            ++times_acknowledged[seat_id];
        }
    }
    return std::count_if(times_acknowledged.begin(), times_acknowledged.end(),
                         [](const auto& entry) { return entry.second > 1; });
}

std::vector<std::string> disagreements(const std::vector<AcknowledgedSale>& sales, const Findings& findings) {
    std::vector<std::string> lines;
    std::set<std::int64_t> acknowledged;
    for (const AcknowledgedSale& sale : sales) {
        const std::string reservation = "reservation " + std::to_string(sale.reservation_id);
        if (!acknowledged.insert(sale.reservation_id).second) {
            lines.push_back(reservation + " was acknowledged twice");
        }
        const auto paid = findings.paid.find(sale.reservation_id);
        if (paid == findings.paid.end()) {
            lines.push_back(reservation + " was acknowledged as paid, but is not paid in the data");
        } else if (paid->second.user_id != sale.user_id || paid->second.amount != sale.amount ||
                   sorted(paid->second.seat_ids) != sorted(sale.seat_ids)) {
            lines.push_back(reservation + " has another user, amount or other seats in the data than acknowledged");
        }
    }
    for (const auto& [reservation_id, paid] : findings.paid) {
        if (!acknowledged.contains(reservation_id)) {
            lines.push_back("reservation " + std::to_string(reservation_id) +
                            " is paid in the data, but nobody was told");
        }
    }
    return lines;
}

} // namespace boxoffice::crowd
