-- verify: what it finds when the data is broken by hand. Each transaction breaks one thing and is rolled back; a check that
-- is not shown here might as well not be there.

SELECT boxoffice.create_event('Verify') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 8, 1000) AS seats_added;
SELECT outcome FROM boxoffice.credit_balance('verify-ada', 9000);
SELECT outcome FROM boxoffice.credit_balance('verify-bob', 500);
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'verify-ada', ARRAY[1, 2]) \gset paid_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'verify-ada', ARRAY[3]) \gset cancelled_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'verify-bob', ARRAY[4, 5]) \gset held_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'verify-bob', ARRAY[6]) \gset released_
SELECT p.outcome, p.balance FROM unnest(ARRAY[:paid_reservation_id, :cancelled_reservation_id]) AS id, boxoffice.pay_reservation(id, 'verify-ada') AS p;
SELECT outcome, refunded FROM boxoffice.cancel_reservation(:cancelled_reservation_id, 'verify-ada');
SELECT outcome FROM boxoffice.release_hold(:released_reservation_id, 'verify-bob');
SELECT account_id AS ada_account FROM boxoffice.account WHERE user_id = 'verify-ada' \gset
SELECT account_id AS bob_account FROM boxoffice.account WHERE user_id = 'verify-bob' \gset

-- Nothing is wrong.
SELECT * FROM boxoffice.verify();

-- The ids in the details are those of the whole run, so here they read as what they are.
PREPARE found AS
    WITH RECURSIVE named (pattern, name, n) AS (VALUES
        ('entry \d+', 'entry N', 1), ('slot \d+', 'slot S', 2), ('account ' || :ada_account || '\M', 'account ADA', 3),
        ('reservation ' || :paid_reservation_id || '\M', 'reservation PAID', 4),
        ('reservation ' || :held_reservation_id || '\M', 'reservation HELD', 5),
        ('reservation ' || :cancelled_reservation_id || '\M', 'reservation CANCELLED', 6), ('payment \d+ of', 'payment N of', 7),
        ('accounts ' || :ada_account || ' and', 'accounts ADA and', 8), ('the \d+ that', 'the SUM that', 9)),
    renamed (check_name, detail, n) AS (
        SELECT check_name, detail, 0 FROM boxoffice.verify()
        UNION ALL SELECT check_name, regexp_replace(detail, pattern, name, 'g'), named.n FROM renamed JOIN named ON named.n = renamed.n + 1)
    SELECT check_name, detail FROM renamed WHERE n = 9 ORDER BY check_name COLLATE "C", detail COLLATE "C";

-- Seats.
BEGIN;
UPDATE boxoffice.seat SET reservation_id = :held_reservation_id WHERE slot_id = :slot_id AND seat_id = 2;
EXECUTE found;
ROLLBACK;
BEGIN;
UPDATE boxoffice.seat SET sold = false, reservation_id = NULL WHERE slot_id = :slot_id AND seat_id = 1;
EXECUTE found;
ROLLBACK;
BEGIN;
-- The seat is gone.
DELETE FROM boxoffice.seat WHERE slot_id = :slot_id AND seat_id = 1;
EXECUTE found;
ROLLBACK;
BEGIN;
-- Sold twice, as far as the reservations go.
UPDATE boxoffice.reservation SET seat_ids = '{1,3}' WHERE reservation_id = :cancelled_reservation_id;
UPDATE boxoffice.reservation SET status = 'paid', quantity = 2 WHERE reservation_id = :cancelled_reservation_id;
SELECT DISTINCT check_name FROM boxoffice.verify() ORDER BY 1;
SELECT check_name, detail LIKE 'seat 1 of slot %' AS names_the_seat FROM boxoffice.verify() WHERE check_name = 'seat_in_two_reservations';
ROLLBACK;
BEGIN;
-- Sold to a reservation that was cancelled, and held by one that was released.
UPDATE boxoffice.seat SET sold = true, reservation_id = :cancelled_reservation_id WHERE slot_id = :slot_id AND seat_id = 3;
EXECUTE found;
ROLLBACK;
BEGIN;
UPDATE boxoffice.seat SET reservation_id = :released_reservation_id, held_until = now() + '5 min' WHERE slot_id = :slot_id AND seat_id = 6;
SELECT check_name FROM boxoffice.verify() ORDER BY check_name;
ROLLBACK;
BEGIN;
-- Held by nobody.
UPDATE boxoffice.seat SET held_until = now() + '5 min' WHERE slot_id = :slot_id AND seat_id = 7;
SELECT check_name FROM boxoffice.verify() ORDER BY check_name;
ROLLBACK;
BEGIN;
-- Held by a reservation that does not have it; and one that ended is no violation.
UPDATE boxoffice.seat SET held_until = s.held_until, reservation_id = s.reservation_id
    FROM (SELECT held_until, reservation_id FROM boxoffice.seat WHERE slot_id = :slot_id AND seat_id = 4) s
    WHERE slot_id = :slot_id AND seat_id = 8;
