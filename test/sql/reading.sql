-- Reading: the lists and their pages, one event, one reservation, the seats and what they say at this instant.

SET timezone = 'UTC';
-- A programme as a city publishes it.
CREATE TEMPORARY TABLE programme (n integer, title text, venue text, starts_on date);
INSERT INTO programme VALUES
    (1, '서울아트마켓 (PAMS) [하늘극장]', '국립극장', '2104-10-08'),
    (2, '하이커 페스타', '하이커 그라운드', '2104-10-12'),
    (3, '제1254회 서초금요음악회, 음악정원', '서초문화예술회관(구. 서초구민회관)', '2104-10-18'),
    (4, '여성: 삶의 노래 WOMEN: THE LIFE OF SONG', '도곡2문화센터', '2104-10-11'),
    (5, '발레 & 스트릿, 비트 온 포인트', '강북문화예술회관', '2104-11-20'),
    (6, '서울아트마켓 (PAMS) [달오름극장]', '국립극장', '2104-10-08'),
    (7, 'sonic BLOOM', '에스팩토리', '2104-10-11'),
    (8, 'META MUSICA Ⅹ 파사지오 앙상블, 프론티어 스피릿', '일신홀', '2104-09-23');
SELECT count(boxoffice.create_venue(venue, external_id => 'reading-' || venue)) AS venues FROM (SELECT DISTINCT venue FROM programme) v;
ALTER TABLE programme ADD event_id bigint;
DO $$
DECLARE
    show programme;
BEGIN
    FOR show IN SELECT * FROM programme ORDER BY n LOOP
        UPDATE programme SET event_id = boxoffice.create_event(show.title, (SELECT venue_id FROM boxoffice.venue WHERE external_id = 'reading-' || show.venue),
            category => 'reading-복합', description => CASE WHEN show.n = 7 THEN 'Ein Abend mit elektronischer Musik: 50% leiser_' END) WHERE n = show.n;
    END LOOP;
END
$$;
SELECT count(boxoffice.create_slot(event_id, starts_on + time '20:00')) AS slots FROM programme;
SELECT max(boxoffice.create_slot(event_id, starts_on + interval '2 days 20 hours')) AS second_pams FROM programme WHERE n = 1 \gset
SELECT event_id AS pams FROM programme WHERE n = 1 \gset
SELECT event_id AS sonic FROM programme WHERE n = 7 \gset

-- list_events: newest first; a query finds text in title, category, description and venue, whatever its case, and takes
-- % and _ for what they are.
SELECT title, category, venue, next_starts_at FROM boxoffice.list_events('reading-');
PREPARE found (text) AS SELECT $1 AS query, array_agg(n ORDER BY n) AS found, count(*)
    FROM boxoffice.list_events($1) JOIN programme USING (event_id);
EXECUTE found('서울아트마켓');
EXECUTE found('국립극장');
EXECUTE found('pams');
EXECUTE found('women: the life');
EXECUTE found('Bloom');
EXECUTE found('ELEKTRONISCHER');
EXECUTE found('50%');
EXECUTE found('r_');
EXECUTE found('%PAMS%');
EXECUTE found('복합');
EXECUTE found('없는 공연');
EXECUTE found('');
EXECUTE found(NULL);
-- Nothing matches across two of these.
EXECUTE found('BLOOMreading');

-- Pages: older than before_id, at most max_rows.
SELECT title FROM boxoffice.list_events('reading-', max_rows => 3);
SELECT min(event_id) AS last FROM boxoffice.list_events('reading-', max_rows => 3) \gset
SELECT title FROM boxoffice.list_events('reading-', before_id => :last, max_rows => 3);
SELECT count(*) FROM boxoffice.list_events('reading-', before_id => :pams);
SELECT count(*) AS nothing FROM boxoffice.list_events(before_id => 0);
SELECT count(*) BETWEEN 8 AND 50 AS by_default FROM boxoffice.list_events();
SELECT count(*) FROM boxoffice.list_events('reading-', max_rows => 1000);
-- When it is on next follows the clock: after the first date of two the second, after both none, but it is still listed.
SELECT next_starts_at FROM boxoffice.list_events('하늘극장');
SELECT timestamptz '2104-10-09' - now() AS until_then \gset
BEGIN;
SET LOCAL boxoffice.clock_offset = :'until_then';
SELECT title, next_starts_at FROM boxoffice.list_events('하늘극장');
SELECT starts_at FROM boxoffice.list_slots(:pams);
SET LOCAL boxoffice.clock_offset = '365000 days';
SELECT title, next_starts_at FROM boxoffice.list_events('하늘극장');
SELECT count(*) AS slots FROM boxoffice.list_slots(:pams);
ROLLBACK;

