-- create_venue, create_event, create_slot, add_numbered_seats and their updates: what they store, how a limit is
-- lifted, and every mistake, which raises. They are for administrators and answer with no outcome.

-- A venue; the same external_id again is the same venue, and changes nothing.
SELECT boxoffice.create_venue('Riethsporthalle', address => 'Essener Straße 20, Erfurt', latitude => 51.0, longitude => 11.0,
                              external_id => 'catalogue-hall') AS venue_id \gset
SELECT boxoffice.create_venue('Another name', external_id => 'catalogue-hall') = :venue_id AS same;
SELECT name, address, latitude, longitude, external_id FROM boxoffice.venue WHERE venue_id = :venue_id;
-- Without an external_id every call makes a new one; only the name must be there.
SELECT boxoffice.create_venue('Nowhere') AS nowhere_id \gset
SELECT boxoffice.create_venue('Nowhere') > :nowhere_id AS another;
SELECT name, address, latitude, longitude, external_id FROM boxoffice.venue WHERE venue_id = :nowhere_id;

SELECT boxoffice.create_event('A handball match', :venue_id, 'sport', 'First league', 'catalogue-match') AS event_id \gset
SELECT boxoffice.create_event('Another title', external_id => 'catalogue-match') = :event_id AS same;
SELECT title, venue_id = :venue_id AS in_the_hall, category, description, external_id FROM boxoffice.event WHERE event_id = :event_id;
SELECT boxoffice.create_event('Anything') AS bare_id \gset
SELECT title, venue_id, category, description, external_id FROM boxoffice.event WHERE event_id = :bare_id;

SELECT boxoffice.create_slot(:event_id, '2100-05-01 20:00+00', '15 min', '2099-01-01 00:00+00', '2100-05-01 19:00+00', 4,
                             external_id => 'catalogue-slot') AS slot_id \gset
SELECT boxoffice.create_slot(:bare_id, '2101-01-01 00:00+00', external_id => 'catalogue-slot') = :slot_id AS same;
SET timezone = 'UTC';
PREPARE slot AS SELECT event_id = :event_id AS of_the_match, starts_at, hold_for, sale_opens_at, sale_closes_at, max_per_user, queue_id, external_id
    FROM boxoffice.slot WHERE slot_id = :slot_id;
\x on
EXECUTE slot;
SELECT boxoffice.create_slot(:event_id, '2100-05-02 20:00+00') AS bare_slot_id \gset
SELECT starts_at, hold_for, sale_opens_at, sale_closes_at, max_per_user, queue_id, external_id FROM boxoffice.slot WHERE slot_id = :bare_slot_id;

-- Null leaves everything as it is.
SELECT boxoffice.update_venue(:venue_id), boxoffice.update_event(:event_id), boxoffice.update_slot(:slot_id);
SELECT name, address, latitude, longitude, external_id FROM boxoffice.venue WHERE venue_id = :venue_id;
SELECT title, venue_id = :venue_id AS in_the_hall, category, description, external_id FROM boxoffice.event WHERE event_id = :event_id;
EXECUTE slot;
-- One thing, or all.
SELECT boxoffice.update_venue(:venue_id, address => 'Essener Straße 22, Erfurt');
SELECT name, address, latitude, longitude, external_id FROM boxoffice.venue WHERE venue_id = :venue_id;
SELECT boxoffice.update_venue(:venue_id, 'Hall', 'Erfurt', 50.9, 11.1, 'catalogue-hall-2');
SELECT name, address, latitude, longitude, external_id FROM boxoffice.venue WHERE venue_id = :venue_id;
SELECT boxoffice.update_event(:event_id, category => 'handball');
SELECT title, category, description, external_id FROM boxoffice.event WHERE event_id = :event_id;
SELECT boxoffice.update_event(:event_id, 'A match', 'ball', 'Second league', 'catalogue-match-2');
SELECT title, category, description, external_id FROM boxoffice.event WHERE event_id = :event_id;
SELECT boxoffice.update_slot(:slot_id, max_per_user => 6);
EXECUTE slot;
SELECT boxoffice.update_slot(:slot_id, '2100-06-01 20:00+00', '1 min', '2099-02-01 00:00+00', '2100-06-01 21:00+00', 2, 0, 'catalogue-slot-2');
EXECUTE slot;
-- 0 and infinity lift limits.
SELECT boxoffice.update_slot(:slot_id, max_per_user => 0, queue_id => 0);
SELECT boxoffice.update_slot(:slot_id, sale_closes_at => 'infinity');
EXECUTE slot;
SELECT boxoffice.update_slot(:slot_id, sale_opens_at => 'infinity');
EXECUTE slot;
-- What has no date never begins, and is sold until then.
SELECT boxoffice.update_slot(:slot_id, starts_at => 'infinity');
EXECUTE slot;
\x off

