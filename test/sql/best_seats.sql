-- hold_best_seats: which seats it chooses, every way it can answer, and that what a connection keeps of a slot's seats
-- is always right. That others are passed over takes two sessions: the isolation specs best_seats_* show it.

SELECT boxoffice.create_event('Best') AS event_id \gset

-- A hall, drawn: a letter is a seat of that category, a dot a place without one; seats are 10 apart, and rows, too.
CREATE FUNCTION pg_temp.plan(VARIADIC drawn text[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('categories', '[{"name": "A"}, {"name": "B"}]'::jsonb, 'zones', jsonb_build_array(
        jsonb_build_object('name', 'Hall', 'rows', jsonb_agg(jsonb_build_object('row_number', number::text, 'seats', (
            SELECT jsonb_agg(jsonb_build_object('seat_guid', number || '-' || place, 'seat_number', place::text, 'category', letter,
                    'position', jsonb_build_object('x', place * 10, 'y', number * 10)) ORDER BY place)
                FROM regexp_split_to_table(drawn_row, '') WITH ORDINALITY AS seat (letter, place) WHERE letter <> '.'))
            ORDER BY number))))
        FROM unnest(drawn) WITH ORDINALITY AS row (drawn_row, number) WHERE drawn_row ~ '[AB]'
$$;
CREATE FUNCTION pg_temp.hall(VARIADIC drawn text[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    slot bigint := boxoffice.create_slot((SELECT max(event_id) FROM boxoffice.event), now() + '30 days', hold_for => '10 min');
BEGIN
    PERFORM boxoffice.add_seating_plan(slot, pg_temp.plan(VARIADIC drawn), '{"A": 1000, "B": 500}');
    RETURN slot;
END
$$;
-- The hall as it is: - is free, x blocked; who holds a seat is shown by the first letter of the name.
CREATE FUNCTION pg_temp.seen(slot bigint) RETURNS SETOF text LANGUAGE sql AS $$
    WITH seat AS (SELECT m.x, m.y, CASE m.status WHEN 'free' THEN '-' WHEN 'blocked' THEN 'x' ELSE left(user_id, 1) END AS letter
        FROM boxoffice.seat_map(slot) m JOIN boxoffice.seat s ON s.slot_id = slot AND s.seat_id = m.seat_id
            LEFT JOIN boxoffice.reservation r USING (reservation_id))
    SELECT string_agg(coalesce(letter, '.'), '' ORDER BY place)
        FROM generate_series((SELECT min(x)::int FROM seat), (SELECT max(x)::int FROM seat), 10) AS place
            CROSS JOIN (SELECT DISTINCT y FROM seat) AS row LEFT JOIN seat ON seat.x = place AND seat.y = row.y
        GROUP BY row.y ORDER BY row.y
$$;
PREPARE best (bigint, text, int, text) AS SELECT outcome, amount, seat_ids, adjacent FROM boxoffice.hold_best_seats($1, $2, $3, $4);

-- Next to each other, nearest to the front centre: b goes behind a, because that is nearer than beside.
SELECT pg_temp.hall('AAAAAA', 'AAAAAA', 'AAAAAA') AS hall \gset
EXECUTE best(:hall, 'ada', 2, NULL);
EXECUTE best(:hall, 'bob', 2, NULL);
EXECUTE best(:hall, 'cem', 3, NULL);
SELECT * FROM pg_temp.seen(:hall);
-- A single seat beside a or b would leave one alone, so d goes to the third row.
EXECUTE best(:hall, 'dan', 1, NULL);
SELECT * FROM pg_temp.seen(:hall);
-- The reservation is like any other.
SELECT user_id, seat_ids, quantity, amount, status, expires_at - created_at AS lasts FROM boxoffice.reservation
    WHERE slot_id = :hall ORDER BY reservation_id;

-- No single seat is left alone while it can be avoided, however near the others are; in a row of seven that has the middle
-- one taken, two of three would leave one, so the pair goes to the back.
SELECT pg_temp.hall('AAAAAAA', '.......', '.......', '.......', 'AA.....') AS hall \gset
SELECT outcome FROM boxoffice.hold_seats(:hall, 'xaver', ARRAY[4]);
EXECUTE best(:hall, 'ada', 2, NULL);
EXECUTE best(:hall, 'bob', 3, NULL);
-- Where it cannot be avoided they are together all the same.
EXECUTE best(:hall, 'cem', 2, NULL);
SELECT * FROM pg_temp.seen(:hall);
-- A seat that was alone already is no reason to go elsewhere, and one taken for one person.
EXECUTE best(:hall, 'dan', 1, NULL);
SELECT * FROM pg_temp.seen(:hall);
EXECUTE best(:hall, 'eva', 1, NULL);

-- Apart when there is no other way, and then in few pieces near each other and near the front centre: two and two, not three
-- and one.
SELECT pg_temp.hall('AA.AA.....', 'AA........', '..........', '.......AAA') AS hall \gset
EXECUTE best(:hall, 'ada', 4, NULL);
SELECT * FROM pg_temp.seen(:hall);
EXECUTE best(:hall, 'bob', 4, NULL);
SELECT * FROM pg_temp.seen(:hall);
-- At last everything that is free is sold.
EXECUTE best(:hall, 'cem', 2, NULL);
EXECUTE best(:hall, 'cem', 1, NULL);
EXECUTE best(:hall, 'dan', 1, NULL);
-- Many pieces: the nearest seats, wherever they are.
SELECT pg_temp.hall('AAAAAAAAAAAAAAAAAAAAAAA', 'AAAAAAAAAAAAAAAAAAAAAAA') AS hall \gset
UPDATE boxoffice.seat SET blocked = true WHERE slot_id = :hall AND seat_id % 2 = 1;
EXECUTE best(:hall, 'ada', 12, NULL);
SELECT * FROM pg_temp.seen(:hall);
EXECUTE best(:hall, 'bob', 2, NULL);
EXECUTE best(:hall, 'cem', 10, NULL);
EXECUTE best(:hall, 'cem', 9, NULL);
SELECT * FROM pg_temp.seen(:hall);

-- Categories: of one only, or of any. A seat of another one that is free is company for a seat, too.
SELECT pg_temp.hall('AAABBB', 'BBBBBB') AS hall \gset
EXECUTE best(:hall, 'ada', 2, 'A');
EXECUTE best(:hall, 'bob', 2, 'B');
EXECUTE best(:hall, 'cem', 3, NULL);
SELECT * FROM pg_temp.seen(:hall);
EXECUTE best(:hall, 'dan', 2, 'A');
EXECUTE best(:hall, 'dan', 1, 'C');
EXECUTE best(:hall, 'dan', 1, '');

-- An aisle parts neighbours.
SELECT pg_temp.hall('AAA.AAA') AS hall \gset
EXECUTE best(:hall, 'ada', 4, NULL);
SELECT outcome FROM boxoffice.hold_seats(:hall, 'bob', ARRAY[6]);
-- Rows may be drawn in any direction, and in any order of their seats: here slanted, and by turns from both ends.
CREATE FUNCTION pg_temp.drawn(guid text, x float8, y float8) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('seat_guid', guid, 'seat_number', guid, 'category', 'A', 'position', jsonb_build_object('x', x, 'y', y))
$$;
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS slanted \gset
SELECT boxoffice.add_seating_plan(:slanted, jsonb_build_object('categories', '[{"name": "A"}]'::jsonb, 'zones', jsonb_build_array(jsonb_build_object(
    'name', 'Z', 'rows', jsonb_build_array(jsonb_build_object('row_number', '1', 'seats', (
        SELECT jsonb_agg(pg_temp.drawn('s' || n, along * 6, along * 8) ORDER BY n)
            FROM unnest(ARRAY[0, 7, 1, 6, 2, 5, 3, 4]) WITH ORDINALITY AS seat (along, n))))))), '{"A": 100}') AS seats;
SELECT outcome, adjacent, (SELECT array_agg(seat_id || ' at ' || x || ',' || y ORDER BY x) FROM boxoffice.seat WHERE slot_id = :slanted AND seat_id = ANY (seat_ids)) AS seats
    FROM boxoffice.hold_best_seats(:slanted, 'ada', 3);
-- A horseshoe, in the order in which one walks along it: the ends are not neighbours, and nobody sits across.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS horseshoe \gset
SELECT boxoffice.add_seating_plan(:horseshoe, jsonb_build_object('categories', '[{"name": "A"}]'::jsonb, 'zones', jsonb_build_array(jsonb_build_object(
    'name', 'Z', 'rows', jsonb_build_array(jsonb_build_object('row_number', '1', 'seats', (
        SELECT jsonb_agg(pg_temp.drawn('h' || n, round(100 * cosd(-30 + n * 15)), round(100 * sind(-30 + n * 15))) ORDER BY n)
            FROM generate_series(1, 14) n)))))), '{"A": 100}') AS seats;
SELECT boxoffice.set_focal_point(:horseshoe, 100, 0);
SELECT outcome, seat_ids, adjacent FROM boxoffice.hold_best_seats(:horseshoe, 'ada', 4);
SELECT outcome, seat_ids, adjacent FROM boxoffice.hold_best_seats(:horseshoe, 'bob', 8);
SELECT outcome, seat_ids, adjacent FROM boxoffice.hold_best_seats(:horseshoe, 'cem', 2);

-- The focal point: the best seats are nearest to it; without one, to the front centre.
SELECT pg_temp.hall('AAAAAAAA', 'AAAAAAAA', 'AAAAAAAA') AS hall \gset
EXECUTE best(:hall, 'ada', 2, NULL);
SELECT boxoffice.set_focal_point(:hall, 80, 30);
EXECUTE best(:hall, 'bob', 2, NULL);
SELECT boxoffice.set_focal_point(:hall, x => 10, y => 30);
EXECUTE best(:hall, 'cem', 2, NULL);
SELECT boxoffice.set_focal_point(:hall, NULL, NULL);
EXECUTE best(:hall, 'dan', 2, NULL);
SELECT boxoffice.set_focal_point(:hall, -1e308, 1e308);
EXECUTE best(:hall, 'eva', 2, NULL);
SELECT boxoffice.set_focal_point(:hall);
SELECT focal_x, focal_y FROM boxoffice.slot WHERE slot_id = :hall;
SELECT * FROM pg_temp.seen(:hall);
SELECT boxoffice.set_focal_point(:hall, 1, NULL);
SELECT boxoffice.set_focal_point(:hall, NULL, 1);
SELECT boxoffice.set_focal_point(:hall, 'NaN', 1);
SELECT boxoffice.set_focal_point(:hall, 1, 'infinity');
SELECT boxoffice.set_focal_point(NULL, 1, 1);
SELECT boxoffice.set_focal_point(0, 1, 1);

-- Seats without a position are one row, from the smallest number on.
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min') AS numbered \gset
SELECT boxoffice.add_numbered_seats(:numbered, 9, 100) AS seats;
EXECUTE best(:numbered, 'ada', 3, NULL);
UPDATE boxoffice.seat SET blocked = true WHERE slot_id = :numbered AND seat_id = 7;
EXECUTE best(:numbered, 'bob', 2, NULL);
EXECUTE best(:numbered, 'cem', 2, NULL);
EXECUTE best(:numbered, 'dan', 1, NULL);
EXECUTE best(:numbered, 'eva', 1, NULL);

-- sold_out is told to others; who holds as many already gets that hold, and not a minute more.
SELECT outcome, reservation_id, expires_at FROM boxoffice.hold_best_seats(:numbered, 'fay', 1) \gset first_
SELECT :'first_outcome' AS outcome;
SELECT h.outcome, h.reservation_id = r.reservation_id AS same, h.expires_at = r.expires_at AS same_end, h.amount, h.seat_ids, h.adjacent
    FROM boxoffice.hold_best_seats(:numbered, 'bob', 2) h JOIN boxoffice.reservation r USING (reservation_id) WHERE r.user_id = 'bob' AND r.slot_id = :numbered;
EXECUTE best(:numbered, 'bob', 3, NULL);
EXECUTE best(:numbered, 'bob', 1, NULL);
-- Of this category, and not when it has run out: then its seats are the best that are free.
SELECT pg_temp.hall('AABB') AS hall \gset
EXECUTE best(:hall, 'ada', 2, 'A');
EXECUTE best(:hall, 'bob', 2, 'B');
EXECUTE best(:hall, 'ada', 2, 'B');
EXECUTE best(:hall, 'ada', 2, 'A');
EXECUTE best(:hall, 'ada', 2, NULL);
SET boxoffice.clock_offset = '10 min';
EXECUTE best(:hall, 'cem', 4, NULL);
EXECUTE best(:hall, 'ada', 2, 'A');
SELECT * FROM boxoffice.verify();
RESET boxoffice.clock_offset;
-- What is paid is no hold to answer with.
SELECT reservation_id AS bob_id FROM boxoffice.reservation WHERE slot_id = :numbered AND user_id = 'bob' \gset
SELECT outcome FROM boxoffice.credit_balance('bob', 200);
SELECT outcome, amount FROM boxoffice.pay_reservation(:bob_id, 'bob');
EXECUTE best(:numbered, 'bob', 2, NULL);

-- Released, cancelled and lapsed seats are free again.
SELECT outcome FROM boxoffice.cancel_reservation(:bob_id, 'bob');
EXECUTE best(:numbered, 'fay', 2, NULL);
SELECT reservation_id AS cem_id FROM boxoffice.reservation WHERE slot_id = :numbered AND user_id = 'cem' \gset
SELECT outcome FROM boxoffice.release_hold(:cem_id, 'cem');
EXECUTE best(:numbered, 'gus', 2, NULL);

-- The other refusals.
EXECUTE best(0, 'ada', 2, NULL);
EXECUTE best(-1, 'ada', 2, 'A');
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS bare \gset
EXECUTE best(:bare, 'ada', 1, NULL);
EXECUTE best(:bare, 'ada', 1, 'A');
SELECT boxoffice.update_slot(:hall, sale_opens_at => now() + '1 day');
EXECUTE best(:hall, 'ada', 1, 'no such category');
SELECT boxoffice.create_slot(:event_id, now() + '30 days', max_per_user => 3) AS limited \gset
SELECT boxoffice.add_numbered_seats(:limited, 6, 100) AS seats;
EXECUTE best(:limited, 'ada', 4, NULL);
EXECUTE best(:limited, 'ada', 2, NULL);
-- A second click for as many finds the hold that runs; then there is room for one more.
EXECUTE best(:limited, 'ada', 2, NULL);
EXECUTE best(:limited, 'ada', 1, NULL);
EXECUTE best(:limited, 'ada', 1, NULL);
EXECUTE best(:limited, 'ada', 3, NULL);
BEGIN;
SELECT boxoffice.create_queue('Best', max_active => 10) AS queue_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', queue_id => :queue_id) AS queued \gset
SELECT boxoffice.add_numbered_seats(:queued, 6, 100) AS seats;
EXECUTE best(:queued, 'ada', 2, NULL);
SELECT outcome FROM boxoffice.hold_best_seats(:queued, 'ada', 2, queue_token => '00000000-0000-0000-0000-000000000000');
SELECT outcome, status, token FROM boxoffice.join_queue(:queue_id, 'ada') \gset queue_
SELECT outcome, seat_ids, adjacent FROM boxoffice.hold_best_seats(:queued, 'ada', 2, queue_token => :'queue_token');
SELECT status FROM boxoffice.queue_status(:'queue_token');
ROLLBACK;

-- A key stands for one request: another category or number is another one.
SELECT pg_temp.hall('AABB', 'AABB') AS hall \gset
PREPARE keyed (bigint, int, text, text) AS
    SELECT outcome, reservation_id, amount, seat_ids, adjacent FROM boxoffice.hold_best_seats($1, 'key', $2, $3, NULL, $4);
EXECUTE keyed(:hall, 2, 'A', 'one') \gset key_
SELECT :'key_outcome' AS outcome, :'key_seat_ids' AS seat_ids, :'key_adjacent' AS adjacent;
SELECT outcome, reservation_id = :key_reservation_id AS same, amount, seat_ids, adjacent FROM boxoffice.hold_best_seats(:hall, 'key', 2, 'A', idempotency_key => 'one');
EXECUTE keyed(:hall, 2, NULL, 'one');
EXECUTE keyed(:hall, 1, 'A', 'one');
SELECT outcome FROM boxoffice.hold_seats(:hall, 'key', ARRAY[3], idempotency_key => 'one');

-- Mistakes of the caller raise.
SELECT boxoffice.hold_best_seats(:hall, 'ada', 0);
SELECT boxoffice.hold_best_seats(:hall, 'ada', 1001);
SELECT boxoffice.hold_best_seats(:hall, 'ada', NULL);
SELECT boxoffice.hold_best_seats(NULL, 'ada', 1);
SELECT boxoffice.hold_best_seats(:hall, '', 1);
SELECT boxoffice.hold_best_seats(:hall, 'ada', 1, idempotency_key => '');
SET boxoffice.raise_refusals = on;
SELECT boxoffice.hold_best_seats(:hall, 'ada', 9);
RESET boxoffice.raise_refusals;
BEGIN READ ONLY;
SELECT boxoffice.hold_best_seats(:hall, 'ada', 1);
ROLLBACK;

-- What this connection knows of the seats is right: in a transaction, after a savepoint, after a rollback.
SELECT pg_temp.hall('AAAA') AS hall \gset
BEGIN;
EXECUTE best(:hall, 'ada', 2, NULL);
SAVEPOINT before;
EXECUTE best(:hall, 'bob', 2, NULL);
EXECUTE best(:hall, 'cem', 1, NULL);
ROLLBACK TO before;
EXECUTE best(:hall, 'cem', 1, NULL);
ROLLBACK;
EXECUTE best(:hall, 'dan', 4, NULL);
-- Seats that are added later are known at once, and not when that is rolled back.
BEGIN;
SELECT boxoffice.add_numbered_seats(:hall, 3, 100) AS seats;
EXECUTE best(:hall, 'eva', 3, NULL);
ROLLBACK;
EXECUTE best(:hall, 'eva', 3, NULL);
SELECT boxoffice.add_numbered_seats(:hall, 2, 100) AS seats;
EXECUTE best(:hall, 'eva', 3, NULL);
EXECUTE best(:hall, 'eva', 2, NULL);
-- In one statement with what makes the slot.
SELECT outcome, seat_ids FROM boxoffice.hold_best_seats(pg_temp.hall('AA'), 'ada', 2);
-- Blocked and priced by hand.
SELECT pg_temp.hall('AAAA', 'AAAA') AS hall \gset
EXECUTE best(:hall, 'ada', 1, NULL);
UPDATE boxoffice.seat SET blocked = true, price = 1 WHERE slot_id = :hall AND seat_id = 2;
UPDATE boxoffice.seat SET price = 3 WHERE slot_id = :hall AND seat_id = 5;
EXECUTE best(:hall, 'bob', 4, NULL);
-- Moved by hand, which needs a new version; deleted by hand.
UPDATE boxoffice.seat SET x = 1000 - x WHERE slot_id = :hall AND seat_id = 4;
UPDATE boxoffice.slot SET seats_version = gen_random_uuid() WHERE slot_id = :hall;
EXECUTE best(:hall, 'cem', 2, NULL);
BEGIN;
DELETE FROM boxoffice.seat WHERE slot_id = :hall AND seat_id IN (2, 3);
SELECT outcome FROM boxoffice.release_hold(reservation_id => (SELECT reservation_id FROM boxoffice.reservation WHERE slot_id = :hall AND user_id = 'bob'), user_id => 'bob');
EXECUTE best(:hall, 'dan', 5, NULL);
EXECUTE best(:hall, 'dan', 4, NULL);
ROLLBACK;
EXECUTE best(:hall, 'dan', 1, NULL);
-- What this transaction itself had locked and rolled back is nobody else's.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS own \gset
SELECT boxoffice.add_numbered_seats(:own, 4, 100) AS seats;
SELECT outcome, reservation_id AS released FROM boxoffice.hold_seats(:own, 'ada', ARRAY[1, 2]) \gset
BEGIN;
SELECT outcome FROM boxoffice.release_hold(:released, 'ada');
SAVEPOINT before;
SELECT outcome, seat_ids FROM boxoffice.hold_best_seats(:own, 'bob', 4);
ROLLBACK TO before;
SELECT outcome, seat_ids FROM boxoffice.hold_best_seats(:own, 'bob', 4);
ROLLBACK;

-- Rows that went to other pages, and a table that was written anew.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS moved \gset
SELECT boxoffice.add_numbered_seats(:moved, 200, 100) AS seats;
EXECUTE best(:moved, 'ada', 3, NULL);
UPDATE boxoffice.seat SET seat_label = repeat('x', 1000) WHERE slot_id = :moved AND seat_id > 2;
EXECUTE best(:moved, 'bob', 3, NULL);
VACUUM FULL boxoffice.seat;
EXECUTE best(:moved, 'cem', 3, NULL);
UPDATE boxoffice.seat SET seat_label = 'y' WHERE slot_id = :moved AND seat_id > 2;
VACUUM boxoffice.seat;
EXECUTE best(:moved, 'dan', 3, NULL);
SELECT seat_id, user_id FROM boxoffice.seat JOIN boxoffice.reservation r USING (reservation_id) WHERE r.slot_id = :moved ORDER BY seat_id;

-- The real hall, sold out in pairs: nobody is refused while two seats are free, and nearly all sit together.
\set plan `cat test/data/riethsporthalle.plan.json`
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS hall \gset
SELECT boxoffice.add_seating_plan(:hall, :'plan', '{"VIP": 12000, "Kategorie I": 8000, "Kategorie II": 5000}') AS seats;
SELECT h.outcome, h.seat_ids, h.adjacent, array_agg(zone || ', row ' || row_label || ', ' || seat_label ORDER BY s.seat_id) AS seats
    FROM boxoffice.hold_best_seats(:hall, 'first', 4, 'VIP') h JOIN boxoffice.seat s ON slot_id = :hall AND seat_id = ANY (seat_ids)
    GROUP BY h.outcome, h.seat_ids, h.adjacent;
SELECT outcome, adjacent, count(*), sum(cardinality(seat_ids)) AS seats, sum(amount) AS amount
    FROM generate_series(1, 650) n, boxoffice.hold_best_seats(:hall, 'pair' || n, 2, queue_token => NULL) GROUP BY outcome, adjacent ORDER BY outcome, adjacent;
SELECT status, count(*) FROM boxoffice.seat_map(:hall) GROUP BY status ORDER BY status;
SELECT outcome, cardinality(seat_ids) AS seats FROM boxoffice.hold_best_seats(:hall, 'last', 1);
SELECT * FROM boxoffice.verify();
