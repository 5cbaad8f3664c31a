-- hold_seats: every way it can answer, and what each leaves in the tables. That seat_busy is answered takes two
-- sessions: the isolation specs show it.

SELECT boxoffice.create_event('Hold') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min', max_per_user => 4) AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 12, 2500) AS seats_added;
UPDATE boxoffice.seat SET blocked = true WHERE slot_id = :slot_id AND seat_id = 12;

-- What the map and the table say; how many reservations there are.
PREPARE seats (bigint) AS
    SELECT string_agg(seat_id || ' ' || status, ', ' ORDER BY seat_id) AS "not free" FROM boxoffice.seat_map($1) WHERE status <> 'free';
PREPARE reservations (bigint) AS
    SELECT user_id, seat_ids, quantity, amount, status FROM boxoffice.reservation WHERE slot_id = $1 ORDER BY reservation_id;

-- ok: the answer names the seats in ascending order, whatever the order of the question.
SELECT outcome, reservation_id, expires_at, amount, seat_ids, refused_seat_ids IS NULL AS none_refused
    FROM boxoffice.hold_seats(:slot_id, 'hold-ada', ARRAY[3, 1]) \gset ada_
SELECT :'ada_outcome' AS outcome, :ada_amount AS amount, :'ada_seat_ids' AS seat_ids, :'ada_none_refused' AS none_refused;
EXECUTE seats(:slot_id);
EXECUTE reservations(:slot_id);
-- The hold lasts hold_for, and the seats say the same as the reservation.
SELECT r.expires_at - r.created_at AS lasts, r.expires_at = :'ada_expires_at' AS as_answered, r.paid_at IS NULL AS unpaid,
       count(s.*) AS seats, bool_and(s.held_until = r.expires_at AND NOT s.sold) AS agree
    FROM boxoffice.reservation r JOIN boxoffice.seat s USING (reservation_id)
    WHERE r.reservation_id = :ada_reservation_id GROUP BY r.reservation_id;

-- seat_taken names every seat that is held, sold or blocked and no other; the free ones stay free: all or nothing.
SELECT * FROM boxoffice.hold_seats(:slot_id, 'hold-bob', ARRAY[1]);
SELECT * FROM boxoffice.hold_seats(:slot_id, 'hold-bob', ARRAY[12, 3, 2, 1]);
SELECT * FROM boxoffice.hold_seats(:slot_id, 'hold-bob', ARRAY[12]);
-- One's own seat is taken, too.
SELECT * FROM boxoffice.hold_seats(:slot_id, 'hold-ada', ARRAY[1, 2]);
EXECUTE seats(:slot_id);
SELECT outcome FROM boxoffice.credit_balance('hold-ada', 5000);
SELECT outcome FROM boxoffice.pay_reservation(:ada_reservation_id, 'hold-ada');
SELECT * FROM boxoffice.hold_seats(:slot_id, 'hold-bob', ARRAY[2, 3]);
EXECUTE seats(:slot_id);
EXECUTE reservations(:slot_id);

-- not_found: a slot that is not there; seats that are not there, which come before those that are taken.
SELECT * FROM boxoffice.hold_seats(0, 'hold-bob', ARRAY[1]);
SELECT * FROM boxoffice.hold_seats(-1, 'hold-bob', ARRAY[1]);
SELECT * FROM boxoffice.hold_seats(:slot_id, 'hold-bob', ARRAY[13, 2, -5, 0, 2147483647, -2147483648]);
SELECT * FROM boxoffice.hold_seats(:slot_id, 'hold-bob', ARRAY[1, 13]);

