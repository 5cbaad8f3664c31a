-- Calls inside the caller's own transaction: what rolls back together, what a refusal leaves behind (nothing), isolation
-- levels, read-only transactions. What needs two sessions is in the isolation specs.

SELECT boxoffice.create_event('Transactions') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min', max_per_user => 4) AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 12, 1000) AS seats_added;
SELECT outcome, balance FROM boxoffice.credit_balance('tx-ada', 10000);
CREATE TEMPORARY TABLE booking (seat_id integer, note text);

PREPARE hold (text, int[]) AS SELECT outcome, seat_ids, refused_seat_ids FROM boxoffice.hold_seats(:slot_id, $1, $2);
PREPARE seats AS SELECT
    string_agg(seat_id || ' ' || status, ', ' ORDER BY seat_id) AS "not free" FROM boxoffice.seat_map(:slot_id) WHERE status <> 'free';

-- A hold and the caller's own insert go together.
BEGIN;
EXECUTE hold('tx-ada', ARRAY[1]);
INSERT INTO booking VALUES (1, 'rolled back');
EXECUTE seats;
ROLLBACK;
EXECUTE seats;
SELECT * FROM booking;
SELECT count(*) AS reservations FROM boxoffice.reservation WHERE user_id = 'tx-ada';
BEGIN;
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'tx-ada', ARRAY[1]) \gset ada_
INSERT INTO booking VALUES (1, 'committed');
SELECT outcome, amount, balance FROM boxoffice.pay_reservation(:ada_reservation_id, 'tx-ada');
COMMIT;
EXECUTE seats;
SELECT * FROM booking;
-- Hold, pay and cancel in one transaction that is rolled back: the money is as it was.
BEGIN;
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'tx-ada', ARRAY[2, 3]) \gset ada_
SELECT outcome, amount, balance FROM boxoffice.pay_reservation(:ada_reservation_id, 'tx-ada');
SELECT outcome, refunded, balance FROM boxoffice.cancel_reservation(:ada_reservation_id, 'tx-ada');
SELECT outcome FROM boxoffice.credit_balance('tx-ada', 77);
ROLLBACK;
SELECT balance FROM boxoffice.get_balance('tx-ada');
EXECUTE seats;

-- SAVEPOINT: what came after it is undone, what came before it is not.
BEGIN;
EXECUTE hold('tx-ada', ARRAY[2]);
SAVEPOINT here;
EXECUTE hold('tx-ada', ARRAY[3, 4]);
EXECUTE hold('tx-bob', ARRAY[5]);
EXECUTE seats;
ROLLBACK TO here;
EXECUTE seats;
-- What is undone counts against no limit: 2 more are allowed to one who has 2.
EXECUTE hold('tx-ada', ARRAY[3, 4]);
RELEASE here;
COMMIT;
EXECUTE seats;

-- A refusal is an answer: the transaction goes on. Nothing of it stays, not even a lock: of the seats none, and of the
-- users' locks only those of users whose call was ok.
PREPARE locks AS SELECT count(*) FILTER (WHERE locktype = 'advisory') AS user_locks,
       count(*) FILTER (WHERE locktype = 'transactionid') AS transaction_ids
    FROM pg_locks WHERE pid = pg_backend_pid();
-- What earlier transactions of this session have written must not be counted with it.
SELECT pg_stat_force_next_flush();
BEGIN;
EXECUTE hold('tx-bob', ARRAY[5, 1]);
EXECUTE hold('tx-bob', ARRAY[99]);
EXECUTE hold('tx-bob', ARRAY[5, 6, 7, 8, 9]);
SELECT outcome FROM boxoffice.pay_reservation(:ada_reservation_id, 'tx-bob');
SELECT outcome, balance FROM boxoffice.debit_balance('tx-bob', 1);
SELECT outcome FROM boxoffice.release_hold(0, 'tx-bob');
SELECT outcome FROM boxoffice.cancel_reservation(0, 'tx-bob');
-- Decided by reading, all of them: they took no transaction id, so they have locked no row and write nothing at commit.
SELECT pg_current_xact_id_if_assigned() AS transaction_id;
SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables
    WHERE schemaname = 'boxoffice' AND n_tup_ins + n_tup_upd + n_tup_del > 0;