-- get_event.
\x on
SELECT outcome, event_id = :pams AS same, title, category, description, venue_id IS NOT NULL AS has_venue, venue, address, latitude, longitude, external_id
    FROM boxoffice.get_event(:pams);
SELECT * FROM boxoffice.get_event(0);
\x off
SELECT boxoffice.create_event('Nowhere', external_id => 'reading-nowhere') AS nowhere \gset
SELECT outcome, title, venue_id, venue, external_id FROM boxoffice.get_event(:nowhere);

-- list_slots: soonest first, with what is free at this instant; what is over is left out, what is sold out is not. It is
-- over when it has begun and its sale has closed.
SELECT boxoffice.add_numbered_seats(:second_pams, 6, 1000) AS seats_added;
UPDATE boxoffice.seat SET blocked = true WHERE slot_id = :second_pams AND seat_id = 6;
SELECT outcome FROM boxoffice.credit_balance('read-ada', 10000);
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:second_pams, 'read-ada', ARRAY[1, 2]) \gset paid_
SELECT outcome, amount FROM boxoffice.pay_reservation(:paid_reservation_id, 'read-ada');
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:second_pams, 'read-ada', ARRAY[3]) \gset held_
SELECT starts_at, seats_free, seats_total, places_free, places_total, sale_opens_at, sale_closes_at, max_per_user, queue_id, external_id
    FROM boxoffice.list_slots(:pams);
SELECT boxoffice.create_event('Dates') AS dates \gset
SELECT count(*) FROM (SELECT boxoffice.create_slot(:dates, now() - interval '1 hour', external_id => 'reading-over'),
    boxoffice.create_slot(:dates, now() - interval '1 hour', sale_closes_at => now() + '1 hour', external_id => 'reading-begun, on sale'),
    boxoffice.create_slot(:dates, now() + '1 hour', sale_closes_at => now() - interval '1 hour', external_id => 'reading-not begun, sale closed'),
    boxoffice.create_slot(:dates, now() + '2 hours', max_per_user => 4, external_id => 'reading-to come')) s;
SELECT external_id, max_per_user, seats_free, seats_total FROM boxoffice.list_slots(:dates);

-- seat_map and available_seats.
SELECT * FROM boxoffice.seat_map(:second_pams);
SELECT * FROM boxoffice.available_seats(:second_pams);
BEGIN;
SET LOCAL boxoffice.clock_offset = '5 min';
SELECT string_agg(seat_id || ' ' || status, ', ' ORDER BY seat_id) FROM boxoffice.seat_map(:second_pams);
SELECT string_agg(seat_id::text, ', ' ORDER BY seat_id) FROM boxoffice.available_seats(:second_pams);
ROLLBACK;

-- A parent that has nothing below it gives an empty list, and so does one that does not exist: a raise would undo the other calls of a group.
SELECT boxoffice.create_event('Bare') AS bare_id \gset
SELECT count(*) AS slots FROM boxoffice.list_slots(:bare_id);
SELECT boxoffice.create_slot(:bare_id, now() + '1 day') AS bare_slot_id \gset
SELECT (SELECT count(*) FROM boxoffice.list_slots(:bare_id, after_id => :bare_slot_id)) AS slots_after, (SELECT count(*) FROM boxoffice.list_pools(:bare_slot_id)) AS pools,
    (SELECT count(*) FROM boxoffice.seat_map(:bare_slot_id)) AS seats, (SELECT count(*) FROM boxoffice.available_seats(:bare_slot_id)) AS free,
    (SELECT count(*) FROM boxoffice.list_blocked_seats(:bare_slot_id)) AS blocked;
SELECT (SELECT count(*) FROM boxoffice.list_slots(0)) AS slots, (SELECT count(*) FROM boxoffice.list_pools(0)) AS pools, (SELECT count(*) FROM boxoffice.seat_map(0)) AS seats,
    (SELECT count(*) FROM boxoffice.available_seats(0)) AS free, (SELECT count(*) FROM boxoffice.list_blocked_seats(0)) AS blocked;

