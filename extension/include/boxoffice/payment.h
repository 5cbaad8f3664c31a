// Paying a hold from the balance, and cancelling what was paid.
//
// Owns      boxoffice.payment.
// Invariant a reservation is paid at most once; its payment, its ledger entry, its status and its seats change in one
//           transaction; a refund is what was paid.
// Locks     the user's lock; the reservation's row; its seats by seat_id, in a subtransaction, never waited for beyond
//           busy_wait; the clock is read after them, and only then is it believed that the hold still runs and every
//           seat is still its own. Then the user's account, which the user's lock already guards.
// Dies here everything is one transaction: money and seats change together or not at all.
#pragma once

#include "boxoffice/reservation.h"

namespace boxoffice::payment {

struct PaymentResult {
    Outcome outcome = Outcome::ok;
    std::optional<int64_t> payment_id{};
    std::optional<int64_t> amount{};
    std::optional<int64_t> balance{};
    auto columns() { return std::tie(outcome, payment_id, amount, balance); }
    std::string explanation() const;

    static constexpr const char* type_name = "pay_reservation_result";
    static spi::Plan<JsonDatum>& from_json();
};

struct CancellationResult {
    Outcome outcome = Outcome::ok;
    std::optional<int64_t> refunded{};
    std::optional<int64_t> balance{};
    auto columns() { return std::tie(outcome, refunded, balance); }
    std::string explanation() const { return ""; }
};

PaymentResult pay(int64_t reservation_id, const std::string& user_id,
                  const std::optional<std::string>& idempotency_key);

// Before the slot begins: full refund, seats free at once; again: ok with the same refund.
CancellationResult cancel(int64_t reservation_id, const std::string& user_id);

} // namespace boxoffice::payment