EXECUTE locks;
EXECUTE hold('tx-bob', ARRAY[5]);
EXECUTE locks;
COMMIT;
EXECUTE seats;
-- Reading takes no transaction id, either.
BEGIN;
SELECT count(*) >= 1 AS events FROM boxoffice.list_events();
SELECT count(*) AS free FROM boxoffice.available_seats(:slot_id);
SELECT balance FROM boxoffice.get_balance('tx-ada');
SELECT count(*) AS reservations FROM boxoffice.list_reservations('tx-ada');
SELECT * FROM boxoffice.verify();
SELECT pg_current_xact_id_if_assigned() AS transaction_id;
COMMIT;

-- An error inside a block with an exception handler undoes that block, whatever the call had done.
CREATE FUNCTION pg_temp.stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE numeric_value_out_of_range USING MESSAGE = 'stumbled'; END $$;
CREATE TRIGGER stumble BEFORE INSERT ON boxoffice.ledger_entry FOR EACH ROW WHEN (new.reason = 'stumble') EXECUTE FUNCTION pg_temp.stumble();
DO $$
DECLARE
    slot bigint := (SELECT slot_id FROM boxoffice.reservation WHERE user_id = 'tx-bob' LIMIT 1);
    answer text;
BEGIN
    BEGIN
        SELECT outcome INTO answer FROM boxoffice.hold_seats(slot, 'tx-eve', ARRAY[6, 7]);
        RAISE NOTICE 'inside: %', answer;
        PERFORM 1 / 0;
    EXCEPTION WHEN division_by_zero THEN
        RAISE NOTICE 'undone';
    END;
    BEGIN
        SELECT outcome INTO answer FROM boxoffice.hold_seats(slot, 'tx-eve', ARRAY[6, 6]);
    EXCEPTION WHEN invalid_parameter_value THEN
        RAISE NOTICE 'caught: %', sqlerrm;
    END;
    BEGIN
        -- In the middle of the write, after the user's lock.
        SELECT outcome INTO answer FROM boxoffice.credit_balance('tx-ada', 1, 'stumble');
    EXCEPTION WHEN numeric_value_out_of_range THEN
        RAISE NOTICE 'caught: %', sqlerrm;
    END;
    BEGIN
        PERFORM set_config('boxoffice.raise_refusals', 'on', true);
        SELECT outcome INTO answer FROM boxoffice.hold_seats(slot, 'tx-eve', ARRAY[1, 6]);
    EXCEPTION WHEN SQLSTATE 'TK001' THEN
        RAISE NOTICE 'caught: %', sqlerrm;
    END;
    SELECT outcome INTO answer FROM boxoffice.hold_seats(slot, 'tx-eve', ARRAY[1, 6]);
    RAISE NOTICE 'after it: %', answer;
    SELECT outcome INTO answer FROM boxoffice.hold_seats(slot, 'tx-eve', ARRAY[6]);
    RAISE NOTICE 'after it: %', answer;
END
$$;
DROP TRIGGER stumble ON boxoffice.ledger_entry;
EXECUTE seats;
SELECT balance FROM boxoffice.get_balance('tx-ada');
-- A trigger of the caller that fails in the middle of a hold, where its seats are locked already.
CREATE FUNCTION pg_temp.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the caller''s trigger says no'; END $$;
BEGIN;
CREATE TRIGGER fail BEFORE INSERT ON boxoffice.reservation FOR EACH ROW EXECUTE FUNCTION pg_temp.fail();
SAVEPOINT here;
\set SHOW_CONTEXT never
EXECUTE hold('tx-eve', ARRAY[7, 8]);
\set SHOW_CONTEXT errors
ROLLBACK TO here;
EXECUTE locks;
EXECUTE seats;
ROLLBACK;
EXECUTE hold('tx-eve', ARRAY[7, 8]);

