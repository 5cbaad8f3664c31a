-- What a call writes: as few rows as possible, and every change of a seat is a HOT update, which touches no index.

SELECT boxoffice.create_event('Cost') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 200, 1000) AS seats_added;
-- Whatever plan is prepared on a first call is prepared now; the account is there.
SELECT outcome FROM boxoffice.credit_balance('cost-ada', 100000);
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'cost-ada', ARRAY[1]) \gset first_

-- What this transaction has written so far, whether or not it is boxoffice's.
PREPARE written AS SELECT relname, n_tup_ins AS inserted, n_tup_upd AS updated, n_tup_hot_upd AS hot, n_tup_del AS deleted
    FROM pg_stat_xact_all_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND schemaname <> 'pg_toast' ORDER BY relname COLLATE "C";

-- A hold of one seat: one seat row, HOT, and one reservation.
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'cost-ada', ARRAY[2]) \gset second_
EXECUTE written;
COMMIT;
-- Of four seats: four, and still one reservation.
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'cost-ada', ARRAY[5, 4, 3, 6]) \gset four_
EXECUTE written;
COMMIT;
-- With a key, the key's row besides.
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'cost-ada', ARRAY[7], idempotency_key => 'cost');
EXECUTE written;
COMMIT;
-- The stored answer writes nothing.
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'cost-ada', ARRAY[7], idempotency_key => 'cost');
EXECUTE written;
SELECT pg_current_xact_id_if_assigned() AS transaction_id;
COMMIT;
-- A takeover of a hold that has ended does not write for the old one.
SET boxoffice.clock_offset = '10 min';
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'cost-bob', ARRAY[1]);
EXECUTE written;
COMMIT;
RESET boxoffice.clock_offset;
-- Refused by reading: nothing, and no transaction id.
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'cost-bob', ARRAY[2]);
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'cost-bob', ARRAY[2, 10, 11]);
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'cost-bob', ARRAY[201], idempotency_key => 'cost');
SELECT outcome FROM boxoffice.release_hold(:second_reservation_id, 'cost-bob');
SELECT outcome FROM boxoffice.pay_reservation(:second_reservation_id, 'cost-bob');
SELECT outcome FROM boxoffice.cancel_reservation(:second_reservation_id, 'cost-ada');
SELECT outcome FROM boxoffice.debit_balance('cost-bob', 1);
SELECT outcome FROM boxoffice.pay_reservation(:four_reservation_id, 'cost-ada', 'cost');
EXECUTE written;
SELECT pg_current_xact_id_if_assigned() AS transaction_id;
COMMIT;
-- A release, a payment and a cancellation.
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.release_hold(:four_reservation_id, 'cost-ada');
EXECUTE written;
COMMIT;
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.pay_reservation(:second_reservation_id, 'cost-ada');
EXECUTE written;
COMMIT;
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.cancel_reservation(:second_reservation_id, 'cost-ada');
EXECUTE written;
COMMIT;
-- Money: the account's row, HOT, and one entry.
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.credit_balance('cost-ada', 1);
EXECUTE written;
COMMIT;

-- One seat held and released over and over, each in a transaction of its own: the room that the dead versions leave is
-- found again without a vacuum.
SELECT pg_stat_force_next_flush();
DO $$
DECLARE
    slot bigint := (SELECT max(slot_id) FROM boxoffice.reservation WHERE user_id = 'cost-ada');
    held bigint;
    changes record;
BEGIN
    FOR i IN 1 .. 100 LOOP
        SELECT reservation_id INTO STRICT held FROM boxoffice.hold_seats(slot, 'cost-ada', ARRAY[150]) WHERE outcome = 'ok';
        COMMIT;
        PERFORM FROM boxoffice.release_hold(held, 'cost-ada');
        COMMIT;
    END LOOP;
    SELECT n_tup_upd AS updated, n_tup_hot_upd AS hot INTO changes FROM pg_stat_xact_user_tables WHERE relid = 'boxoffice.seat'::regclass;
    RAISE NOTICE '% updates, nearly all of them HOT: %', changes.updated, changes.hot >= 0.9 * changes.updated;
