-- Search: text is compared as people read it, whatever the locale of the database, and few events are read for it.

-- Written so, found so.
CREATE TEMPORARY TABLE pair (written text, asked text);
INSERT INTO pair VALUES
    ('Märchen in ÖSTERREICH', 'österreich'), ('Die Brücke', normalize('Brücke', NFD)), (normalize('Die Brücke', NFD), 'brücke'),
    (normalize('서울 하늘극장', NFD), '하늘극장'), ('서울 하늘극장', normalize('하늘', NFD)), ('Große Straße', 'STRASSE'), ('GROSSE STRASSE', 'straße'),
    ('ΟΔΥΣΣΕΎΣ', 'οδυσσεύς'), ('Οδυσσεύς στη σκηνή', 'ΟΔΥΣΣΕΎΣ'), ('IŞIĞI', 'ışığı'), ('ışığı', 'IŞIĞI'), ('İSTANBUL', 'istanbul'), ('istanbul', 'İstanbul'),
    ('Ｊａｚｚ　Ｎｉｇｈｔ', 'jazz night'), (E'Rock\u00a0am\u00a0Ring', 'rock am ring'), (E'Donau\u00addampf\u200bschiff', 'donaudampfschiff'),
    ('ﬁnale', 'FINALE'), ('Łódź', 'łódź'), ('Чайковский', 'ЧАЙКОВСКИЙ'), ('Ｘ', 'x'), ('ＡＢ', 'b'), (E'Tanz\U0001F483', E'\U0001F483');
-- and so not: a mark or another letter that people see
INSERT INTO pair VALUES ('Die Brücke', 'brucke'), ('50 % leiser', '50_'), ('ab', 'ba'), ('Zahl', E'a\nh');
BEGIN;
CREATE TEMPORARY TABLE made AS SELECT *, boxoffice.create_event(written) AS of_title,
    boxoffice.create_event('Anywhere', boxoffice.create_venue(written)) AS of_venue FROM pair;
SELECT written, asked, count(*) FILTER (WHERE found) AS found_in_title, count(*) FILTER (WHERE by_venue) AS found_in_venue
    FROM made, LATERAL (SELECT event_id = of_title AS found, event_id = of_venue AS by_venue FROM boxoffice.list_events(asked, max_rows => 1000)) l
    WHERE found OR by_venue GROUP BY written, asked ORDER BY written COLLATE "C", asked COLLATE "C";
ROLLBACK;
-- What is folded folds to itself, and nothing that nobody sees is left.
SELECT written FROM (SELECT written FROM pair UNION ALL SELECT asked FROM pair) p
    WHERE boxoffice.fold_text(boxoffice.fold_text(written)) <> boxoffice.fold_text(written)
       OR boxoffice.fold_text(normalize(written, NFD)) <> boxoffice.fold_text(normalize(written, NFC));
SELECT boxoffice.fold_text(NULL) IS NULL AS null_stays, boxoffice.fold_text('') = '' AS empty_stays, boxoffice.fold_text(E'\u00ad\u200b') = '' AS unseen_goes;
SELECT cardinality(boxoffice.cut_grams('')) AS none, cardinality(boxoffice.cut_grams('a')) AS one, cardinality(boxoffice.cut_grams('ab')) AS two,
    cardinality(boxoffice.cut_grams('abc')) AS three, cardinality(boxoffice.cut_grams('aaaa')) AS each_once, cardinality(boxoffice.cut_grams('가나다라')) AS four;
-- Only what everybody may see: a query of nothing but the unseen is none.
SELECT count(*) = (SELECT count(*) FROM boxoffice.list_events()) AS all_of_them FROM boxoffice.list_events(E'\u00ad');

-- A programme of 5,000 events in 40 venues: words drawn at random, some of them in nearly every description, one in the oldest
-- half alone, one in three events.
CREATE TEMPORARY TABLE word AS SELECT n, w FROM unnest(ARRAY['Konzert', 'für', 'Klavier', 'und', 'Orchester', 'Ｏper', 'Tanz', 'Straße', 'Musik', 'Abend', 'Brücke',
    'die', 'der', 'Nacht', 'Märchen', '하늘극장', '서울', 'ΟΔΥΣΣΕΎΣ', 'Театр', 'ışığı', 'jazz', 'open air', '2027', 'Festival']) WITH ORDINALITY AS words (w, n);
SELECT setseed(0.5);
DO $$
DECLARE
    venues bigint[] := ARRAY(SELECT boxoffice.create_venue('Halle ' || n || CASE WHEN n = 7 THEN ' Ögedei' ELSE '' END, external_id => 'search-' || n) FROM generate_series(1, 40) n);
    words text[] := ARRAY(SELECT w FROM word ORDER BY n);
    title text;
    description text;
BEGIN
    FOR n IN 1 .. 5000 LOOP
        SELECT string_agg(words[1 + floor(random() * 24)], ' ') INTO title FROM generate_series(1, 3 + n % 3);
        SELECT string_agg(words[1 + floor(random() * 24)], ' ') INTO description FROM generate_series(1, 8);
        PERFORM boxoffice.create_event(title || CASE WHEN n <= 2500 THEN ' Winterreise' WHEN n IN (2600, 3700, 4800) THEN ' ѮѮdlibet' ELSE '' END,
            CASE WHEN n % 50 <> 0 THEN venues[1 + n % 40] END, CASE WHEN n % 3 = 0 THEN 'Reihe ' || n % 9 END, CASE WHEN n % 4 <> 0 THEN description END);
    END LOOP;