SELECT check_name FROM boxoffice.verify() ORDER BY check_name;
SET LOCAL boxoffice.clock_offset = '10 min';
SELECT check_name FROM boxoffice.verify() ORDER BY check_name;
ROLLBACK;
BEGIN;
-- A hold and its seats that end at different times.
UPDATE boxoffice.seat SET held_until = held_until + interval '1 second' WHERE slot_id = :slot_id AND seat_id = 5;
SELECT check_name FROM boxoffice.verify() ORDER BY check_name;
ROLLBACK;
BEGIN;
UPDATE boxoffice.reservation SET quantity = 1 WHERE reservation_id = :paid_reservation_id;
EXECUTE found;
ROLLBACK;

-- Counts. That a seat was sold is counted, and so is what was cancelled.
BEGIN;
UPDATE boxoffice.counter_stripe SET value = value + 1 FROM boxoffice.slot WHERE slot_id = :slot_id AND counter_id = paid_counter_id;
EXECUTE found;
ROLLBACK;
BEGIN;
DELETE FROM boxoffice.counter_stripe USING boxoffice.slot WHERE slot_id = :slot_id AND counter_id = cancelled_counter_id;
EXECUTE found;
ROLLBACK;
BEGIN;
-- Seats have the numbers 1 to their count.
UPDATE boxoffice.seat SET seat_id = 10 WHERE slot_id = :slot_id AND seat_id = 8;
EXECUTE found;
ROLLBACK;

-- Places: those that are free, held, whether or not the hold has run out, and paid are all there are.
SELECT boxoffice.add_pool(:slot_id, 'Class', 10, 100) AS pool_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS pools_slot_id \gset
SELECT boxoffice.add_pool(:pools_slot_id, 'Course', 5, 100) AS course_id \gset
SELECT outcome, reservation_id FROM boxoffice.hold_places(:pool_id, 'verify-bob', 3) \gset places_
SELECT outcome, reservation_id FROM boxoffice.hold_places(:pool_id, 'verify-bob', 2) \gset paid_places_
SELECT outcome FROM boxoffice.pay_reservation(:paid_places_reservation_id, 'verify-bob');
SELECT * FROM boxoffice.verify();
SET boxoffice.clock_offset = '10 min';
SELECT * FROM boxoffice.verify();
RESET boxoffice.clock_offset;
BEGIN;
-- One is lost, one is there twice.
UPDATE boxoffice.counter_stripe SET value = value - 1 FROM boxoffice.pool
    WHERE pool_id = :pool_id AND counter_stripe.counter_id = pool.counter_id AND stripe = (SELECT max(stripe) FROM boxoffice.counter_stripe s WHERE s.counter_id = pool.counter_id AND value > 0);
