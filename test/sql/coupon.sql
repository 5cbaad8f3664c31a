-- Coupons: create_coupon, claim_coupon, paying with a claim, cancelling, list_coupon_claims; every way they can answer. That
-- seat_busy is answered takes two sessions: the isolation specs show it.

-- Few stripes are enough for few, and show what a claim does when one has none left.
SET boxoffice.pool_stripes = 3;
SELECT boxoffice.create_event('Coupons') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 40, 999) AS seats_added;
UPDATE boxoffice.seat SET price = (ARRAY[0, 1, 5000, 4999])[seat_id - 30] WHERE slot_id = :slot_id AND seat_id BETWEEN 31 AND 34;

PREPARE claim (bigint, text) AS SELECT outcome, claim_id IS NOT NULL AS has_claim, claim_number, expires_at FROM boxoffice.claim_coupon($1, $2);
PREPARE hold (text, int[]) AS SELECT outcome, reservation_id, amount FROM boxoffice.hold_seats(:slot_id, $1, $2);
PREPARE pay (bigint, text, bigint) AS
    SELECT outcome, payment_id IS NOT NULL AS has_payment, gross, discount, amount, balance FROM boxoffice.pay_reservation($1, $2, claim_id => $3);
PREPARE cancel (bigint, text) AS SELECT * FROM boxoffice.cancel_reservation($1, $2);
PREPARE claims (text) AS
    SELECT name, discount_amount AS minor, discount_percent AS percent, minimum_amount AS minimum, status, expires_at, reservation_id IS NOT NULL AS has_use
    FROM boxoffice.list_coupon_claims($1);
PREPARE money (text) AS
    SELECT a.balance, (SELECT array_agg(coalesce(l.reason, 'credit') || ' ' || l.amount || ' ' || h.house || ': ' || l.balance ORDER BY entry_id)
            FROM boxoffice.ledger_entry l JOIN boxoffice.account h ON h.account_id = l.counter_account_id WHERE l.account_id = a.account_id) AS entries
    FROM boxoffice.account a WHERE a.user_id = $1;
PREPARE uses (bigint) AS SELECT reservation_id IS NOT NULL AS used, used_at IS NOT NULL AS has_time FROM boxoffice.coupon_claim WHERE claim_id = $1;

-- A coupon as it was made, and how what is left is split.
SELECT boxoffice.create_coupon('Eleven', 11, discount_percent => 33, minimum_amount => 5) AS eleven_id \gset
SELECT name, quantity, discount_amount, discount_percent, valid_from, valid_until, minimum_amount, stripes FROM boxoffice.coupon WHERE coupon_id = :eleven_id;
-- The quantity is made of few, of as many as there are stripes for, and of what is not to be divided by them.
SELECT count(boxoffice.create_coupon('Split ' || quantity, quantity)) AS coupons FROM unnest(ARRAY[1, 3, 7, 8, 12, 13, 10000000]) AS quantity;
SELECT quantity, stripes, array_agg(value ORDER BY stripe) AS left_in_stripes, sum(value) AS left
    FROM boxoffice.coupon JOIN boxoffice.counter_stripe USING (counter_id) WHERE name LIKE 'Split%' GROUP BY quantity, stripes ORDER BY quantity;

-- ok: once per user; the second time the claim that the user has explains the refusal.
SELECT outcome, claim_id, claim_number FROM boxoffice.claim_coupon(:eleven_id, 'coupon-ada') \gset ada_
SELECT :'ada_outcome' AS outcome, :ada_claim_number BETWEEN 1 AND 11 AS in_range;
SELECT outcome, claim_id = :ada_claim_id AS same, claim_number = :ada_claim_number AS same_number, expires_at FROM boxoffice.claim_coupon(:eleven_id, 'coupon-ada');
SELECT claim_id = :ada_claim_id AS same, claimed_at BETWEEN now() - interval '1 min' AND clock_timestamp() AS just_now, reservation_id, used_at
    FROM boxoffice.coupon_claim WHERE coupon_id = :eleven_id;
