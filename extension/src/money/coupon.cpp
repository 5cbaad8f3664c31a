#include "money/coupon.h"

#include "base/validate.h"
#include "pg/lookup.h"
#include "write/counter.h"

#include <algorithm>

namespace boxoffice::coupon {

namespace {

using Number = std::optional<int64_t>;
using Percent = std::optional<int32_t>;
using MaybeTime = std::optional<Time>;

constexpr int32_t most_claims = 10000000;

constinit spi::Plan<std::string, int32_t, Number, Percent, MaybeTime, MaybeTime, int64_t, int64_t, int32_t>
    insert_coupon{"INSERT INTO boxoffice.coupon (name, quantity, discount_amount, discount_percent, valid_from,"
                  "   valid_until, minimum_amount, counter_id, stripes)"
                  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING coupon_id"};

constinit spi::Plan<int64_t> lock_coupon{
    "SELECT counter_id, stopped_at FROM boxoffice.coupon WHERE coupon_id = $1 FOR NO KEY UPDATE"};
constinit spi::Plan<int64_t, Time> set_stopped{"UPDATE boxoffice.coupon SET stopped_at = $2 WHERE coupon_id = $1"};

constinit Lookup<Key<int64_t>, int32_t, MaybeTime, MaybeTime, MaybeTime, int64_t, int32_t> find_coupon{
    "coupon", "coupon_pkey", {"quantity", "valid_from", "valid_until", "stopped_at", "counter_id", "stripes"}};
constinit Lookup<Key<int64_t>, Number, Percent, MaybeTime, MaybeTime, int64_t> find_discount{
    "coupon", "coupon_pkey", {"discount_amount", "discount_percent", "valid_from", "valid_until", "minimum_amount"}};
constinit Lookup<Key<int64_t, std::string>, int64_t, int32_t> find_claim_of_user{
    "coupon_claim", "coupon_claim_user", {"claim_id", "claim_number"}};
constinit Lookup<Key<int64_t>, std::string, int64_t, Number> find_claim_by_id{
    "coupon_claim", "coupon_claim_pkey", {"user_id", "coupon_id", "reservation_id"}};

constinit spi::Plan<int64_t, std::string, int32_t, Time> insert_claim{
    "INSERT INTO boxoffice.coupon_claim (coupon_id, user_id, claim_number, claimed_at) VALUES ($1, $2, $3, $4)"
    " RETURNING claim_id"};

constinit spi::Plan<int64_t, Number, MaybeTime> set_use{
    "UPDATE boxoffice.coupon_claim SET reservation_id = $2, used_at = $3 WHERE claim_id = $1"};

constinit spi::Plan<JsonDatum> claim_from_json{
    "SELECT outcome, claim_id, claim_number, expires_at FROM pg_catalog.jsonb_to_record($1)"
    " AS answer (outcome text, claim_id bigint, claim_number integer, expires_at timestamptz)"};

bool is_valid(const MaybeTime& valid_from, const MaybeTime& valid_until, Time at) {
    return (!valid_from || at >= *valid_from) && (!valid_until || at < *valid_until);
}

void check_discount(const Definition& definition) {
    const auto& [amount, percent] = std::tie(definition.discount_amount, definition.discount_percent);
    if (amount && percent)
        validate::raise_invalid("discount_amount and discount_percent exclude each other", "Both are given.",
                                "Pass one of them, or none for a coupon without a discount.");
    if (amount && *amount == 0)
        validate::raise_invalid("discount_amount must be above 0", "It is 0.",
                                "Null is a coupon without such a discount.");
    if (amount)
        validate::price(*amount, "discount_amount");
    if (percent && (*percent < 1 || *percent > 100))
        validate::raise_invalid("discount_percent must be 1 to 100", "It is " + std::to_string(*percent) + ".",
                                "Null is a coupon without such a discount.");
}

void check_window(const Definition& definition) {
    for (const MaybeTime& bound : {definition.valid_from, definition.valid_until}) {
        if (bound && TIMESTAMP_NOT_FINITE(bound->microseconds))
            validate::raise_invalid("valid_from and valid_until must be instants", "One of them is infinite.",
                                    "Null is a coupon that is valid from now on, or for ever.");
    }
    if (definition.valid_from && definition.valid_until && *definition.valid_from >= *definition.valid_until)
        validate::raise_invalid("valid_from must be before valid_until", "There would be no time to use it.",
                                "Null is a coupon that is valid from now on, or for ever.");
}

void check(const Definition& definition) {
    validate::text(definition.name, "name", 1000);
    if (definition.quantity < 1 || definition.quantity > most_claims)
        validate::raise_invalid("quantity must be 1 to " + std::to_string(most_claims),
                                "It is " + std::to_string(definition.quantity) + ".",
                                "It is how many users can claim the coupon.");
    check_discount(definition);
    check_window(definition);
    validate::price(definition.minimum_amount, "minimum_amount");
}

} // namespace

int64_t create(const Definition& definition) {
    check(definition);
    const counter::Counter left = counter::create(definition.quantity);
    make_durable();
    return insert_coupon
        .write(definition.name, definition.quantity, definition.discount_amount, definition.discount_percent,
               definition.valid_from, definition.valid_until, definition.minimum_amount, left.counter_id,
               left.stripes)[0]
        .first<int64_t>();
}

void stop(int64_t coupon_id) {
    const spi::Rows rows = lock_coupon.write(coupon_id);
    if (rows.empty())
        raise_not_found("coupon", coupon_id);
    const auto [counter_id, stopped_at] = rows[0].columns<int64_t, MaybeTime>();
    if (stopped_at)
        return;
    set_stopped.write(coupon_id, clock::now());
    // a claim that read the coupon before has its stripe, and is waited for, or finds that the stripe has changed
    counter::renew(counter_id);
    make_durable();
}

namespace {

struct Coupon {
    int64_t coupon_id;
    int32_t quantity;
    MaybeTime valid_from, valid_until, stopped_at;
    counter::Counter left;
};

std::optional<Coupon> find(const spi::FreshSnapshot& snapshot, int64_t coupon_id) {
    const auto row = find_coupon.find(snapshot, coupon_id);
    if (!row)
        return std::nullopt;
    const auto [quantity, valid_from, valid_until, stopped_at, counter_id, stripes] = *row;
    return Coupon{coupon_id, quantity, valid_from, valid_until, stopped_at, {counter_id, stripes}};
}

// With a stripe locked: what it has left tells which of its numbers is next.
ClaimResult write_claim(const ClaimRequest& request, const Coupon& coupon, const counter::Stripe& locked, Time at) {
    const auto stripe = static_cast<int32_t>(locked.stripe);
    const auto number =
        static_cast<int32_t>(counter::last_number_of(coupon.quantity, coupon.left.stripes, stripe) - locked.value + 1);
    counter::take(coupon.left, {locked}, 1);
    const auto claim_id = insert_claim.write(coupon.coupon_id, request.user_id, number, at)[0].first<int64_t>();
    return ClaimResult{Outcome::ok, claim_id, number, coupon.valid_until};
}

// Nothing: others have all that is left in hand at this instant. The clock is read before the stripe is tried, because
// nothing is waited for in between, and a stripe that is refused after it was locked would stay locked.
std::optional<ClaimResult> try_claim(const ClaimRequest& request) {
    const spi::FreshSnapshot snapshot;
    const Time at = clock::now();
    const auto coupon = find(snapshot, request.coupon_id);
    if (!coupon)
        return ClaimResult{Outcome::not_found};
    if (!is_valid(coupon->valid_from, coupon->valid_until, at))
        return ClaimResult{Outcome::not_on_sale};
    if (const auto own = find_claim_of_user.find(snapshot, request.coupon_id, request.user_id)) {
        const auto [claim_id, claim_number] = *own;
        return ClaimResult{Outcome::already_claimed, claim_id, claim_number, coupon->valid_until};
    }
    if (coupon->stopped_at)
        return ClaimResult{Outcome::not_on_sale};
    if (const auto usual = counter::lock_usual(snapshot, coupon->left, 1))
        return write_claim(request, *coupon, *usual, at);
    // nothing is ever put back, so what has none left in one snapshot is sold out for good
    if (counter::read(snapshot, coupon->left.counter_id) == 0)
        return ClaimResult{Outcome::sold_out};
    // a stripe has one at least, so no more than one is locked
    const auto any = counter::lock_enough(snapshot, coupon->left, 1);
    if (any.empty())
        return std::nullopt;
    return write_claim(request, *coupon, any.front(), at);
}

} // namespace

std::string ClaimResult::explanation() const {
    return claim_id ? "It is claim " + std::to_string(*claim_id) + ", number " + std::to_string(*claim_number) + "."
                    : "";
}

spi::Plan<JsonDatum>& ClaimResult::from_json() { return claim_from_json; }

ClaimResult claim(const ClaimRequest& request) {
    validate::user_id(request.user_id);
    validate::idempotency_key(request.idempotency_key);
    return perform<ClaimResult>(
        {"claim_coupon", request.user_id, request.idempotency_key, std::to_string(request.coupon_id)},
        [&] { return patiently([&] { return try_claim(request); }).value_or(ClaimResult{Outcome::seat_busy}); });
}

std::optional<Claim> find_claim(int64_t claim_id, const std::string& user_id) {
    const spi::FreshSnapshot snapshot;
    const auto row = find_claim_by_id.find(snapshot, claim_id);
    if (!row)
        return std::nullopt;
    const auto& [owner, coupon_id, reservation_id] = *row;
    if (owner != user_id)
        return std::nullopt;
    const auto discount = find_discount.find(snapshot, coupon_id);
    if (!discount)
        return std::nullopt;
    const auto [amount, percent, valid_from, valid_until, minimum_amount] = *discount;
    return Claim{claim_id, reservation_id.has_value(), amount, percent, valid_from, valid_until, minimum_amount};
}

std::optional<Outcome> refuse_unless_usable(const std::optional<Claim>& claim, int64_t gross, Time at) {
    if (!claim)
        return Outcome::not_found;
    if (claim->used)
        return Outcome::claim_used;
    if (gross < claim->minimum_amount || !is_valid(claim->valid_from, claim->valid_until, at))
        return Outcome::claim_not_valid;
    // a claim is not used up for nothing
    if (discount_on(*claim, gross) == 0)
        return Outcome::claim_not_valid;
    return std::nullopt;
}

int64_t discount_on(const Claim& claim, int64_t gross) {
    if (claim.discount_amount)
        return std::min(gross, *claim.discount_amount);
    // gross is below 2^53, so this is far from an overflow
    return gross * claim.discount_percent.value_or(0) / 100;
}

void mark_used(int64_t claim_id, int64_t reservation_id, Time at) { set_use.write(claim_id, reservation_id, at); }

void give_back(int64_t claim_id) { set_use.write(claim_id, std::nullopt, std::nullopt); }

} // namespace boxoffice::coupon
