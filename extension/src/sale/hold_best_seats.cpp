// hold_best_seats: the best of the free seats.

#include "hall/seating.h"
#include "sale/seat_hold.h"

#include <algorithm>

namespace boxoffice::hold {

namespace {

using best_seats::State;

// The seats as a party sees them at one instant.
struct View {
    std::vector<State> states;
    int32_t free = 0; // for this party, those included that others are taking
};

View view_of(const seating::Seats& seats, std::optional<int32_t> category, Time at) {
    View view{std::vector<State>(static_cast<std::size_t>(seats.size()), State::taken)};
    for (int32_t seat = 0; seat < seats.size(); ++seat) {
        if (seats.is_taken(seat, at))
            continue;
        const bool wanted = !category || seats.category(seat) == *category;
        view.free += wanted ? 1 : 0;
        if (!seats.is_busy(seat))
            view.states[static_cast<std::size_t>(seat)] = wanted ? State::open : State::free;
    }
    return view;
}

// There can be no other: a second click finds the first, anyone else hears why.
HoldResult find_own_or_refuse(Outcome outcome, const spi::FreshSnapshot& snapshot, const BestSeatsRequest& request,
                              const seating::Seats& seats, Time at) {
    const auto own = reservation::find_running_seats(snapshot, request.slot_id, request.quantity, request.category,
                                                     request.buyer.user_id, at);
    if (!own)
        return HoldResult{outcome};
    HoldResult result = answer_with(*own);
    std::vector<int32_t> chosen;
    for (const int32_t seat_id : own->seat_ids) {
        if (const auto seat = seats.find(seat_id))
            chosen.push_back(*seat);
    }
    result.adjacent = seats.hall().are_adjacent(chosen);
    return result;
}

struct Turn {
    std::optional<HoldResult> result{};
    bool outrun = false; // others were faster again and again: look anew at once
};

// Takes the best seats; when another transaction was faster at one of them, the best of the others.
Turn take_best(const spi::FreshSnapshot& snapshot, const BestSeatsRequest& request, const Terms& terms,
               const seating::Seats& seats, View& view) {
    constexpr int most_attempts = 16;
    for (int attempts = 0; attempts < most_attempts; ++attempts) {
        const auto choice = best_seats::choose(seats.hall(), view.states, request.quantity);
        if (!choice)
            return Turn{};
        std::vector<FreeSeat> wanted;
        for (const int32_t seat : choice->seats)
            wanted.push_back({seats.seat_id(seat), seats.address(seat), seats.price(seat)});
        Attempt attempt = take_seats(snapshot, terms, request.buyer.user_id, wanted);
        if (!attempt.failed) {
            if (attempt.result.outcome == Outcome::seat_busy) // the token
                return Turn{};
            if (attempt.result.outcome == Outcome::ok)
                attempt.result.adjacent = choice->adjacent;
            return Turn{attempt.result};
        }
        view.states[static_cast<std::size_t>(*seats.find(*attempt.failed))] = State::taken;
    }
    return Turn{.outrun = true};
}

Turn try_hold(const BestSeatsRequest& request) {
    const spi::FreshSnapshot snapshot;
    const Time at = clock::now();
    const Terms terms = terms_for(snapshot, request.slot_id, request.buyer, at);
    if (terms.outcome != Outcome::ok)
        return Turn{HoldResult{terms.outcome}};
    const std::shared_ptr<const seating::Seats> shared = seating::read(snapshot, request.slot_id);
    const seating::Seats& seats = *shared;
    const auto category = request.category ? seats.category_named(*request.category) : std::nullopt;
    if (request.category && !category)
        return Turn{HoldResult{Outcome::not_found}};
    if (exceeds_limit(snapshot, terms, request.buyer.user_id, request.quantity, at))
        return Turn{find_own_or_refuse(Outcome::limit_exceeded, snapshot, request, seats, at)};
    View view = view_of(seats, category, at);
    if (view.free < request.quantity)
        return Turn{find_own_or_refuse(Outcome::sold_out, snapshot, request, seats, at)};
    return take_best(snapshot, request, terms, seats, view);
}

HoldResult hold_patiently(const BestSeatsRequest& request) {
    // being outrun means that others get on, so it ends when the seats do; but a call should not go on for long
    constexpr int most_turns = 64;
    Patience patience;
    for (int turns = 0;; ++turns) {
        const Turn turn = try_hold(request);
        if (turn.result)
            return *turn.result;
        guarded([] { CHECK_FOR_INTERRUPTS(); });
        if ((!turn.outrun || turns >= most_turns) && !patience.once_more())
            return HoldResult{Outcome::seat_busy};
    }
}

// Apart from every other request.
std::string canonical(const BestSeatsRequest& request) {
    return std::to_string(request.slot_id) + ", " + std::to_string(request.quantity) +
           (request.category ? ", '" + *request.category + "'" : "");
}

} // namespace

HoldResult hold_best_seats(const BestSeatsRequest& request) {
    check(request.buyer);
    check_quantity(request.quantity);
    return perform<HoldResult>(
        {"hold_best_seats", request.buyer.user_id, request.buyer.idempotency_key, canonical(request)},
        [&] { return hold_patiently(request); });
}

} // namespace boxoffice::hold