-- All numbers are used, each once, and not one more; who was refused is told whether it was for want of coupons.
SELECT outcome, count(*), count(DISTINCT claim_number) AS numbers FROM generate_series(1, 13) AS n, boxoffice.claim_coupon(:eleven_id, 'coupon-' || n) GROUP BY outcome ORDER BY outcome;
SELECT array_agg(claim_number ORDER BY claim_number) AS numbers, array_agg(DISTINCT user_id ORDER BY user_id) FILTER (WHERE user_id > 'coupon-9') AS users
    FROM boxoffice.coupon_claim WHERE coupon_id = :eleven_id;
EXECUTE claim(:eleven_id, 'coupon-late');
EXECUTE claim(:eleven_id, 'coupon-late');
SELECT outcome, claim_id = :ada_claim_id AS same FROM boxoffice.claim_coupon(:eleven_id, 'coupon-ada');
SELECT count(value) AS stripes_left FROM boxoffice.counter_stripe JOIN boxoffice.coupon USING (counter_id) WHERE coupon_id = :eleven_id;
-- The same of one, two and three stripes.
SELECT name, count(*) AS claims, array_agg(claim_number ORDER BY claim_number) AS numbers
    FROM boxoffice.coupon k CROSS JOIN LATERAL generate_series(1, quantity) AS n CROSS JOIN LATERAL boxoffice.claim_coupon(k.coupon_id, 'coupon-' || n)
    WHERE name IN ('Split 1', 'Split 3', 'Split 7', 'Split 8', 'Split 13') GROUP BY name ORDER BY name COLLATE "C";
SELECT * FROM boxoffice.verify();
-- One of ten million: the last number of a stripe is far from the first.
SELECT outcome, claim_number BETWEEN 1 AND 10000000 AS in_range FROM boxoffice.claim_coupon((SELECT coupon_id FROM boxoffice.coupon WHERE name = 'Split 10000000'), 'coupon-ada');

-- not_found.
EXECUTE claim(0, 'coupon-ada');
EXECUTE claim(-1, 'coupon-ada');
EXECUTE claim(9223372036854775807, 'coupon-ada');

-- not_on_sale: before valid_from, and from valid_until on; at valid_from and just before valid_until it is.
SELECT boxoffice.create_coupon('Window', 100, 100, valid_from => '2100-01-01 12:00Z', valid_until => '2100-01-02 12:00Z') AS window_id \gset
SELECT label, outcome, expires_at FROM (VALUES
    ('now', interval '0'), ('before', '2100-01-01 12:00Z'::timestamptz - clock_timestamp() - interval '30 s'),
    ('from', '2100-01-01 12:00Z'::timestamptz - clock_timestamp()), ('last', '2100-01-02 12:00Z'::timestamptz - clock_timestamp() - interval '30 s'),
    ('until', '2100-01-02 12:00Z'::timestamptz - clock_timestamp())) AS times (label, "offset"),
    LATERAL (SELECT set_config('boxoffice.clock_offset', "offset"::text, false)) AS shifted (setting),
    LATERAL (SELECT (r).outcome, (r).expires_at FROM (SELECT boxoffice.claim_coupon(:window_id, 'coupon-' || label || left(setting, 0)) AS r OFFSET 0) AS c) AS answer;
RESET boxoffice.clock_offset;
-- not_on_sale is told before already_claimed, for the claim is of no use then.
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:window_id, 'coupon-from');
-- Only from one side.
SELECT boxoffice.create_coupon('Later', 1, 100, valid_from => now() + '1 day') AS later_id \gset
SELECT boxoffice.create_coupon('Over', 1, 100, valid_until => now() - interval '1 day') AS over_id \gset
EXECUTE claim(:later_id, 'coupon-ada');
EXECUTE claim(:over_id, 'coupon-ada');