-- add_numbered_seats: seats 1 to count, labelled so, all at the price.
SELECT boxoffice.add_numbered_seats(:slot_id, 3, 1200);
SELECT seat_id, price, reservation_id, held_until, sold, blocked, seat_guid, zone, row_label, seat_label, category, x, y
    FROM boxoffice.seat WHERE slot_id = :slot_id ORDER BY seat_id;
SELECT boxoffice.add_numbered_seats(:bare_slot_id, 1, 0);
-- A running hold keeps its end and its amount when hold_for changes.
SELECT outcome, reservation_id, expires_at FROM boxoffice.hold_seats(:slot_id, 'catalogue-ada', ARRAY[1]) \gset ada_
SELECT boxoffice.update_slot(:slot_id, hold_for => '5 hours');
SELECT expires_at = :'ada_expires_at' AS keeps_its_end, amount FROM boxoffice.get_reservation(:ada_reservation_id, 'catalogue-ada');
-- A lifted limit is lifted: before, nobody could hold 3.
SELECT boxoffice.update_slot(:slot_id, max_per_user => 2);
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'catalogue-ada', ARRAY[2, 3]);
SELECT boxoffice.update_slot(:slot_id, max_per_user => 0);
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'catalogue-ada', ARRAY[2, 3]);

-- A sale may open after the slot has begun when it closes later, it may wait for a date, and not be announced at all.
SELECT boxoffice.create_slot(:event_id, '2100-01-01', sale_opens_at => '2100-01-02', sale_closes_at => '2100-01-03') IS NOT NULL AS later,
    boxoffice.create_slot(:event_id, '2100-01-01', sale_opens_at => 'infinity') IS NOT NULL AS not_announced,
    boxoffice.create_slot(:event_id, 'infinity', sale_opens_at => '2100-01-01') IS NOT NULL AS no_date;
SELECT boxoffice.create_slot(:event_id, '2100-02-01', sale_opens_at => '2100-01-01') AS opens_id \gset

