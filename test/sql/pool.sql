-- Places of pools: every answer of hold_places, what each leaves in the tables, and what becomes of a hold of places. What
-- takes two sessions is in the isolation specs, changes of a pool are in pool_capacity.

SELECT boxoffice.create_event('Pool') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min', max_per_user => 6) AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 3, 2500) AS seats_added;
SELECT boxoffice.add_pool(:slot_id, 'Standing', 10, 1500) AS standing_id \gset
SELECT boxoffice.add_pool(slot_id => :slot_id, name => 'Box', capacity => 1, price => 0) AS box_id \gset
SELECT count(*) AS accounts, sum(balance) FROM unnest(ARRAY['ada', 'bob', 'cyd']) AS u, boxoffice.credit_balance('pool-' || u, 20000);

-- What the lists say, and which reservations there are.
PREPARE pools AS SELECT name, price, places_free, places_total FROM boxoffice.list_pools(:slot_id);
PREPARE slots AS
    SELECT seats_free, seats_total, places_free, places_total FROM boxoffice.list_slots(:event_id) WHERE slot_id = :slot_id;
PREPARE reservations AS
    SELECT user_id, p.name AS pool, seat_ids, quantity, amount, status FROM boxoffice.reservation r LEFT JOIN boxoffice.pool p USING (pool_id)
    WHERE r.slot_id = :slot_id ORDER BY reservation_id;
EXECUTE pools;
EXECUTE slots;

-- ok: no seats in the answer; the price of each place is that of its pool.
SELECT outcome, reservation_id, expires_at, amount, seat_ids IS NULL AS no_seats, refused_seat_ids IS NULL AS none_refused, adjacent IS NULL AS no_row
    FROM boxoffice.hold_places(:standing_id, 'pool-ada', 3) \gset ada_
SELECT :'ada_outcome' AS outcome, :ada_amount AS amount, :'ada_no_seats' AS no_seats, :'ada_none_refused' AS none_refused, :'ada_no_row' AS no_row;
SELECT expires_at - created_at AS lasts, expires_at = :'ada_expires_at' AS as_answered, pool_id = :standing_id AS this_pool
    FROM boxoffice.reservation WHERE reservation_id = :ada_reservation_id;
SELECT outcome, amount FROM boxoffice.hold_places(pool_id => :box_id, user_id => 'pool-bob', quantity => 1);
EXECUTE pools;
EXECUTE slots;
SELECT outcome, status, amount, items #- '{0,pool_id}' AS items, items -> 0 ->> 'pool_id' = :'standing_id' AS this_pool
    FROM boxoffice.get_reservation(:ada_reservation_id, 'pool-ada');
SELECT outcome FROM boxoffice.get_reservation(:ada_reservation_id, 'pool-bob');

