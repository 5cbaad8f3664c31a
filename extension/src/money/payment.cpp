#include "money/payment.h"

#include "base/validate.h"
#include "catalogue/catalogue.h"
#include "money/balance.h"
#include "money/coupon.h"
#include "queue/token.h"

#include <algorithm>

namespace boxoffice::payment {

using reservation::Reservation;

namespace {

constinit spi::Plan<int64_t, int64_t, int64_t, int64_t, std::optional<int64_t>, Time> insert_payment{
    "INSERT INTO boxoffice.payment (reservation_id, account_id, amount, gross, discount, claim_id, created_at)"
    " VALUES ($1, $2, $3::bigint - $4::bigint, $3, $4, $5, $6) RETURNING payment_id"};

constinit spi::Plan<int64_t> find_refunded{"SELECT refunded FROM boxoffice.payment WHERE reservation_id = $1"};

constinit spi::Plan<int64_t> refund_payment{"UPDATE boxoffice.payment SET refunded = amount WHERE reservation_id = $1"
                                            " RETURNING refunded, gross, discount, claim_id"};

constinit spi::Plan<int64_t, Time, bool, std::optional<std::string>> insert_cancellation{
    "INSERT INTO boxoffice.cancellation (reservation_id, created_at, by_house, reason) VALUES ($1, $2, $3, $4)"};

constinit spi::Plan<JsonDatum> payment_from_json{
    "SELECT outcome, payment_id, amount, balance, gross, discount FROM pg_catalog.jsonb_to_record($1)"
    " AS answer (outcome text, payment_id bigint, amount bigint, balance bigint, gross bigint, discount bigint)"};

bool has_begun(int64_t slot_id, Time at) {
    const spi::FreshSnapshot snapshot;
    const auto slot = catalogue::find_slot(snapshot, slot_id, at);
    return slot && at >= slot->starts_at;
}

// The entries of one reservation, at one instant, as they move one account.
class Entries {
public:
    Entries(const balance::Account& moved_account, int64_t for_reservation, Time when)
        : account(moved_account), reservation_id(for_reservation), at(when) {}

    void post(balance::House counterpart, int64_t amount, const char* reason) {
        if (amount != 0)
            account.balance = balance::post({account, counterpart, amount, reason, reservation_id, at});
    }