END
$$;
-- The plain scan, which looks at every event.
CREATE TEMPORARY TABLE folded AS SELECT event_id, boxoffice.fold_text(concat_ws(E'\n', title, category, description)) COLLATE "C" AS own,
    boxoffice.fold_text(v.name) COLLATE "C" AS of_venue FROM boxoffice.event e LEFT JOIN boxoffice.venue v USING (venue_id);
CREATE FUNCTION pg_temp.plain_scan(query text, before_id bigint, max_rows integer) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT array_agg(event_id) FROM (SELECT event_id FROM folded WHERE (strpos(own, boxoffice.fold_text(query)) > 0 OR strpos(of_venue, boxoffice.fold_text(query)) > 0)
        AND event_id < coalesce(before_id, 9007199254740992) ORDER BY event_id DESC LIMIT max_rows) found
$$;
CREATE FUNCTION pg_temp.listed(query text, before_id bigint, max_rows integer) RETURNS bigint[] LANGUAGE sql AS $$
    SELECT array_agg(event_id ORDER BY n) FROM (SELECT event_id, row_number() OVER () AS n FROM boxoffice.list_events(query, before_id, max_rows)) l
$$;
-- Pieces of titles, descriptions and venues, of 1 to 12 characters, in any case and form; and such as nothing has.
CREATE TEMPORARY TABLE asked AS
    SELECT CASE n % 4 WHEN 0 THEN upper(piece) WHEN 1 THEN normalize(piece, NFD) WHEN 2 THEN lower(piece) ELSE piece END AS query,
        CASE WHEN n % 5 = 0 THEN (SELECT max(event_id) FROM boxoffice.event) - n * 16 END AS before_id, (ARRAY[1, 5, 50, 1000])[1 + n % 4] AS max_rows
    FROM (SELECT n, substr(source, 1 + floor(random() * length(source))::integer, 1 + n % 12) || CASE WHEN n % 17 = 0 THEN 'zq' ELSE '' END AS piece
        FROM generate_series(1, 240) n, LATERAL (SELECT concat_ws(E'\n', title, category, description, v.name) AS source FROM boxoffice.event e LEFT JOIN boxoffice.venue v USING (venue_id)
            WHERE event_id = (SELECT max(event_id) FROM boxoffice.event) - n * 20) source) pieces;
SELECT count(*) AS queries, count(*) FILTER (WHERE listed IS NOT DISTINCT FROM scanned) AS equal, count(*) FILTER (WHERE listed IS NULL) BETWEEN 10 AND 200 AS some_find_nothing
    FROM (SELECT pg_temp.listed(query, before_id, max_rows) AS listed, pg_temp.plain_scan(query, before_id, max_rows) AS scanned FROM asked OFFSET 0) both_ways;

-- How many events are read: for a text that few have, about as many as have it and the newest; for one that many have, the
-- newest; never all. Plans that were made for the first rows serve.
CREATE VIEW pg_temp.events_read AS SELECT seq_scan AS scans, seq_tup_read + idx_tup_fetch AS read FROM pg_stat_xact_user_tables WHERE relid = 'boxoffice.event'::regclass;
CREATE FUNCTION pg_temp.read_for(query text, before_id bigint = NULL, max_rows integer = 50) RETURNS TABLE (events bigint, scans bigint, few boolean, more_than_few bigint) LANGUAGE plpgsql AS $$
DECLARE
    earlier record;
    later record;
BEGIN
    SELECT * INTO earlier FROM pg_temp.events_read;
    SELECT count(*) INTO events FROM boxoffice.list_events(query, before_id, max_rows);
    SELECT * INTO later FROM pg_temp.events_read;
    scans := later.scans - earlier.scans;
    -- the newest, and of those that may have it three for each that has
    few := later.read - earlier.read <= 4 * max_rows + 3 * events + 200;
    more_than_few := CASE WHEN NOT few THEN later.read - earlier.read END;
    RETURN NEXT;
END
$$;
SELECT left(query, 20) AS query, r.* FROM (VALUES ('ѯѯdlibet'), ('Ѯ'), ('ѯѯ'), ('ögedei'), ('o'), ('жж'), ('nothing has this'), ('한'), ('театр'), ('straße straße straße'), ('konzert für klavier'),
    (repeat('nacht der ', 200)), ('z'), ('_%_')) AS q (query), LATERAL pg_temp.read_for(query) r;
SELECT query, r.* FROM (VALUES ('ѯѯdlibet'), ('o')) AS q (query), LATERAL pg_temp.read_for(query, (SELECT max(event_id) - 2000 FROM boxoffice.event)) r;
-- One that many have, but none of the newest, is met on the way down: the way is all that is read.
SELECT events, scans, few, more_than_few FROM pg_temp.read_for('winterreise');

-- What is changed is found as it is now, and as it was no more.
SELECT event_id AS changed FROM boxoffice.list_events('ѯѯdlibet', max_rows => 1) \gset
SELECT boxoffice.update_event(:changed, title => 'Ungewöhnlich', description => 'Ebbe');
SELECT boxoffice.update_venue((SELECT venue_id FROM boxoffice.venue WHERE external_id = 'search-7'), 'Kulturhaus ÅRHUS');
SELECT (SELECT count(*) FROM boxoffice.list_events('ѯѯdlibet')) AS old_title, (SELECT count(*) FROM boxoffice.list_events('UNGEWÖHNLICH')) AS new_title,
    (SELECT count(*) FROM boxoffice.list_events(E'lich\nReihe')) AS by_lines, (SELECT count(*) FROM boxoffice.list_events('ögedei')) AS old_venue,
    (SELECT count(*) FROM boxoffice.list_events('århus', max_rows => 1000)) AS new_venue;