-- limit_exceeded: paid seats and running holds of this user in this slot count, so 2 more fit and 3 do not.
SELECT * FROM boxoffice.hold_seats(:slot_id, 'hold-ada', ARRAY[4, 5, 6]);
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'hold-ada', ARRAY[4, 5]);
SELECT * FROM boxoffice.hold_seats(:slot_id, 'hold-ada', ARRAY[6]);
-- Of the two refusals seat_taken is told first.
SELECT * FROM boxoffice.hold_seats(:slot_id, 'hold-ada', ARRAY[1, 6]);
SELECT * FROM boxoffice.hold_seats(:slot_id, 'hold-bob', ARRAY[6, 7, 8, 9, 10]);
EXECUTE seats(:slot_id);
-- Another user and another slot have limits of their own.
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'hold-bob', ARRAY[6, 7, 8, 9]);
SELECT boxoffice.create_slot(:event_id, now() + '31 days', max_per_user => 1) AS other_slot_id \gset
SELECT boxoffice.add_numbered_seats(:other_slot_id, 2, 0) AS seats_added;
SELECT outcome, amount, seat_ids FROM boxoffice.hold_seats(:other_slot_id, 'hold-ada', ARRAY[2]);
-- What is released counts no longer.
SELECT reservation_id AS bob_id FROM boxoffice.reservation WHERE slot_id = :slot_id AND user_id = 'hold-bob' \gset
SELECT outcome FROM boxoffice.release_hold(:bob_id, 'hold-bob');
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'hold-bob', ARRAY[8]);
EXECUTE seats(:slot_id);

-- A minute before its end a hold still holds. At its end, by the clock alone, the seats are free to the next user, the
-- reservation reads as expired, and it counts against no limit; nothing tidied up.
SET boxoffice.clock_offset = '9 min';
SELECT outcome, refused_seat_ids FROM boxoffice.hold_seats(:slot_id, 'hold-eve', ARRAY[4, 5, 8]);
SET boxoffice.clock_offset = '10 min';
EXECUTE seats(:slot_id);
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'hold-eve', ARRAY[4, 8]);
EXECUTE seats(:slot_id);
SELECT r.user_id, r.seat_ids, r.status AS stored, g.status AS reads
    FROM boxoffice.reservation r, boxoffice.get_reservation(r.reservation_id, r.user_id) g
    WHERE r.slot_id = :slot_id ORDER BY r.reservation_id;
SELECT seat_id, r.user_id FROM boxoffice.seat s JOIN boxoffice.reservation r USING (reservation_id)
    WHERE s.slot_id = :slot_id AND seat_id IN (4, 5, 8) ORDER BY seat_id;
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'hold-bob', ARRAY[6, 7, 9, 10]);
SELECT * FROM boxoffice.verify();
RESET boxoffice.clock_offset;
-- Back before that instant: the seats belong to those who took them over, and only the takeover reads as held.
SELECT r.user_id, r.seat_ids, g.status AS reads
    FROM boxoffice.reservation r, boxoffice.get_reservation(r.reservation_id, r.user_id) g
    WHERE r.slot_id = :slot_id AND 4 = ANY (r.seat_ids) ORDER BY r.reservation_id;
SELECT * FROM boxoffice.verify();

-- not_on_sale: before the sale opens, from its close, and from the beginning of the slot.
SELECT boxoffice.create_slot(:event_id, now() + '3 days', sale_opens_at => now() + '1 day') AS opens_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '3 days', sale_closes_at => now() + '2 days') AS closes_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '3 days', sale_closes_at => now() + '4 days') AS box_office_id \gset
SELECT sum(boxoffice.add_numbered_seats(slot_id, 3, 1000)) AS seats_added FROM unnest(ARRAY[:opens_id, :closes_id, :box_office_id]) AS slot_id;
-- Its order among the refusals: before anything about seats.
SELECT * FROM boxoffice.hold_seats(:opens_id, 'hold-ada', ARRAY[99]);
PREPARE on_sale AS SELECT
    (SELECT outcome FROM boxoffice.hold_seats(:opens_id, 'hold-ada', ARRAY[$1::int])) AS opens_after_1_day,
    (SELECT outcome FROM boxoffice.hold_seats(:closes_id, 'hold-ada', ARRAY[$1::int])) AS closes_after_2_days,
    (SELECT outcome FROM boxoffice.hold_seats(:box_office_id, 'hold-ada', ARRAY[$1::int])) AS closes_after_it_began;
