-- What a hold reads does not depend on what its user has had before, however much that is: nothing that has ended is read.

SELECT boxoffice.create_event('Cost of a past') AS event_id \gset
-- Reservations that a call has read from the table or by an index.
CREATE TABLE pg_temp.reading (what text, who text, outcome text, rows_read bigint);
CREATE FUNCTION pg_temp.rows_read() RETURNS bigint LANGUAGE sql AS $$
    SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relid = 'boxoffice.reservation'::regclass
$$;
CREATE PROCEDURE pg_temp.measure(what text, who text, call text) LANGUAGE plpgsql AS $$
DECLARE
    before bigint := pg_temp.rows_read();
    answer text;
BEGIN
    EXECUTE call INTO STRICT answer;
    INSERT INTO pg_temp.reading VALUES (what, who, answer, pg_temp.rows_read() - before);
END
$$;

-- Two slots of their own for each of two users, one with a limit. One user has no past; the other has 20,000 reservations in
-- each slot that have ended, in every way: a quarter are holds that have run out and that nobody has marked. In the slot
-- without a limit the user has paid for 20,000 besides.
CREATE PROCEDURE pg_temp.measure_all(who text, event_id bigint, past integer) LANGUAGE plpgsql AS $$
DECLARE
    open_id bigint := boxoffice.create_slot(event_id, now() + '30 days', hold_for => '10 min');
    limited_id bigint := boxoffice.create_slot(event_id, now() + '30 days', hold_for => '10 min', max_per_user => 3);
    open_pool_id bigint := boxoffice.add_pool(open_id, 'Places', 4, 0);
    limited_pool_id bigint := boxoffice.add_pool(limited_id, 'Places', 40, 0);
BEGIN
    PERFORM boxoffice.add_numbered_seats(open_id, 10, 0), boxoffice.add_numbered_seats(limited_id, 10, 0);
    INSERT INTO boxoffice.reservation (slot_id, user_id, status, seat_ids, quantity, amount, created_at, expires_at, paid_at)
        SELECT slot_id, who, (ARRAY['held', 'released', 'expired', 'cancelled'])[n % 4 + 1], ARRAY[1], 1, 0, now() - '2 days'::interval,
            now() - '1 day'::interval, CASE WHEN n % 4 = 3 THEN now() - '36 hours'::interval END
        FROM unnest(ARRAY[open_id, limited_id]) AS slot_id, generate_series(1, past) AS n;
    INSERT INTO boxoffice.reservation (slot_id, user_id, status, seat_ids, quantity, amount, created_at, expires_at, paid_at)
        SELECT open_id, who, 'paid', ARRAY[1], 1, 0, now() - '2 days'::interval, now() - '1 day'::interval, now() - '36 hours'::interval
        FROM generate_series(1, past) AS n;
    CALL pg_temp.measure('1 a seat', who, format('SELECT outcome FROM boxoffice.hold_seats(%s, %L, ARRAY[2])', open_id, who));
    CALL pg_temp.measure('2 the best two', who, format('SELECT outcome FROM boxoffice.hold_best_seats(%s, %L, 2)', open_id, who));
    CALL pg_temp.measure('3 all places', who, format('SELECT outcome FROM boxoffice.hold_places(%s, %L, 4)', open_pool_id, who));
    CALL pg_temp.measure('4 a second click', who, format('SELECT outcome FROM boxoffice.hold_places(%s, %L, 4)', open_pool_id, who));
    CALL pg_temp.measure('5 more than is left', who, format('SELECT outcome FROM boxoffice.hold_places(%s, %L, 5)', open_pool_id, who));
    CALL pg_temp.measure('6 more than are left', who, format('SELECT outcome FROM boxoffice.hold_best_seats(%s, %L, 11)', open_id, who));
    CALL pg_temp.measure('7 below the limit', who, format('SELECT outcome FROM boxoffice.hold_best_seats(%s, %L, 2)', limited_id, who));
    CALL pg_temp.measure('8 up to the limit', who, format('SELECT outcome FROM boxoffice.hold_places(%s, %L, 1)', limited_pool_id, who));
    CALL pg_temp.measure('9 above the limit', who, format('SELECT outcome FROM boxoffice.hold_seats(%s, %L, ARRAY[9])', limited_id, who));
END
$$;
CALL pg_temp.measure_all('past-plan', :event_id, 0); -- makes the plans
CALL pg_temp.measure_all('past-none', :event_id, 0);
CALL pg_temp.measure_all('past-long', :event_id, 20000);
SELECT what, none.outcome, long.outcome = none.outcome AS same_outcome, none.rows_read AS rows_read_without_past, long.rows_read AS rows_read_with_past
    FROM pg_temp.reading none JOIN pg_temp.reading long USING (what) WHERE none.who = 'past-none' AND long.who = 'past-long' ORDER BY what;

-- A limit that comes when the user has paid for more than it allows is told after a look at as many as it allows.
SELECT slot_id AS open_id FROM boxoffice.reservation WHERE user_id = 'past-long' AND status = 'paid' LIMIT 1 \gset
SELECT boxoffice.update_slot(:open_id, max_per_user => 5);
BEGIN;
SELECT pg_temp.rows_read() AS before \gset
SELECT outcome FROM boxoffice.hold_seats(:open_id, 'past-long', ARRAY[9]);
SELECT pg_temp.rows_read() - :before <= 6 AS few_rows_read;
COMMIT;

DELETE FROM boxoffice.reservation WHERE user_id LIKE 'past-%' AND created_at < now() - '1 day'::interval;
SELECT * FROM boxoffice.verify();
