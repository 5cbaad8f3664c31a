// Paying a hold from the balance, with or without the discount of a coupon, and cancelling what was paid.
//
// Owns      boxoffice.payment and boxoffice.cancellation.
// Invariant a reservation is paid at most once; its payment, its ledger entries, its status, its seats and the claim it is
//           paid with change in one transaction. What is paid is the reservation's amount (gross) less the discount (net);
//           the ledger has the gross against the sale and the discount against the house's discounts. A refund is what
//           was paid, and gives the claim back. A reservation that is cancelled has one row in cancellation.
// Locks     the user's lock; the reservation's row; its seats by seat_id, in a subtransaction, never waited for beyond
//           busy_wait; the clock is read after them, and only then is it believed that the hold still runs and every
//           seat is still its own. Then the user's account and claim, which the user's lock already guards.
// Dies here everything is one transaction: money and seats change together or not at all.
#pragma once

#include "sale/reservation.h"

namespace boxoffice::payment {

struct PaymentResult {
    Outcome outcome = Outcome::ok;
    std::optional<int64_t> payment_id{};
    std::optional<int64_t> amount{}; // gross less discount
    std::optional<int64_t> balance{};
    std::optional<int64_t> gross{};
    std::optional<int64_t> discount{};
    auto columns() { return std::tie(outcome, payment_id, amount, balance, gross, discount); }
    std::string explanation() const;

    static constexpr const char* type_name = "pay_reservation_result";
    static spi::Plan<JsonDatum>& from_json();
};

struct CancellationResult {
    Outcome outcome = Outcome::ok;
    std::optional<int64_t> refunded{};
    std::optional<int64_t> balance{};
    bool repeated = false; // it was cancelled before: nothing was written
    auto columns() { return std::tie(outcome, refunded, balance); }
    std::string explanation() const;
};

struct PaymentRequest {
    int64_t reservation_id;
    std::string user_id;
    std::optional<std::string> idempotency_key;
    std::optional<int64_t> claim_id; // of a coupon
};
PaymentResult pay(const PaymentRequest& request);

struct CancellationRequest {
    int64_t reservation_id;
    std::optional<std::string> user_id; // null, only with by_house: anyone's
    bool by_house;
    std::optional<std::string> reason;
};
// Before the slot begins or, by the house, at any time: full refund, seats free and the claim given back at once; again: ok
// with the same refund, and the reason stays what it was.
CancellationResult cancel(const CancellationRequest& request);

} // namespace boxoffice::payment
