-- extend_hold: every answer, and up to when a hold runs. It is hold_for from now, at most hold_for_max from the beginning.

SELECT boxoffice.create_event('Extend') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min', hold_for_max => '25 min') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 9, 1000) AS seats_added;
SELECT boxoffice.add_pool(:slot_id, 'Class', 9, 1000) AS pool_id \gset
SELECT outcome FROM boxoffice.credit_balance('extend-ada', 9000);
-- How long after its beginning a hold ends, by the reservation and by its seats.
PREPARE ends AS
    SELECT r.user_id, CASE WHEN r.pool_id IS NULL THEN 'seats' ELSE 'places' END AS what, r.status, date_trunc('second', r.expires_at - r.created_at) AS lasts,
        (SELECT bool_and(s.held_until = r.expires_at) FROM boxoffice.seat s WHERE s.reservation_id = r.reservation_id) AS seats_agree
    FROM boxoffice.reservation r WHERE r.slot_id = :slot_id ORDER BY reservation_id;

SELECT outcome, reservation_id AS seats_id, expires_at AS seats_end FROM boxoffice.hold_seats(:slot_id, 'extend-ada', ARRAY[1, 2]) \gset
SELECT outcome, reservation_id AS places_id, expires_at AS places_end FROM boxoffice.hold_places(:pool_id, 'extend-ada', 3) \gset
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'extend-bob', ARRAY[3]);
EXECUTE ends;
-- 4 minutes later: 10 minutes from then.
SET boxoffice.clock_offset = '4 min';
SELECT outcome, date_trunc('second', expires_at - :'seats_end') AS later FROM boxoffice.extend_hold(:seats_id, 'extend-ada');
SELECT outcome, date_trunc('second', expires_at - :'places_end') AS later FROM boxoffice.extend_hold(:places_id, 'extend-ada');
EXECUTE ends;
-- The seats and places stay this user's past the first end, and can be paid; those that were not extended are free.
SET boxoffice.clock_offset = '12 min';
SELECT status FROM boxoffice.get_reservation(:seats_id, 'extend-ada');
SELECT string_agg(seat_id || ' ' || status, ', ' ORDER BY seat_id) AS "not free" FROM boxoffice.seat_map(:slot_id) WHERE status <> 'free';
SELECT seats_free, places_free FROM boxoffice.list_slots(:event_id);
SELECT boxoffice.expire_holds() > 0 AS expired;
EXECUTE ends;
-- At most hold_for_max from the beginning, exactly; then it stays as it is.
SET boxoffice.clock_offset = '13 min';
SELECT outcome FROM boxoffice.extend_hold(:seats_id, 'extend-ada');
EXECUTE ends;
SET boxoffice.clock_offset = '20 min';
SELECT outcome FROM boxoffice.extend_hold(:seats_id, 'extend-ada');
SELECT expires_at - created_at AS lasts FROM boxoffice.reservation WHERE reservation_id = :seats_id;
BEGIN;
SET LOCAL boxoffice.clock_offset = '24 min';
SELECT outcome, expires_at = (SELECT expires_at FROM boxoffice.reservation WHERE reservation_id = :seats_id) AS as_it_was
    FROM boxoffice.extend_hold(:seats_id, 'extend-ada');
COMMIT;
EXECUTE ends;
-- A clock that was set back shortens nothing.
SET boxoffice.clock_offset = '1 min';
SELECT outcome, expires_at = (SELECT expires_at FROM boxoffice.reservation WHERE reservation_id = :seats_id) AS as_it_was
    FROM boxoffice.extend_hold(:seats_id, 'extend-ada');
-- At its end there is nothing to extend, for places as for seats.
SET boxoffice.clock_offset = '14 min 1 s';
SELECT * FROM boxoffice.extend_hold(:places_id, 'extend-ada');
SET boxoffice.clock_offset = '25 min';
SELECT * FROM boxoffice.extend_hold(:seats_id, 'extend-ada');
EXECUTE ends;
SELECT * FROM boxoffice.verify();
-- Lapsed and marked, or taken over, is the same.
SELECT boxoffice.expire_holds() > 0 AS expired;
SELECT * FROM boxoffice.extend_hold(:places_id, 'extend-ada');
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'extend-bob', ARRAY[2]);
SELECT * FROM boxoffice.extend_hold(:seats_id, 'extend-ada');
RESET boxoffice.clock_offset;
SELECT * FROM boxoffice.verify();

-- not_found: no reservation, and another user's.
SELECT * FROM boxoffice.extend_hold(0, 'extend-ada');
SELECT * FROM boxoffice.extend_hold(-1, 'extend-ada');
SELECT * FROM boxoffice.extend_hold(:seats_id, 'extend-bob');
-- not_held, already_paid: released, paid, cancelled.
SELECT outcome, reservation_id AS released_id FROM boxoffice.hold_places(:pool_id, 'extend-ada', 1) \gset
SELECT outcome FROM boxoffice.release_hold(:released_id, 'extend-ada');
SELECT * FROM boxoffice.extend_hold(:released_id, 'extend-ada');
SELECT outcome, reservation_id AS paid_id FROM boxoffice.hold_seats(:slot_id, 'extend-ada', ARRAY[5]) \gset
SET boxoffice.clock_offset = '5 min';
SELECT outcome FROM boxoffice.extend_hold(:paid_id, 'extend-ada');
SET boxoffice.clock_offset = '14 min';
SELECT outcome, amount FROM boxoffice.pay_reservation(:paid_id, 'extend-ada');
RESET boxoffice.clock_offset;
SELECT * FROM boxoffice.extend_hold(:paid_id, 'extend-ada');
SELECT outcome FROM boxoffice.cancel_reservation(:paid_id, 'extend-ada');
SELECT * FROM boxoffice.extend_hold(:paid_id, 'extend-ada');
SELECT * FROM boxoffice.verify();
-- As errors.
SET boxoffice.raise_refusals = on;
\set VERBOSITY sqlstate
SELECT * FROM boxoffice.extend_hold(0, 'extend-ada');
SELECT * FROM boxoffice.extend_hold(:released_id, 'extend-ada');
SELECT * FROM boxoffice.extend_hold(:places_id, 'extend-ada');
-- Mistakes.
SELECT * FROM boxoffice.extend_hold(NULL, 'extend-ada');
SELECT * FROM boxoffice.extend_hold(:places_id, NULL);
SELECT * FROM boxoffice.extend_hold(:places_id, '');
\set VERBOSITY default
RESET boxoffice.raise_refusals;

