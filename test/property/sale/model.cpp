#include "model.h"

#include <algorithm>

namespace boxoffice::histories {
namespace {

Answer refusal(std::string outcome) { return Answer{.outcome = std::move(outcome)}; }

Answer refusal(std::string outcome, const std::vector<int>& seats) {
    return Answer{.outcome = std::move(outcome), .refused_seats = describe(seats)};
}

} // namespace

Model::Model(const Settings& settings, Fault fault)
    : settings_(settings), fault_(fault), balances_(users, settings.money),
      prices_(static_cast<std::size_t>(settings.seats), seat_price) {
    std::ranges::copy(settings.capacities, capacities_.begin());
}

Answer Model::apply(const Command& command, Instant now) {
    return std::visit(Each{
                          [&](const HoldSeats& call) { return hold_seats(call, now); },
                          [&](const HoldPlaces& call) { return hold_places(call, now); },
                          [&](const Do& call) { return act(call, now); },
                          [&](const ExpireHolds&) { return expire(now); },
                          [&](const ChangeCapacity& call) { return change_capacity(call, now); },
                          [&](const BlockSeats& call) { return block_seats(call, now); },
                          [&](const SetPrices& call) { return set_prices(call); },
                          [](const auto&) { return Answer{}; },
                      },
                      command);
}

Answer Model::hold_seats(const HoldSeats& hold, Instant now) {
    const std::vector<int> missing = missing_of(hold.seats);
    std::vector<int> taken;
    const Reservation* first = holder_of(hold.seats.front(), now);
    bool all_of_first = first != nullptr && first->user == hold.user && first->status == "held";
    for (const int seat : hold.seats) {
        const Reservation* holder = holder_of(seat, now);
        all_of_first = all_of_first && holder == first;
        if (holder != nullptr || is_blocked(seat)) {
            taken.push_back(seat);
        }
    }
    if (all_of_first) {
        return answer_again(reservations_[static_cast<std::size_t>(first - reservations_.data())], now);
    }
    if (!missing.empty()) {
        return refusal("not_found", missing);
    }
    if (!taken.empty()) {
        return refusal("seat_taken", taken);
    }
    const int quantity = static_cast<int>(hold.seats.size());
    if (settings_.max_per_user && own(hold.user, now) + quantity > *settings_.max_per_user) {
        return refusal("limit_exceeded");
    }
    return give({.user = hold.user,
                 .pool = std::nullopt,
                 .seats = hold.seats,
                 .quantity = quantity,
                 .amount = price_of(hold.seats),
                 .status = "held",
                 .created_at = now,
                 .expires_at = now + settings_.hold_for},
                now);
}

Answer Model::hold_places(const HoldPlaces& hold, Instant now) {
    const bool above_limit = settings_.max_per_user && own(hold.user, now) + hold.quantity > *settings_.max_per_user;
    if (above_limit || places_left(hold.pool, now) < hold.quantity) {
        const auto same = std::find_if(reservations_.rbegin(), reservations_.rend(), [&](const Reservation& other) {
            return other.user == hold.user && other.pool == hold.pool && other.quantity == hold.quantity &&
                   runs(other, now);
        });
        if (same != reservations_.rend()) {
            return answer_again(*same, now);
        }
        return refusal(above_limit ? "limit_exceeded" : "sold_out");
    }
    const std::int64_t missing = hold.quantity - counted_free(hold.pool);
    if (missing > 0) {
        reclaim(hold.pool, missing, now);
        if (fault_ == Fault::surplus) {
            lost_.at(static_cast<std::size_t>(hold.pool)) += counted_free(hold.pool) - hold.quantity;
        }
    }
    return give({.user = hold.user,
                 .pool = hold.pool,
                 .seats = {},
                 .quantity = hold.quantity,
                 .amount = hold.quantity * place_prices.at(static_cast<std::size_t>(hold.pool)),
                 .status = "held",
                 .created_at = now,
                 .expires_at = now + settings_.hold_for},
                now);
}

Answer Model::give(Reservation reservation, Instant now) {
    reservations_.push_back(std::move(reservation));
    return answer_again(reservations_.back(), now);
}

Answer Model::answer_again(Reservation& reservation, Instant now) {
    if (fault_ == Fault::restart) {
        reservation.expires_at = now + settings_.hold_for;
    }
    Answer answer{.outcome = "ok",
                  .reservation = static_cast<int>(&reservation - reservations_.data()),
                  .expires_at = reservation.expires_at,
                  .amount = reservation.amount};
    if (!reservation.pool) {
        answer.seats = describe(reservation.seats);
    }
    return answer;
}

Answer Model::act(const Do& deed, Instant now) {
    const auto back = static_cast<std::size_t>(deed.back);
    const bool by_house = deed.deed == Deed::cancel_by_house;
    if (deed.stranger || back >= reservations_.size()) {
        return refusal("not_found");
    }
    Reservation& reservation = reservations_[reservations_.size() - 1 - back];
    switch (deed.deed) {
    case Deed::release:
        return release(reservation, now);
    case Deed::pay:
        return pay(reservation, now);
    case Deed::cancel:
    case Deed::cancel_by_house:
        return cancel(reservation, by_house, now);
    default:
        return extend(reservation, now);
    }
}

Answer Model::release(Reservation& reservation, Instant now) {
    if (reservation.status != "released") {
        if (const auto refused = refusal_unless_running(reservation, now)) {
            return refusal(*refused);
        }
        reservation.status = "released";
    }
    return Answer{.outcome = "ok"};
}

Answer Model::pay(Reservation& reservation, Instant now) {
    if (const auto refused = refusal_unless_running(reservation, now)) {
        return refusal(*refused);
    }
    std::int64_t& balance = balances_.at(static_cast<std::size_t>(reservation.user - 1));
    if (balance < reservation.amount) {
        return Answer{.outcome = "insufficient_balance", .balance = balance};
    }
    balance -= reservation.amount;
    reservation.status = "paid";
    return Answer{.outcome = "ok", .amount = reservation.amount, .balance = balance};
}

Answer Model::cancel(Reservation& reservation, bool by_house, Instant now) {
    std::int64_t& balance = balances_.at(static_cast<std::size_t>(reservation.user - 1));
    if (reservation.status == "paid") {
        const bool has_begun = settings_.starts_after && now >= Instant(0) + *settings_.starts_after;
        if (has_begun && (!by_house || fault_ == Fault::house)) {
            return refusal("too_late");
        }
        reservation.status = "cancelled";
        balance += reservation.amount;
    } else if (reservation.status != "cancelled") {
        return refusal("not_held");
    }
    return Answer{.outcome = "ok", .balance = balance, .refunded = reservation.amount};
}

Answer Model::extend(Reservation& reservation, Instant now) {
    if (const auto refused = refusal_unless_running(reservation, now)) {
        return refusal(*refused);
    }
    if (settings_.hold_for_max) {
        const Instant since = fault_ == Fault::extend ? now : reservation.created_at;
        const Instant latest = std::min(now + settings_.hold_for, since + *settings_.hold_for_max);
        reservation.expires_at = std::max(reservation.expires_at, latest);
    }
    return Answer{.outcome = "ok", .expires_at = reservation.expires_at};
}

Answer Model::expire(Instant now) {
    std::int64_t expired = 0;
    for (Reservation& reservation : reservations_) {
        if (has_lapsed(reservation, now)) {
            reservation.status = "expired";
            ++expired;
        }
    }
    return Answer{.expired = expired};
}

Answer Model::change_capacity(const ChangeCapacity& change, Instant now) {
    const std::int64_t paid = places(change.pool, "paid");
    const std::int64_t held = places(change.pool, "held");
    std::int64_t& capacity = capacities_.at(static_cast<std::size_t>(change.pool));
    const std::int64_t running = fault_ == Fault::capacity ? 0 : held - lapsed_places(change.pool, now);
    if (change.capacity != capacity && change.capacity < paid + running) {
        return refusal("error 22023");
    }
    if (change.capacity < paid + held) {
        reclaim(change.pool, held, now); // all of them
    }
    capacity = change.capacity;
    return Answer{};
}

Answer Model::block_seats(const BlockSeats& block, Instant now) {
    if (const std::vector<int> missing = missing_of(block.seats); !missing.empty()) {
        return refusal("not_found", missing);
    }
    std::vector<int> changing;
    std::vector<int> taken;
    for (const int seat : block.seats) {
        if (is_blocked(seat) != block.blocked) {
            changing.push_back(seat);
            if (block.blocked && holder_of(seat, now) != nullptr) {
                taken.push_back(seat);
            }
        }
    }
    if (!taken.empty()) {
        return refusal("seat_taken", taken);
    }
    for (const int seat : changing) {
        if (block.blocked) {
            blocked_.push_back(seat);
        } else {
            std::erase(blocked_, seat);
        }
    }
    std::ranges::sort(blocked_);
    return Answer{.outcome = "ok", .seats_changed = static_cast<std::int64_t>(changing.size())};
}

Answer Model::set_prices(const SetPrices& change) {
    if (!missing_of(change.seats).empty()) {
        return refusal("error TK016");
    }
    std::int64_t changed = 0;
    for (int seat = 1; seat <= settings_.seats; ++seat) {
        std::int64_t& price = prices_.at(static_cast<std::size_t>(seat - 1));
        const bool meant = change.seats.empty() || std::ranges::find(change.seats, seat) != change.seats.end();
        if (meant && price != change.price) {
            price = change.price;
            ++changed;
        }
    }
    for (Reservation& reservation : reservations_) {
        if (fault_ == Fault::price && reservation.status == "held" && !reservation.pool) {
            reservation.amount = price_of(reservation.seats);
        }
    }
    return Answer{.seats_changed = changed};
}

} // namespace boxoffice::histories