-- list_reservations and get_reservation: every status, newest first. What is another's is not found.
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:second_pams, 'read-ada', ARRAY[4]) \gset released_
SELECT outcome FROM boxoffice.release_hold(:released_reservation_id, 'read-ada');
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:second_pams, 'read-ada', ARRAY[5]) \gset cancelled_
SELECT outcome FROM boxoffice.pay_reservation(:cancelled_reservation_id, 'read-ada');
SELECT outcome FROM boxoffice.cancel_reservation(:cancelled_reservation_id, 'read-ada');
PREPARE reservations AS SELECT status, event_id = :pams AS of_pams, title, slot_id = :second_pams AS second, starts_at, amount, expires_at - created_at AS lasts,
        paid_at >= created_at AS paid, jsonb_array_length(items) AS items
    FROM boxoffice.list_reservations('read-ada');
EXECUTE reservations;
BEGIN;
SET LOCAL boxoffice.clock_offset = '5 min';
EXECUTE reservations;
SELECT status FROM boxoffice.get_reservation(:held_reservation_id, 'read-ada');
ROLLBACK;
SELECT jsonb_pretty(items) AS items FROM boxoffice.get_reservation(:paid_reservation_id, 'read-ada');
SELECT outcome, status, title, amount FROM boxoffice.get_reservation(:paid_reservation_id, 'read-ada');
SELECT * FROM boxoffice.get_reservation(:paid_reservation_id, 'read-bob');
SELECT * FROM boxoffice.get_reservation(0, 'read-ada');
SELECT count(*) AS reservations FROM boxoffice.list_reservations('read-bob');
-- What one gives the other takes: the same columns behind the outcome.
SELECT (SELECT to_jsonb(g) - '{outcome,user_id,cancelled_at,cancelled_by_house,cancel_reason}'::text[] FROM boxoffice.get_reservation(:paid_reservation_id, 'read-ada') g) = to_jsonb(l) AS same
    FROM boxoffice.list_reservations('read-ada') l WHERE reservation_id = :paid_reservation_id;

-- list_payments and list_balance_entries.
SELECT reservation_id = :paid_reservation_id AS paid, amount, refunded, created_at <= clock_timestamp() AS past FROM boxoffice.list_payments('read-ada');
SELECT amount, balance, reason, CASE reservation_id WHEN :paid_reservation_id THEN 'paid' WHEN :cancelled_reservation_id THEN 'cancelled' END AS reservation
    FROM boxoffice.list_balance_entries('read-ada');
SELECT count(*) AS payments FROM boxoffice.list_payments('read-bob');
SELECT count(*) AS entries FROM boxoffice.list_balance_entries('read-bob');
-- Their pages.
SELECT status FROM boxoffice.list_reservations('read-ada', max_rows => 2);
SELECT status FROM boxoffice.list_reservations('read-ada', before_id => :released_reservation_id, max_rows => 2);
SELECT amount FROM boxoffice.list_payments('read-ada', max_rows => 1);
SELECT p.amount FROM boxoffice.list_payments('read-ada', max_rows => 1) AS newest, boxoffice.list_payments('read-ada', newest.payment_id) AS p;
SELECT e.amount FROM boxoffice.list_balance_entries('read-ada', max_rows => 2) AS newest, boxoffice.list_balance_entries('read-ada', newest.entry_id, 1) AS e;

-- Mistakes of the caller.
SELECT * FROM boxoffice.list_events(max_rows => 0);
SELECT * FROM boxoffice.get_event(NULL);
CREATE FUNCTION pg_temp.complaint(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT count(*) FROM boxoffice.' || call;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ': ' || sqlerrm;
END
$$;
SELECT call, pg_temp.complaint(call) FROM (VALUES
    ('list_events(max_rows => 1001)'), ('list_events(max_rows => -1)'), ('list_events(max_rows => NULL)'),
    ('list_slots(NULL)'), ('seat_map(NULL)'), ('available_seats(NULL)'),
    ('get_reservation(NULL, ''a'')'), ('get_reservation(1, NULL)'), ('get_reservation(1, '''')'), ('get_reservation(1, repeat(''a'', 256))'),
    ('list_reservations(NULL)'), ('list_reservations('''')'), ('list_reservations(repeat(''a'', 256))'),
    ('list_reservations(''a'', max_rows => 0)'), ('list_reservations(''a'', max_rows => 1001)'), ('list_reservations(''a'', max_rows => NULL)'),
    ('list_payments(NULL)'), ('list_payments('''')'), ('list_payments(''a'', max_rows => 0)'), ('list_payments(''a'', max_rows => 1001)'),
    ('list_balance_entries(NULL)'), ('list_balance_entries('''')'), ('list_balance_entries(''a'', max_rows => 0)'),
    ('list_balance_entries(''a'', max_rows => 1001)'), ('list_balance_entries(''a'', max_rows => NULL)')) AS calls (call);
