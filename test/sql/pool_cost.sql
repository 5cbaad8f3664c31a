-- What a call writes for places: one stripe, HOT, and one reservation, however many places; and nothing where it refuses.

SELECT boxoffice.create_event('Cost of places') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min') AS slot_id \gset
SELECT boxoffice.add_pool(:slot_id, 'Class', 800, 10) AS pool_id \gset
SELECT boxoffice.add_pool(:slot_id, 'Course', 4, 10) AS course_id \gset
SELECT outcome FROM boxoffice.credit_balance('places-cost-ada', 100000);
SELECT outcome, reservation_id FROM boxoffice.hold_places(:pool_id, 'places-cost-ada', 1) \gset first_
SELECT outcome, reservation_id FROM boxoffice.hold_places(:course_id, 'places-cost-bob', 4) \gset course_

PREPARE written AS SELECT relname, n_tup_ins AS inserted, n_tup_upd AS updated, n_tup_hot_upd AS hot, n_tup_del AS deleted
    FROM pg_stat_xact_all_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND schemaname <> 'pg_toast' ORDER BY relname COLLATE "C";

-- A hold that one stripe has enough for.
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome, reservation_id FROM boxoffice.hold_places(:pool_id, 'places-cost-ada', 5) \gset five_
EXECUTE written;
COMMIT;
-- One that takes from several: 25 places are in each of 32 stripes.
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.hold_places(:pool_id, 'places-cost-ada', 60);
EXECUTE written;
ROLLBACK;
-- Released, paid and cancelled: a stripe for what comes back, none for a payment.
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.release_hold(:five_reservation_id, 'places-cost-ada');
EXECUTE written;
ROLLBACK;
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.pay_reservation(:five_reservation_id, 'places-cost-ada');
EXECUTE written;
COMMIT;
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.cancel_reservation(:five_reservation_id, 'places-cost-ada');
EXECUTE written;
COMMIT;
-- A lapsed hold that is taken over: both reservations, and no stripe.
SET boxoffice.clock_offset = '10 min';
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.hold_places(:course_id, 'places-cost-cyd', 4);
EXECUTE written;
ROLLBACK;
-- What it had more comes back.
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.hold_places(:course_id, 'places-cost-cyd', 3);
EXECUTE written;
ROLLBACK;
RESET boxoffice.clock_offset;
-- Refused: nothing, and no transaction id; so it is for the second click that finds the first hold.
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.hold_places(:course_id, 'places-cost-cyd', 1);
SELECT outcome FROM boxoffice.hold_places(:course_id, 'places-cost-cyd', 5, idempotency_key => 'cost');
SELECT outcome FROM boxoffice.hold_places(0, 'places-cost-cyd', 1);
SELECT outcome FROM boxoffice.hold_places(:course_id, 'places-cost-bob', 4);
SELECT outcome FROM boxoffice.extend_hold(:course_reservation_id, 'places-cost-cyd');
SELECT pg_current_xact_id_if_assigned() AS transaction_id;
EXECUTE written;
COMMIT;
-- So it is where there are some left, but too few: nobody who wants those finds them locked.
BEGIN;
SELECT outcome FROM boxoffice.hold_places(:pool_id, 'places-cost-cyd', 1000);
SELECT pg_current_xact_id_if_assigned() AS transaction_id;
COMMIT;

-- A stripe over and over, each time in a transaction of its own: the room that dead versions leave is found again.
SELECT pg_stat_force_next_flush();
DO $$
DECLARE
    pool bigint := (SELECT max(pool_id) FROM boxoffice.reservation WHERE user_id = 'places-cost-ada');
    held bigint;
    changes record;
BEGIN
    FOR i IN 1 .. 100 LOOP
        SELECT reservation_id INTO STRICT held FROM boxoffice.hold_places(pool, 'places-cost-ada', 2) WHERE outcome = 'ok';
        COMMIT;
        PERFORM FROM boxoffice.release_hold(held, 'places-cost-ada');
        COMMIT;
    END LOOP;
    SELECT n_tup_upd AS updated, n_tup_hot_upd AS hot INTO changes FROM pg_stat_xact_user_tables WHERE relid = 'boxoffice.counter_stripe'::regclass;
    RAISE NOTICE '% updates, nearly all of them HOT: %', changes.updated, changes.hot >= 0.9 * changes.updated;
END
$$;
-- No row ever needed a MultiXact.
CHECKPOINT;
SELECT next_multixact_id AS multixact_before FROM pg_control_checkpoint() \gset
SELECT outcome, reservation_id FROM boxoffice.hold_places(:pool_id, 'places-cost-fay', 100) \gset fay_
SELECT outcome FROM boxoffice.credit_balance('places-cost-fay', 1000);
SELECT outcome FROM boxoffice.extend_hold(:fay_reservation_id, 'places-cost-fay');
SELECT outcome FROM boxoffice.pay_reservation(:fay_reservation_id, 'places-cost-fay');
SELECT outcome FROM boxoffice.cancel_reservation(:fay_reservation_id, 'places-cost-fay');
SELECT boxoffice.update_pool(:pool_id, capacity => 900);
CHECKPOINT;
SELECT next_multixact_id = :'multixact_before' AS no_multixact FROM pg_control_checkpoint();
SELECT * FROM boxoffice.verify();
