// hold_places: places of a pool.

#include "pg/lookup.h"
#include "sale/pool.h"
#include "sale/reservation.h"

namespace boxoffice::pool {

using hold::HoldResult;
using hold::Terms;

namespace {

constinit Lookup<Key<int64_t>, int64_t, int64_t, int64_t, int32_t> find_pool{
    "pool", "pool_pkey", {"slot_id", "price", "counter_id", "stripes"}};

struct Pool {
    int64_t pool_id;
    int64_t slot_id;
    int64_t price;
    counter::Counter places;
};

std::optional<Pool> find(const spi::FreshSnapshot& snapshot, int64_t pool_id) {
    const auto row = find_pool.find(snapshot, pool_id);
    if (!row)
        return std::nullopt;
    const auto [slot_id, price, counter_id, stripes] = *row;
    return Pool{pool_id, slot_id, price, {counter_id, stripes}};
}

// A price is below 2^53 and quantity at most 1000, so this is far from an overflow.
int64_t amount_of(const PlacesRequest& request, const Pool& pool) { return pool.price * request.quantity; }

// With enough places locked: the reservation has them.
HoldResult write_hold(const PlacesRequest& request, const Pool& pool, const Terms& terms,
                      const std::vector<counter::Stripe>& locked, int64_t reclaimed) {
    const int64_t amount = amount_of(request, pool);
    const hold::Given given = hold::give(terms, request.buyer.user_id, {{}, pool.pool_id, request.quantity, amount});
    if (given.outcome != Outcome::ok)
        return HoldResult{given.outcome};
    const int64_t missing = counter::take(pool.places, locked, request.quantity);
    if (reclaimed > missing)
        counter::add(pool.places.counter_id, reclaimed - missing);
    return HoldResult{Outcome::ok, given.reservation_id, given.expires_at, amount};
}

int64_t sum_of(const std::vector<counter::Stripe>& stripes) {
    int64_t sum = 0;
    for (const counter::Stripe& stripe : stripes)
        sum += stripe.value;
    return sum;
}

// From all stripes that nobody has, and from holds that have run out. Nothing: it was too little, and nothing is left of
// the attempt.
std::optional<HoldResult> gather(const spi::FreshSnapshot& snapshot, const PlacesRequest& request, const Pool& pool,
                                 const Terms& terms, Time at) {
    Subtransaction attempt;
    std::optional<HoldResult> result;
    if (!hold::claim_token(snapshot, terms)) {
        result = HoldResult{Outcome::seat_busy};
    } else {
        const auto locked = counter::lock_enough(snapshot, pool.places, request.quantity);
        const int64_t missing = request.quantity - sum_of(locked);
        const int64_t reclaimed = missing > 0 ? reservation::reclaim_lapsed(pool.pool_id, at, missing) : 0;
        if (reclaimed >= missing)
            result = write_hold(request, pool, terms, locked, reclaimed);
    }
    attempt.end(result && result->outcome == Outcome::ok);
    return result;
}

// Whether so many are neither sold nor in a hold that runs: what another call is taking or giving back at this instant
// counts as it was before. Read before any stripe is locked, so that who wants more than there is keeps nobody from the
// rest.
bool any_left(const spi::FreshSnapshot& snapshot, const PlacesRequest& request, const Pool& pool, Time at) {
    const int64_t left =
        counter::read(snapshot, pool.places.counter_id) + reservation::count_lapsed(snapshot, pool.pool_id, at);
    return left >= request.quantity;
}

// There can be no other: a second click finds the first, anyone else hears why.
HoldResult find_own_or_refuse(Outcome outcome, const spi::FreshSnapshot& snapshot, const PlacesRequest& request,
                              const Pool& pool, Time at) {
    const auto own = reservation::find_running_places(snapshot, pool.slot_id, pool.pool_id, request.quantity,
                                                      request.buyer.user_id, at);
    return own ? hold::answer_with(*own) : HoldResult{outcome};
}

// Nothing: too many others have it in hand at this instant.
std::optional<HoldResult> try_hold(const PlacesRequest& request) {
    const spi::FreshSnapshot snapshot;
    const Time at = clock::now();
    const auto pool = find(snapshot, request.pool_id);
    if (!pool)
        return HoldResult{Outcome::not_found};
    const Terms terms = hold::terms_for(snapshot, pool->slot_id, request.buyer, at);
    if (terms.outcome != Outcome::ok)
        return HoldResult{terms.outcome};
    if (hold::exceeds_limit(snapshot, terms, request.buyer.user_id, request.quantity, at))
        return find_own_or_refuse(Outcome::limit_exceeded, snapshot, request, *pool, at);
    if (hold::is_too_much(amount_of(request, *pool)))
        return HoldResult{Outcome::limit_exceeded};
    // one stripe that has enough, locked without a trace where that fails, needs no subtransaction to be freed by
    if (!terms.token) {
        if (const auto usual = counter::lock_usual(snapshot, pool->places, request.quantity))
            return write_hold(request, *pool, terms, {*usual}, 0);
    }
    if (!any_left(snapshot, request, *pool, at))
        return find_own_or_refuse(Outcome::sold_out, snapshot, request, *pool, at);
    return gather(snapshot, request, *pool, terms, at);
}

} // namespace

HoldResult hold_places(const PlacesRequest& request) {
    hold::check(request.buyer);
    hold::check_quantity(request.quantity);
    return perform<HoldResult>(
        {"hold_places", request.buyer.user_id, request.buyer.idempotency_key,
         std::to_string(request.pool_id) + ", " + std::to_string(request.quantity)},
        [&] { return patiently([&] { return try_hold(request); }).value_or(HoldResult{Outcome::seat_busy}); });
}

} // namespace boxoffice::pool