BEGIN;
EXECUTE on_sale(1);
SET LOCAL boxoffice.clock_offset = '1 day';
EXECUTE on_sale(2);
SET LOCAL boxoffice.clock_offset = '2 days';
EXECUTE on_sale(3);
SET LOCAL boxoffice.clock_offset = '3 days';
EXECUTE on_sale(1);
SET LOCAL boxoffice.clock_offset = '4 days';
EXECUTE on_sale(1);
ROLLBACK;

-- No limit, and the most seats of one call: 1,000 are held, 1,001 are a mistake. Each seat adds its own price.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS large_id \gset
SELECT boxoffice.add_numbered_seats(:large_id, 1001, 3) AS seats_added;
UPDATE boxoffice.seat SET price = 1003 WHERE slot_id = :large_id AND seat_id = 7;
SELECT outcome, amount, cardinality(seat_ids) AS seats
    FROM boxoffice.hold_seats(:large_id, 'hold-bob', ARRAY(SELECT generate_series(1000, 1, -1)));
SELECT status, count(*) FROM boxoffice.seat_map(:large_id) GROUP BY status ORDER BY status;
-- A token of a queue is of no account where there is no queue.
SELECT outcome, amount FROM boxoffice.hold_seats(:large_id, 'hold-bob', ARRAY[1001], queue_token => '00000000-0000-0000-0000-000000000000');

-- Own seats: a second click finds the hold, as it is and all of it, also when it names some of the seats only. Its clock is
-- not restarted, and nothing is written.
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min', max_per_user => 4) AS own_id \gset
SELECT boxoffice.add_numbered_seats(:own_id, 9, 700) AS seats_added;
SELECT outcome, reservation_id AS own_hold, expires_at AS own_end FROM boxoffice.hold_seats(:own_id, 'hold-ada', ARRAY[1, 2, 3]) \gset
SELECT outcome, reservation_id AS single_hold FROM boxoffice.hold_seats(:own_id, 'hold-ada', ARRAY[5]) \gset
SELECT outcome FROM boxoffice.hold_seats(:own_id, 'hold-bob', ARRAY[4]);
PREPARE again (text, int[]) AS
    SELECT outcome, CASE reservation_id WHEN :own_hold THEN 'the first' WHEN :single_hold THEN 'the second' ELSE reservation_id::text END AS hold,
        expires_at = :'own_end' AS same_end, amount, seat_ids, refused_seat_ids FROM boxoffice.hold_seats(:own_id, $1, $2);