-- not_found.
SELECT * FROM boxoffice.hold_places(0, 'pool-bob', 1);
SELECT * FROM boxoffice.hold_places(-1, 'pool-bob', 1);
-- sold_out: of a pool of 1, and of more than are left; what is left can be had.
SELECT * FROM boxoffice.hold_places(:box_id, 'pool-cyd', 1);
SELECT boxoffice.update_slot(:slot_id, max_per_user => 0);
SELECT * FROM boxoffice.hold_places(:standing_id, 'pool-cyd', 8);
SELECT * FROM boxoffice.hold_places(:standing_id, 'pool-cyd', 1000);
SELECT outcome, amount FROM boxoffice.hold_places(:standing_id, 'pool-cyd', 7);
SELECT * FROM boxoffice.hold_places(:standing_id, 'pool-bob', 1);
EXECUTE pools;
EXECUTE reservations;
-- A second click finds the first hold when nothing is left for another: as it is, and nothing is written.
BEGIN;
SELECT outcome, reservation_id = :ada_reservation_id AS the_first, expires_at = :'ada_expires_at' AS as_it_was, amount, seat_ids
    FROM boxoffice.hold_places(:standing_id, 'pool-ada', 3);
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
-- It is a hold of as many places; fewer or more are another wish, and another user's hold is no answer.
SELECT * FROM boxoffice.hold_places(:standing_id, 'pool-ada', 2);
SELECT * FROM boxoffice.hold_places(:standing_id, 'pool-ada', 4);
SELECT * FROM boxoffice.hold_places(:standing_id, 'pool-bob', 3);
COMMIT;
-- While there are more, the same call twice is two holds: only a key makes it one.
SELECT outcome FROM boxoffice.reservation, boxoffice.release_hold(reservation_id, user_id) WHERE slot_id = :slot_id AND user_id = 'pool-cyd';
SELECT outcome, reservation_id AS first_id FROM boxoffice.hold_places(:standing_id, 'pool-cyd', 2) \gset
SELECT outcome, reservation_id <> :first_id AS another FROM boxoffice.hold_places(:standing_id, 'pool-cyd', 2);
SELECT outcome, reservation_id AS last_id FROM boxoffice.hold_places(:standing_id, 'pool-cyd', 2) \gset
-- Of several the last is the answer.
SELECT outcome, reservation_id = :last_id AS the_last FROM boxoffice.hold_places(:standing_id, 'pool-cyd', 2);
SELECT count(*) AS released, count(DISTINCT outcome) AS outcomes FROM boxoffice.reservation,
    boxoffice.release_hold(reservation_id, user_id) WHERE slot_id = :slot_id AND user_id = 'pool-cyd' AND status = 'held';
EXECUTE pools;

-- limit_exceeded: seats and places, held and paid, count together.
SELECT boxoffice.update_slot(:slot_id, max_per_user => 6);
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'pool-ada', ARRAY[1, 2]);
SELECT * FROM boxoffice.hold_places(:standing_id, 'pool-ada', 2);
SELECT outcome, amount FROM boxoffice.pay_reservation(:ada_reservation_id, 'pool-ada');
SELECT * FROM boxoffice.hold_places(:standing_id, 'pool-ada', 2);
SELECT outcome, amount, reservation_id AS one_id FROM boxoffice.hold_places(:standing_id, 'pool-ada', 1) \gset
SELECT outcome, refused_seat_ids FROM boxoffice.hold_seats(:slot_id, 'pool-ada', ARRAY[3]);
SELECT * FROM boxoffice.hold_places(:standing_id, 'pool-bob', 6);
-- The limit is told before sold_out.
SELECT * FROM boxoffice.hold_places(:standing_id, 'pool-cyd', 7);
-- A second click for as many finds the hold that runs, as it does where nothing is left; another number is above the limit.
SELECT outcome, reservation_id, expires_at FROM boxoffice.hold_places(:standing_id, 'pool-cyd', 6) \gset six_
SELECT outcome, reservation_id = :six_reservation_id AS the_same, expires_at = :'six_expires_at' AS same_end, amount
    FROM boxoffice.hold_places(:standing_id, 'pool-cyd', 6);
SELECT * FROM boxoffice.hold_places(:standing_id, 'pool-cyd', 1);
SELECT * FROM boxoffice.hold_places(:box_id, 'pool-cyd', 6);
EXECUTE reservations;
EXECUTE pools;
EXECUTE slots;
SELECT * FROM boxoffice.verify();

