#include "sale/reservation.h"

#include "base/validate.h"
#include "catalogue/catalogue.h"
#include "outbox/outbox.h"
#include "pg/lookup.h"
#include "write/counter.h"

#include <algorithm>

namespace boxoffice::reservation {

namespace {

using Number = std::optional<int64_t>;

constinit spi::Plan<int64_t, std::string, SeatIds, Number, int32_t, int64_t, Time, Time, Number, Number>
    insert_reservation{"INSERT INTO boxoffice.reservation (slot_id, user_id, status, seat_ids, pool_id, quantity,"
                       "   amount, created_at, expires_at, queue_id, queue_number)"
                       " VALUES ($1, $2, 'held', $3, $4, $5, $6, $7, $8, $9, $10) RETURNING reservation_id"};

// Whose it is decides, mostly, that the rest is not wanted.
constinit Lookup<Key<int64_t>, std::string, std::string, Time> read_owner{
    "reservation", "reservation_pkey", {"user_id", "status", "expires_at"}};
constinit Lookup<Key<int64_t>, int64_t, SeatIds> read_goods{"reservation", "reservation_pkey", {"amount", "seat_ids"}};

// What a user has paid, and what runs, each by its own part of the index: what has ended is never read.
constinit Lookup<Key<std::string, int64_t, std::string>, int32_t> read_paid{
    "reservation", "reservation_living", {"quantity"}};
constinit Lookup<Key<std::string, int64_t, std::string, Above<Time>>, int64_t, Time, int64_t, int32_t, Number>
    read_running{
        "reservation", "reservation_living", {"reservation_id", "expires_at", "amount", "quantity", "pool_id"}};

// Whose seats are is looked up one by one: a statement for a list of them would, where statistics speak of small slots, read
// every seat of the slot and compare each with the whole list.
constinit Lookup<Key<int64_t, int32_t>, Number, std::optional<std::string>> read_category{
    "seat", "seat_pkey", {"reservation_id", "category"}};
constinit Lookup<Key<int64_t, int32_t>, Number, bool, RowAddress> read_seat{
    "seat", "seat_pkey", {"reservation_id", "sold", "ctid"}};

constinit Lookup<Key<int64_t>, std::string, int64_t, std::string, SeatIds, Number, int32_t, int64_t, Time, Time, Number,
                 Number, RowAddress>
    read_all{"reservation",
             "reservation_pkey",
             {"user_id", "slot_id", "status", "seat_ids", "pool_id", "quantity", "amount", "created_at", "expires_at",
              "queue_id", "queue_number", "ctid"}};
constinit Lookup<Key<int64_t>, int64_t> read_pool_counter{"pool", "pool_pkey", {"counter_id"}};
constinit Lookup<Key<int64_t>, int64_t, int64_t> read_slot_counters{
    "slot", "slot_pkey", {"paid_counter_id", "cancelled_counter_id"}};

constinit spi::Plan<int64_t, std::string, std::optional<Time>> set_status{
    "UPDATE boxoffice.reservation SET status = $2, paid_at = coalesce($3, paid_at) WHERE reservation_id = $1"};

constinit spi::Plan<RowAddresses> sell_seats{
    "UPDATE boxoffice.seat SET sold = true, held_until = NULL WHERE ctid = ANY ($1)"};

constinit spi::Plan<RowAddresses> free_seats{
    "UPDATE boxoffice.seat SET sold = false, held_until = NULL, reservation_id = NULL WHERE ctid = ANY ($1)"};

constinit spi::Plan<int64_t, Time> set_end{
    "UPDATE boxoffice.reservation SET expires_at = $2 WHERE reservation_id = $1"};

constinit spi::Plan<RowAddresses, Time> set_seats_end{
    "UPDATE boxoffice.seat SET held_until = $2 WHERE ctid = ANY ($1)"};

} // namespace

int64_t insert(const NewReservation& reservation) {
    return insert_reservation
        .write(reservation.slot_id, reservation.user_id, reservation.seat_ids, reservation.pool_id,
               reservation.quantity, reservation.amount, reservation.created_at, reservation.expires_at,
               reservation.queue_id, reservation.queue_number)[0]
        .first<int64_t>();
}

bool has_more_than(const spi::FreshSnapshot& snapshot, const std::string& user_id, int64_t slot_id, int64_t most,
                   Time at) {
    int64_t own = 0;
    decltype(read_running)::Open running(read_running, snapshot);
    running.begin(user_id, slot_id, "held", Above<Time>{at});
    while (const auto row = running.next()) {
        own += std::get<3>(*row);
        if (own > most)
            return true;
    }
    decltype(read_paid)::Open paid(read_paid, snapshot);
    paid.begin(user_id, slot_id, "paid");
    while (const auto row = paid.next()) {
        own += std::get<0>(*row);
        if (own > most)
            return true;
    }
    return own > most;
}

std::optional<Running> find_running(const spi::FreshSnapshot& snapshot, int64_t reservation_id,
                                    const std::string& user_id, Time at) {
    const auto row = read_owner.find(snapshot, reservation_id);
    if (!row)
        return std::nullopt;
    const auto& [owner, status, expires_at] = *row;
    if (owner != user_id || status != "held" || expires_at <= at)
        return std::nullopt;
    auto [amount, seat_ids] = *read_goods.find(snapshot, reservation_id);
    return Running{reservation_id, expires_at, amount, std::move(seat_ids)};
}

namespace {

// A second click comes soon after the first, so it is not looked for among more of the user's holds than these.
constexpr std::size_t most_clicks_ago = 100;

struct RunningHold {
    int64_t reservation_id;
    Time expires_at;
    int64_t amount;
    int32_t quantity;
    Number pool_id;
};

// Of the user in a slot, those that end last; the last made first.
std::vector<RunningHold> find_running_holds(const spi::FreshSnapshot& snapshot, const std::string& user_id,
                                            int64_t slot_id, Time at) {
    std::vector<RunningHold> holds;
    decltype(read_running)::Open lookup(read_running, snapshot);
    lookup.begin(user_id, slot_id, "held", Above<Time>{at});
    while (holds.size() < most_clicks_ago) {
        const auto row = lookup.previous();
        if (!row)
            break;
        const auto& [reservation_id, expires_at, amount, quantity, pool_id] = *row;
        holds.push_back({reservation_id, expires_at, amount, quantity, pool_id});
    }
    std::sort(holds.begin(), holds.end(), [](const RunningHold& one, const RunningHold& other) {
        return one.reservation_id > other.reservation_id;
    });
    return holds;
}

} // namespace

std::optional<Running> find_running_places(const spi::FreshSnapshot& snapshot, int64_t slot_id, int64_t pool_id,
                                           int32_t quantity, const std::string& user_id, Time at) {
    for (const RunningHold& hold : find_running_holds(snapshot, user_id, slot_id, at)) {
        if (hold.pool_id == pool_id && hold.quantity == quantity)
            return Running{hold.reservation_id, hold.expires_at, hold.amount, {}};
    }
    return std::nullopt;
}

namespace {

bool are_all_of(const spi::FreshSnapshot& snapshot, int64_t slot_id, const SeatIds& seat_ids, int64_t reservation_id,
                const std::optional<std::string>& category) {
    decltype(read_category)::Open lookup(read_category, snapshot);
    return std::all_of(seat_ids.begin(), seat_ids.end(), [&](int32_t seat_id) {
        const auto row = lookup.find(slot_id, seat_id);
        return row && std::get<0>(*row) == reservation_id && (!category || std::get<1>(*row) == category);
    });
}

} // namespace

std::optional<Running> find_running_seats(const spi::FreshSnapshot& snapshot, int64_t slot_id, int32_t quantity,
                                          const std::optional<std::string>& category, const std::string& user_id,
                                          Time at) {
    for (const RunningHold& hold : find_running_holds(snapshot, user_id, slot_id, at)) {
        if (hold.pool_id || hold.quantity != quantity)
            continue;
        auto seat_ids = std::get<1>(*read_goods.find(snapshot, hold.reservation_id));
        if (are_all_of(snapshot, slot_id, seat_ids, hold.reservation_id, category))
            return Running{hold.reservation_id, hold.expires_at, hold.amount, std::move(seat_ids)};
    }
    return std::nullopt;
}

std::optional<std::string> owner_of(int64_t reservation_id) {
    const spi::FreshSnapshot snapshot;
    const auto row = read_owner.find(snapshot, reservation_id);
    return row ? std::optional(std::get<0>(*row)) : std::nullopt;
}

namespace {

// See Reservation::counter_id.
int64_t counter_of(const spi::FreshSnapshot& snapshot, int64_t slot_id, Number pool_id, bool paid) {
    if (pool_id)
        return std::get<0>(read_pool_counter.find(snapshot, *pool_id).value());
    const auto [paid_counter_id, cancelled_counter_id] = read_slot_counters.find(snapshot, slot_id).value();
    return paid ? cancelled_counter_id : paid_counter_id;
}

} // namespace

std::optional<Reservation> find(const spi::FreshSnapshot& snapshot, int64_t reservation_id,
                                const std::string& user_id) {
    auto row = read_all.find(snapshot, reservation_id);
    if (!row || std::get<0>(*row) != user_id)
        return std::nullopt;
    auto& [owner, slot_id, status, seat_ids, pool_id, quantity, amount, created_at, expires_at, queue_id, queue_number,
           address] = *row;
    const int64_t counter_id = counter_of(snapshot, slot_id, pool_id, status == "paid");
    return Reservation{slot_id,    std::move(status), std::move(seat_ids), pool_id,    quantity, amount, created_at,
                       expires_at, queue_id,          queue_number,        counter_id, address};
}

namespace {

// By seat_id; nothing when one is not the reservation's own any more.
std::optional<RowAddresses> find_own_seats(const spi::FreshSnapshot& snapshot, int64_t reservation_id,
                                           const Reservation& reservation, bool sold) {
    RowAddresses seats;
    decltype(read_seat)::Open lookup(read_seat, snapshot);
    for (const int32_t seat_id : reservation.seat_ids) {
        const auto row = lookup.find(reservation.slot_id, seat_id);
        if (!row || std::get<0>(*row) != reservation_id || std::get<1>(*row) != sold)
            return std::nullopt;
        seats.push_back(std::get<2>(*row));
    }
    return seats;
}

} // namespace

Grip grip(const spi::FreshSnapshot& snapshot, int64_t reservation_id, Reservation& reservation, bool sold) {
    if (!lock_one("reservation", reservation.address, snapshot))
        return Grip::busy;
    if (reservation.pool_id)
        return Grip::firm;
    auto seats = find_own_seats(snapshot, reservation_id, reservation, sold);
    if (!seats)
        return Grip::broken;
    reservation.seats = std::move(*seats);
    return lock_rows("seat", reservation.seats, snapshot).state == RowLock::locked ? Grip::firm : Grip::busy;
}

void mark_paid(int64_t reservation_id, const Reservation& reservation, Time at) {
    // the seats first: a trigger of the house that hears of the reservation finds them sold
    if (!reservation.pool_id)
        require_all(sell_seats.write(reservation.seats), reservation.seats);
    set_status.write(reservation_id, "paid", at);
    if (reservation.pool_id)
        return;
    counter::add(reservation.counter_id, reservation.quantity);
    outbox::write("paid", reservation.slot_id, reservation_id, reservation.seat_ids, at);
}

namespace {

void free_as(const char* status, int64_t reservation_id, const Reservation& reservation, Time at) {
    if (!reservation.pool_id)
        require_all(free_seats.write(reservation.seats), reservation.seats);
    set_status.write(reservation_id, status, std::nullopt);
    if (reservation.pool_id) {
        counter::add(reservation.counter_id, reservation.quantity);
        return;
    }
    outbox::write(status, reservation.slot_id, reservation_id, reservation.seat_ids, at);
}

} // namespace

void mark_cancelled(int64_t reservation_id, const Reservation& reservation, Time at) {
    if (!reservation.pool_id)
        counter::add(reservation.counter_id, reservation.quantity);
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
            return OutcomeResult{Outcome::ok, true};
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

namespace {

Time end_of_extension(const Reservation& held, Time at) {
    const spi::FreshSnapshot snapshot;
    const auto slot = catalogue::find_slot(snapshot, held.slot_id, at);
    if (!slot->hold_for_max)
        return held.expires_at;
    return std::max(held.expires_at, std::min(at + slot->hold_for, held.created_at + *slot->hold_for_max));
}

ExtendResult try_extend(int64_t reservation_id, const std::string& user_id) {
    const auto settle = [](const std::optional<Reservation>& found) -> std::optional<ExtendResult> {
        if (const auto refused = refuse_unless_held(found))
            return ExtendResult{*refused};
        if (end_of_extension(*found, clock::now()) <= found->expires_at)
            return ExtendResult{Outcome::ok, found->expires_at, true};
        return std::nullopt;
    };
    return change_with_seats<ExtendResult>(reservation_id, user_id, false, settle, [&](const Reservation& held) {
        const Time at = clock::now();
        if (at >= held.expires_at)
            return ExtendResult{Outcome::hold_expired};
        const Time end = end_of_extension(held, at);
        require_all(set_seats_end.write(held.seats, end), held.seats);
        set_end.write(reservation_id, end);
        return ExtendResult{Outcome::ok, end};
    });
}

} // namespace

ExtendResult extend(int64_t reservation_id, const std::string& user_id) {
    validate::user_id(user_id);
    return perform<ExtendResult>({"extend_hold", user_id, std::nullopt, ""},
                                 [&] { return try_extend(reservation_id, user_id); });
}

} // namespace boxoffice::reservation
