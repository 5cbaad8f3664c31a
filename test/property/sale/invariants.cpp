#include "invariants.h"

namespace boxoffice::histories {
namespace {

bool is_owned(const ReservationRow& row) { return row.status == "held" || row.status == "paid"; }

// What is owned of a pool, or of the seats.
std::int64_t owned(const Standing& standing, std::optional<int> pool) {
    std::int64_t sum = 0;
    for (const ReservationRow& row : standing.reservations) {
        sum += row.pool == pool && is_owned(row) ? row.quantity : 0;
    }
    return sum;
}

} // namespace

std::string broken_promise(const Settings& settings, const Standing& standing) {
    const auto blocked = static_cast<std::int64_t>(standing.seats_blocked.size());
    if (standing.seats_free + blocked + owned(standing, std::nullopt) != settings.seats) {
        return "seats that are free, blocked and owned are not all there are";
    }
    for (int pool = 0; pool < pools; ++pool) {
        const auto index = static_cast<std::size_t>(pool);
        if (standing.places_free[index] < 0 ||
            standing.places_free[index] + owned(standing, pool) != standing.capacities[index]) {
            return "places that are free and those that are owned are not all of pool " + std::to_string(pool);
        }
    }
    if (standing.places_free_in_slot != standing.places_free[0] + standing.places_free[1]) {
        return "the slot counts other places than its pools";
    }
    for (int user = 1; user <= users; ++user) {
        std::int64_t sum = 0;
        for (const ReservationRow& row : standing.reservations) {
            sum += row.user == user && is_owned(row) ? row.quantity : 0;
        }
        if (settings.max_per_user && sum > *settings.max_per_user) {
            return "user" + std::to_string(user) + " has more than max_per_user";
        }
        if (standing.balances.at(static_cast<std::size_t>(user - 1)) < 0) {
            return "user" + std::to_string(user) + " has less than nothing";
        }
    }
    return "";
}

} // namespace boxoffice::histories