END
$$;

-- Why: no index holds a column that changes, and every page keeps room.
SELECT i.indexrelid::regclass::text COLLATE "C" AS index, array_agg(a.attname ORDER BY a.attnum) AS columns
    FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indexrelid WHERE i.indrelid = 'boxoffice.seat'::regclass
    GROUP BY i.indexrelid ORDER BY 1;
SELECT relname, (SELECT option_value FROM pg_options_to_table(reloptions) WHERE option_name = 'fillfactor') AS fillfactor
    FROM pg_class WHERE oid IN ('boxoffice.seat'::regclass, 'boxoffice.account'::regclass) ORDER BY relname;
-- A foreign key from what is written in a rush would lock its parent's row each time.
SELECT conrelid::regclass::text COLLATE "C" AS "from", confrelid::regclass AS "to" FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'boxoffice'::regnamespace ORDER BY 1;

-- The same in a session that made its plans while there was hardly a seat, although nothing was analyzed since: it goes
-- straight to the seats it wants, reads no other, and scans no table.
CREATE VIEW pg_temp.rows_read AS SELECT sum(seq_tup_read + idx_tup_fetch) AS rows_read, sum(seq_scan) AS scans FROM pg_stat_xact_user_tables
    WHERE schemaname = 'boxoffice' AND relname IN ('seat', 'reservation');
SELECT boxoffice.create_slot(boxoffice.create_event('Cost later'), now() + '30 days') AS later_slot_id \gset
SELECT boxoffice.add_numbered_seats(:later_slot_id, 20000, 100) AS seats_added;
BEGIN;
SELECT * FROM pg_temp.rows_read \gset before_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:later_slot_id, 'cost-eve', ARRAY[7000]) \gset eve_
SELECT rows_read - :before_rows_read AS rows_read_by_hold, scans - :before_scans AS scans FROM pg_temp.rows_read;
SELECT outcome FROM boxoffice.release_hold(:eve_reservation_id, 'cost-eve');
SELECT boxoffice.expire_holds() >= 0 AS expired;
SELECT scans - :before_scans AS scans FROM pg_temp.rows_read;
ROLLBACK;

-- Rows are locked and changed by one transaction id, so no call makes a MultiXact.
CHECKPOINT;
SELECT next_multixact_id AS multixact_before FROM pg_control_checkpoint() \gset
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:later_slot_id, 'cost-fay', ARRAY[1, 2, 3]) \gset fay_
SELECT outcome FROM boxoffice.credit_balance('cost-fay', 300);
SELECT outcome FROM boxoffice.pay_reservation(:fay_reservation_id, 'cost-fay');
SELECT outcome FROM boxoffice.cancel_reservation(:fay_reservation_id, 'cost-fay');
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:later_slot_id, 'cost-fay', ARRAY[1, 2]) \gset fay_
SELECT outcome FROM boxoffice.release_hold(:fay_reservation_id, 'cost-fay');
CHECKPOINT;
SELECT next_multixact_id = :'multixact_before' AS no_multixact FROM pg_control_checkpoint();

-- A refusal under a key that has lapsed leaves even the lapsed key as it was.
SELECT outcome FROM boxoffice.credit_balance('cost-gus', 100, idempotency_key => 'k');
SET boxoffice.clock_offset = '25 hours';
BEGIN;
SELECT outcome FROM boxoffice.debit_balance('cost-gus', 1000, idempotency_key => 'k');
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
SELECT count(*) AS keys FROM boxoffice.idempotency_key WHERE user_id = 'cost-gus';
SELECT outcome, balance FROM boxoffice.debit_balance('cost-gus', 10, idempotency_key => 'k');
SELECT outcome, balance FROM boxoffice.debit_balance('cost-gus', 10, idempotency_key => 'k');
COMMIT;
RESET boxoffice.clock_offset;