SELECT check_name, regexp_replace(detail, '^pool \d+', 'pool CLASS') AS detail FROM boxoffice.verify();
ROLLBACK;
BEGIN;
UPDATE boxoffice.pool SET capacity = 9 WHERE pool_id = :pool_id;
SELECT check_name, regexp_replace(detail, '^pool \d+', 'pool CLASS') AS detail FROM boxoffice.verify();
ROLLBACK;
BEGIN;
UPDATE boxoffice.reservation SET status = 'released' WHERE reservation_id = :places_reservation_id;
SELECT check_name, regexp_replace(detail, '^pool \d+', 'pool CLASS') AS detail FROM boxoffice.verify();
ROLLBACK;
BEGIN;
-- A pool whose counter is gone.
DELETE FROM boxoffice.counter_stripe USING boxoffice.pool WHERE pool_id = :course_id AND counter_stripe.counter_id = pool.counter_id;
SELECT check_name, regexp_replace(detail, '^pool \d+', 'pool COURSE') AS detail FROM boxoffice.verify();
ROLLBACK;
BEGIN;
-- Places of another slot's pool, and of none.
UPDATE boxoffice.reservation SET slot_id = :pools_slot_id WHERE reservation_id = :places_reservation_id;
SELECT check_name, regexp_replace(detail, '\d+', 'N', 'g') AS detail FROM boxoffice.verify();
UPDATE boxoffice.reservation SET pool_id = 0 WHERE reservation_id = :places_reservation_id;
SELECT check_name, regexp_replace(detail, '(reservation|slot|of pool) \d+', '\1 N', 'g') AS detail FROM boxoffice.verify() WHERE check_name = 'places_elsewhere';
ROLLBACK;
BEGIN;
-- A hold of places has no seats.
UPDATE boxoffice.reservation SET seat_ids = '{7}' WHERE reservation_id = :places_reservation_id;
SELECT check_name FROM boxoffice.verify() ORDER BY check_name;
ROLLBACK;

-- Money.
BEGIN;
UPDATE boxoffice.account SET balance = balance + 1 WHERE account_id = :ada_account;
EXECUTE found;
ROLLBACK;
BEGIN;
-- No constraint would let it pass.
\set VERBOSITY terse
UPDATE boxoffice.account SET balance = -1 WHERE account_id = :ada_account;
\set VERBOSITY default
ROLLBACK;
BEGIN;
ALTER DOMAIN boxoffice.amount DROP CONSTRAINT amount_check;
UPDATE boxoffice.account SET balance = -1 WHERE account_id = :ada_account;
EXECUTE found;
ROLLBACK;
BEGIN;
-- An account of nobody and of everybody.
UPDATE boxoffice.account SET user_id = NULL WHERE account_id = :bob_account;
SELECT DISTINCT check_name FROM boxoffice.verify() ORDER BY check_name;
UPDATE boxoffice.account SET user_id = 'verify-house' WHERE account_id = 1;
SELECT check_name, detail FROM boxoffice.verify() WHERE detail LIKE 'account 1 %' ORDER BY check_name;
ROLLBACK;
BEGIN;
-- An entry by hand: money that no account has.
INSERT INTO boxoffice.ledger_entry (account_id, counter_account_id, amount, balance, created_at) VALUES (:ada_account, 1, 5, 7000, now());
EXECUTE found;
ROLLBACK;
BEGIN;
-- An entry of an account that is not there, and of the house's.
INSERT INTO boxoffice.ledger_entry (account_id, counter_account_id, amount, balance, created_at) VALUES (0, 1, 5, 5, now()), (2, 1, 5, 5, now());
EXECUTE found;
ROLLBACK;
BEGIN;
-- An entry of nothing.
INSERT INTO boxoffice.ledger_entry (account_id, counter_account_id, amount, balance, created_at) VALUES (:ada_account, 1, 0, 7000, now());
SELECT check_name FROM boxoffice.verify();
ROLLBACK;
BEGIN;
-- A sum that is right, of entries whose running balances are not.
INSERT INTO boxoffice.ledger_entry (account_id, counter_account_id, amount, balance, created_at)
    VALUES (:ada_account, 1, 5, 7006, now()), (:ada_account, 1, -5, 7000, now());
