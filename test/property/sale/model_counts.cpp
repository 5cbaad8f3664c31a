// What the model counts: who has a seat, what is left of a pool, how the sale stands.
#include <algorithm>
#include <iterator>

#include "model.h"

namespace boxoffice::histories {

bool Model::runs(const Reservation& reservation, Instant now) {
    return reservation.status == "held" && now < reservation.expires_at;
}

bool Model::has_lapsed(const Reservation& reservation, Instant now) {
    return reservation.status == "held" && now >= reservation.expires_at;
}

std::optional<std::string> Model::refusal_unless_running(const Reservation& reservation, Instant now) const {
    const std::string status = read_status(reservation, now);
    if (status == "held") {
        return std::nullopt;
    }
    return status == "paid" ? "already_paid" : status == "expired" ? "hold_expired" : "not_held";
}

std::string Model::read_status(const Reservation& reservation, Instant now) const {
    return has_lapsed(reservation, now) ? "expired" : reservation.status;
}

const Model::Reservation* Model::holder_of(int seat, Instant now) const {
    const auto holder = std::ranges::find_if(reservations_, [&](const Reservation& reservation) {
        return std::ranges::find(reservation.seats, seat) != reservation.seats.end() &&
               (reservation.status == "paid" || runs(reservation, now));
    });
    return holder == reservations_.end() ? nullptr : &*holder;
}

bool Model::is_blocked(int seat) const {
    return fault_ != Fault::block && std::ranges::find(blocked_, seat) != blocked_.end();
}

std::vector<int> Model::missing_of(const std::vector<int>& seats) const {
    std::vector<int> missing;
    std::ranges::copy_if(seats, std::back_inserter(missing), [&](int seat) { return seat > settings_.seats; });
    return missing;
}

std::int64_t Model::price_of(const std::vector<int>& seats) const {
    std::int64_t sum = 0;
    for (const int seat : seats) {
        sum += prices_.at(static_cast<std::size_t>(seat - 1));
    }
    return sum;
}

std::int64_t Model::own(int user, Instant now) const {
    std::int64_t sum = 0;
    for (const Reservation& reservation : reservations_) {
        const bool counts = reservation.status == "paid" || runs(reservation, now);
        if (reservation.user == user && counts && !(fault_ == Fault::limit && reservation.pool)) {
            sum += reservation.quantity;
        }
    }
    return sum;
}

std::int64_t Model::places(int pool, const std::string& status) const {
    std::int64_t sum = 0;
    for (const Reservation& reservation : reservations_) {
        sum += reservation.pool == pool && reservation.status == status ? reservation.quantity : 0;
    }
    return sum;
}

std::int64_t Model::lapsed_places(int pool, Instant now) const {
    std::int64_t sum = 0;
    for (const Reservation& reservation : reservations_) {
        sum += reservation.pool == pool && has_lapsed(reservation, now) ? reservation.quantity : 0;
    }
    return fault_ == Fault::lapsed ? 0 : sum;
}

std::int64_t Model::counted_free(int pool) const {
    const auto index = static_cast<std::size_t>(pool);
    return capacities_.at(index) - lost_.at(index) - places(pool, "paid") - places(pool, "held");
}

std::int64_t Model::places_left(int pool, Instant now) const { return counted_free(pool) + lapsed_places(pool, now); }

void Model::reclaim(int pool, std::int64_t wanted, Instant now) {
    std::vector<Reservation*> lapsed;
    for (Reservation& reservation : reservations_) {
        if (reservation.pool == pool && has_lapsed(reservation, now)) {
            lapsed.push_back(&reservation);
        }
    }
    std::ranges::sort(lapsed, {}, &Reservation::expires_at);
    std::size_t taken = 0;
    for (std::int64_t places = 0; taken < lapsed.size() && places < wanted; ++taken) {
        lapsed[taken]->status = "expired";
        places += lapsed[taken]->quantity;
    }
    uncertain_ = uncertain_ || (taken > 0 && taken < lapsed.size() &&
                                lapsed[taken]->expires_at - lapsed[taken - 1]->expires_at < call_window);
}

std::vector<Instant> Model::turns() const {
    std::vector<Instant> turns;
    for (const Reservation& reservation : reservations_) {
        turns.push_back(reservation.expires_at);
    }
    if (settings_.starts_after) {
        turns.push_back(Instant(0) + *settings_.starts_after);
    }
    return turns;
}

Standing Model::standing(Instant now) const {
    Standing standing{
        .seats_blocked = blocked_, .seat_prices = prices_, .capacities = capacities_, .balances = balances_};
    for (int seat = 1; seat <= settings_.seats; ++seat) {
        standing.seats_free += holder_of(seat, now) == nullptr && !is_blocked(seat) ? 1 : 0;
    }
    for (int pool = 0; pool < pools; ++pool) {
        standing.places_free.at(static_cast<std::size_t>(pool)) = places_left(pool, now);
        standing.places_free_in_slot += places_left(pool, now);
    }
    for (const Reservation& reservation : reservations_) {
        standing.reservations.push_back({.user = reservation.user,
                                         .pool = reservation.pool,
                                         .quantity = reservation.quantity,
                                         .status = read_status(reservation, now),
                                         .expires_at = reservation.expires_at,
                                         .amount = reservation.amount});
        standing.net += reservation.status == "paid" ? reservation.amount : 0;
    }
    return standing;
}

} // namespace boxoffice::histories
