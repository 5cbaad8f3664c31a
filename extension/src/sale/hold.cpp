#include "sale/hold.h"

#include "base/validate.h"

namespace boxoffice::hold {

namespace {

constinit spi::Plan<JsonDatum> hold_from_json{
    "SELECT outcome, reservation_id, expires_at, amount, seat_ids, refused_seat_ids, adjacent"
    " FROM pg_catalog.jsonb_to_record($1) AS answer (outcome text, reservation_id bigint, expires_at timestamptz,"
    "   amount bigint, seat_ids integer[], refused_seat_ids integer[], adjacent boolean)"};

} // namespace

std::string HoldResult::explanation() const { return naming_seats(refused_seat_ids); }

spi::Plan<JsonDatum>& HoldResult::from_json() { return hold_from_json; }

void check(const Buyer& buyer) {
    validate::user_id(buyer.user_id);
    validate::idempotency_key(buyer.idempotency_key);
}

void check_quantity(int32_t quantity) {
    if (quantity < 1 || quantity > most_per_hold)
        validate::raise_invalid("quantity must be 1 to " + std::to_string(most_per_hold),
                                "It is " + std::to_string(quantity) + ".",
                                quantity < 1 ? "Ask for at least one." : "Hold more in several calls.");
}

Terms terms_for(const spi::FreshSnapshot& snapshot, int64_t slot_id, const Buyer& buyer, Time at) {
    const auto slot = catalogue::find_slot(snapshot, slot_id, at);
    if (!slot)
        return Terms{Outcome::not_found};
    if (!slot->on_sale)
        return Terms{Outcome::not_on_sale};
    if (!slot->queue_id)
        return Terms{Outcome::ok, slot_id, *slot};
    const auto permit = admission::permit(snapshot, *slot->queue_id, buyer.queue_token, buyer.user_id, at);
    return Terms{permit.outcome, slot_id, *slot, permit.token};
}

bool exceeds_limit(const spi::FreshSnapshot& snapshot, const Terms& terms, const std::string& user_id, int64_t quantity,
                   Time at) {
    if (!terms.slot.max_per_user)
        return false;
    return reservation::has_more_than(snapshot, user_id, terms.slot_id, *terms.slot.max_per_user - quantity, at);
}

bool is_too_much(int64_t amount) { return amount > validate::largest_number; }

bool claim_token(const spi::FreshSnapshot& snapshot, const Terms& terms) {
    return !terms.token || terms.token->is_claimed() || admission::claim(snapshot, *terms.token);
}

Given give(const Terms& terms, const std::string& user_id, const Goods& goods) {
    Given given{.at = clock::now()};
    if (terms.token && given.at >= *terms.token->expires_at)
        return Given{Outcome::queue_token_invalid};
    given.expires_at = given.at + terms.slot.hold_for;
    using Number = std::optional<int64_t>;
    given.reservation_id = reservation::insert({terms.slot_id, user_id, goods.seat_ids, goods.pool_id, goods.quantity,
                                                goods.amount, given.at, given.expires_at, terms.slot.queue_id,
                                                terms.token ? Number(terms.token->number) : Number()});
    return given;
}

HoldResult answer_with(const reservation::Running& running) {
    HoldResult result{Outcome::ok, running.reservation_id, running.expires_at, running.amount};
    result.repeated = true;
    if (!running.seat_ids.empty())
        result.seat_ids = running.seat_ids;
    return result;
}

} // namespace boxoffice::hold
