// The audit after the rush. The queries go by the reservations, which say who was promised what, and meet the seats,
// which say who has it; the two are written by different statements, so that neither can hide an error of the other.
#include "audit.h"

#include <algorithm>
#include <set>

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

std::vector<int> sorted(std::vector<int> seat_ids) {
    std::sort(seat_ids.begin(), seat_ids.end());
    return seat_ids;
}

} // namespace

Findings audit_slot(Database& database, std::int64_t slot_id) {
    const std::string slot = std::to_string(slot_id);
    const auto count = [&](const char* query) { return database.query(claims + query, {slot}).integer(0, 0); };
    Findings findings{.oversold = count(count_oversold),
                      .held_twice = count(count_held_twice),
                      .expired_holds = count(count_expired_holds),
                      .resold_seats = count(count_resold_seats),
                      .paid = read_paid(database, slot),
                      .violations = {}};
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