-- A key repeats the answer, with the number and the time, and stands for one coupon; a refusal is not kept.
SELECT boxoffice.create_coupon('Keyed', 5, 100, valid_until => '2100-01-01') AS keyed_id \gset
SELECT outcome, claim_id, claim_number, expires_at FROM boxoffice.claim_coupon(:keyed_id, 'coupon-key', 'k') \gset first_
SELECT outcome, claim_id = :first_claim_id AS same, claim_number = :first_claim_number AS same_number, expires_at FROM boxoffice.claim_coupon(:keyed_id, 'coupon-key', 'k');
SELECT outcome, claim_id = :first_claim_id AS same FROM boxoffice.claim_coupon(:keyed_id, 'coupon-key');
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:eleven_id, 'coupon-key', 'k');
SELECT outcome, claim_id = :first_claim_id AS same FROM boxoffice.claim_coupon(:keyed_id, 'coupon-key', 'another');
SELECT idempotency_key FROM boxoffice.idempotency_key WHERE user_id = 'coupon-key';

-- Paying with it: 33 % of 999 is 329.67, and the house keeps the part of a cent.
SELECT outcome FROM boxoffice.credit_balance('coupon-ada', 10000);
EXECUTE hold('coupon-ada', ARRAY[1]) \gset ada_
SELECT outcome, payment_id, gross, discount, amount, balance FROM boxoffice.pay_reservation(:ada_reservation_id, 'coupon-ada', claim_id => :ada_claim_id) \gset paid_
SELECT :'paid_outcome' AS outcome, :paid_gross AS gross, :paid_discount AS discount, :paid_amount AS amount, :paid_balance AS balance;
EXECUTE money('coupon-ada');
SELECT amount, refunded, gross, discount, claim_id = :ada_claim_id AS own FROM boxoffice.list_payments('coupon-ada');
EXECUTE uses(:ada_claim_id);
SELECT c.reservation_id = :ada_reservation_id AS own, c.used_at = r.paid_at AS when_it_was_paid FROM boxoffice.coupon_claim c JOIN boxoffice.reservation r USING (reservation_id) WHERE claim_id = :ada_claim_id;
EXECUTE claims('coupon-ada');
SELECT amount, status FROM boxoffice.get_reservation(:ada_reservation_id, 'coupon-ada');

-- claim_used: for another reservation. The hold goes on; without the claim it can be paid.
EXECUTE hold('coupon-ada', ARRAY[2]) \gset second_
EXECUTE pay(:second_reservation_id, 'coupon-ada', :ada_claim_id);
EXECUTE money('coupon-ada');
-- For the same: it is paid already.
EXECUTE pay(:ada_reservation_id, 'coupon-ada', :ada_claim_id);
-- not_found: no such claim, and another user's; nobody learns that it exists.
EXECUTE claim(:keyed_id, 'coupon-bob');
SELECT claim_id AS bob_claim_id FROM boxoffice.coupon_claim WHERE coupon_id = :keyed_id AND user_id = 'coupon-bob' \gset
EXECUTE pay(:second_reservation_id, 'coupon-ada', 0);
EXECUTE pay(:second_reservation_id, 'coupon-ada', :bob_claim_id);
EXECUTE uses(:bob_claim_id);
-- What is wrong with the reservation is told first.
EXECUTE pay(0, 'coupon-ada', 0);
SET boxoffice.clock_offset = '10 min';
EXECUTE pay(:second_reservation_id, 'coupon-ada', :ada_claim_id);
RESET boxoffice.clock_offset;

-- Cancelling gives the net and the claim back; the discount is the house's again. It can be used again, and is, and again.
EXECUTE cancel(:ada_reservation_id, 'coupon-ada');
EXECUTE cancel(:ada_reservation_id, 'coupon-ada');
EXECUTE money('coupon-ada');
EXECUTE uses(:ada_claim_id);
SELECT amount, refunded, gross, discount, claim_id = :ada_claim_id AS own FROM boxoffice.list_payments('coupon-ada');
EXECUTE claims('coupon-ada');
EXECUTE pay(:second_reservation_id, 'coupon-ada', :ada_claim_id);
-- Cancelling the first once more does not give back what is used for the second.
EXECUTE cancel(:ada_reservation_id, 'coupon-ada');
EXECUTE uses(:ada_claim_id);
SELECT outcome, claim_id = :ada_claim_id AS same FROM boxoffice.claim_coupon(:eleven_id, 'coupon-ada');
SELECT * FROM boxoffice.verify();