-- Mistakes. What is not there raises with the SQLSTATE of the outcome not_found.
SELECT boxoffice.create_event('A match', venue_id => 0);
SELECT boxoffice.create_slot(:event_id, now(), queue_id => 1);
SELECT boxoffice.create_slot(:event_id, '2100-05-01', sale_opens_at => '2100-05-01', sale_closes_at => '2100-05-01');
SELECT boxoffice.create_slot(:event_id, '2100-05-01', sale_opens_at => '2100-05-01');
SELECT boxoffice.add_numbered_seats(:slot_id, 0, 1);
SELECT boxoffice.add_numbered_seats(:slot_id, 250001, 1);
SELECT boxoffice.create_venue('Hall', latitude => 50);
SELECT boxoffice.create_venue(NULL);
CREATE FUNCTION pg_temp.complaint(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
BEGIN
    EXECUTE 'SELECT boxoffice.' || call;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN sqlstate || ': ' || message || coalesce(' (' || nullif(detail, '') || ')', '');
END
$$;
SELECT (SELECT count(*) FROM boxoffice.venue) AS venues, (SELECT count(*) FROM boxoffice.event) AS events,
       (SELECT count(*) FROM boxoffice.slot) AS slots, (SELECT count(*) FROM boxoffice.seat) AS seats \gset
\pset tuples_only on
\pset format unaligned
\pset fieldsep '\n    '
SELECT call, pg_temp.complaint(replace(replace(replace(call, 'EVENT', :'event_id'), 'SLOT', :'slot_id'), 'OPENS', :'opens_id')) FROM (VALUES
    ('create_venue('''')'),
    ('create_venue(repeat(''h'', 1001))'),
    ('create_venue(''Hall'', latitude => 90.1, longitude => 0)'),
    ('create_venue(''Hall'', latitude => 0, longitude => -180.1)'),
    ('create_venue(''Hall'', latitude => ''NaN'', longitude => 0)'),
    ('create_venue(''Hall'', latitude => 0, longitude => ''infinity'')'),
    ('create_venue(''Hall'', longitude => 0)'),
    ('create_venue(''Hall'', external_id => '''')'),
    ('create_venue(''Hall'', external_id => repeat(''x'', 256))'),
    ('create_event(NULL)'),
    ('create_event('''')'),
    ('create_event(repeat(''t'', 1001))'),
    ('create_event(''Match'', category => '''')'),
    ('create_event(''Match'', category => repeat(''c'', 256))'),
    ('create_event(''Match'', external_id => '''')'),
    ('create_event(''Match'', venue_id => -1)'),
    ('create_slot(NULL, now())'),
    ('create_slot(0, now())'),
    ('create_slot(EVENT, NULL)'),
    ('create_slot(EVENT, ''-infinity'')'),
    ('create_slot(EVENT, now(), hold_for => NULL)'),
    ('create_slot(EVENT, now(), hold_for => ''0'')'),
    ('create_slot(EVENT, now(), hold_for => ''-1 min'')'),
    ('create_slot(EVENT, now(), hold_for => ''-1 mon 31 days'')'),
    ('create_slot(EVENT, now(), hold_for => ''170000000 years'')'),
    ('create_slot(EVENT, now(), sale_opens_at => ''2100-01-02'', sale_closes_at => ''2100-01-01'')'),
    ('create_slot(EVENT, ''2100-01-01'', sale_opens_at => ''2100-01-01'')'),
    ('create_slot(EVENT, ''2100-01-01'', sale_opens_at => ''2100-01-02'')'),
    ('create_slot(EVENT, now(), max_per_user => 0)'),
    ('create_slot(EVENT, now(), max_per_user => -1)'),
    ('create_slot(EVENT, now(), queue_id => -1)'),
    ('create_slot(EVENT, now(), external_id => '''')'),
    ('update_venue(NULL, ''Hall'')'),
    ('update_venue(0, ''Hall'')'),
    ('update_venue(0, '''')'),
    ('update_venue(0, latitude => -91)'),
    ('update_event(NULL, ''Match'')'),
    ('update_event(0, ''Match'')'),
    ('update_event(EVENT, '''')'),
    ('update_slot(NULL)'),
    ('update_slot(0)'),
    ('update_slot(SLOT, starts_at => ''-infinity'')'),
    ('update_slot(SLOT, hold_for => ''0'')'),
    ('update_slot(SLOT, max_per_user => -1)'),
    ('update_slot(SLOT, queue_id => 7)'),
    ('update_slot(SLOT, external_id => '''')'),
    ('update_slot(SLOT, sale_opens_at => ''2100-01-02'', sale_closes_at => ''2100-01-01'')'),
    ('update_slot(OPENS, starts_at => ''2100-01-01'')'),
    ('update_slot(OPENS, sale_opens_at => ''2100-02-01'')'),
    ('update_slot(OPENS, sale_closes_at => ''2099-12-01'')'),
    ('add_numbered_seats(NULL, 1, 1)'),
    ('add_numbered_seats(SLOT, NULL, 1)'),
    ('add_numbered_seats(SLOT, 1, NULL)'),
    ('add_numbered_seats(0, 1, 1)'),
    ('add_numbered_seats(SLOT, 0, 1)'),
    ('add_numbered_seats(SLOT, -1, 1)'),
    ('add_numbered_seats(SLOT, 250001, 1)'),
    ('add_numbered_seats(SLOT, 2147483647, 1)'),
    ('add_numbered_seats(SLOT, 1, -1)'),
    ('add_numbered_seats(SLOT, 1, 9007199254740992)')) AS calls (call);
\pset fieldsep '|'
\pset format aligned
\pset tuples_only off
-- Two that collide with what is there: class 23.
\set VERBOSITY sqlstate
SELECT boxoffice.update_slot(:bare_slot_id, external_id => 'catalogue-slot-2');
SELECT boxoffice.update_event(:bare_id, external_id => 'catalogue-match-2');
SELECT boxoffice.update_venue(:nowhere_id, external_id => 'catalogue-hall-2');
SELECT boxoffice.update_venue(:nowhere_id, latitude => 50);
-- A window that only the stored half makes wrong.
SELECT boxoffice.update_slot(:bare_slot_id, sale_opens_at => '2100-01-01');
SELECT boxoffice.update_slot(:bare_slot_id, sale_closes_at => '2099-01-01');
-- None of them left a trace.
SELECT (SELECT count(*) FROM boxoffice.venue) - :venues AS venues, (SELECT count(*) FROM boxoffice.event) - :events AS events,
       (SELECT count(*) FROM boxoffice.slot) - :slots AS slots, (SELECT count(*) FROM boxoffice.seat) - :seats AS seats;