SET boxoffice.clock_offset = '9 min';
BEGIN;
EXECUTE again('hold-ada', ARRAY[3, 1, 2]);
EXECUTE again('hold-ada', ARRAY[2]);
EXECUTE again('hold-ada', ARRAY[5]);
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;
-- Mixed with free seats, with another's, or of two holds: taken.
EXECUTE again('hold-ada', ARRAY[3, 6]);
EXECUTE again('hold-ada', ARRAY[3, 4]);
EXECUTE again('hold-ada', ARRAY[3, 5]);
EXECUTE again('hold-ada', ARRAY[3, 99]);
-- Another user is not told.
EXECUTE again('hold-bob', ARRAY[1, 2, 3]);
-- Also when the sale has closed, and under a key, which is not used up by it: nothing is stored for what was so before.
BEGIN;
SELECT boxoffice.update_slot(:own_id, sale_closes_at => now());
EXECUTE again('hold-ada', ARRAY[1, 2, 3]);
EXECUTE again('hold-ada', ARRAY[6]);
ROLLBACK;
BEGIN;
SELECT outcome, reservation_id = :own_hold AS the_first FROM boxoffice.hold_seats(:own_id, 'hold-ada', ARRAY[1, 2], idempotency_key => 'own');
SELECT pg_current_xact_id_if_assigned() AS transaction_id, (SELECT count(*) FROM boxoffice.idempotency_key WHERE user_id = 'hold-ada') AS keys,
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 7201) AS user_locks;
COMMIT;
SELECT outcome FROM boxoffice.release_hold(:single_hold, 'hold-ada');
SELECT outcome FROM boxoffice.hold_seats(:own_id, 'hold-ada', ARRAY[1], idempotency_key => 'own');
SELECT outcome, reservation_id = :own_hold AS the_first FROM boxoffice.hold_seats(:own_id, 'hold-ada', ARRAY[1, 2], idempotency_key => 'own');
-- Extended, it answers with its new end. Paid, its seats are taken. At its end they are free to its user as to anybody.
RESET boxoffice.clock_offset;
SELECT boxoffice.update_slot(:own_id, hold_for_max => '15 min');
SET boxoffice.clock_offset = '9 min';
SELECT outcome, expires_at AS own_end FROM boxoffice.extend_hold(:own_hold, 'hold-ada') \gset
EXECUTE again('hold-ada', ARRAY[1]);
SET boxoffice.clock_offset = '15 min';
BEGIN;
SELECT outcome, reservation_id > :own_hold AS another, seat_ids FROM boxoffice.hold_seats(:own_id, 'hold-ada', ARRAY[1, 2]);
ROLLBACK;
SET boxoffice.clock_offset = '14 min';
SELECT outcome FROM boxoffice.credit_balance('hold-ada', 2100);
SELECT outcome, amount FROM boxoffice.pay_reservation(:own_hold, 'hold-ada');
EXECUTE again('hold-ada', ARRAY[1, 2, 3]);
RESET boxoffice.clock_offset;
SELECT * FROM boxoffice.verify();

-- Mistakes of the caller raise, and nothing is written for them.
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
SELECT count(*) AS before FROM boxoffice.reservation \gset
SELECT * FROM boxoffice.hold_seats(:slot_id, 'hold-bob', ARRAY[5, 5]);
SELECT * FROM boxoffice.hold_seats(:slot_id, '', ARRAY[5]);
SELECT * FROM boxoffice.hold_seats(NULL, 'hold-bob', ARRAY[5]);
\pset tuples_only on
\pset format unaligned
SELECT call, pg_temp.complaint(format('boxoffice.hold_seats(' || call || ')', :slot_id)) FROM (VALUES
    ('%s, NULL, ARRAY[5]'),
    ('%s, ''hold-bob'', NULL'),
    ('%s, ''hold-bob'', ''{}'''),
    ('%s, ''hold-bob'', ARRAY[5, NULL]'),
    ('%s, ''hold-bob'', ARRAY[NULL]::int[]'),
    ('%s, ''hold-bob'', ARRAY[5, 6, 5]'),
    ('%s, ''hold-bob'', ARRAY[[5, 6], [7, 8]]'),
    ('%s, ''hold-bob'', ARRAY(SELECT generate_series(1, 1001))'),
    ('%s, ''hold-bob'', ARRAY(SELECT generate_series(1, 10000))'),
    ('%s, ''hold-bob'', array_fill(5, ARRAY[10000])'),
    ('%s, ''hold-bob'', ''{2147483648}'''),
    ('%s, ''hold-bob'', ''{5,x}'''),
    ('%s, repeat(''b'', 256), ARRAY[5]'),
    ('%s, repeat(''é'', 128), ARRAY[5]'),
    ('%s, ''hold-bob'', ARRAY[2], queue_token => ''no uuid'''),
    ('%s, ''hold-bob'', ARRAY[5], idempotency_key => ''''')) AS calls (call);
\pset format aligned
\pset tuples_only off
EXECUTE seats(:slot_id);
SELECT count(*) - :before AS reservations_made FROM boxoffice.reservation;
-- 255 bytes are few enough, and an array may count from where it likes.
BEGIN;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, repeat('é', 127) || 'e', '[7:8]={11,3}');
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, repeat('é', 127) || 'e', '[7:8]={11,2}');
ROLLBACK;