-- release: again is ok; the places are back. Another user's are not to be had so.
SELECT outcome FROM boxoffice.release_hold(:one_id, 'pool-bob');
SELECT outcome FROM boxoffice.release_hold(:one_id, 'pool-ada');
SELECT outcome FROM boxoffice.release_hold(:one_id, 'pool-ada');
SELECT outcome FROM boxoffice.pay_reservation(:one_id, 'pool-ada');
EXECUTE pools;
-- pay: the balance decides; again; then nothing can be released. Cancelled, the places and the money are back.
SELECT reservation_id AS cyd_id FROM boxoffice.reservation WHERE slot_id = :slot_id AND user_id = 'pool-cyd' AND status = 'held' \gset
SELECT outcome, balance FROM boxoffice.debit_balance('pool-cyd', 15000);
SELECT * FROM boxoffice.pay_reservation(:cyd_id, 'pool-cyd');
SELECT outcome, balance FROM boxoffice.credit_balance('pool-cyd', 15000);
SELECT outcome, amount, balance FROM boxoffice.pay_reservation(:cyd_id, 'pool-cyd');
SELECT outcome, amount, balance FROM boxoffice.pay_reservation(:cyd_id, 'pool-cyd');
SELECT outcome FROM boxoffice.release_hold(:cyd_id, 'pool-cyd');
EXECUTE pools;
EXECUTE slots;
SELECT outcome, refunded, balance FROM boxoffice.cancel_reservation(:cyd_id, 'pool-cyd');
SELECT outcome, refunded, balance FROM boxoffice.cancel_reservation(:cyd_id, 'pool-cyd');
SELECT status, amount, items #- '{0,pool_id}' AS items FROM boxoffice.list_reservations('pool-cyd') LIMIT 1;
EXECUTE pools;
-- Paid seats and places of one slot are counted apart.
SELECT p.outcome, p.amount FROM boxoffice.reservation, boxoffice.pay_reservation(reservation_id, user_id) p WHERE slot_id = :slot_id AND seat_ids = '{1,2}';
EXECUTE slots;
SELECT c.outcome, c.refunded FROM boxoffice.reservation, boxoffice.cancel_reservation(reservation_id, user_id) c WHERE slot_id = :slot_id AND seat_ids = '{1,2}';
EXECUTE slots;
SELECT * FROM boxoffice.verify();

-- expire, by the clock alone: at the end of the holds of five users the lists say that all is free, though nothing is
-- written for it.
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min') AS lapsing_id \gset
SELECT boxoffice.add_pool(:lapsing_id, 'Class', 9, 100) AS class_id \gset
SELECT count(*), sum(amount) FROM generate_series(1, 4) u, boxoffice.hold_places(:class_id, 'pool-user' || u, 2) WHERE outcome = 'ok';
SELECT outcome, reservation_id AS lapsing_reservation_id FROM boxoffice.hold_places(:class_id, 'pool-user5', 1) \gset
PREPARE class AS
    SELECT p.places_free, s.places_free AS in_slot, (SELECT coalesce(sum(value), 0) FROM boxoffice.counter_stripe JOIN boxoffice.pool USING (counter_id) WHERE pool_id = :class_id) AS counter,
        (SELECT string_agg(status || ' ' || n || ' places', ', ' ORDER BY status) FROM (SELECT status, sum(quantity) AS n FROM boxoffice.reservation WHERE pool_id = :class_id GROUP BY status) r) AS stored
    FROM boxoffice.list_pools(:lapsing_id) p, boxoffice.list_slots(:event_id) s WHERE s.slot_id = :lapsing_id;
EXECUTE class;
SET boxoffice.clock_offset = '9 min';
SELECT outcome FROM boxoffice.hold_places(:class_id, 'pool-cyd', 1);
EXECUTE class;
SET boxoffice.clock_offset = '10 min';
EXECUTE class;
SELECT outcome FROM boxoffice.pay_reservation(:lapsing_reservation_id, 'pool-user5');
SELECT outcome FROM boxoffice.release_hold(:lapsing_reservation_id, 'pool-user5');
SELECT status FROM boxoffice.get_reservation(:lapsing_reservation_id, 'pool-user5');
SELECT * FROM boxoffice.verify();
-- A takeover takes the longest lapsed holds until it has enough; what they had more comes back.
SELECT outcome, amount FROM boxoffice.hold_places(:class_id, 'pool-cyd', 3);
EXECUTE class;
SELECT user_id, status FROM boxoffice.reservation WHERE pool_id = :class_id ORDER BY reservation_id;
SELECT * FROM boxoffice.verify();
-- What nobody took over, expire_holds gives back; once.
SELECT boxoffice.expire_holds() > 0 AS expired;
EXECUTE class;
SELECT boxoffice.expire_holds();
EXECUTE class;
SELECT outcome FROM boxoffice.hold_places(:class_id, 'pool-bob', 6);
SELECT * FROM boxoffice.hold_places(:class_id, 'pool-ada', 1);
SELECT * FROM boxoffice.verify();
-- All from lapsed holds: the counter has nothing.
SET boxoffice.clock_offset = '25 min';
SELECT outcome FROM boxoffice.hold_places(:class_id, 'pool-ada', 9);
EXECUTE class;
RESET boxoffice.clock_offset;
-- Back before that instant: what was marked as expired stays so.
SELECT outcome FROM boxoffice.hold_places(:class_id, 'pool-bob', 1);
SELECT * FROM boxoffice.verify();