-- Without a claim, gross is what is paid; the request under a key is the one that it always was.
EXECUTE hold('coupon-ada', ARRAY[3]) \gset plain_
SELECT outcome, amount, gross, discount FROM boxoffice.pay_reservation(:plain_reservation_id, 'coupon-ada', 'plain');
SELECT outcome, amount, gross, discount FROM boxoffice.pay_reservation(:plain_reservation_id, 'coupon-ada', 'plain');
SELECT outcome FROM boxoffice.pay_reservation(:plain_reservation_id, 'coupon-ada', 'plain', :ada_claim_id);
SELECT request = format('pay_reservation(%s)', :plain_reservation_id) AS as_ever FROM boxoffice.idempotency_key WHERE idempotency_key = 'plain';
SELECT discount, claim_id FROM boxoffice.list_payments('coupon-ada') WHERE reservation_id = :plain_reservation_id;
-- With one, the key stands for the claim, too.
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:keyed_id, 'coupon-ada') \gset keyed_
EXECUTE hold('coupon-ada', ARRAY[4]) \gset keyed_
SELECT outcome, gross, discount, amount, balance FROM boxoffice.pay_reservation(:keyed_reservation_id, 'coupon-ada', 'with', :keyed_claim_id);
SELECT outcome, gross, discount, amount, balance FROM boxoffice.pay_reservation(:keyed_reservation_id, 'coupon-ada', 'with', :keyed_claim_id);
SELECT outcome FROM boxoffice.pay_reservation(:keyed_reservation_id, 'coupon-ada', 'with');
SELECT outcome FROM boxoffice.pay_reservation(:keyed_reservation_id, 'coupon-ada', 'with', :ada_claim_id);

-- Percent: rounded down, so 1 % of 99 is nothing, and 100 % is all. An amount is at most all. Nothing but a claim takes nothing off.
CREATE FUNCTION pg_temp.pay_with(seat integer, discount_amount bigint, discount_percent integer) RETURNS TABLE (outcome text, gross bigint, discount bigint, amount bigint)
LANGUAGE sql AS $$
    SELECT p.outcome, p.gross, p.discount, p.amount
    FROM (SELECT 'coupon-' || seat || '-' || coalesce(discount_amount, 0) || '-' || coalesce(discount_percent, 0)) AS u (user_id),
        LATERAL (SELECT b.outcome FROM boxoffice.credit_balance(user_id, 5000) AS b OFFSET 0) AS b,
        LATERAL (SELECT h.reservation_id FROM boxoffice.hold_seats((SELECT max(slot_id) FROM boxoffice.seat), user_id || left(b.outcome, 0), ARRAY[seat]) AS h OFFSET 0) AS h,
        LATERAL (SELECT c.claim_id FROM boxoffice.claim_coupon(boxoffice.create_coupon('Any', 1, discount_amount, discount_percent), user_id || left(h.reservation_id::text, 0)) AS c OFFSET 0) AS c,
        LATERAL (SELECT p.outcome, p.gross, p.discount, p.amount FROM boxoffice.pay_reservation(h.reservation_id, user_id, claim_id => c.claim_id) AS p OFFSET 0) AS p
$$;
SELECT seat, minor, percent, paid.* FROM (VALUES (5, NULL::bigint, 1), (6, NULL, 50), (7, NULL, 99), (8, NULL, 100), (9, 998, NULL), (10, 999, NULL), (11, 1000, NULL),
        (12, 9007199254740991, NULL), (13, 1, NULL), (14, NULL, NULL), (31, 500, NULL), (32, NULL, 99), (33, NULL, 33)) AS asked (seat, minor, percent),
    pg_temp.pay_with(seat, minor, percent) AS paid;
