-- Idempotency keys: the same request under the same key has one effect and one answer, for 24 hours and one user.

SELECT boxoffice.create_event('Idempotency') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min') AS slot_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS other_slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 10, 1000) + boxoffice.add_numbered_seats(:other_slot_id, 10, 1000) AS seats_added;

PREPARE seats AS SELECT
    string_agg(seat_id || ' ' || status, ', ' ORDER BY seat_id) AS "not free" FROM boxoffice.seat_map(:slot_id) WHERE status <> 'free';
PREPARE money (text) AS
    SELECT a.balance, (SELECT array_agg(l.amount ORDER BY entry_id) FROM boxoffice.ledger_entry l WHERE l.account_id = a.account_id) AS entries,
           (SELECT count(*) FROM boxoffice.payment p WHERE p.account_id = a.account_id) AS payments
    FROM boxoffice.account a WHERE a.user_id = $1;
PREPARE keys AS SELECT user_id, by_house, idempotency_key, answer ->> 'outcome' AS answer
    FROM boxoffice.idempotency_key WHERE user_id LIKE 'key-%' ORDER BY user_id COLLATE "C", by_house, idempotency_key COLLATE "C";

-- credit_balance: the stored answer again, although the balance has changed since.
SELECT * FROM boxoffice.credit_balance('key-ada', 5000, idempotency_key => 'c1');
SELECT * FROM boxoffice.credit_balance('key-ada', 5000, idempotency_key => 'c1');
SELECT * FROM boxoffice.credit_balance('key-ada', 100);
SELECT * FROM boxoffice.credit_balance('key-ada', 5000, idempotency_key => 'c1');
EXECUTE money('key-ada');
-- Another amount, another reason and another operation are other requests.
SELECT * FROM boxoffice.credit_balance('key-ada', 5001, idempotency_key => 'c1');
SELECT * FROM boxoffice.credit_balance('key-ada', 5000, 'gift', 'c1');
SELECT * FROM boxoffice.debit_balance('key-ada', 5000, idempotency_key => 'c1');
EXECUTE money('key-ada');
EXECUTE seats;
-- A key that the house chose is another than the same one that the user chose, in whatever order they come.
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'key-ada', ARRAY[10], idempotency_key => 'c1') \gset apart_
SELECT outcome, reservation_id = :apart_reservation_id AS the_same FROM boxoffice.hold_seats(:slot_id, 'key-ada', ARRAY[10], idempotency_key => 'c1');
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'key-ada', ARRAY[1], idempotency_key => 'c1');
SELECT * FROM boxoffice.pay_reservation(1, 'key-ada', 'c1');
SELECT * FROM boxoffice.credit_balance('key-ada', 5000, idempotency_key => 'c1');
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'key-cyd', ARRAY[9], idempotency_key => 'fee-1');
SELECT * FROM boxoffice.credit_balance('key-cyd', 100, idempotency_key => 'fee-1');
SELECT * FROM boxoffice.debit_balance('key-cyd', 5, idempotency_key => 'fee-1');
SELECT outcome FROM boxoffice.release_hold(:apart_reservation_id, 'key-ada');
EXECUTE keys;
-- Without a key the same request is a second one; keys are told apart byte by byte.
SELECT * FROM boxoffice.credit_balance('key-ada', 1, idempotency_key => 'C1');
SELECT * FROM boxoffice.credit_balance('key-ada', 1, idempotency_key => 'C1 ');
-- A key is its user's own.
SELECT * FROM boxoffice.credit_balance('key-bob', 70, idempotency_key => 'c1');
EXECUTE money('key-bob');

-- debit_balance; insufficient_balance is not stored, so the same key succeeds when there is money.
SELECT * FROM boxoffice.debit_balance('key-bob', 100, 'lunch', 'd1');
SELECT * FROM boxoffice.credit_balance('key-bob', 130);
SELECT * FROM boxoffice.debit_balance('key-bob', 100, 'lunch', 'd1');
SELECT * FROM boxoffice.debit_balance('key-bob', 100, 'lunch', 'd1');
SELECT * FROM boxoffice.debit_balance('key-bob', 100, idempotency_key => 'd1');
EXECUTE money('key-bob');

-- hold_seats: one hold, and the answer is the first one column by column. The order in which the seats are named makes
-- no other request; other seats and another slot do.
SELECT * FROM boxoffice.hold_seats(:slot_id, 'key-ada', ARRAY[2, 1], idempotency_key => 'h1') \gset first_
SELECT :'first_outcome' AS outcome, h.reservation_id = :first_reservation_id AS same_reservation, h.expires_at = :'first_expires_at' AS same_end,
       h.amount, h.seat_ids, h.refused_seat_ids
    FROM boxoffice.hold_seats(:slot_id, 'key-ada', ARRAY[2, 1], idempotency_key => 'h1') AS h;
SELECT outcome, reservation_id = :first_reservation_id AS same_reservation, seat_ids
    FROM boxoffice.hold_seats(:slot_id, 'key-ada', ARRAY[1, 2], idempotency_key => 'h1');
