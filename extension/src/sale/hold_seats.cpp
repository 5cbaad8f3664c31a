// hold_seats: the seats that the buyer names.

#include "base/validate.h"
#include "outbox/outbox.h"
#include "pg/lookup.h"
#include "sale/seat_hold.h"

#include <algorithm>

namespace boxoffice::hold {

namespace {

constinit Lookup<Key<int64_t, int32_t>, RowAddress, int64_t, bool, bool, std::optional<Time>, std::optional<int64_t>>
    read_seat{"seat", "seat_pkey", {"ctid", "price", "sold", "blocked", "held_until", "reservation_id"}};

constinit spi::Plan<RowAddresses, int64_t, Time> hold_seat_rows{
    "UPDATE boxoffice.seat SET reservation_id = $2, held_until = $3 WHERE ctid = ANY ($1)"};

// A seat as the snapshot shows it.
struct Seat : FreeSeat {
    bool taken;
    std::optional<int64_t> held_by; // the reservation, while its hold runs
};

std::vector<Seat> find_seats(const spi::FreshSnapshot& snapshot, const SeatsRequest& request, Time at) {
    std::vector<Seat> seats;
    decltype(read_seat)::Open lookup(read_seat, snapshot);
    for (const int32_t seat_id : request.seat_ids) {
        const auto row = lookup.find(request.slot_id, seat_id);
        if (!row)
            continue;
        const auto [address, price, sold, blocked, held_until, reservation_id] = *row;
        const bool held = !sold && held_until && *held_until > at;
        seats.push_back({{seat_id, address, price}, sold || blocked || held, held ? reservation_id : std::nullopt});
    }
    return seats;
}

HoldResult refuse(Outcome outcome, SeatIds seat_ids) {
    HoldResult result{outcome};
    result.refused_seat_ids = std::move(seat_ids);
    return result;
}

// not_found or seat_taken with the seats that cause it, or nothing.
std::optional<HoldResult> refuse_by_reading(const SeatsRequest& request, const std::vector<Seat>& seats) {
    if (seats.size() < request.seat_ids.size()) {
        SeatIds missing;
        auto found = seats.begin(); // both are in the order of seat_id
        for (const int32_t seat_id : request.seat_ids) {
            if (found != seats.end() && found->seat_id == seat_id)
                ++found;
            else
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

// The user's own running hold that has all these seats.
std::optional<reservation::Running> find_own(const spi::FreshSnapshot& snapshot, const SeatsRequest& request,
                                             const std::vector<Seat>& seats, Time at) {
    if (seats.size() < request.seat_ids.size() || !seats[0].held_by)
        return std::nullopt;
    const auto elsewhere = [&](const Seat& seat) { return seat.held_by != seats[0].held_by; };
    if (std::any_of(seats.begin(), seats.end(), elsewhere))
        return std::nullopt;
    return reservation::find_running(snapshot, *seats[0].held_by, request.buyer.user_id, at);
}

// Somebody was faster: reads again, to say whether for good.
HoldResult refuse_after_race(const SeatsRequest& request, int32_t seat_id) {
    const spi::FreshSnapshot snapshot;
    if (auto refusal = refuse_by_reading(request, find_seats(snapshot, request, clock::now())))
        return *refusal;
    return refuse(Outcome::seat_busy, {seat_id});
}

HoldResult try_hold(const SeatsRequest& request) {
    const spi::FreshSnapshot snapshot;
    const Time at = clock::now();
    const std::vector<Seat> seats = find_seats(snapshot, request, at);
    if (const auto own = find_own(snapshot, request, seats, at))
        return answer_with(*own);
    const Terms terms = terms_for(snapshot, request.slot_id, request.buyer, at);
    if (terms.outcome != Outcome::ok)
        return HoldResult{terms.outcome};
    if (auto refusal = refuse_by_reading(request, seats))
        return *refusal;
    if (exceeds_limit(snapshot, terms, request.buyer.user_id, static_cast<int64_t>(seats.size()), at))
        return HoldResult{Outcome::limit_exceeded};
    const Attempt attempt =
        take_seats(snapshot, terms, request.buyer.user_id, std::vector<FreeSeat>(seats.begin(), seats.end()));
    return attempt.failed ? refuse_after_race(request, *attempt.failed) : attempt.result;
}

std::string joined(const SeatIds& seat_ids) {
    std::string text;
    for (const int32_t seat_id : seat_ids)
        text += (text.empty() ? "" : ", ") + std::to_string(seat_id);
    return text;
}

} // namespace

HoldResult hold_seats(const SeatsRequest& unchecked) {
    check(unchecked.buyer);
    const SeatsRequest request{unchecked.slot_id, unchecked.buyer,
                               validate::seat_ids(unchecked.seat_ids, most_per_hold)};
    return perform<HoldResult>({"hold_seats", request.buyer.user_id, request.buyer.idempotency_key,
                                std::to_string(request.slot_id) + ", {" + joined(request.seat_ids) + "}"},
                               [&] { return try_hold(request); });
}

namespace {

// A price is below 2^53 and there are at most 1000, so this is far from an overflow.
Goods goods_of(const std::vector<FreeSeat>& seats) {
    Goods goods{{}, {}, static_cast<int32_t>(seats.size()), 0};
    for (const FreeSeat& seat : seats) {
        goods.seat_ids.push_back(seat.seat_id);
        goods.amount += seat.price;
    }
    return goods;
}

HoldResult write_hold(const Terms& terms, const std::string& user_id, const Goods& goods,
                      const RowAddresses& addresses) {
    const Given given = give(terms, user_id, goods);
    if (given.outcome != Outcome::ok)
        return HoldResult{given.outcome};
    require_all(hold_seat_rows.write(addresses, given.reservation_id, given.expires_at), addresses);
    outbox::write("held", terms.slot_id, given.reservation_id, goods.seat_ids, given.at);
    return HoldResult{Outcome::ok, given.reservation_id, given.expires_at, goods.amount, goods.seat_ids};
}

// The token first, where its user shows up only now, then the seats. Nothing: they are locked.
std::optional<Attempt> fail_by_locking(const spi::FreshSnapshot& snapshot, const Terms& terms,
                                       const std::vector<FreeSeat>& seats, const RowAddresses& addresses) {
    if (!claim_token(snapshot, terms))
        return Attempt{HoldResult{Outcome::seat_busy}};
    const RowLocks locks = lock_rows("seat", addresses, snapshot);
    if (locks.state == RowLock::locked)
        return std::nullopt;
    return Attempt{HoldResult{Outcome::seat_busy}, seats[locks.failed_at].seat_id};
}

} // namespace

Attempt take_seats(const spi::FreshSnapshot& snapshot, const Terms& terms, const std::string& user_id,
                   const std::vector<FreeSeat>& seats) {
    const Goods goods = goods_of(seats);
    if (is_too_much(goods.amount))
        return Attempt{HoldResult{Outcome::limit_exceeded}};
    RowAddresses addresses;
    for (const FreeSeat& seat : seats)
        addresses.push_back(seat.address);
    // The row that stops lock_rows is left unlocked, so a single seat needs no subtransaction to be freed by.
    std::optional<Subtransaction> attempt;
    if (seats.size() > 1 || terms.token)
        attempt.emplace();
    if (auto failed = fail_by_locking(snapshot, terms, seats, addresses)) {
        if (attempt)
            attempt->roll_back();
        return *failed;
    }
    const HoldResult result = write_hold(terms, user_id, goods, addresses);
    if (attempt)
        attempt->end(result.outcome == Outcome::ok);
    return Attempt{result};
}

} // namespace boxoffice::hold
