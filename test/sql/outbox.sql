-- The outbox: every change of seats is told to every relay once, as what the seats are; a refusal is told to nobody. What needs
-- two sessions is in the isolation specs.

SELECT boxoffice.create_event('Outbox') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min') AS slot_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS other_slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 30, 1000) + boxoffice.add_numbered_seats(:other_slot_id, 3, 1000) AS seats_added;
SELECT outcome FROM boxoffice.credit_balance('outbox-ada', 100000);
SELECT boxoffice.expire_holds() >= 0 AS tidied, boxoffice.tick();
PREPARE written AS SELECT event, seat_ids, reservation_id = (SELECT max(reservation_id) FROM boxoffice.reservation) AS of_the_last
    FROM boxoffice.outbox WHERE slot_id = :slot_id ORDER BY outbox_id DESC LIMIT 1;
PREPARE told (text) AS SELECT CASE slot_id WHEN :slot_id THEN 'slot' WHEN :other_slot_id THEN 'other slot' END AS slot,
    (SELECT string_agg((seat ->> 'seat_id') || ' ' || (seat ->> 'status'), ', ') FROM jsonb_array_elements(seats) seat) AS seats
    FROM boxoffice.next_changes($1);

-- The first call tells nothing; from then on everything is told.
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[20]) \gset before_
EXECUTE told('regress');
EXECUTE told('regress');
SELECT outcome FROM boxoffice.release_hold(:before_reservation_id, 'outbox-ada');
SELECT slot_id = :slot_id AS the_slot, seats, jsonb_typeof(seats) FROM boxoffice.next_changes(consumer => 'regress', max_rows => 1000);
EXECUTE told('regress');

-- Each event, and what is told of it.
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[3, 1, 2]) \gset held_
EXECUTE written;
EXECUTE told('regress');
SELECT outcome FROM boxoffice.release_hold(:held_reservation_id, 'outbox-ada');
EXECUTE written;
EXECUTE told('regress');
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[1, 2], idempotency_key => 'outbox-hold') \gset paid_
SELECT outcome FROM boxoffice.pay_reservation(:paid_reservation_id, 'outbox-ada', 'outbox-pay');
EXECUTE written;
EXECUTE told('regress');
SELECT outcome FROM boxoffice.cancel_reservation(:paid_reservation_id, 'outbox-ada');
EXECUTE written;
EXECUTE told('regress');
SET boxoffice.clock_offset = '-1 hour';
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[4, 5]) \gset lapsed_
EXECUTE told('regress');
RESET boxoffice.clock_offset;
-- Nothing is written at the instant at which a hold ends, but soon after.
EXECUTE told('regress');
SELECT boxoffice.expire_holds() >= 1 AS marked;
EXECUTE written;
EXECUTE told('regress');

-- A refusal writes nothing, and an answer that is only repeated neither.
BEGIN;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-bob', ARRAY[6]);
SELECT count(*) AS rows_before FROM boxoffice.outbox WHERE xid = pg_current_xact_id() \gset
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[6, 7]);
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[99]);
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[1, 2], idempotency_key => 'outbox-hold');
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[9], idempotency_key => 'outbox-hold');
SELECT outcome FROM boxoffice.pay_reservation(:paid_reservation_id, 'outbox-ada', 'outbox-pay');
SELECT outcome FROM boxoffice.pay_reservation(:lapsed_reservation_id, 'outbox-ada');
SELECT outcome FROM boxoffice.release_hold(:held_reservation_id, 'outbox-ada');
SELECT outcome FROM boxoffice.release_hold(:lapsed_reservation_id, 'outbox-ada');
SELECT outcome FROM boxoffice.cancel_reservation(:paid_reservation_id, 'outbox-ada');
SELECT outcome FROM boxoffice.cancel_reservation(:held_reservation_id, 'outbox-ada');
SELECT outcome FROM boxoffice.debit_balance('outbox-ada', 1);
SELECT :rows_before AS rows_before, count(*) AS rows_after FROM boxoffice.outbox WHERE xid = pg_current_xact_id();
ROLLBACK;
-- What is undone is not told, be it a transaction or a part of one.
EXECUTE told('regress');
BEGIN;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[6]);
SAVEPOINT here;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[7]);
ROLLBACK TO here;
COMMIT;
EXECUTE told('regress');

