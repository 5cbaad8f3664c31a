#include "boxoffice/payment.h"

#include "boxoffice/balance.h"
#include "boxoffice/catalogue.h"
#include "boxoffice/queue_token.h"
#include "boxoffice/validate.h"

namespace boxoffice::payment {

using reservation::Reservation;

namespace {

constinit spi::Plan<int64_t, int64_t, int64_t, Time> insert_payment{
    "INSERT INTO boxoffice.payment (reservation_id, account_id, amount, created_at) VALUES ($1, $2, $3, $4)"
    " RETURNING payment_id"};

constinit spi::Plan<int64_t> find_refunded{"SELECT refunded FROM boxoffice.payment WHERE reservation_id = $1"};

constinit spi::Plan<int64_t> refund_payment{
    "UPDATE boxoffice.payment SET refunded = amount WHERE reservation_id = $1 RETURNING refunded"};

constinit spi::Plan<JsonDatum> payment_from_json{
    "SELECT outcome, payment_id, amount, balance"
    " FROM pg_catalog.jsonb_to_record($1) AS answer (outcome text, payment_id bigint, amount bigint, balance bigint)"};

bool has_begun(int64_t slot_id, Time at) {
    const spi::FreshSnapshot snapshot;
    const auto slot = catalogue::find_slot(snapshot, slot_id, at);
    return slot && at >= slot->starts_at;
}

PaymentResult write_payment(int64_t reservation_id, const std::string& user_id, const balance::Account& account,
                            const Reservation& held) {
    const Time at = clock::now();
    if (at >= held.expires_at)
        return PaymentResult{Outcome::hold_expired};
    reservation::mark_paid(reservation_id, held, at);
    if (held.queue_id)
        queue_token::complete(*held.queue_id, *held.queue_number, user_id, at);
    int64_t remaining = account.balance;
    if (held.amount > 0)
        remaining = balance::post({account, balance::House::sale, -held.amount, "payment", reservation_id, at});
    const auto payment_id =
        insert_payment.write(reservation_id, account.account_id, held.amount, at)[0].first<int64_t>();
    return PaymentResult{Outcome::ok, payment_id, held.amount, remaining};
}

PaymentResult try_pay(int64_t reservation_id, const std::string& user_id) {
    // stable: the account changes only under the user's lock, which this call has
    std::optional<balance::Account> account;
    const auto settle = [&](const std::optional<Reservation>& found) -> std::optional<PaymentResult> {
        if (const auto refused = reservation::refuse_unless_held(found))
            return PaymentResult{*refused};
        account = balance::find_account(user_id);
        const int64_t available = account ? account->balance : 0;
        if (available < found->amount)
            return PaymentResult{Outcome::insufficient_balance, std::nullopt, std::nullopt, available};
        return std::nullopt;
    };
    return reservation::change_with_seats<PaymentResult>(
        reservation_id, user_id, false, settle, [&](const Reservation& held) {
            return write_payment(reservation_id, user_id, account ? *account : balance::open_account(user_id), held);
        });
}

CancellationResult already_cancelled(int64_t reservation_id, const std::string& user_id) {
    const spi::FreshSnapshot snapshot;
    const auto refunded = find_refunded.read(snapshot, reservation_id)[0].first<int64_t>();
    return CancellationResult{Outcome::ok, refunded, balance::find_account(user_id)->balance};
}

CancellationResult write_cancellation(int64_t reservation_id, const balance::Account& account,
                                      const Reservation& paid) {
    const Time at = clock::now();
    if (has_begun(paid.slot_id, at))
        return CancellationResult{Outcome::too_late};
    reservation::mark_cancelled(reservation_id, paid, at);
    const auto refunded = refund_payment.write(reservation_id)[0].first<int64_t>();
    int64_t remaining = account.balance;
    if (refunded > 0)
        remaining = balance::post({account, balance::House::sale, refunded, "refund", reservation_id, at});
    return CancellationResult{Outcome::ok, refunded, remaining};
}

CancellationResult try_cancel(int64_t reservation_id, const std::string& user_id) {
    const auto settle = [&](const std::optional<Reservation>& found) -> std::optional<CancellationResult> {
        if (!found)
            return CancellationResult{Outcome::not_found};
        if (found->status == "cancelled")
            return already_cancelled(reservation_id, user_id);
        if (found->status != "paid")
            return CancellationResult{Outcome::not_held};
        if (has_begun(found->slot_id, clock::now()))
            return CancellationResult{Outcome::too_late};
        return std::nullopt;
    };
    return reservation::change_with_seats<CancellationResult>(
        reservation_id, user_id, true, settle, [&](const Reservation& paid) {
            return write_cancellation(reservation_id, balance::open_account(user_id), paid);
        });
}

} // namespace

std::string PaymentResult::explanation() const {
    return balance ? "The balance is " + std::to_string(*balance) + "." : "";
}

spi::Plan<JsonDatum>& PaymentResult::from_json() { return payment_from_json; }

PaymentResult pay(int64_t reservation_id, const std::string& user_id,
                  const std::optional<std::string>& idempotency_key) {
    validate::user_id(user_id);
    validate::idempotency_key(idempotency_key);
    return perform<PaymentResult>({"pay_reservation", user_id, idempotency_key, std::to_string(reservation_id)},
                                  [&] { return try_pay(reservation_id, user_id); });
}

CancellationResult cancel(int64_t reservation_id, const std::string& user_id) {
    validate::user_id(user_id);
    return perform<CancellationResult>({"cancel_reservation", user_id, std::nullopt, ""},
                                       [&] { return try_cancel(reservation_id, user_id); });
}

} // namespace boxoffice::payment
