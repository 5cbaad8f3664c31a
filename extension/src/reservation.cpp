#include "boxoffice/reservation.h"

#include "boxoffice/catalogue.h"
#include "boxoffice/outbox.h"
#include "boxoffice/validate.h"

#include <algorithm>

namespace boxoffice::reservation {

namespace {

// Bounds the work, the memory and the locks of one call.
constexpr std::size_t most_seats_per_hold = 1000;

constinit spi::Plan<int64_t, SeatIds, Time> read_seats{
    "SELECT seat_id, ctid, price, sold OR blocked OR coalesce(held_until > $3, false)"
    " FROM boxoffice.seat WHERE slot_id = $1 AND seat_id = ANY ($2)"};

constinit spi::Plan<std::string, int64_t, Time> count_own{
    "SELECT coalesce(sum(quantity), 0) FROM boxoffice.reservation"
    " WHERE user_id = $1 AND slot_id = $2 AND (status = 'paid' OR (status = 'held' AND expires_at > $3))"};

constinit spi::Plan<int64_t, std::string, SeatIds, int32_t, int64_t, Time, Time, std::optional<int64_t>,
                    std::optional<int64_t>>
    insert_reservation{"INSERT INTO boxoffice.reservation (slot_id, user_id, status, seat_ids, quantity, amount,"
                       "   created_at, expires_at, queue_id, queue_number)"
                       " VALUES ($1, $2, 'held', $3, $4, $5, $6, $7, $8, $9) RETURNING reservation_id"};

constinit spi::Plan<int64_t, SeatIds, int64_t, Time> hold_seat_rows{
    "UPDATE boxoffice.seat SET reservation_id = $3, held_until = $4 WHERE slot_id = $1 AND seat_id = ANY ($2)"};

constinit spi::Plan<JsonDatum> hold_from_json{
    "SELECT outcome, reservation_id, expires_at, amount, seat_ids, refused_seat_ids"
    " FROM pg_catalog.jsonb_to_record($1) AS answer (outcome text, reservation_id bigint, expires_at timestamptz,"
    "   amount bigint, seat_ids integer[], refused_seat_ids integer[])"};

// The token with which the user buys, in a slot that has a queue.
using Buyer = std::optional<queue_token::Token>;
using Number = std::optional<int64_t>;

// A seat as the snapshot shows it.
struct Seat {
    int32_t seat_id;
    RowAddress address;
    int64_t price;
    bool taken;
};

std::vector<Seat> find_seats(const spi::FreshSnapshot& snapshot, const HoldRequest& request, Time at) {
    std::vector<Seat> seats;
    for (const spi::Row row : read_seats.read(snapshot, request.slot_id, request.seat_ids, at)) {
        const auto [seat_id, address, price, taken] = row.columns<int32_t, RowAddress, int64_t, bool>();
        seats.push_back({seat_id, address, price, taken});
    }
    std::sort(seats.begin(), seats.end(), [](const Seat& a, const Seat& b) { return a.seat_id < b.seat_id; });
    return seats;
}

HoldResult refuse(Outcome outcome, SeatIds seat_ids) {
    HoldResult result{outcome};
    result.refused_seat_ids = std::move(seat_ids);
    return result;
}

// not_found or seat_taken with the seats that cause it, or nothing.
std::optional<HoldResult> refuse_by_reading(const HoldRequest& request, const std::vector<Seat>& seats) {
    if (seats.size() < request.seat_ids.size()) {
        SeatIds missing;
        for (const int32_t seat_id : request.seat_ids) {
            if (std::none_of(seats.begin(), seats.end(), [&](const Seat& seat) { return seat.seat_id == seat_id; }))
                missing.push_back(seat_id);
        }
        return refuse(Outcome::not_found, missing);
    }
    SeatIds taken;
    for (const Seat& seat : seats) {
        if (seat.taken)
            taken.push_back(seat.seat_id);
    }
    if (!taken.empty())
        return refuse(Outcome::seat_taken, taken);
    return std::nullopt;
}

bool exceeds_limit(const spi::FreshSnapshot& snapshot, const HoldRequest& request, const catalogue::Slot& slot,
                   Time at) {
    if (!slot.max_per_user)
        return false;
    const auto own = count_own.read(snapshot, request.user_id, request.slot_id, at)[0].first<int64_t>();
    return own + static_cast<int64_t>(request.seat_ids.size()) > *slot.max_per_user;
}

HoldResult write_hold(const HoldRequest& request, const catalogue::Slot& slot, const Buyer& buyer,
                      const std::vector<Seat>& seats) {
    int64_t amount = 0;
    for (const Seat& seat : seats)
        amount += seat.price;
    if (amount > validate::largest_number)
        throw Failure{ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "the amount of the hold would be too large",
                      "It would be " + std::to_string(amount) + ".", "Hold fewer seats in one call."};
    const Time at = clock::now();
    if (buyer && at >= *buyer->expires_at)
        return HoldResult{Outcome::queue_token_invalid};
    const Time expires_at = at + slot.hold_for;
    const auto quantity = static_cast<int32_t>(seats.size());
    const auto reservation_id = insert_reservation
                                    .write(request.slot_id, request.user_id, request.seat_ids, quantity, amount, at,
                                           expires_at, slot.queue_id, buyer ? Number(buyer->number) : Number())[0]
                                    .first<int64_t>();
    hold_seat_rows.write(request.slot_id, request.seat_ids, reservation_id, expires_at);
    outbox::write("held", request.slot_id, reservation_id, request.seat_ids, at);
    return HoldResult{Outcome::ok, reservation_id, expires_at, amount, request.seat_ids, std::nullopt};
}

// Somebody was faster: reads again, to say whether for good.
HoldResult refuse_after_race(const HoldRequest& request, int32_t seat_id) {
    const spi::FreshSnapshot snapshot;
    if (auto refusal = refuse_by_reading(request, find_seats(snapshot, request, clock::now())))
        return *refusal;
    return refuse(Outcome::seat_busy, {seat_id});
}

// The token first, where its user shows up only now, then the seats. Nothing: they are locked.
std::optional<HoldResult> refuse_by_locking(const spi::FreshSnapshot& snapshot, const HoldRequest& request,
                                            const Buyer& buyer, const std::vector<Seat>& seats) {
    if (buyer && !buyer->is_claimed() && !admission::claim(snapshot, *buyer))
        return HoldResult{Outcome::seat_busy};
    std::vector<RowAddress> addresses;
    for (const Seat& seat : seats)
        addresses.push_back(seat.address);
    const RowLocks locks = lock_rows("seat", addresses, snapshot);
    if (locks.state == RowLock::locked)
        return std::nullopt;
    return refuse_after_race(request, seats[locks.failed_at].seat_id);
}

HoldResult lock_and_write(const spi::FreshSnapshot& snapshot, const HoldRequest& request, const catalogue::Slot& slot,
                          const Buyer& buyer, const std::vector<Seat>& seats) {
    // The row that stops lock_rows is left unlocked, so a single seat needs no subtransaction to be freed by.
    std::optional<Subtransaction> attempt;
    if (seats.size() > 1 || buyer)
        attempt.emplace();
    if (auto refusal = refuse_by_locking(snapshot, request, buyer, seats)) {
        if (attempt)
            attempt->roll_back();
        return *refusal;
    }
    HoldResult result = write_hold(request, slot, buyer, seats);
    if (attempt)
        attempt->end(result.outcome == Outcome::ok);
    return result;
}

HoldResult try_hold(const HoldRequest& request) {
    const spi::FreshSnapshot snapshot;
    const Time at = clock::now();
    const auto slot = catalogue::find_slot(snapshot, request.slot_id, at);
    if (!slot)
        return HoldResult{Outcome::not_found};
    if (!slot->on_sale)
        return HoldResult{Outcome::not_on_sale};
    Buyer buyer;
    if (slot->queue_id) {
        const auto permit = admission::permit(snapshot, *slot->queue_id, request.queue_token, request.user_id, at);
        if (permit.outcome != Outcome::ok)
            return HoldResult{permit.outcome};
        buyer = permit.token;
    }
    const std::vector<Seat> seats = find_seats(snapshot, request, at);
    if (auto refusal = refuse_by_reading(request, seats))
        return *refusal;
    if (exceeds_limit(snapshot, request, *slot, at))
        return HoldResult{Outcome::limit_exceeded};
    return lock_and_write(snapshot, request, *slot, buyer, seats);
}

std::string joined(const SeatIds& seat_ids) {
    std::string text;
    for (const int32_t seat_id : seat_ids)
        text += (text.empty() ? "" : ", ") + std::to_string(seat_id);
    return text;
}

// Sorted: the order in which seats are locked, and the canonical form of the request.
SeatIds checked(SeatIds seat_ids) {
    if (seat_ids.empty() || seat_ids.size() > most_seats_per_hold)
        validate::raise_invalid("seat_ids must name 1 to " + std::to_string(most_seats_per_hold) + " seats",
                                "It names " + std::to_string(seat_ids.size()) + ".",
                                seat_ids.empty() ? "Name at least one seat." : "Hold more in several calls.");
    std::sort(seat_ids.begin(), seat_ids.end());
    const auto twice = std::adjacent_find(seat_ids.begin(), seat_ids.end());
    if (twice != seat_ids.end())
        validate::raise_invalid("seat_ids must not name a seat twice",
                                "It names seat " + std::to_string(*twice) + " twice.", "Name each seat once.");
    return seat_ids;
}

} // namespace

std::string HoldResult::explanation() const {
    return refused_seat_ids ? "Seats: " + joined(*refused_seat_ids) + "." : "";
}

spi::Plan<JsonDatum>& HoldResult::from_json() { return hold_from_json; }

HoldResult hold_seats(const HoldRequest& unchecked) {
    validate::user_id(unchecked.user_id);
    validate::idempotency_key(unchecked.idempotency_key);
    const HoldRequest request{unchecked.slot_id, unchecked.user_id, checked(unchecked.seat_ids), unchecked.queue_token,
                              unchecked.idempotency_key};
    return perform<HoldResult>({"hold_seats", request.user_id, request.idempotency_key,
                                std::to_string(request.slot_id) + ", {" + joined(request.seat_ids) + "}"},
                               [&] { return try_hold(request); });
}

} // namespace boxoffice::reservation