-- What takes nothing off is refused and not used up; what leaves nothing to pay needs no balance.
SELECT name, status, discount_amount AS minor, discount_percent AS percent FROM boxoffice.list_coupon_claims('coupon-14-0-0');
SELECT boxoffice.create_coupon('All', 10, discount_percent => 100) AS all_id \gset
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:all_id, 'coupon-poor') \gset poor_
EXECUTE hold('coupon-poor', ARRAY[15, 16]) \gset poor_
EXECUTE pay(:poor_reservation_id, 'coupon-poor', NULL);
EXECUTE pay(:poor_reservation_id, 'coupon-poor', :poor_claim_id);
EXECUTE money('coupon-poor');
EXECUTE cancel(:poor_reservation_id, 'coupon-poor');
EXECUTE money('coupon-poor');
SELECT * FROM boxoffice.verify();

-- insufficient_balance looks at what is to be paid, not at what it costs: 999 less 100. Too little, and just enough.
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:keyed_id, 'coupon-cyd') \gset cyd_
EXECUTE hold('coupon-cyd', ARRAY[17]) \gset cyd_
SELECT outcome FROM boxoffice.credit_balance('coupon-cyd', 898);
EXECUTE pay(:cyd_reservation_id, 'coupon-cyd', :cyd_claim_id);
EXECUTE uses(:cyd_claim_id);
SELECT outcome FROM boxoffice.credit_balance('coupon-cyd', 1);
EXECUTE pay(:cyd_reservation_id, 'coupon-cyd', :cyd_claim_id);
EXECUTE money('coupon-cyd');
EXECUTE cancel(:cyd_reservation_id, 'coupon-cyd');
EXECUTE money('coupon-cyd');

-- claim_not_valid: for less than the minimum, and outside its time. The minimum is for what it costs, before the discount.
SELECT boxoffice.create_coupon('Minimum', 10, discount_amount => 4000, minimum_amount => 5000) AS minimum_id \gset
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:minimum_id, 'coupon-ada') \gset minimum_
EXECUTE hold('coupon-ada', ARRAY[34]) \gset below_
EXECUTE hold('coupon-ada', ARRAY[18, 19, 20, 21, 22]) \gset also_below_
EXECUTE pay(:below_reservation_id, 'coupon-ada', :minimum_claim_id);
EXECUTE pay(:also_below_reservation_id, 'coupon-ada', :minimum_claim_id);
UPDATE boxoffice.reservation SET amount = 5000 WHERE reservation_id = :below_reservation_id;
UPDATE boxoffice.seat SET price = 5000 WHERE slot_id = :slot_id AND seat_id = 34;
EXECUTE pay(:below_reservation_id, 'coupon-ada', :minimum_claim_id);
SELECT boxoffice.create_slot(:event_id, '2200-01-01', hold_for => '2 days') AS window_slot_id \gset
SELECT boxoffice.add_numbered_seats(:window_slot_id, 10, 1000) AS seats_added;
CREATE FUNCTION pg_temp.set_clock(at timestamptz) RETURNS void LANGUAGE sql AS $$ SELECT set_config('boxoffice.clock_offset', (at - clock_timestamp())::text, false) $$;
SELECT pg_temp.set_clock('2100-01-01 13:00Z');
SELECT claim_id AS from_claim_id FROM boxoffice.coupon_claim WHERE user_id = 'coupon-from' \gset
SELECT outcome FROM boxoffice.credit_balance('coupon-from', 5000);
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:window_slot_id, 'coupon-from', ARRAY[1]) \gset from_
SELECT pg_temp.set_clock('2100-01-01 11:59:30Z');
EXECUTE pay(:from_reservation_id, 'coupon-from', :from_claim_id);
EXECUTE claims('coupon-from');
SELECT pg_temp.set_clock('2100-01-02 12:00Z');
EXECUTE pay(:from_reservation_id, 'coupon-from', :from_claim_id);
EXECUTE claims('coupon-from');
SELECT pg_temp.set_clock('2100-01-02 11:59:30Z');
EXECUTE claims('coupon-from');
EXECUTE pay(:from_reservation_id, 'coupon-from', :from_claim_id);
-- Given back after its time it reads as expired, and as claimed when the clock is set back; used it reads as used for ever.
SELECT pg_temp.set_clock('2101-01-01');
EXECUTE claims('coupon-from');
EXECUTE cancel(:from_reservation_id, 'coupon-from');
EXECUTE claims('coupon-from');
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:window_slot_id, 'coupon-from', ARRAY[1]) \gset from_
EXECUTE pay(:from_reservation_id, 'coupon-from', :from_claim_id);
SELECT pg_temp.set_clock('2100-01-02 11:00Z');
EXECUTE claims('coupon-from');
RESET boxoffice.clock_offset;
EXECUTE money('coupon-from');