-- not_on_sale, and its order: before the limit and sold_out.
SELECT boxoffice.create_slot(:event_id, now() + '3 days', sale_opens_at => now() + '1 day', sale_closes_at => now() + '2 days') AS window_id \gset
SELECT boxoffice.add_pool(:window_id, 'Class', 1, 100) AS window_pool_id \gset
SELECT * FROM boxoffice.hold_places(:window_pool_id, 'pool-ada', 5);
SET boxoffice.clock_offset = '1 day';
SELECT outcome FROM boxoffice.hold_places(:window_pool_id, 'pool-ada', 1);
SET boxoffice.clock_offset = '2 days';
SELECT outcome FROM boxoffice.hold_places(:window_pool_id, 'pool-ada', 1);
RESET boxoffice.clock_offset;

-- A key: the answer is kept, also when nothing is left; another request under it is a mismatch. A refusal is not kept.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS keys_id \gset
SELECT boxoffice.add_pool(:keys_id, 'Class', 3, 100) AS keys_pool_id \gset
SELECT boxoffice.add_pool(:keys_id, 'Course', 3, 100) AS keys_other_id \gset
SELECT outcome, amount, reservation_id AS key_id, expires_at AS key_end FROM boxoffice.hold_places(:keys_pool_id, 'pool-ada', 2, idempotency_key => 'k') \gset
SELECT outcome, amount, reservation_id = :key_id AS the_same, expires_at = :'key_end' AS same_end FROM boxoffice.hold_places(:keys_pool_id, 'pool-ada', 2, idempotency_key => 'k');
SELECT * FROM boxoffice.hold_places(:keys_pool_id, 'pool-ada', 1, idempotency_key => 'k');
SELECT * FROM boxoffice.hold_places(:keys_other_id, 'pool-ada', 2, idempotency_key => 'k');
SELECT outcome FROM boxoffice.hold_seats(:keys_id, 'pool-ada', ARRAY[2], idempotency_key => 'k');
SELECT outcome FROM boxoffice.hold_places(:keys_pool_id, 'pool-bob', 1, idempotency_key => 'k');
SELECT outcome FROM boxoffice.hold_places(:keys_pool_id, 'pool-bob', 2, idempotency_key => 'later');
SELECT outcome FROM boxoffice.release_hold(:key_id, 'pool-ada');
SELECT outcome FROM boxoffice.hold_places(:keys_pool_id, 'pool-bob', 2, idempotency_key => 'later');
-- The hold that a second click finds is not kept under its key: nothing was done, and a user could fill the table so.
SELECT outcome, reservation_id AS found_id FROM boxoffice.hold_places(:keys_pool_id, 'pool-bob', 2, idempotency_key => 'found') \gset
SELECT count(*) AS keys FROM boxoffice.idempotency_key WHERE user_id = 'pool-bob' AND idempotency_key = 'found';
SELECT outcome FROM boxoffice.release_hold(:found_id, 'pool-bob');
SELECT outcome, reservation_id = :found_id AS the_same FROM boxoffice.hold_places(:keys_pool_id, 'pool-bob', 2, idempotency_key => 'found');