-- After a rollback the same is given again, with what has come since.
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[7]);
BEGIN;
EXECUTE told('regress');
EXECUTE told('regress');
ROLLBACK;
SELECT outcome FROM boxoffice.hold_seats(:other_slot_id, 'outbox-ada', ARRAY[2, 3]);
EXECUTE told('regress');
EXECUTE told('regress');

-- What the telling transaction itself changes is told by the next call, whenever it was changed.
BEGIN;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[8]);
EXECUTE told('regress');
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[9]);
EXECUTE told('regress');
COMMIT;
EXECUTE told('regress');
EXECUTE told('regress');

-- Each seat once, as it is at last; what the house keeps back is blocked.
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[12, 10]) \gset twice_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[11]) \gset blocked_
SELECT outcome FROM boxoffice.pay_reservation(:twice_reservation_id, 'outbox-ada');
UPDATE boxoffice.seat SET blocked = true WHERE slot_id = :slot_id AND seat_id = 11;
SELECT outcome FROM boxoffice.release_hold(:blocked_reservation_id, 'outbox-ada');
EXECUTE told('regress');

-- An empty call writes nothing and takes no transaction id.
BEGIN;
EXECUTE told('regress');
SELECT pg_current_xact_id_if_assigned() AS transaction_id;
COMMIT;

-- A second consumer is told for itself, from its own beginning on.
EXECUTE told('regress-second');
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[13]);
EXECUTE told('regress');
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[14]);
EXECUTE told('regress-second');
EXECUTE told('regress');
EXECUTE told('regress-second');

-- More changes than a call may tell: call by call, and what comes meanwhile afterwards; a rollback in between loses nothing.
PREPARE told_some (integer) AS SELECT seat -> 'seat_id' AS seat_id, seat ->> 'status' AS status
    FROM boxoffice.next_changes('regress', $1), jsonb_array_elements(seats) seat;
SELECT count(*) FROM generate_series(15, 19) n, boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[n]);
EXECUTE told_some(2);
BEGIN;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[3]);
COMMIT;
BEGIN;
EXECUTE told_some(2);
ROLLBACK;
EXECUTE told_some(3);
EXECUTE told_some(2);
EXECUTE told_some(2);
-- What does not fit into one message is told by the next, although it is one transaction's.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS large_slot_id \gset
SELECT boxoffice.add_numbered_seats(:large_slot_id, 12500, 10) AS seats_added;
SELECT count(*) FROM generate_series(0, 12) n,
    boxoffice.hold_seats(:large_slot_id, 'outbox-large', ARRAY(SELECT generate_series(n * 1000 + 1, least(n * 1000 + 1000, 12500))));
SELECT slot_id = :large_slot_id AS large, jsonb_array_length(seats) FROM boxoffice.next_changes('regress');
SELECT slot_id = :large_slot_id AS large, jsonb_array_length(seats) FROM boxoffice.next_changes('regress');
SELECT count(*) FROM boxoffice.next_changes('regress');