-- The lists: newest first, by the page, and for a user never seen.
SELECT name, status FROM boxoffice.list_coupon_claims('coupon-ada');
SELECT name FROM boxoffice.list_coupon_claims('coupon-ada', before_id => :minimum_claim_id, max_rows => 2);
SELECT name FROM boxoffice.list_coupon_claims('coupon-ada', before_id => :ada_claim_id);
SELECT count(*) FROM boxoffice.list_coupon_claims('coupon-nobody');
SELECT coupon_id = :eleven_id AS own_coupon, claim_id = :ada_claim_id AS own_claim, claim_number = :ada_claim_number AS own_number,
       reservation_id = :second_reservation_id AS own_use, claimed_at < now() AS before FROM boxoffice.list_coupon_claims('coupon-ada') WHERE name = 'Eleven';

-- All in one transaction: a claim is the user's at once, and a savepoint takes it back.
BEGIN;
SELECT boxoffice.create_coupon('Together', 2, 999) AS together_id \gset
SAVEPOINT before;
EXECUTE claim(:together_id, 'coupon-dan');
ROLLBACK TO before;
SELECT count(*) AS claims FROM boxoffice.coupon_claim WHERE coupon_id = :together_id;
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:together_id, 'coupon-dan') \gset dan_
EXECUTE claim(:together_id, 'coupon-eve');
EXECUTE claim(:together_id, 'coupon-fay');
EXECUTE hold('coupon-dan', ARRAY[35]) \gset dan_
EXECUTE pay(:dan_reservation_id, 'coupon-dan', :dan_claim_id);
EXECUTE cancel(:dan_reservation_id, 'coupon-dan');
SELECT status FROM boxoffice.list_coupon_claims('coupon-dan');
EXECUTE hold('coupon-dan', ARRAY[36]) \gset dan_
EXECUTE pay(:dan_reservation_id, 'coupon-dan', :dan_claim_id);
SELECT * FROM boxoffice.verify();
COMMIT;
-- A refusal takes no transaction id, keeps no lock and writes nothing.
BEGIN;
EXECUTE claim(:together_id, 'coupon-gus');
EXECUTE claim(:together_id, 'coupon-dan');
EXECUTE claim(:later_id, 'coupon-gus');
EXECUTE claim(0, 'coupon-gus');
EXECUTE pay(:also_below_reservation_id, 'coupon-ada', :ada_claim_id);
EXECUTE pay(:from_reservation_id, 'coupon-from', :from_claim_id);
EXECUTE pay(:poor_reservation_id, 'coupon-poor', :poor_claim_id);
SELECT pg_current_xact_id_if_assigned() AS transaction_id;
SELECT count(*) AS locks FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory';
COMMIT;

-- What is written: for a claim its row and one stripe, in place; for its use two entries more than none and the claim's row, in
-- place. Rows are locked and changed by one transaction id, so no call makes a MultiXact; and no table is scanned.
PREPARE written AS SELECT relname, n_tup_ins AS inserted, n_tup_upd AS updated, n_tup_hot_upd AS hot, seq_scan AS scans
    FROM pg_stat_xact_all_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND schemaname <> 'pg_toast' ORDER BY relname COLLATE "C";