-- Refusals as errors.
SET boxoffice.raise_refusals = on;
SELECT outcome FROM boxoffice.hold_places(:box_id, 'pool-bob', 1);
\set VERBOSITY sqlstate
SELECT * FROM boxoffice.hold_places(:box_id, 'pool-cyd', 1);
SELECT * FROM boxoffice.hold_places(0, 'pool-cyd', 1);
SELECT * FROM boxoffice.hold_places(:window_pool_id, 'pool-ada', 1);
SELECT * FROM boxoffice.hold_places(:keys_other_id, 'pool-ada', 2, idempotency_key => 'k');
SELECT * FROM boxoffice.hold_places(:standing_id, 'pool-cyd', 7);
\set VERBOSITY default
RESET boxoffice.raise_refusals;

-- Mistakes of the caller raise, and leave nothing behind.
CREATE FUNCTION pg_temp.complaint(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
BEGIN
    EXECUTE 'SELECT ' || call;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN sqlstate || ': ' || message || coalesce(' (' || nullif(detail, '') || ')', '');
END
$$;
SELECT count(*) AS reservations_before FROM boxoffice.reservation \gset
\pset tuples_only on
\pset format unaligned
SELECT call, pg_temp.complaint(format('boxoffice.hold_places(' || call || ')', :standing_id)) FROM (VALUES
    ('%s, ''pool-bob'', 0'),
    ('%s, ''pool-bob'', -1'),
    ('%s, ''pool-bob'', 1001'),
    ('%s, ''pool-bob'', 2147483647'),
    ('%s, ''pool-bob'', 2147483648'),
    ('%s, ''pool-bob'', NULL'),
    ('%s, NULL, 1'),
    ('NULL, ''pool-bob'', 1'),
    ('%s, '''', 1'),
    ('%s, repeat(''b'', 256), 1'),
    ('%s, ''pool-bob'', 1, queue_token => ''no uuid'''),
    ('%s, ''pool-bob'', 1, idempotency_key => ''''')) AS calls (call);
\pset format aligned
\pset tuples_only off
SELECT count(*) - :reservations_before AS reservations_made FROM boxoffice.reservation;
EXECUTE pools;

-- Amounts: up to 2^53 - 1 in one hold; above it the call raises and takes nothing.
SELECT boxoffice.add_pool(:keys_id, 'Dear', 5000, 9007199254740991) AS dear_id \gset
SELECT boxoffice.add_pool(:keys_id, 'Dearish', 5000, 9007199254740) AS dearish_id \gset
SELECT outcome, amount FROM boxoffice.hold_places(:dear_id, 'pool-ada', 1);
SELECT outcome, amount FROM boxoffice.hold_places(:dear_id, 'pool-ada', 2);
SELECT outcome, amount FROM boxoffice.hold_places(:dear_id, 'pool-ada', 1000);
SELECT outcome, amount FROM boxoffice.hold_places(:dearish_id, 'pool-ada', 1000);
SELECT name, places_free, places_total FROM boxoffice.list_pools(:keys_id) WHERE name LIKE 'Dear%';
SELECT * FROM boxoffice.verify();

-- A name is one pool of a slot, however its letters are composed; another slot may have it, and case is a difference that people see.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS named_slot_id \gset
SELECT boxoffice.add_pool(:named_slot_id, normalize('Brücke', NFC), 10, 100) > 0 AS composed;
\set VERBOSITY terse
SELECT boxoffice.add_pool(:named_slot_id, normalize('Brücke', NFD), 10, 100) > 0 AS decomposed;
\set VERBOSITY default
SELECT boxoffice.add_pool(:named_slot_id, 'BRÜCKE', 10, 100) > 0 AS capitals;
SELECT boxoffice.add_pool(:slot_id, normalize('Brücke', NFD), 10, 100) > 0 AS elsewhere;
