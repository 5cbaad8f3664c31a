// Answers and standings: compared field by field and printed.
#include "answer.h"

#include <algorithm>

namespace boxoffice::histories {
namespace {

// The server's clock was read up to a call's time after the instant that the model gave the call.
bool same_time(const std::optional<Instant>& expected, const std::optional<Instant>& actual) {
    if (!expected || !actual) {
        return expected.has_value() == actual.has_value();
    }
    return *actual >= *expected && *actual < *expected + call_window;
}

bool same_row(const ReservationRow& expected, const ReservationRow& actual) {
    return expected.user == actual.user && expected.pool == actual.pool && expected.quantity == actual.quantity &&
           expected.status == actual.status && expected.amount == actual.amount &&
           same_time(expected.expires_at, actual.expires_at);
}

} // namespace

std::string describe(const Answer& answer) {
    std::string text = answer.outcome.empty() ? "done" : answer.outcome;
    const auto append = [&](const char* name, const auto& value) {
        if (value) {
            text += std::string(", ") + name + " " + std::to_string(*value);
        }
    };
    append("reservation", answer.reservation);
    append("amount", answer.amount);
    append("balance", answer.balance);
    append("refunded", answer.refunded);
    append("expired", answer.expired);
    append("seats_changed", answer.seats_changed);
    text += answer.seats ? ", seats " + *answer.seats : "";
    text += answer.refused_seats ? ", refused seats " + *answer.refused_seats : "";
    text += answer.expires_at ? ", expires_at " + describe(*answer.expires_at) : "";
    return text;
}

std::string describe(const Standing& standing) {
    std::string text = "free: " + std::to_string(standing.seats_free) + " seats, " +
                       std::to_string(standing.places_free_in_slot) + " places";
    for (std::size_t pool = 0; pool < pools; ++pool) {
        text += ", " + std::to_string(standing.places_free[pool]) + " of " + std::to_string(standing.capacities[pool]) +
                " in pool " + std::to_string(pool);
    }
    text += "; blocked " + describe(standing.seats_blocked) + "; prices";
    for (const std::int64_t price : standing.seat_prices) {
        text += " " + std::to_string(price);
    }
    text += "; net " + std::to_string(standing.net) + "; balances";
    for (const std::int64_t balance : standing.balances) {
        text += " " + std::to_string(balance);
    }
    for (const ReservationRow& row : standing.reservations) {
        text += "; user" + std::to_string(row.user) + " " + row.status + " " + std::to_string(row.quantity) +
                (row.pool ? " of pool " + std::to_string(*row.pool) : " seats") + " for " + std::to_string(row.amount) +
                " until " + describe(row.expires_at);
    }
    return text;
}

std::string difference(const Answer& expected, const Answer& actual) {
    const bool same = expected.outcome == actual.outcome && expected.reservation == actual.reservation &&
                      expected.amount == actual.amount && expected.balance == actual.balance &&
                      expected.refunded == actual.refunded && expected.seats == actual.seats &&
                      expected.refused_seats == actual.refused_seats && expected.expired == actual.expired &&
                      expected.seats_changed == actual.seats_changed &&
                      same_time(expected.expires_at, actual.expires_at);
    return same ? "" : "expected: " + describe(expected) + "\n  actual: " + describe(actual);
}

std::string difference(const Standing& expected, const Standing& actual) {
    const bool same = expected.seats_free == actual.seats_free && expected.seats_blocked == actual.seats_blocked &&
                      expected.seat_prices == actual.seat_prices && expected.net == actual.net &&
                      expected.places_free_in_slot == actual.places_free_in_slot &&
                      expected.places_free == actual.places_free && expected.capacities == actual.capacities &&
                      expected.balances == actual.balances &&
                      std::ranges::equal(expected.reservations, actual.reservations, same_row);
    return same ? "" : "expected: " + describe(expected) + "\n  actual: " + describe(actual);
}

std::string kind_of(const Command& command, const Answer& answer) {
    const std::string outcome = answer.outcome.empty() ? "done" : answer.outcome;
    return std::visit(Each{
                          [&](const HoldSeats&) { return "hold_seats " + outcome; },
                          [&](const HoldPlaces&) { return "hold_places " + outcome; },
                          [&](const Do& deed) { return name_of(deed.deed) + " " + outcome; },
                          [&](const ExpireHolds&) {
                              return std::string(answer.expired.value_or(0) > 0 ? "expired" : "expired none");
                          },
                          [&](const ChangeCapacity&) { return "capacity " + outcome; },
                          [&](const BlockSeats& block) { return (block.blocked ? "block " : "unblock ") + outcome; },
                          [&](const SetPrices&) { return "prices " + outcome; },
                          [](const auto&) { return std::string("waited"); },
                      },
                      command);
}

} // namespace boxoffice::histories