EXECUTE found;
ROLLBACK;
BEGIN;
UPDATE boxoffice.payment SET amount = 1999, gross = 1999 WHERE reservation_id = :paid_reservation_id;
SELECT check_name FROM boxoffice.verify() ORDER BY check_name;
UPDATE boxoffice.payment SET amount = 2000, gross = 2000, refunded = 1 WHERE reservation_id = :paid_reservation_id;
SELECT check_name FROM boxoffice.verify() ORDER BY check_name;
UPDATE boxoffice.payment SET refunded = 0 WHERE reservation_id = :paid_reservation_id;
SELECT check_name FROM boxoffice.verify() ORDER BY check_name;
UPDATE boxoffice.payment SET refunded = 999 WHERE reservation_id = :cancelled_reservation_id;
SELECT check_name FROM boxoffice.verify() ORDER BY check_name;
ROLLBACK;
BEGIN;
-- Paid, but there is no payment; a payment, but nothing is paid.
DELETE FROM boxoffice.payment WHERE reservation_id = :paid_reservation_id;
EXECUTE found;
ROLLBACK;
BEGIN;
INSERT INTO boxoffice.payment (reservation_id, account_id, amount, gross, created_at) VALUES (:held_reservation_id, :bob_account, 2000, 2000, now());
SELECT check_name FROM boxoffice.verify() ORDER BY check_name;
ROLLBACK;
BEGIN;
-- Money moved for a hold that is not paid, although the balance is the sum of its entries.
INSERT INTO boxoffice.ledger_entry (account_id, counter_account_id, amount, balance, reservation_id, created_at)
    VALUES (:ada_account, 2, -1, 6999, :held_reservation_id, now());
UPDATE boxoffice.account SET balance = 6999 WHERE account_id = :ada_account;
EXECUTE found;
ROLLBACK;
BEGIN;
-- A price that was changed by hand, without what it was before.
UPDATE boxoffice.seat SET price = 1 WHERE slot_id = :slot_id AND seat_id = 1;
EXECUTE found;
ROLLBACK;
BEGIN;
-- Cancelled, but by nobody; by somebody, but not cancelled.
DELETE FROM boxoffice.cancellation WHERE reservation_id = :cancelled_reservation_id;
EXECUTE found;
INSERT INTO boxoffice.cancellation (cancellation_id, reservation_id, created_at, by_house) VALUES (-1, :paid_reservation_id, now(), true);
EXECUTE found;
ROLLBACK;
BEGIN;
-- Money on the account of sales that no payment knows.
INSERT INTO boxoffice.ledger_entry (account_id, counter_account_id, amount, balance, created_at) VALUES (:ada_account, 2, -1, 6999, now());
UPDATE boxoffice.account SET balance = 6999 WHERE account_id = :ada_account;
SELECT check_name FROM boxoffice.verify();
ROLLBACK;
BEGIN;
-- A reason without a block.
INSERT INTO boxoffice.seat_block (slot_id, seat_id, blocked_at) VALUES (:slot_id, 7, '2099-01-01 00:00+00');
SELECT check_name FROM boxoffice.verify();
ROLLBACK;
BEGIN;
-- A discount that no claim gave, and a net that is not gross less discount.
UPDATE boxoffice.payment SET amount = 1999, discount = 1 WHERE reservation_id = :paid_reservation_id;
EXECUTE found;
UPDATE boxoffice.payment SET discount = 0 WHERE reservation_id = :paid_reservation_id;
EXECUTE found;
ROLLBACK;
BEGIN;
-- Paid when the hold had ended.
UPDATE boxoffice.reservation SET paid_at = expires_at WHERE reservation_id = :paid_reservation_id;
SELECT check_name FROM boxoffice.verify();
ROLLBACK;
BEGIN;
-- Paid at no time, held although it was paid, and shown a number of no queue.
UPDATE boxoffice.reservation SET paid_at = NULL WHERE reservation_id = :paid_reservation_id;
EXECUTE found;
UPDATE boxoffice.reservation SET paid_at = created_at WHERE reservation_id = :held_reservation_id;
UPDATE boxoffice.reservation SET queue_number = 1 WHERE reservation_id = :cancelled_reservation_id;
SELECT count(*) FROM boxoffice.verify() WHERE check_name = 'reservation_state';
ROLLBACK;
BEGIN;
-- Two running holds of the same seats.
INSERT INTO boxoffice.reservation (slot_id, user_id, status, seat_ids, quantity, amount, created_at, expires_at)
    SELECT slot_id, 'verify-cyd', status, seat_ids, quantity, amount, created_at, expires_at FROM boxoffice.reservation
    WHERE reservation_id = :held_reservation_id;