SELECT * FROM boxoffice.hold_seats(:slot_id, 'key-ada', ARRAY[1], idempotency_key => 'h1');
SELECT * FROM boxoffice.hold_seats(:slot_id, 'key-ada', ARRAY[3], idempotency_key => 'h1');
SELECT * FROM boxoffice.hold_seats(:other_slot_id, 'key-ada', ARRAY[1, 2], idempotency_key => 'h1');
EXECUTE seats;
-- Without the key the second hold of her own seats answers with the hold that runs.
SELECT outcome, refused_seat_ids FROM boxoffice.hold_seats(:slot_id, 'key-ada', ARRAY[1, 2]);
-- seat_taken is not stored: the same key gets the seat when it is free.
SELECT outcome, refused_seat_ids FROM boxoffice.hold_seats(:slot_id, 'key-bob', ARRAY[2, 3], idempotency_key => 'h1');
EXECUTE keys;
SELECT outcome FROM boxoffice.release_hold(:first_reservation_id, 'key-ada');
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'key-bob', ARRAY[2, 3], idempotency_key => 'h1');
-- Ada's answer stays what it was, although her hold is released by now: it holds nothing for a second time.
SELECT outcome, reservation_id = :first_reservation_id AS same_reservation, seat_ids
    FROM boxoffice.hold_seats(:slot_id, 'key-ada', ARRAY[1, 2], idempotency_key => 'h1');
EXECUTE seats;

-- pay_reservation: 50 times with one key: one debit, 50 identical answers.
SELECT reservation_id AS four_id FROM boxoffice.hold_seats(:slot_id, 'key-ada', ARRAY[4]) \gset
SELECT reservation_id AS five_id FROM boxoffice.hold_seats(:slot_id, 'key-ada', ARRAY[5]) \gset
SELECT count(*) AS calls, count(DISTINCT p) AS answers, min(outcome) AS outcome, min(p.amount) AS amount, min(p.balance) AS balance
    FROM generate_series(1, 50) AS i, boxoffice.pay_reservation(:four_id + i * 0, 'key-ada', 'p1') AS p;
EXECUTE money('key-ada');
EXECUTE seats;
-- Another reservation is another request. Without a key, or with another, what is paid is paid.
SELECT * FROM boxoffice.pay_reservation(:five_id, 'key-ada', 'p1');
SELECT * FROM boxoffice.pay_reservation(:four_id, 'key-ada');
SELECT * FROM boxoffice.pay_reservation(:four_id, 'key-ada', 'p2');
-- insufficient_balance is not stored.
SELECT outcome FROM boxoffice.debit_balance('key-ada', 4000);
SELECT * FROM boxoffice.pay_reservation(:five_id, 'key-ada', 'p2');
SELECT outcome FROM boxoffice.credit_balance('key-ada', 4000);
SELECT outcome, amount, balance FROM boxoffice.pay_reservation(:five_id, 'key-ada', 'p2');
SELECT outcome, amount, balance FROM boxoffice.pay_reservation(:five_id, 'key-ada', 'p2');
-- The answer survives the cancellation: it tells what was, and pays nothing again.
SELECT outcome, refunded, balance FROM boxoffice.cancel_reservation(:five_id, 'key-ada');
SELECT outcome, amount, balance FROM boxoffice.pay_reservation(:five_id, 'key-ada', 'p2');
EXECUTE money('key-ada');

-- A call that was rolled back has stored no answer; within its transaction it had.
BEGIN;
SELECT * FROM boxoffice.credit_balance('key-eve', 10, idempotency_key => 'c1');
SELECT * FROM boxoffice.credit_balance('key-eve', 10, idempotency_key => 'c1');
SELECT * FROM boxoffice.credit_balance('key-eve', 11, idempotency_key => 'c1');
EXECUTE money('key-eve');
ROLLBACK;
SELECT * FROM boxoffice.credit_balance('key-eve', 11, idempotency_key => 'c1');
-- A refusal that the sums decide stores nothing, either.
SELECT * FROM boxoffice.credit_balance('key-eve', 9007199254740991, idempotency_key => 'c2');
SELECT * FROM boxoffice.credit_balance('key-eve', 3, idempotency_key => 'c2');

-- A key lasts 24 hours; then it is as if it had never been, for this request and any other.
EXECUTE keys;
SET boxoffice.clock_offset = '23:59:00';
SELECT * FROM boxoffice.credit_balance('key-eve', 11, idempotency_key => 'c1');
SELECT * FROM boxoffice.credit_balance('key-eve', 12, idempotency_key => 'c1');
SET boxoffice.clock_offset = '24:00:00';
SELECT * FROM boxoffice.credit_balance('key-eve', 12, idempotency_key => 'c1');
SELECT * FROM boxoffice.credit_balance('key-eve', 12, idempotency_key => 'c1');
SELECT * FROM boxoffice.credit_balance('key-eve', 11, idempotency_key => 'c1');
SET boxoffice.clock_offset = '47:59:00';
SELECT * FROM boxoffice.credit_balance('key-eve', 12, idempotency_key => 'c1');
-- The tick forgets what is past 24 hours, and nothing younger.
SELECT boxoffice.tick();
EXECUTE keys;
RESET boxoffice.clock_offset;
EXECUTE money('key-eve');

-- A key has 1 to 255 characters, which may be more bytes than 255.
SELECT * FROM boxoffice.credit_balance('key-eve', 1, idempotency_key => '');
SELECT * FROM boxoffice.credit_balance('key-eve', 1, idempotency_key => repeat('k', 256));
SELECT * FROM boxoffice.credit_balance('key-eve', 1, idempotency_key => repeat('좌', 255));
SELECT * FROM boxoffice.credit_balance('key-eve', 1, idempotency_key => repeat('좌', 255));
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'key-eve', ARRAY[9], idempotency_key => repeat('k', 256));
SELECT * FROM boxoffice.verify();