-- Several calls in one statement see each other: each has a fresh snapshot.
SELECT seat_id, h.outcome, h.refused_seat_ids FROM unnest(ARRAY[9, 10, 9, 11]) WITH ORDINALITY AS wanted (seat_id, n),
    boxoffice.hold_seats(:slot_id, 'tx-two', ARRAY[seat_id]) AS h ORDER BY n;
SELECT (SELECT balance FROM boxoffice.credit_balance('tx-two', 1500)) AS credited, (SELECT balance FROM boxoffice.debit_balance('tx-two', 500)) AS debited;
SELECT p.outcome, p.amount, p.balance FROM boxoffice.reservation r, boxoffice.pay_reservation(r.reservation_id, r.user_id) AS p
    WHERE r.user_id = 'tx-two' ORDER BY r.reservation_id;
EXECUTE seats;

-- At every isolation level the functions see what the transaction itself has done, and answer alike.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT 1 AS snapshot_taken;
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'tx-repeatable', ARRAY[12]) \gset repeatable_
EXECUTE hold('tx-other', ARRAY[12]);
SELECT outcome, balance FROM boxoffice.credit_balance('tx-repeatable', 1200);
SELECT outcome, amount, balance FROM boxoffice.pay_reservation(:repeatable_reservation_id, 'tx-repeatable');
SELECT outcome FROM boxoffice.pay_reservation(:repeatable_reservation_id, 'tx-repeatable');
SELECT outcome, refunded, balance FROM boxoffice.cancel_reservation(:repeatable_reservation_id, 'tx-repeatable');
EXECUTE hold('tx-repeatable', ARRAY[12]);
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT 1 AS snapshot_taken;
SELECT outcome, balance FROM boxoffice.credit_balance('tx-serial', 100, idempotency_key => 'k');
SELECT outcome, balance FROM boxoffice.credit_balance('tx-serial', 100, idempotency_key => 'k');
SELECT outcome, balance FROM boxoffice.debit_balance('tx-serial', 101);
EXECUTE hold('tx-serial', ARRAY[12]);
SELECT outcome, balance FROM boxoffice.debit_balance('tx-serial', 100);
COMMIT;
EXECUTE seats;

-- A transaction that may not write gives 25006 to every call that could; reading goes on.
BEGIN READ ONLY;
SELECT balance FROM boxoffice.get_balance('tx-serial');
EXECUTE hold('tx-serial', ARRAY[12]);
ROLLBACK;
\set VERBOSITY sqlstate
SET default_transaction_read_only = on;
EXECUTE hold('tx-serial', ARRAY[99]);
SELECT outcome FROM boxoffice.release_hold(:ada_reservation_id, 'tx-ada');
SELECT outcome FROM boxoffice.pay_reservation(:ada_reservation_id, 'tx-ada');
SELECT outcome FROM boxoffice.cancel_reservation(:ada_reservation_id, 'tx-ada');
SELECT outcome FROM boxoffice.credit_balance('tx-ada', 1);
SELECT outcome FROM boxoffice.debit_balance('tx-ada', 1);
SELECT boxoffice.create_venue('Hall');
SELECT boxoffice.create_event('Event');
SELECT boxoffice.create_slot(:event_id, now());
SELECT boxoffice.update_slot(:slot_id, max_per_user => 1);
SELECT boxoffice.add_numbered_seats(:slot_id, 1, 1);
SELECT boxoffice.add_seating_plan(:slot_id, '{"categories":[{"name":"A"}],"zones":[{"name":"","rows":[{"seats":[{"seat_guid":"g","seat_number":"9","category":"A"}]}]}]}', '{"A": 1}');
SELECT boxoffice.expire_holds();
SELECT boxoffice.tick();
SELECT count(*) FROM boxoffice.verify();
RESET default_transaction_read_only;
\set VERBOSITY default
SELECT * FROM boxoffice.verify();