SELECT DISTINCT check_name FROM boxoffice.verify() ORDER BY check_name;
ROLLBACK;
BEGIN;
-- A running hold that has lost a seat.
UPDATE boxoffice.seat SET reservation_id = NULL, held_until = NULL WHERE slot_id = :slot_id AND seat_id = 4;
EXECUTE found;
ROLLBACK;

-- Coupons. Ada's is used, Bob's is not, and Ada has used one for what she cancelled.
SELECT boxoffice.create_coupon('Verify', 20, discount_percent => 10) AS coupon_id \gset
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:coupon_id, 'verify-ada') \gset ada_
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:coupon_id, 'verify-bob') \gset bob_
SELECT outcome, claim_id FROM boxoffice.claim_coupon(boxoffice.create_coupon('Verify again', 1, discount_amount => 5000), 'verify-ada') \gset other_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'verify-ada', ARRAY[7]) \gset with_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'verify-ada', ARRAY[8]) \gset returned_
SELECT outcome, amount, gross, discount FROM boxoffice.pay_reservation(:with_reservation_id, 'verify-ada', claim_id => :ada_claim_id);
SELECT outcome, amount, gross, discount FROM boxoffice.pay_reservation(:returned_reservation_id, 'verify-ada', claim_id => :other_claim_id);
SELECT outcome, refunded FROM boxoffice.cancel_reservation(:returned_reservation_id, 'verify-ada');
SELECT * FROM boxoffice.verify();
PREPARE found_of_coupons AS
    WITH RECURSIVE named (pattern, name, n) AS (VALUES
        ('payment \d+ of', 'payment N of', 1), ('coupon \d+', 'coupon C', 2), ('claim ' || :ada_claim_id || '\M', 'claim ADA', 3),
        ('claim ' || :bob_claim_id || '\M', 'claim BOB', 4), ('claim ' || :other_claim_id || '\M', 'claim OTHER', 5),
        ('reservation ' || :with_reservation_id || '\M', 'reservation WITH', 6),
        ('reservation ' || :returned_reservation_id || '\M', 'reservation RETURNED', 7),
        ('number \d+ of', 'number N of', 8), ('the \d+ that', 'the SUM that', 9)),
    renamed (check_name, detail, n) AS (
        SELECT check_name, detail, 0 FROM boxoffice.verify()
        UNION ALL SELECT check_name, regexp_replace(detail, pattern, name, 'g'), named.n FROM renamed JOIN named ON named.n = renamed.n + 1)
    SELECT check_name, detail FROM renamed WHERE n = 9 ORDER BY check_name COLLATE "C", detail COLLATE "C";
