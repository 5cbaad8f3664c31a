-- add_seating_plan: a real hall, and every document that is refused, with an error that names the place in it.

\getenv folder PG_ABS_SRCDIR
\set file :folder '/data/riethsporthalle.plan.json'
\set plan `cat :'file'`
\set prices '{"Kategorie I": 4500, "Kategorie II": 3000, "VIP": 12000}'
SELECT boxoffice.create_event('Seating plan') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS slot_id \gset

-- The hall: 1,231 seats.
SELECT boxoffice.add_seating_plan(:slot_id, :'plan', :'prices');
SELECT category, price, count(*) FROM boxoffice.seat WHERE slot_id = :slot_id GROUP BY category, price ORDER BY count(*) DESC;
SELECT zone, count(*) AS seats, count(DISTINCT row_label) AS rows, min(x) AS left, max(x) AS right, min(y) AS top, max(y) AS bottom
    FROM boxoffice.seat WHERE slot_id = :slot_id GROUP BY zone ORDER BY min(seat_id);
-- Seats are numbered from 1 in the order of the document, and each is what the document says. A position is that of the
-- zone, the row and the seat together.
SELECT count(*) AS seats, min(s.seat_id) AS first, max(s.seat_id) AS last,
       bool_and(s.seat_guid = d.seat ->> 'seat_guid' AND s.zone = d.zone ->> 'name' AND s.row_label = d.line ->> 'row_number'
                AND s.seat_label = d.seat ->> 'seat_number' AND s.category = d.seat ->> 'category') AS same,
       bool_and(s.x = (d.zone #>> '{position,x}')::float8 + (d.line #>> '{position,x}')::float8 + (d.seat #>> '{position,x}')::float8
            AND s.y = (d.zone #>> '{position,y}')::float8 + (d.line #>> '{position,y}')::float8 + (d.seat #>> '{position,y}')::float8) AS in_place,
       bool_or(s.sold OR s.blocked OR s.reservation_id IS NOT NULL OR s.held_until IS NOT NULL) AS any_taken
    FROM boxoffice.seat s
    FULL JOIN (SELECT row_number() OVER (ORDER BY z, r, t) AS seat_id, zone, line, seat
        FROM jsonb_array_elements(:'plan'::jsonb -> 'zones') WITH ORDINALITY AS zones (zone, z),
            jsonb_array_elements(zone -> 'rows') WITH ORDINALITY AS lines (line, r),
            jsonb_array_elements(line -> 'seats') WITH ORDINALITY AS seats (seat, t)) d USING (seat_id)
    WHERE s.slot_id = :slot_id OR s.slot_id IS NULL;
SELECT seat_id, seat_guid, zone, row_label, seat_label, category, price, x, y FROM boxoffice.available_seats(:slot_id) WHERE seat_id IN (1, 2, 700, 1231);
-- The document is kept as it was given.
SELECT plan = :'plan'::jsonb AS kept FROM boxoffice.seating_plan WHERE slot_id = :slot_id;
-- A seat of it can be sold.
SELECT outcome, amount, seat_ids FROM boxoffice.hold_seats(:slot_id, 'plan-ada', ARRAY[1231, 1]);

-- A plan that is refused adds nothing. Each of these is made from the hall by one change, except where the hall is not
-- needed to make it.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS slot_id \gset
CREATE FUNCTION pg_temp.complaint(slot_id bigint, plan jsonb, prices jsonb) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    hint text;
BEGIN
    RETURN boxoffice.add_seating_plan(slot_id, plan, prices) || ' seats accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN sqlstate || ': ' || message || coalesce(' (' || nullif(detail, '') || ')', '') || coalesce(' > ' || nullif(hint, ''), '');
END
$$;
SELECT boxoffice.add_seating_plan(:slot_id, jsonb_set(:'plan', '{zones,2,rows,0,seats,5,seat_guid}', '"D-14-1"'), :'prices');
SELECT boxoffice.add_seating_plan(:slot_id, jsonb_set(:'plan', '{zones,2,rows,0,seats,5,category}', '"Kategorie 1"'), :'prices');
\pset tuples_only on
\pset format unaligned
\pset fieldsep '\n    '
SELECT change, pg_temp.complaint(:slot_id, :'plan'::jsonb #- removed, :'prices') FROM (VALUES
    ('a seat without a number', '{zones,2,rows,0,seats,5,seat_number}'::text[]),
    ('a seat without a guid', '{zones,2,rows,0,seats,5,seat_guid}'),
    ('a seat without a category', '{zones,2,rows,0,seats,5,category}'),
    ('half a position', '{zones,2,rows,0,seats,5,position,y}'),
    ('a row without seats', '{zones,2,rows,3,seats}'),
    ('a zone without rows', '{zones,5,rows}'),
    ('a category without a name', '{categories,1,name}'),
    ('no categories', '{categories}'),
    ('no zones', '{zones}'),
    ('a category that is used is not declared', '{categories,2}')) AS plans (change, removed);
SELECT path || ' := ' || value, pg_temp.complaint(:slot_id, jsonb_set(:'plan', path::text[], value::jsonb), :'prices') FROM (VALUES
    ('{zones,3,rows,11,seats,0,seat_guid}', '"A-1-2"'),
    ('{zones,3,rows,11,seats,0,seat_guid}', '""'),
    ('{zones,3,rows,11,seats,0,seat_guid}', 'null'),
    ('{zones,3,rows,11,seats,0,seat_guid}', '7'),
    ('{zones,3,rows,11,seats,0,seat_number}', '7'),
    ('{zones,3,rows,11,seats,0,seat_number}', '["7"]'),
    ('{zones,3,rows,11,seats,0,seat_number}', '{"number": "7"}'),
    ('{zones,3,rows,11,seats,0,seat_number}', 'true'),
    ('{zones,3,rows,11,seats,0,category}', '"vip"'),
    ('{zones,3,rows,11,seats,0,category}', '5'),
    ('{zones,3,rows,11,seats,0,position}', '[1, 2]'),
    ('{zones,3,rows,11,seats,0,position}', '"here"'),
    ('{zones,3,rows,11,seats,0,position,x}', '"1"'),
    ('{zones,3,rows,11,seats,0,position,x}', 'null'),
    ('{zones,3,rows,11,seats,0}', '"a seat"'),
    ('{zones,3,rows,11,seats,0}', '[]'),
    ('{zones,3,rows,11,seats,0}', 'null'),
    ('{zones,3,rows,11,seats}', '{}'),
    ('{zones,3,rows,11,seats}', '"none"'),
    ('{zones,3,rows,11}', '5'),
    ('{zones,3,rows,11,row_number}', '5'),
    ('{zones,3,rows,11,position}', '{"x": 1}'),
    ('{zones,3,rows}', '{"1": []}'),
    ('{zones,3}', 'false'),
    ('{zones,3,name}', '12'),
    ('{zones}', '{}'),
    ('{zones}', 'null'),
    ('{categories}', '"VIP"'),
    ('{categories,0}', '"VIP"'),
    ('{categories,0,name}', '1'),
    ('{categories,0,name}', '""')) AS plans (path, value);
SELECT left(plan, 60), pg_temp.complaint(:slot_id, plan::jsonb, :'prices') FROM (VALUES
    ('null'), ('5'), ('"plan"'), ('true'), ('[]'), ('{}'), ('[{"zones": [], "categories": []}]'),
    ('{"zones": 5, "categories": []}'),
    (repeat('[', 3000) || repeat(']', 3000)),
    (repeat('{"zones": ', 2000) || '[]' || repeat('}', 2000)),
    ('{"categories": [], "zones": ' || repeat('[', 3000) || repeat(']', 3000) || '}'),
    ('{"categories": [], "zones": [{"name": "A", "position": {"x": 1e308, "y": 0}, "rows": [{"position": {"x": 1e308, "y": 0}, "seats": []}]}]}')) AS plans (plan);
SELECT prices, pg_temp.complaint(:slot_id, :'plan', prices::jsonb) FROM (VALUES
    ('null'), ('5'), ('[]'), ('{}'), ('"VIP"'),
    ('{"Kategorie I": 4500, "Kategorie II": 3000}'),
    ('{"Kategorie I": 4500, "Kategorie II": 3000, "vip": 12000}'),
    ('{"Kategorie I": 4500, "Kategorie II": 3000, "VIP": null}'),
    ('{"Kategorie I": 4500, "Kategorie II": 3000, "VIP": "12000"}'),
    ('{"Kategorie I": 4500, "Kategorie II": 3000, "VIP": true}'),
    ('{"Kategorie I": 4500, "Kategorie II": 3000, "VIP": [12000]}'),
    ('{"Kategorie I": 4500, "Kategorie II": 3000, "VIP": {"adult": 12000}}'),
    ('{"Kategorie I": 4500, "Kategorie II": 3000, "VIP": 120.5}'),
    ('{"Kategorie I": 4500, "Kategorie II": 3000, "VIP": -1}'),
    ('{"Kategorie I": 4500, "Kategorie II": 3000, "VIP": 9007199254740992}'),
    ('{"Kategorie I": 4500, "Kategorie II": 3000, "VIP": 1e300}')) AS lists (prices);
SELECT 'missing slot', pg_temp.complaint(0, :'plan', :'prices')
UNION ALL SELECT 'null slot', pg_temp.complaint(NULL, :'plan', :'prices')
UNION ALL SELECT 'null plan', pg_temp.complaint(:slot_id, NULL, :'prices')
UNION ALL SELECT 'null prices', pg_temp.complaint(:slot_id, :'plan', NULL);
\pset fieldsep '|'
\pset format aligned
\pset tuples_only off
SELECT (SELECT count(*) FROM boxoffice.seat WHERE slot_id = :slot_id) AS seats,
       (SELECT count(*) FROM boxoffice.seating_plan WHERE slot_id = :slot_id) AS plans;

-- What need not be there: positions, row numbers, rows, prices of categories that no seat is in. What is ignored: areas
-- and anything unknown.
SELECT boxoffice.add_seating_plan(:slot_id, '{
    "name": "A small hall", "size": {"width": 10, "height": 10},
    "categories": [{"name": "A"}, {"name": "Ä", "color": "#fff"}, {"name": "unused"}],
    "zones": [
        {"name": "Left", "position": {"x": 1.5, "y": -2}, "areas": [{"shape": "circle"}], "rows": [
            {"row_number": "a", "position": {"x": 10, "y": 20.25}, "seats": [
                {"seat_guid": "1", "seat_number": "1", "category": "A", "position": {"x": 0.5, "y": 0}},
                {"seat_guid": "2", "seat_number": "1", "category": "Ä", "unknown": [1, 2]}]},
            {"row_number": "b", "seats": []},
            {"seats": [{"seat_guid": "3", "seat_number": "3", "category": "A"}]}]},
        {"name": "Right", "rows": [{"row_number": null, "position": null, "seats": [
            {"seat_guid": "좌석", "seat_number": "맨 앞", "category": "A"}]}]},
        {"name": "Empty", "rows": []}]}', '{"A": 0, "Ä": 9007199254740991, "other": "not read"}');
SELECT seat_id, seat_guid, zone, row_label, seat_label, category, price, x, y FROM boxoffice.available_seats(:slot_id);
-- The same guids in another slot are other seats; in the same slot they are the same.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS other_slot_id \gset
SELECT boxoffice.add_seating_plan(:other_slot_id, plan, '{"A": 1, "Ä": 1}') FROM boxoffice.seating_plan WHERE slot_id = :slot_id;
\set VERBOSITY sqlstate
SELECT boxoffice.add_seating_plan(:slot_id, plan, '{"A": 1, "Ä": 1}') FROM boxoffice.seating_plan WHERE slot_id = :slot_id;
SELECT count(*) AS seats FROM boxoffice.seat WHERE slot_id = :slot_id;

-- Plans as others write them: zones that have an id and no name, or neither; seats without a number; a category with an empty
-- name; labels of rows and seats for people, with %s for the number.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS labelled_slot_id \gset
SELECT boxoffice.add_seating_plan(:labelled_slot_id, '{"name": "Teatro", "size": {"width": 10, "height": 10},
    "categories": [{"name": ""}, {"name": "VIP"}],
    "zones": [
        {"zone_id": "platea", "position": {"x": 0, "y": 0}, "rows": [
            {"row_number": "A", "row_label": "Fila A", "seat_label": "Butaca %s", "seats": [
                {"seat_guid": "p-A-1", "seat_number": "1", "category": "", "position": {"x": 0, "y": 0}},
                {"seat_guid": "p-A-2", "seat_number": "", "category": "VIP", "position": {"x": 10, "y": 0}}]},
            {"row_number": "B", "row_label": "Fila %s", "seat_label": null, "seats": [
                {"seat_guid": "p-B-1", "seat_number": "", "category": "", "position": {"x": 0, "y": 10}}]},
            {"row_number": "C", "row_label": "", "seat_label": "Asiento", "seats": [
                {"seat_guid": "p-C-1", "seat_number": "7", "category": "", "position": {"x": 0, "y": 20}}]}]},
        {"name": "Palco", "zone_id": "palco", "position": {"x": 0, "y": 50}, "rows": [{"row_number": "", "seats": [
            {"seat_guid": "b-1", "seat_number": "1", "category": "VIP", "position": {"x": 0, "y": 0}}]}]},
        {"position": {"x": 0, "y": 90}, "rows": [{"row_number": "1", "seats": [
            {"seat_guid": "n-1", "seat_number": "1", "category": "VIP", "position": {"x": 0, "y": 0}}]}]}]}', '{"": 100, "VIP": 900}');
SELECT seat_id, seat_guid, zone, row_label, seat_label, category, price FROM boxoffice.available_seats(:labelled_slot_id);
SELECT outcome, amount, seat_ids FROM boxoffice.hold_best_seats(:labelled_slot_id, 'plan-ada', 2, '');
SELECT pg_temp.complaint(:labelled_slot_id, jsonb_build_object('categories', '[{"name": "A"}]'::jsonb, 'zones', jsonb_build_array(jsonb_build_object('rows', jsonb_build_array(jsonb_build_object(
    'row_number', 'A', 'seat_label', repeat('x', 250) || '%s', 'seats', '[{"seat_guid": "g", "seat_number": "1234567890", "category": "A"}]'::jsonb))))), '{"A": 1}');

-- A plan without a seat is no plan: it would take the place of the right one.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS empty_slot_id \gset
\set VERBOSITY default
SELECT boxoffice.add_seating_plan(:empty_slot_id, '{"categories": [], "zones": []}', '{}');
SELECT boxoffice.add_seating_plan(:empty_slot_id, '{"categories": [], "zones": [{"name": "", "rows": []}]}', '{}');
SELECT count(*) AS plans FROM boxoffice.seating_plan WHERE slot_id = :empty_slot_id;
