-- A rule of duration lasts the same whoever calls, in whatever time zone, on whatever day, and is never above its own limit.
-- Clocks in Berlin go back an hour on 2027-10-31 at 03:00, so that day lasts 25 hours there, and forward on 2027-03-28.

SELECT boxoffice.create_event('Durations') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, '2030-01-01', hold_for => '1 day', hold_for_max => '24 hours') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 20, 100) AS seats_added;
SELECT boxoffice.add_pool(:slot_id, 'Standing', 20, 100) AS pool_id \gset
SELECT boxoffice.create_slot(:event_id, '2030-01-01', hold_for => '1 hour', hold_for_max => '1 day') AS extended_slot_id \gset
SELECT boxoffice.add_numbered_seats(:extended_slot_id, 20, 100) AS seats_added;
SELECT boxoffice.create_queue('Durations', 100, active_for => '1 day', claim_for => '1 day', idle_for => '1 day') AS queue_id \gset

-- What one session in this time zone gets, by the clock at this instant: how long its holds and its place last.
CREATE FUNCTION pg_temp.lengths(zone text, at timestamptz, slot bigint, pool bigint, extended bigint, queue bigint)
    RETURNS TABLE (seats interval, places interval, extended_hold interval, place_in_queue interval) LANGUAGE plpgsql AS $$
DECLARE
    who text := zone || at;
    hold bigint;
BEGIN
    PERFORM set_config('TimeZone', zone, true);
    PERFORM set_config('boxoffice.clock_offset', (at - clock_timestamp())::text, true);
    PERFORM FROM boxoffice.hold_best_seats(slot, who, 1);
    PERFORM FROM boxoffice.hold_places(pool, who, 1);
    SELECT reservation_id INTO hold FROM boxoffice.hold_best_seats(extended, who, 1);
    PERFORM set_config('boxoffice.clock_offset', (at + interval '59 min' - clock_timestamp())::text, true);
    FOR hour IN 1 .. 26 LOOP
        PERFORM FROM boxoffice.extend_hold(hold, who);
        PERFORM set_config('boxoffice.clock_offset', (at + make_interval(mins => hour * 59 + 59) - clock_timestamp())::text, true);
    END LOOP;
    PERFORM set_config('boxoffice.clock_offset', (at - clock_timestamp())::text, true);
    PERFORM FROM boxoffice.join_queue(queue, who);
    PERFORM set_config('TimeZone', 'UTC', true);
    RETURN QUERY SELECT
        (SELECT expires_at - created_at FROM boxoffice.reservation WHERE user_id = who AND slot_id = slot AND pool_id IS NULL),
        (SELECT expires_at - created_at FROM boxoffice.reservation WHERE user_id = who AND pool_id = pool),
        (SELECT expires_at - created_at FROM boxoffice.reservation WHERE user_id = who AND slot_id = extended),
        (SELECT expires_at - admitted_at FROM boxoffice.queue_token WHERE user_id = who AND queue_id = queue);
END
$$;
-- admitted for so long and no longer: lapses_at is the same for claim_for
SELECT day, zone, l.* FROM (VALUES ('longer', timestamptz '2027-10-30 12:00 Europe/Berlin'), ('shorter', '2027-03-27 12:00 Europe/Berlin')) AS days (day, at),
    (VALUES ('UTC'), ('Europe/Berlin'), ('America/New_York'), ('Australia/Lord_Howe')) AS zones (zone),
    pg_temp.lengths(zone, at, :slot_id, :pool_id, :extended_slot_id, :queue_id) l ORDER BY day, zone COLLATE "C";
SELECT DISTINCT lapses_at - admitted_at AS claim_for FROM boxoffice.queue_token WHERE queue_id = :queue_id;

-- What is stored has only hours, minutes and seconds, and reads the same in every time zone.
SELECT hold_for, hold_for_max FROM boxoffice.slot WHERE slot_id = :slot_id;
SELECT active_for, claim_for, idle_for FROM boxoffice.queue WHERE queue_id = :queue_id;
SELECT boxoffice.update_slot(:slot_id, hold_for => '1 week 2 hours', hold_for_max => '366 days');
SELECT boxoffice.update_queue(:queue_id, active_for => '2 days -1 hour', idle_for => 'P1DT1M');
SELECT hold_for, hold_for_max FROM boxoffice.slot WHERE slot_id = :slot_id;
SELECT active_for, claim_for, idle_for FROM boxoffice.queue WHERE queue_id = :queue_id;
SELECT boxoffice.update_slot(:slot_id, hold_for_max => '0 days');
SELECT hold_for, hold_for_max FROM boxoffice.slot WHERE slot_id = :slot_id;

-- The limit is one of true length, at both of its ends, and so is that of hold_for by hold_for_max.
CREATE FUNCTION pg_temp.complaint(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
    hint text;
BEGIN
    EXECUTE 'SELECT boxoffice.' || call;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN sqlstate || ': ' || message || coalesce(' (' || nullif(detail, '') || ')', '') || coalesce(E'\n    ' || nullif(hint, ''), '');
END
$$;
\pset tuples_only on
\pset format unaligned
\pset fieldsep '\n    '
SELECT call, pg_temp.complaint(replace(replace(call, 'SLOT', :'slot_id'), 'QUEUE', :'queue_id')) FROM (VALUES
    ('create_slot(1, ''2030-01-01'', hold_for => ''12 months 366 days 8784 hours'')'),
    ('create_slot(1, ''2030-01-01'', hold_for => ''1 month'', hold_for_max => ''30 days'')'),
    ('create_slot(1, ''2030-01-01'', hold_for => ''1 year'')'),
    ('create_slot(1, ''2030-01-01'', hold_for => ''1 month -29 days'')'),
    ('create_slot(1, ''2030-01-01'', hold_for_max => ''2 months'')'),
    ('update_slot(SLOT, hold_for => ''366 days'')'),
    ('update_slot(SLOT, hold_for => ''8784 hours'')'),
    ('update_slot(SLOT, hold_for => ''366 days 1 microsecond'')'),
    ('update_slot(SLOT, hold_for => ''183 days 4392 hours 1 microsecond'')'),
    ('update_slot(SLOT, hold_for => ''2147483647 days'')'),
    ('update_slot(SLOT, hold_for => ''-2147483648 days'')'),
    ('update_slot(SLOT, hold_for => ''1 day -24 hours'')'),
    ('update_slot(SLOT, hold_for => ''1 day -24 hours 1 microsecond'')'),
    ('update_slot(SLOT, hold_for => ''1 day 1 second'', hold_for_max => ''24 hours'')'),
    ('update_slot(SLOT, hold_for => ''24 hours'', hold_for_max => ''1 day'')'),
    ('update_slot(SLOT, hold_for_max => ''1 month'')'),
    ('update_queue(QUEUE, active_for => ''1 month'')'),
    ('update_queue(QUEUE, claim_for => ''1 year'')'),
    ('update_queue(QUEUE, idle_for => ''12 months'')'),
    ('update_queue(QUEUE, idle_for => ''366 days'')')) AS calls (call);
\pset fieldsep '|'
\pset format aligned
\pset tuples_only off
-- Nor does a change by hand bring in what a calendar would stretch.
\set VERBOSITY terse
UPDATE boxoffice.slot SET hold_for = '1 day' WHERE slot_id = :slot_id;
UPDATE boxoffice.queue SET idle_for = '1 month' WHERE queue_id = :queue_id;
\set VERBOSITY default