SELECT boxoffice.create_coupon('Cost', 1000, 10) AS cost_id \gset
SELECT outcome FROM boxoffice.credit_balance('coupon-hal', 2000);
EXECUTE hold('coupon-hal', ARRAY[37]) \gset hal_
CHECKPOINT;
SELECT next_multixact_id AS multixact_before FROM pg_control_checkpoint() \gset
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:cost_id, 'coupon-hal') \gset hal_
EXECUTE written;
COMMIT;
SELECT pg_stat_force_next_flush();
BEGIN;
EXECUTE pay(:hal_reservation_id, 'coupon-hal', :hal_claim_id);
EXECUTE written;
COMMIT;
SELECT pg_stat_force_next_flush();
BEGIN;
EXECUTE cancel(:hal_reservation_id, 'coupon-hal');
EXECUTE written;
COMMIT;
CHECKPOINT;
SELECT next_multixact_id = :'multixact_before' AS no_multixact FROM pg_control_checkpoint();

-- At the edge of what a balance can be: no entry leaves one that cannot be, whichever comes first.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS large_id \gset
SELECT boxoffice.add_numbered_seats(:large_id, 2, 9007199254740991) AS seats_added;
UPDATE boxoffice.seat SET price = 1000 WHERE slot_id = :large_id AND seat_id = 2;
SELECT outcome FROM boxoffice.credit_balance('coupon-rich', 9007199254740990);
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:all_id, 'coupon-rich') \gset rich_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:large_id, 'coupon-rich', ARRAY[1]) \gset rich_
EXECUTE pay(:rich_reservation_id, 'coupon-rich', :rich_claim_id);
EXECUTE cancel(:rich_reservation_id, 'coupon-rich');
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:large_id, 'coupon-rich', ARRAY[2]) \gset rich_
EXECUTE pay(:rich_reservation_id, 'coupon-rich', :rich_claim_id);
EXECUTE cancel(:rich_reservation_id, 'coupon-rich');
SELECT outcome FROM boxoffice.credit_balance('coupon-rich', 1);
EXECUTE money('coupon-rich');
-- A third of 2^53 - 1, to the last cent.
SELECT outcome, claim_id FROM boxoffice.claim_coupon(boxoffice.create_coupon('Third', 1, discount_percent => 33), 'coupon-rich') \gset third_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:large_id, 'coupon-rich', ARRAY[1]) \gset rich_
EXECUTE pay(:rich_reservation_id, 'coupon-rich', :third_claim_id);
SELECT 9007199254740991 * 33::numeric / 100 AS exactly;
SELECT * FROM boxoffice.verify();

-- The ledger: what went to the sale and what came from discounts is what the payments say, cancelled or not.
SELECT h.house, -sum(l.amount) AS amount FROM boxoffice.ledger_entry l JOIN boxoffice.account h ON h.account_id = l.counter_account_id
    JOIN boxoffice.account a ON a.account_id = l.account_id WHERE a.user_id LIKE 'coupon-%' AND h.house <> 'top_up' GROUP BY h.house ORDER BY h.house;
SELECT sum(gross) AS gross, sum(discount) AS discount, sum(payment.amount) AS net FROM boxoffice.payment JOIN boxoffice.account USING (account_id)
    JOIN boxoffice.reservation USING (reservation_id) WHERE account.user_id LIKE 'coupon-%' AND status = 'paid';

-- Refusals as errors.
SET boxoffice.raise_refusals = on;
SELECT * FROM boxoffice.claim_coupon(0, 'coupon-ada');
SELECT * FROM boxoffice.claim_coupon(:later_id, 'coupon-ada');
SELECT * FROM boxoffice.claim_coupon(:together_id, 'coupon-ada');
SELECT * FROM boxoffice.claim_coupon(:eleven_id, 'coupon-key', 'k');
SELECT * FROM boxoffice.pay_reservation(:also_below_reservation_id, 'coupon-ada', claim_id => :minimum_claim_id);
SELECT * FROM boxoffice.pay_reservation(:from_reservation_id, 'coupon-from', claim_id => :from_claim_id);
SELECT * FROM boxoffice.pay_reservation(:also_below_reservation_id, 'coupon-ada', claim_id => 0);
\set VERBOSITY sqlstate
SELECT * FROM boxoffice.claim_coupon(:eleven_id, 'coupon-ada');
SELECT * FROM boxoffice.pay_reservation(:also_below_reservation_id, 'coupon-ada', claim_id => :ada_claim_id);
RESET boxoffice.raise_refusals;

