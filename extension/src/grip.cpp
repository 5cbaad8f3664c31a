// What happens to a reservation after its hold was given: gripping it with its seats, releasing, marking it.

#include "boxoffice/outbox.h"
#include "boxoffice/reservation.h"
#include "boxoffice/validate.h"

namespace boxoffice::reservation {

namespace {

constinit spi::Plan<int64_t, std::string> find_own{
    "SELECT slot_id, status, seat_ids, amount, expires_at, queue_id, queue_number, ctid"
    " FROM boxoffice.reservation WHERE reservation_id = $1 AND user_id = $2"};

constinit spi::Plan<int64_t, SeatIds, int64_t, bool> find_own_seats{
    "SELECT ctid FROM boxoffice.seat WHERE slot_id = $1 AND seat_id = ANY ($2) AND reservation_id = $3 AND sold = $4"
    " ORDER BY seat_id"};

constinit spi::Plan<int64_t, std::string, std::optional<Time>> set_status{
    "UPDATE boxoffice.reservation SET status = $2, paid_at = coalesce($3, paid_at) WHERE reservation_id = $1"};

constinit spi::Plan<int64_t, SeatIds> sell_seats{
    "UPDATE boxoffice.seat SET sold = true, held_until = NULL WHERE slot_id = $1 AND seat_id = ANY ($2)"};

constinit spi::Plan<int64_t, SeatIds> free_seats{
    "UPDATE boxoffice.seat SET sold = false, held_until = NULL, reservation_id = NULL"
    " WHERE slot_id = $1 AND seat_id = ANY ($2)"};

// What is marked goes to the outbox in the same statement, because there may be many.
constinit spi::Plan<Time, std::optional<int64_t>, bool> expire{
    "WITH marked AS (UPDATE boxoffice.reservation SET status = 'expired' WHERE reservation_id = ANY (ARRAY("
    "     SELECT reservation_id FROM boxoffice.reservation WHERE status = 'held' AND expires_at <= $1"
    "     ORDER BY expires_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED))"
    "   RETURNING slot_id, reservation_id, seat_ids),"
    " written AS (INSERT INTO boxoffice.outbox (" BOXOFFICE_OUTBOX_COLUMNS ")"
    "   SELECT pg_current_xact_id(), $1, 'expired', slot_id, reservation_id, seat_ids FROM marked WHERE $3)"
    " SELECT count(*) FROM marked"};

} // namespace

std::optional<Reservation> find(const spi::FreshSnapshot& snapshot, int64_t reservation_id,
                                const std::string& user_id) {
    const spi::Rows rows = find_own.read(snapshot, reservation_id, user_id);
    if (rows.empty())
        return std::nullopt;
    using Number = std::optional<int64_t>;
    auto [slot_id, status, seat_ids, amount, expires_at, queue_id, queue_number, address] =
        rows[0].columns<int64_t, std::string, SeatIds, int64_t, Time, Number, Number, RowAddress>();
    return Reservation{slot_id,    std::move(status), std::move(seat_ids), amount,
                       expires_at, queue_id,          queue_number,        address};
}

Grip grip(const spi::FreshSnapshot& snapshot, int64_t reservation_id, const Reservation& reservation, bool sold) {
    if (lock_rows("reservation", {reservation.address}, snapshot).state != RowLock::locked)
        return Grip::busy;
    std::vector<RowAddress> seats;
    for (const spi::Row row :
         find_own_seats.read(snapshot, reservation.slot_id, reservation.seat_ids, reservation_id, sold))
        seats.push_back(row.first<RowAddress>());
    if (seats.size() < reservation.seat_ids.size())
        return Grip::broken;
    return lock_rows("seat", seats, snapshot).state == RowLock::locked ? Grip::firm : Grip::busy;
}

void mark_paid(int64_t reservation_id, const Reservation& reservation, Time at) {
    sell_seats.write(reservation.slot_id, reservation.seat_ids);
    set_status.write(reservation_id, "paid", at);
    outbox::write("paid", reservation.slot_id, reservation_id, reservation.seat_ids, at);
}

namespace {

void free_as(const char* status, int64_t reservation_id, const Reservation& reservation, Time at) {
    free_seats.write(reservation.slot_id, reservation.seat_ids);
    set_status.write(reservation_id, status, std::nullopt);
    outbox::write(status, reservation.slot_id, reservation_id, reservation.seat_ids, at);
}

} // namespace

void mark_cancelled(int64_t reservation_id, const Reservation& reservation, Time at) {
    free_as("cancelled", reservation_id, reservation, at);
}

std::optional<Outcome> refuse_unless_held(const std::optional<Reservation>& found) {
    if (!found)
        return Outcome::not_found;
    if (found->status == "paid")
        return Outcome::already_paid;
    if (found->status == "released" || found->status == "cancelled")
        return Outcome::not_held;
    if (found->status == "expired" || found->expires_at <= clock::now())
        return Outcome::hold_expired;
    return std::nullopt;
}

namespace {

OutcomeResult try_release(int64_t reservation_id, const std::string& user_id) {
    const auto settle = [](const std::optional<Reservation>& found) -> std::optional<OutcomeResult> {
        if (found && found->status == "released")
            return OutcomeResult{Outcome::ok};
        if (const auto refused = refuse_unless_held(found))
            return OutcomeResult{*refused};
        return std::nullopt;
    };
    return change_with_seats<OutcomeResult>(reservation_id, user_id, false, settle, [&](const Reservation& held) {
        const Time at = clock::now();
        if (at >= held.expires_at)
            return OutcomeResult{Outcome::hold_expired};
        free_as("released", reservation_id, held, at);
        return OutcomeResult{Outcome::ok};
    });
}

} // namespace

OutcomeResult release(int64_t reservation_id, const std::string& user_id) {
    validate::user_id(user_id);
    return perform<OutcomeResult>({"release_hold", user_id, std::nullopt, ""},
                                  [&] { return try_release(reservation_id, user_id); });
}

int64_t expire_lapsed(Time at, std::optional<int64_t> most) {
    return expire.write(at, most, outbox::is_kept())[0].first<int64_t>();
}

} // namespace boxoffice::reservation