    int64_t balance() const { return account.balance; }

private:
    balance::Account account;
    int64_t reservation_id;
    Time at;
};

// Takes gross and gives discount. Where the balance is too small for the gross, the discount comes first, as much of it
// as the largest balance allows: so no entry leaves a balance that cannot be.
void post_payment(Entries& entries, int64_t gross, int64_t discount) {
    const bool enough = entries.balance() >= gross;
    const int64_t first = enough ? 0 : std::min(discount, validate::largest_number - entries.balance());
    entries.post(balance::House::discount, first, "discount");
    entries.post(balance::House::sale, -gross, "payment");
    entries.post(balance::House::discount, discount - first, "discount");
}

// The other way round. Where the balance has no room for the gross, the discount is taken back first, as much of it as
// there is.
void post_refund(Entries& entries, int64_t gross, int64_t discount) {
    const bool room = entries.balance() <= validate::largest_number - gross;
    const int64_t first = room ? 0 : std::min(discount, entries.balance());
    entries.post(balance::House::discount, -first, "discount returned");
    entries.post(balance::House::sale, gross, "refund");
    entries.post(balance::House::discount, first - discount, "discount returned");
}

PaymentResult write_payment(const PaymentRequest& request, const std::optional<coupon::Claim>& claim,
                            const balance::Account& account, const Reservation& held) {
    const Time at = clock::now();
    if (at >= held.expires_at)
        return PaymentResult{Outcome::hold_expired};
    int64_t discount = 0;
    if (claim) {
        if (const auto refused = coupon::refuse_unless_usable(claim, held.amount, at))
            return PaymentResult{*refused};
        discount = coupon::discount_on(*claim, held.amount);
        coupon::mark_used(claim->claim_id, request.reservation_id, at);
    }
    reservation::mark_paid(request.reservation_id, held, at);
    if (held.queue_id)
        queue_token::complete(*held.queue_id, *held.queue_number, request.user_id, at);
    Entries entries(account, request.reservation_id, at);
    post_payment(entries, held.amount, discount);
    const auto payment_id =
        insert_payment.write(request.reservation_id, account.account_id, held.amount, discount, request.claim_id, at)[0]
            .first<int64_t>();
    return PaymentResult{Outcome::ok, payment_id, held.amount - discount, entries.balance(), held.amount, discount};
}

PaymentResult try_pay(const PaymentRequest& request) {
    // stable: both change only under the user's lock, which this call has
    std::optional<balance::Account> account;
    std::optional<coupon::Claim> claim;
    const auto settle = [&](const std::optional<Reservation>& found) -> std::optional<PaymentResult> {
        if (const auto refused = reservation::refuse_unless_held(found))
            return PaymentResult{*refused};
        int64_t net = found->amount;
        if (request.claim_id) {
            claim = coupon::find_claim(*request.claim_id, request.user_id);
            if (const auto refused = coupon::refuse_unless_usable(claim, found->amount, clock::now()))
                return PaymentResult{*refused};
            net -= coupon::discount_on(*claim, found->amount);
        }
        account = balance::find_account(request.user_id);
        const int64_t available = account ? account->balance : 0;
        if (available < net)
            return PaymentResult{Outcome::insufficient_balance, std::nullopt, std::nullopt, available};
        return std::nullopt;
    };
    return reservation::change_with_seats<PaymentResult>(
        request.reservation_id, request.user_id, false, settle, [&](const Reservation& held) {
            return write_payment(request, claim, account ? *account : balance::open_account(request.user_id), held);
        });
}

CancellationResult already_cancelled(int64_t reservation_id, const std::string& user_id) {
    const spi::FreshSnapshot snapshot;
    const auto refunded = find_refunded.read(snapshot, reservation_id)[0].first<int64_t>();
    return CancellationResult{Outcome::ok, refunded, balance::find_account(user_id)->balance, true};
}

CancellationResult write_cancellation(const CancellationRequest& request, const balance::Account& account,
                                      const Reservation& paid) {
    const Time at = clock::now();
    if (!request.by_house && has_begun(paid.slot_id, at))
        return CancellationResult{Outcome::too_late};
    const auto [refunded, gross, discount, claim_id] =
        refund_payment.write(request.reservation_id)[0].columns<int64_t, int64_t, int64_t, std::optional<int64_t>>();
    if (!balance::has_room(account, refunded))
        return CancellationResult{Outcome::limit_exceeded, std::nullopt, account.balance};
    reservation::mark_cancelled(request.reservation_id, paid, at);
    insert_cancellation.write(request.reservation_id, at, request.by_house, request.reason);
    Entries entries(account, request.reservation_id, at);
    post_refund(entries, gross, discount);
    if (claim_id)
        coupon::give_back(*claim_id);
    return CancellationResult{Outcome::ok, refunded, entries.balance()};
}

CancellationResult try_cancel(const CancellationRequest& request, const std::string& user_id) {
    const auto settle = [&](const std::optional<Reservation>& found) -> std::optional<CancellationResult> {
        if (!found)
            return CancellationResult{Outcome::not_found};
        if (found->status == "cancelled")
            return already_cancelled(request.reservation_id, user_id);
        if (found->status != "paid")
            return CancellationResult{Outcome::not_held};
        if (!request.by_house && has_begun(found->slot_id, clock::now()))
            return CancellationResult{Outcome::too_late};
        return std::nullopt;
    };
    return reservation::change_with_seats<CancellationResult>(
        request.reservation_id, user_id, true, settle,
        [&](const Reservation& paid) { return write_cancellation(request, balance::open_account(user_id), paid); });
}

} // namespace

std::string PaymentResult::explanation() const { return balance::explained(balance); }
std::string CancellationResult::explanation() const { return balance::explained(balance); }

spi::Plan<JsonDatum>& PaymentResult::from_json() { return payment_from_json; }

PaymentResult pay(const PaymentRequest& request) {
    validate::user_id(request.user_id);
    validate::idempotency_key(request.idempotency_key);
    const std::string with_claim = request.claim_id ? ", " + std::to_string(*request.claim_id) : "";
    return perform<PaymentResult>({"pay_reservation", request.user_id, request.idempotency_key,
                                   std::to_string(request.reservation_id) + with_claim},
                                  [&] { return try_pay(request); });
}

CancellationResult cancel(const CancellationRequest& request) {
    require_writing("cancel_reservation");
    validate::text(request.reason, "reason", 1000);
    if (request.user_id)
        validate::user_id(*request.user_id);
    const auto user_id = request.user_id ? request.user_id : reservation::owner_of(request.reservation_id);
    if (!user_id)
        return CancellationResult{Outcome::not_found};
    return perform<CancellationResult>({"cancel_reservation", *user_id, std::nullopt, ""},
                                       [&] { return try_cancel(request, *user_id); });
}

} // namespace boxoffice::payment
