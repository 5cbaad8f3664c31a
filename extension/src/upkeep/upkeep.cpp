#include "upkeep/upkeep.h"

#include "outbox/outbox.h"
#include "queue/admission.h"
#include "sale/reservation.h"
#include "sale/seat_price.h"
#include "write/perform.h"

namespace boxoffice::upkeep {

namespace {

// A round is short, so that its locks are; what is left waits for the next.
constexpr int64_t most_per_round = 10000;

// Each branch returns what must never be. The running holds and the paid reservations are "live": they have seats.
constinit spi::Plan<Time> violations{
    "WITH live AS MATERIALIZED ("
    "   SELECT r.reservation_id, r.slot_id, r.status, r.created_at, r.expires_at, seat_id"
    "   FROM boxoffice.reservation r, unnest(r.seat_ids) AS seat_id"
    "   WHERE r.status = 'paid' OR (r.status = 'held' AND r.expires_at > $1)),"
    " counted AS (SELECT counter_id, sum(value) AS value FROM boxoffice.counter_stripe GROUP BY counter_id)"
    // A hold that the clock of its taker had ended is no rival, even when a step of the clock makes it run again.
    " SELECT 'seat_in_two_reservations', format('seat %s of slot %s is in reservation %s (%s) and in %s (%s)', "
    "a.seat_id,"
    "     a.slot_id, a.reservation_id, a.status, b.reservation_id, b.status)"
    " FROM live a JOIN live b USING (slot_id, seat_id)"
    " WHERE a.reservation_id < b.reservation_id AND (a.status = 'paid' OR b.created_at < a.expires_at)"
    " UNION ALL"
    " SELECT 'reservation_without_seat', format('reservation %s is %s, but does not have seat %s of slot %s', "
    "l.reservation_id,"
    "     l.status, l.seat_id, l.slot_id)"
    " FROM live l LEFT JOIN boxoffice.seat s USING (slot_id, seat_id)"
    " WHERE CASE WHEN l.status = 'paid' THEN s.sold AND s.reservation_id = l.reservation_id"
    "   ELSE (NOT s.sold AND s.reservation_id = l.reservation_id AND s.held_until = l.expires_at) OR EXISTS ("
    "     SELECT FROM boxoffice.reservation taker WHERE taker.slot_id = l.slot_id AND l.seat_id = ANY (taker.seat_ids)"
    "     AND taker.reservation_id > l.reservation_id AND taker.created_at >= l.expires_at) END IS NOT TRUE"
    " UNION ALL"
    " SELECT 'seat_without_reservation', format('seat %s of slot %s is %s by reservation %s, which %s', s.seat_id,"
    "     s.slot_id, CASE WHEN s.sold THEN 'owned' ELSE 'held' END, s.reservation_id,"
    "     coalesce('is ' || r.status || ' with seats ' || r.seat_ids::text, 'does not exist'))"
    " FROM boxoffice.seat s LEFT JOIN boxoffice.reservation r USING (slot_id, reservation_id)"
    " WHERE (s.sold OR s.held_until > $1) AND (s.seat_id = ANY (r.seat_ids)"
    // a hold marked expired may read as running again after a step of the clock; it only keeps its seats a little
    // longer
    "   AND CASE WHEN s.sold THEN r.status = 'paid' ELSE r.status IN ('held', 'expired') END) IS NOT TRUE"
    " UNION ALL"
    " SELECT 'hold_without_end', format('seat %s of slot %s is held until %s, its reservation %s until %s',"
    "     s.seat_id, s.slot_id, s.held_until, r.reservation_id, r.expires_at)"
    " FROM boxoffice.seat s JOIN boxoffice.reservation r USING (reservation_id)"
    " WHERE NOT s.sold AND s.held_until > $1 AND s.held_until <> r.expires_at"
    " UNION ALL"
    " SELECT 'reservation_count', format('reservation %s counts %s, but has %s seats', reservation_id, quantity,"
    "     cardinality(seat_ids))"
    " FROM boxoffice.reservation WHERE cardinality(seat_ids) <> CASE WHEN pool_id IS NULL THEN quantity ELSE 0 END"
    " UNION ALL"
    // A clock that was ahead before has given seats away that it says are held; then the two may differ for a while.
    " SELECT 'held_count_differs', format('slot %s has %s held seats; counted are %s', d.slot_id, d.seats, d.counted)"
    " FROM (SELECT slot_id, coalesce(s.held, 0) AS seats, coalesce(r.held, 0) AS counted"
    "     FROM (SELECT slot_id, count(*) AS held FROM boxoffice.seat WHERE NOT sold AND held_until > $1"
    "       GROUP BY slot_id) s"
    "     FULL JOIN (SELECT slot_id, sum(quantity) AS held FROM boxoffice.reservation"
    "       WHERE status = 'held' AND pool_id IS NULL AND expires_at > $1 GROUP BY slot_id) r USING (slot_id)) d"
    " WHERE d.seats <> d.counted AND NOT EXISTS (SELECT FROM boxoffice.reservation ahead"
    "   WHERE ahead.slot_id = d.slot_id"
    "   AND (ahead.created_at > $1 OR (ahead.status = 'expired' AND ahead.expires_at > $1)))"
    " UNION ALL"
    " SELECT 'seat_numbers', format('slot %s has %s seats, but the last is %s', slot_id, count(*), max(seat_id))"
    " FROM boxoffice.seat GROUP BY slot_id HAVING count(*) <> max(seat_id)"
    " UNION ALL"
    " SELECT 'block_without_seat', format('seat %s of slot %s was blocked at %s, but is not', b.seat_id, b.slot_id,"
    "     b.blocked_at)"
    " FROM boxoffice.seat_block b LEFT JOIN boxoffice.seat s USING (slot_id, seat_id) WHERE s.blocked IS NOT TRUE"
    " UNION ALL"
    " SELECT 'sold_count_differs', format('slot %s has %s sold seats; counted were %s, and %s cancelled', slot_id,"
    "     s.sold, coalesce(p.value, 0), coalesce(c.value, 0))"
    " FROM boxoffice.slot JOIN (SELECT slot_id, count(seat_id) FILTER (WHERE sold) AS sold FROM boxoffice.slot"
    "     LEFT JOIN boxoffice.seat USING (slot_id) GROUP BY slot_id) s USING (slot_id)"
    "   LEFT JOIN counted p ON p.counter_id = paid_counter_id"
    "   LEFT JOIN counted c ON c.counter_id = cancelled_counter_id"
    " WHERE s.sold <> coalesce(p.value, 0) - coalesce(c.value, 0)"
    " UNION ALL"
    // what a hold that has run out had comes back to the counter when it is marked as expired
    " SELECT 'pool_differs', format('pool %s has %s places: %s are free, %s held and %s paid', p.pool_id, p.capacity,"
    "     coalesce(c.value, 0), coalesce(r.held, 0), coalesce(r.paid, 0))"
    " FROM boxoffice.pool p"
    "   LEFT JOIN counted c USING (counter_id)"
    "   LEFT JOIN (SELECT pool_id, sum(quantity) FILTER (WHERE status = 'held') AS held,"
    "       sum(quantity) FILTER (WHERE status = 'paid') AS paid FROM boxoffice.reservation GROUP BY pool_id) r"
    "     USING (pool_id)"
    " WHERE p.capacity <> coalesce(c.value, 0) + coalesce(r.held, 0) + coalesce(r.paid, 0)"
    " UNION ALL"
    " SELECT 'places_elsewhere', format('reservation %s of slot %s has places of pool %s of slot %s',"
    "     r.reservation_id, r.slot_id, r.pool_id, coalesce(p.slot_id::text, 'none'))"
    " FROM boxoffice.reservation r LEFT JOIN boxoffice.pool p USING (pool_id)"
    " WHERE r.pool_id IS NOT NULL AND r.slot_id IS DISTINCT FROM p.slot_id"
    " UNION ALL"
    " SELECT 'reservation_state', format('reservation %s is %s, was paid at %s, and shows number %s of queue %s',"
    "     reservation_id, status, coalesce(paid_at::text, 'no time'), coalesce(queue_number::text, 'none'),"
    "     coalesce(queue_id::text, 'none'))"
    " FROM boxoffice.reservation"
    " WHERE (paid_at IS NOT NULL) <> (status IN ('paid', 'cancelled')) OR (queue_id IS NULL) <> (queue_number IS NULL)"
    " UNION ALL"
    " SELECT 'account_owner', format('account %s is of user %s and of the house''s %s, with a balance of %s', "
    "account_id,"
    "     coalesce(user_id, 'none'), coalesce(house, 'none'), coalesce(balance::text, 'none'))"
    " FROM boxoffice.account WHERE (user_id IS NULL) <> (house IS NOT NULL) OR (user_id IS NULL) <> (balance IS NULL)"
    " UNION ALL"
    " SELECT 'paid_late', format('reservation %s was paid at %s, its hold ended at %s', reservation_id, paid_at, "
    "expires_at)"
    " FROM boxoffice.reservation WHERE paid_at >= expires_at"
    " UNION ALL"
    " SELECT 'balance_negative', format('account %s has a balance of %s', account_id, balance)"
    " FROM boxoffice.account WHERE balance < 0"
    " UNION ALL"
    " SELECT 'balance_differs', format('account %s has a balance of %s, its entries sum to %s', a.account_id, "
    "a.balance,"
    "     coalesce(e.total, 0))"
    " FROM boxoffice.account a LEFT JOIN (SELECT account_id, sum(amount) AS total FROM boxoffice.ledger_entry"
    "     GROUP BY account_id) e USING (account_id)"
    " WHERE a.user_id IS NOT NULL AND a.balance <> coalesce(e.total, 0)"
    " UNION ALL"
    " SELECT 'entry_without_account', format('ledger entry %s moves money between accounts %s and %s', l.entry_id,"
    "     l.account_id, l.counter_account_id)"
    " FROM boxoffice.ledger_entry l LEFT JOIN boxoffice.account a USING (account_id)"
    "   LEFT JOIN boxoffice.account h ON h.account_id = l.counter_account_id"
    " WHERE a.user_id IS NULL OR h.house IS NULL OR l.amount = 0"
    " UNION ALL"
    " SELECT 'entry_balance', format('ledger entry %s leaves a balance of %s, the entries up to it sum to %s', "
    "entry_id,"
    "     balance, running)"
    " FROM (SELECT entry_id, balance, sum(amount) OVER (PARTITION BY account_id ORDER BY entry_id) AS running"
    "   FROM boxoffice.ledger_entry) l WHERE balance <> running"
    " UNION ALL"
    // the ledger has the whole amount against the sale and the discount against the discounts; refunded, neither
    " SELECT 'payment_differs', format('reservation %s is %s for %s: payment %s, %s less %s, refunded %s, ledger %s "
    "and %s', reservation_id,"
    "     coalesce(r.status, 'not paid'), r.amount, p.amount, p.gross, p.discount, p.refunded, coalesce(l.sale, 0),"
    "     coalesce(l.discount, 0))"
    " FROM (SELECT * FROM boxoffice.reservation WHERE status IN ('paid', 'cancelled')) r"
    "   FULL JOIN boxoffice.payment p USING (reservation_id)"
    "   FULL JOIN (SELECT reservation_id, sum(amount) FILTER (WHERE counter_account_id <> 3) AS sale,"
    "       sum(amount) FILTER (WHERE counter_account_id = 3) AS discount FROM boxoffice.ledger_entry"
    "     WHERE reservation_id IS NOT NULL GROUP BY reservation_id) l USING (reservation_id)"
    " WHERE (r.amount = p.gross AND p.gross - p.discount = p.amount"
    "   AND p.refunded = CASE r.status WHEN 'paid' THEN 0 ELSE p.amount END"
    "   AND coalesce(l.sale, 0) = CASE r.status WHEN 'paid' THEN -p.gross ELSE 0 END"
    "   AND coalesce(l.discount, 0) = CASE r.status WHEN 'paid' THEN p.discount ELSE 0 END) IS NOT TRUE"
    " UNION ALL"
    " SELECT 'cancellation_differs', format('reservation %s is %s and has %s', reservation_id,"
    "     coalesce(r.status, 'not cancelled'), CASE WHEN c.reservation_id IS NULL THEN 'no cancellation'"
    "     ELSE 'cancellation ' || c.cancellation_id END)"
    " FROM (SELECT * FROM boxoffice.reservation WHERE status = 'cancelled') r"
    "   FULL JOIN boxoffice.cancellation c USING (reservation_id)"
    " WHERE r.reservation_id IS NULL OR c.reservation_id IS NULL"
    " UNION ALL"
    " SELECT 'sales_differ', "
    "   format('the ledger has %s more than the %s that payments left after discounts and refunds', l.net - p.net, "
    "p.net)"
    " FROM (SELECT coalesce(sum(gross - discount - refunded), 0) AS net FROM boxoffice.payment) p,"
    "   (SELECT coalesce(-sum(amount), 0) AS net FROM boxoffice.ledger_entry WHERE counter_account_id IN (2, 3)) l"
    " WHERE p.net <> l.net"
    " UNION ALL"
    // a coupon never changes, so what it took off can be reckoned again; no claim is used for nothing
    " SELECT 'discount_differs', format('payment %s of %s has a discount of %s by claim %s', p.payment_id, p.gross,"
    "     p.discount, coalesce(p.claim_id::text, 'none'))"
    " FROM boxoffice.payment p LEFT JOIN boxoffice.coupon_claim c USING (claim_id)"
    "   LEFT JOIN boxoffice.coupon k USING (coupon_id)"
    " WHERE (p.discount = CASE WHEN p.claim_id IS NULL THEN 0 WHEN k.coupon_id IS NULL THEN NULL"
    "   WHEN k.discount_amount IS NOT NULL THEN least(p.gross, k.discount_amount)"
    "   ELSE coalesce(p.gross * k.discount_percent / 100, 0) END"
    "   AND (p.claim_id IS NULL OR p.discount > 0)) IS NOT TRUE"
    " UNION ALL"
    " SELECT 'coupon_differs', format('coupon %s has %s claims: %s are made and %s are left', k.coupon_id, k.quantity,"
    "     coalesce(m.made, 0), coalesce(c.value, 0))"
    " FROM boxoffice.coupon k"
    "   LEFT JOIN counted c USING (counter_id)"
    "   LEFT JOIN (SELECT coupon_id, count(*) AS made FROM boxoffice.coupon_claim GROUP BY coupon_id) m"
    "     USING (coupon_id)"
    " WHERE k.quantity <> coalesce(m.made, 0) + coalesce(c.value, 0)"
    " UNION ALL"
    " SELECT 'claim_number', format('claim %s has number %s of the %s of coupon %s; %s have it', c.claim_id,"
    "     c.claim_number, coalesce(k.quantity, 0), c.coupon_id, c.times)"
    " FROM (SELECT *, count(*) OVER (PARTITION BY coupon_id, claim_number) AS times FROM boxoffice.coupon_claim) c"
    "   LEFT JOIN boxoffice.coupon k USING (coupon_id)"
    " WHERE (c.claim_number BETWEEN 1 AND k.quantity AND c.times = 1) IS NOT TRUE"
    " UNION ALL"
    // a payment that was refunded still names its claim, which may have been used again since
    " SELECT 'claim_use_differs', format('claim %s was used for reservation %s by %s%s; paid with it by %s', claim_id,"
    "     coalesce(reservation_id::text, 'none'), coalesce(c.user_id, 'nobody'),"
    "     CASE WHEN c.user_id IS NOT NULL AND c.used_at IS NULL THEN ' at no time' END, coalesce(p.user_id, 'nobody'))"
    " FROM (SELECT claim_id, reservation_id, user_id, used_at FROM boxoffice.coupon_claim"
    "     WHERE reservation_id IS NOT NULL OR used_at IS NOT NULL) c"
    "   FULL JOIN (SELECT claim_id, reservation_id, r.user_id FROM boxoffice.payment"
    "     JOIN boxoffice.reservation r USING (reservation_id) WHERE claim_id IS NOT NULL AND r.status = 'paid') p"
    "     USING (claim_id, reservation_id)"
    " WHERE (c.user_id = p.user_id AND c.used_at IS NOT NULL) IS NOT TRUE"
    " UNION ALL"
    // Whoever was admitted before the mode or the capacity changed may stay.
    " SELECT 'queue_too_full', format('queue %s has %s active, %s may be', q.queue_id, t.active, q.max_active)"
    " FROM boxoffice.queue q CROSS JOIN LATERAL (SELECT count(*) AS active,"
    "     count(*) FILTER (WHERE admitted_at > q.rules_since) AS admitted FROM boxoffice.queue_token"
    "   WHERE queue_id = q.queue_id AND status = 'active' AND lapses_at > $1) t"
    " WHERE q.mode <> 'bypass' AND t.active > q.max_active AND t.admitted > q.max_active"
    " UNION ALL"
    " SELECT 'hold_without_token', format('reservation %s was given at %s to user %s, whose token %s of queue %s was "
    "%s',"
    "     r.reservation_id, r.created_at, r.user_id, r.queue_number, r.queue_id, CASE WHEN t.user_id = r.user_id THEN "
    "t.status ELSE 'another user''s' END)"
    " FROM boxoffice.reservation r JOIN boxoffice.queue_token t ON t.queue_id = r.queue_id AND t.number = "
    "r.queue_number"
    " WHERE (t.user_id = r.user_id AND t.admitted_at <= r.created_at AND r.created_at < t.expires_at) IS NOT TRUE"
    " UNION ALL"
    " SELECT 'amount_differs', format('reservation %s costs %s, its seats cost %s when it was made', r.reservation_id,"
    "     r.amount, sum(s.price_then))"
    " FROM boxoffice.reservation r CROSS JOIN LATERAL ("
    "   SELECT " BOXOFFICE_PRICE_THEN("seat",
                                      "r") " AS price_then FROM live JOIN boxoffice.seat USING (slot_id, seat_id)"
                                           "   WHERE live.reservation_id = r.reservation_id) s"
                                           " GROUP BY r.reservation_id, r.amount HAVING r.amount <> sum(s.price_then)",
    spi::Access::whole_tables};

} // namespace

int64_t expire_holds() {
    require_writing("expire_holds");
    return reservation::expire_lapsed(clock::now(), std::nullopt);
}

void tidy() {
    reservation::expire_lapsed(clock::now(), most_per_round);
    idempotency::forget_old(most_per_round);
    outbox::forget_told(most_per_round);
}

namespace {

// One queue that cannot be served must not stop the others. Nothing, or what was raised.
std::optional<std::string> serve_or_undo(int64_t queue_id) {
    std::optional<std::string> complaint;
    Subtransaction attempt;
    try {
        admission::serve(queue_id, true);
    } catch (const PostgresError& error) {
        if (error.data->sqlerrcode == ERRCODE_QUERY_CANCELED)
            throw;
        complaint = error.data->message;
    } catch (const Failure& failure) {
        complaint = failure.message;
    }
    attempt.end(!complaint);
    return complaint;
}

} // namespace

void tick() {
    tidy();
    for (const int64_t queue_id : queue_token::living_queues()) {
        if (const auto complaint = serve_or_undo(queue_id))
            guarded([&] {
                ereport(WARNING, (errmsg("boxoffice cannot serve queue %lld: %s", static_cast<long long>(queue_id),
                                         complaint->c_str())));
            });
    }
}

spi::Rows verify() { return violations.read(clock::now()); }

} // namespace boxoffice::upkeep