-- tick deletes what every consumer was told, and only that.
SELECT boxoffice.tick();
SELECT count(DISTINCT slot_id) AS slots, count(*) AS kept FROM boxoffice.outbox;
SELECT sum(jsonb_array_length(seats)) FROM boxoffice.next_changes('regress-second');
SELECT sum(jsonb_array_length(seats)) FROM boxoffice.next_changes('regress-second');
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[1]);
SELECT boxoffice.tick();
SELECT event, seat_ids FROM boxoffice.outbox WHERE slot_id = :slot_id;
EXECUTE told('regress');
EXECUTE told('regress-second');
-- Nothing is there to delete: nothing is written.
SELECT boxoffice.tick();
BEGIN;
SELECT boxoffice.tick();
SELECT pg_current_xact_id_if_assigned() AS transaction_id;
COMMIT;
SELECT count(*) FROM boxoffice.outbox;
-- In a transaction that is rolled back it deletes nothing.
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[2]);
EXECUTE told('regress');
EXECUTE told('regress-second');
BEGIN;
SELECT boxoffice.tick();
SELECT count(*) FROM boxoffice.outbox;
ROLLBACK;
SELECT count(*) FROM boxoffice.outbox;
SELECT boxoffice.tick();
SELECT count(*) FROM boxoffice.outbox;
-- What is older than outbox_keep goes, told or not.
SET boxoffice.clock_offset = '-25 hours';
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[21]) \gset old_
RESET boxoffice.clock_offset;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[5]);
SET boxoffice.outbox_keep = '2 days';
SELECT boxoffice.tick();
SELECT event, seat_ids FROM boxoffice.outbox WHERE slot_id = :slot_id ORDER BY outbox_id;
RESET boxoffice.outbox_keep;
SELECT boxoffice.tick();
SELECT event, seat_ids FROM boxoffice.outbox WHERE slot_id = :slot_id ORDER BY outbox_id;
EXECUTE told('regress');
EXECUTE told('regress-second');
-- With 0 nothing is written, also of what upkeep marks, and nothing is kept.
SELECT outcome FROM boxoffice.hold_seats(:other_slot_id, 'outbox-ada', ARRAY[1]);
SET boxoffice.outbox_keep = 0;
SELECT boxoffice.tick();
SET boxoffice.clock_offset = '-1 hour';
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-zoe', ARRAY[20]);
RESET boxoffice.clock_offset;
SELECT boxoffice.expire_holds() >= 1 AS marked;
SELECT count(*) FROM boxoffice.outbox;
EXECUTE told('regress');
RESET boxoffice.outbox_keep;

-- A position from another server, whose transactions had greater ids: begins with the present.
UPDATE boxoffice.outbox_position SET snapshot = '900000000000:900000000000:' WHERE consumer IN ('regress', 'upkeep');
UPDATE boxoffice.outbox_position SET target = '900000000000:900000000000:', last_xid = '5', last_outbox_id = 5 WHERE consumer = 'regress-second';
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[20]) \gset last_
EXECUTE told('regress');
EXECUTE told('regress-second');
SELECT outcome FROM boxoffice.release_hold(:last_reservation_id, 'outbox-ada');
EXECUTE told('regress');
EXECUTE told('regress-second');
SELECT boxoffice.tick();
SELECT count(*) FROM boxoffice.outbox;
SELECT count(*) FROM boxoffice.outbox_position WHERE snapshot::text LIKE '900000000000:%';
-- Where somebody deletes all positions, everybody begins anew, and upkeep, too.
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[22]) \gset last_
DELETE FROM boxoffice.outbox_position;
EXECUTE told('regress');
SELECT boxoffice.tick();
SELECT boxoffice.tick();
SELECT count(*) FROM boxoffice.outbox;
SELECT outcome FROM boxoffice.release_hold(:last_reservation_id, 'outbox-ada');
EXECUTE told('regress');
SELECT consumer FROM boxoffice.outbox_position ORDER BY consumer;

-- At the stricter isolation levels, too.
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[23]);
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1 AS snapshot_taken;
EXECUTE told('regress');
COMMIT;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'outbox-ada', ARRAY[20]);
BEGIN ISOLATION LEVEL SERIALIZABLE;
EXECUTE told('regress');
EXECUTE told('regress');
COMMIT;

-- Mistakes.
BEGIN READ ONLY;
SELECT * FROM boxoffice.next_changes('regress');
ROLLBACK;
SELECT * FROM boxoffice.next_changes('upkeep');
SELECT * FROM boxoffice.next_changes('');
SELECT * FROM boxoffice.next_changes(NULL);
SELECT * FROM boxoffice.next_changes('regress', NULL);
SELECT * FROM boxoffice.next_changes('regress', 0);
\set VERBOSITY sqlstate
SELECT * FROM boxoffice.next_changes(repeat('x', 256));
SELECT * FROM boxoffice.next_changes('regress', 1001);
\set VERBOSITY default

DELETE FROM boxoffice.outbox_position WHERE consumer <> 'upkeep';
SELECT * FROM boxoffice.verify();