-- Without hold_for_max a hold stays as it is, and that is ok; the rule is that of the moment at which it is extended.
SELECT boxoffice.create_slot(:event_id, now() + '40 days', hold_for => '10 min') AS plain_id \gset
SELECT boxoffice.add_pool(:plain_id, 'Class', 9, 1000) AS plain_pool_id \gset
SELECT outcome, reservation_id AS plain_id_held, expires_at AS plain_end FROM boxoffice.hold_places(:plain_pool_id, 'extend-ada', 3) \gset
SET boxoffice.clock_offset = '5 min';
SELECT outcome, expires_at = :'plain_end' AS as_it_was FROM boxoffice.extend_hold(:plain_id_held, 'extend-ada');
SELECT boxoffice.update_slot(:plain_id, hold_for_max => '12 min');
SELECT outcome, expires_at - :'plain_end' AS later FROM boxoffice.extend_hold(:plain_id_held, 'extend-ada');
-- A limit that was lowered or lifted shortens nothing.
SELECT boxoffice.update_slot(:plain_id, hold_for_max => '10 min');
SELECT outcome, expires_at - :'plain_end' AS later FROM boxoffice.extend_hold(:plain_id_held, 'extend-ada');
SELECT boxoffice.update_slot(:plain_id, hold_for_max => '0');
SELECT hold_for_max FROM boxoffice.slot WHERE slot_id = :plain_id;
SELECT outcome, expires_at - :'plain_end' AS later FROM boxoffice.extend_hold(:plain_id_held, 'extend-ada');
-- The sale may have closed meanwhile: who holds may finish.
SELECT boxoffice.update_slot(:plain_id, sale_closes_at => now() + '1 min', hold_for_max => '1 hour');
SELECT outcome FROM boxoffice.hold_places(:plain_pool_id, 'extend-bob', 3);
SELECT outcome, date_trunc('second', expires_at - :'plain_end') AS later FROM boxoffice.extend_hold(:plain_id_held, 'extend-ada');
RESET boxoffice.clock_offset;

-- hold_for_max is hold_for at least, also when the other of the two is changed.
\set VERBOSITY terse
SELECT boxoffice.create_slot(:event_id, now() + '40 days', hold_for => '10 min', hold_for_max => '9 min 59 s');
SELECT boxoffice.create_slot(:event_id, now() + '40 days', hold_for => '10 min', hold_for_max => '0');
SELECT boxoffice.create_slot(:event_id, now() + '40 days', hold_for => '10 min', hold_for_max => '-1 min');
SELECT boxoffice.create_slot(:event_id, now() + '40 days', hold_for => '10 min', hold_for_max => '1000000 years');
SELECT boxoffice.update_slot(:slot_id, hold_for => '26 min');
SELECT boxoffice.update_slot(:slot_id, hold_for_max => '9 min');
SELECT boxoffice.update_slot(:slot_id, hold_for_max => '-1 s');
\set VERBOSITY default
SELECT boxoffice.update_slot(:slot_id, hold_for => '26 min');
SELECT hold_for, hold_for_max FROM boxoffice.slot WHERE slot_id = :slot_id;
SELECT boxoffice.update_slot(:slot_id, hold_for => '25 min');
SELECT boxoffice.update_slot(:slot_id, hold_for => '30 min', hold_for_max => '30 min');
SELECT boxoffice.update_slot(:slot_id, max_per_user => 5);
SELECT hold_for, hold_for_max, max_per_user FROM boxoffice.slot WHERE slot_id = :slot_id;
SELECT boxoffice.create_slot(:event_id, now() + '40 days', hold_for => '10 min', hold_for_max => '10 min') > 0 AS as_long;
SELECT * FROM boxoffice.verify();

-- What it writes: the reservation and its seats, and nothing when it can be no longer.
SELECT boxoffice.update_slot(:slot_id, hold_for => '10 min', hold_for_max => '19 min');
SELECT outcome, reservation_id AS cost_id FROM boxoffice.hold_seats(:slot_id, 'extend-eve', ARRAY[7, 8, 9]) \gset
PREPARE written AS SELECT relname, n_tup_ins AS inserted, n_tup_upd AS updated, n_tup_del AS deleted
    FROM pg_stat_xact_all_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND schemaname <> 'pg_toast' ORDER BY relname COLLATE "C";
SET boxoffice.clock_offset = '9 min 59 s';
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT outcome FROM boxoffice.extend_hold(:cost_id, 'extend-eve');
EXECUTE written;
SELECT outcome FROM boxoffice.extend_hold(:cost_id, 'extend-eve');
EXECUTE written;
ROLLBACK;
RESET boxoffice.clock_offset;
EXECUTE ends;