-- Mistakes of the caller leave nothing behind.
SELECT count(*) AS coupons, (SELECT count(*) FROM boxoffice.coupon_claim) AS claims, (SELECT count(*) FROM boxoffice.counter_stripe) AS stripes FROM boxoffice.coupon \gset before_
\set VERBOSITY default
SELECT boxoffice.create_coupon('Both', 1, 100, 10);
SELECT boxoffice.create_coupon('None', 0);
SELECT boxoffice.create_coupon('Percent', 1, discount_percent => 101);
SELECT boxoffice.create_coupon('Backwards', 1, valid_from => '2100-01-02', valid_until => '2100-01-01');
SELECT boxoffice.create_coupon('For ever', 1, valid_until => 'infinity');
\set VERBOSITY sqlstate
SELECT boxoffice.create_coupon('', 1);
SELECT boxoffice.create_coupon(' ', 1);
SELECT boxoffice.create_coupon(repeat('n', 1001), 1);
SELECT boxoffice.create_coupon(NULL, 1);
SELECT boxoffice.create_coupon('Quantity', NULL);
SELECT boxoffice.create_coupon('Quantity', -1);
SELECT boxoffice.create_coupon('Quantity', 10000001);
SELECT boxoffice.create_coupon('Amount', 1, 0);
SELECT boxoffice.create_coupon('Amount', 1, -1);
SELECT boxoffice.create_coupon('Amount', 1, 9007199254740992);
SELECT boxoffice.create_coupon('Percent', 1, discount_percent => 0);
SELECT boxoffice.create_coupon('Percent', 1, discount_percent => -5);
SELECT boxoffice.create_coupon('Same', 1, valid_from => '2100-01-01', valid_until => '2100-01-01');
SELECT boxoffice.create_coupon('Ever', 1, valid_from => '-infinity');
SELECT boxoffice.create_coupon('Minimum', 1, minimum_amount => NULL);
SELECT boxoffice.create_coupon('Minimum', 1, minimum_amount => -1);
SELECT boxoffice.create_coupon('Minimum', 1, minimum_amount => 9007199254740992);
EXECUTE claim(NULL, 'coupon-ada');
EXECUTE claim(:keyed_id, NULL);
EXECUTE claim(:keyed_id, '');
EXECUTE claim(:keyed_id, repeat('u', 256));
SELECT outcome FROM boxoffice.claim_coupon(:keyed_id, 'coupon-ada', '');
SELECT outcome FROM boxoffice.claim_coupon(:keyed_id, 'coupon-ada', repeat('k', 256));
SELECT count(*) FROM boxoffice.list_coupon_claims(NULL);
SELECT count(*) FROM boxoffice.list_coupon_claims('');
SELECT count(*) FROM boxoffice.list_coupon_claims('coupon-ada', max_rows => 0);
SELECT count(*) FROM boxoffice.list_coupon_claims('coupon-ada', max_rows => 1001);
SELECT count(*) FROM boxoffice.list_coupon_claims('coupon-ada', max_rows => NULL);
\set VERBOSITY default
SELECT count(*) = :before_coupons AND (SELECT count(*) FROM boxoffice.coupon_claim) = :before_claims AND (SELECT count(*) FROM boxoffice.counter_stripe) = :before_stripes AS nothing_left
    FROM boxoffice.coupon;
-- In a read-only transaction nothing can be claimed.
BEGIN READ ONLY;
SELECT outcome FROM boxoffice.claim_coupon(:keyed_id, 'coupon-read-only');
ROLLBACK;
SELECT * FROM boxoffice.verify();