BEGIN;
-- More is left than nobody has claimed, or less; and a counter that is not there.
UPDATE boxoffice.counter_stripe SET value = value + 1 WHERE counter_id = (SELECT counter_id FROM boxoffice.coupon WHERE coupon_id = :coupon_id) AND stripe = 0;
EXECUTE found_of_coupons;
DELETE FROM boxoffice.counter_stripe WHERE counter_id = (SELECT counter_id FROM boxoffice.coupon WHERE coupon_id = :coupon_id);
EXECUTE found_of_coupons;
ROLLBACK;
BEGIN;
-- A claim that nobody has any more.
DELETE FROM boxoffice.coupon_claim WHERE claim_id = :bob_claim_id;
EXECUTE found_of_coupons;
ROLLBACK;
BEGIN;
-- A number that the coupon does not have; two claims with one number; a claim of no coupon.
UPDATE boxoffice.coupon_claim SET claim_number = 21 WHERE claim_id = :bob_claim_id;
EXECUTE found_of_coupons;
\set VERBOSITY terse
SAVEPOINT before;
UPDATE boxoffice.coupon_claim c SET claim_number = (SELECT claim_number FROM boxoffice.coupon_claim WHERE claim_id = :ada_claim_id) WHERE claim_id = :bob_claim_id;
ROLLBACK TO before;
\set VERBOSITY default
ALTER TABLE boxoffice.coupon_claim DROP CONSTRAINT coupon_claim_number;
UPDATE boxoffice.coupon_claim c SET claim_number = (SELECT claim_number FROM boxoffice.coupon_claim WHERE claim_id = :ada_claim_id) WHERE claim_id = :bob_claim_id;
EXECUTE found_of_coupons;
ROLLBACK;
BEGIN;
UPDATE boxoffice.coupon_claim SET coupon_id = 0 WHERE claim_id = :ada_claim_id;
EXECUTE found_of_coupons;
ROLLBACK;
BEGIN;
-- A claim that was used for what nobody paid, and for another's; and one that reads as not used, but a payment names it.
UPDATE boxoffice.coupon_claim SET reservation_id = :held_reservation_id, used_at = now() WHERE claim_id = :bob_claim_id;
SELECT check_name, detail LIKE 'claim % was used for reservation % by verify-bob; paid with it by nobody' AS says_so FROM boxoffice.verify();
ROLLBACK;
BEGIN;
UPDATE boxoffice.coupon_claim SET reservation_id = :returned_reservation_id, used_at = now() WHERE claim_id = :other_claim_id;
EXECUTE found_of_coupons;
ROLLBACK;
BEGIN;
UPDATE boxoffice.coupon_claim SET reservation_id = NULL, used_at = NULL WHERE claim_id = :ada_claim_id;
EXECUTE found_of_coupons;
ROLLBACK;
BEGIN;
-- Used at no time; used for nothing; and by another.
UPDATE boxoffice.coupon_claim SET used_at = NULL WHERE claim_id = :ada_claim_id;
EXECUTE found_of_coupons;
UPDATE boxoffice.coupon_claim SET used_at = now() WHERE claim_id IN (:ada_claim_id, :bob_claim_id);
EXECUTE found_of_coupons;
ROLLBACK;
BEGIN;
UPDATE boxoffice.coupon_claim SET user_id = 'verify-cyd' WHERE claim_id = :ada_claim_id;
EXECUTE found_of_coupons;
ROLLBACK;
BEGIN;
-- A payment that names another claim, and none.
UPDATE boxoffice.payment SET claim_id = :other_claim_id WHERE reservation_id = :with_reservation_id;
EXECUTE found_of_coupons;
UPDATE boxoffice.payment SET claim_id = NULL WHERE reservation_id = :with_reservation_id;
EXECUTE found_of_coupons;
ROLLBACK;
BEGIN;
-- A claim that is used up although it takes nothing off.
SELECT outcome, claim_id FROM boxoffice.claim_coupon(boxoffice.create_coupon('Verify nothing', 1), 'verify-ada') \gset nothing_
UPDATE boxoffice.payment SET claim_id = :nothing_claim_id WHERE reservation_id = :paid_reservation_id;
UPDATE boxoffice.coupon_claim SET reservation_id = :paid_reservation_id, used_at = now() WHERE claim_id = :nothing_claim_id;
SELECT check_name, detail LIKE '% has a discount of 0 by claim %' AS told FROM boxoffice.verify();
ROLLBACK;
BEGIN;
-- A discount that the coupon does not give; and one that the ledger has against the sale.
UPDATE boxoffice.payment SET discount = 101, amount = 899 WHERE reservation_id = :with_reservation_id;
EXECUTE found_of_coupons;
ROLLBACK;
BEGIN;
SELECT balance AS ada_balance FROM boxoffice.get_balance('verify-ada') \gset
INSERT INTO boxoffice.ledger_entry (account_id, counter_account_id, amount, balance, reservation_id, created_at)
    VALUES (:ada_account, 3, -100, :ada_balance - 100, :with_reservation_id, now()), (:ada_account, 2, 100, :ada_balance, :with_reservation_id, now());
EXECUTE found_of_coupons;
ROLLBACK;

-- A hold that a later clock has ended and given to another is no violation, even while an earlier clock says that it runs.
SET boxoffice.clock_offset = '11 min';
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'verify-cyd', ARRAY[4, 5]);
SELECT * FROM boxoffice.verify();
RESET boxoffice.clock_offset;
SELECT * FROM boxoffice.verify();

-- Nothing stayed.
SELECT * FROM boxoffice.verify();
