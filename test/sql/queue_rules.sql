-- create_queue and update_queue: what they store, how a limit is lifted, and every mistake, which raises and writes
-- nothing. What the rules do to those who wait is in queue_join.

SET timezone = 'UTC';
SELECT boxoffice.create_queue('Opening', 100) AS queue_id \gset
PREPARE rules AS
    SELECT name, mode, max_active, active_for, max_waiting, admit_per_minute, claim_for, idle_for, join_before, shuffle_sha256, drawn_at
    FROM boxoffice.queue WHERE queue_id = :queue_id;
\x on
EXECUTE rules;
SELECT name, mode, max_active, waiting, active, admitted_per_minute, oldest_wait, join_before, shuffle_sha256, drawn_at, shuffle_seed
    FROM boxoffice.stat_queue WHERE queue_id = :queue_id;
-- Null leaves everything as it is, 0 lifts a limit that is not there.
SELECT boxoffice.update_queue(:queue_id);
SELECT boxoffice.update_queue(:queue_id, max_waiting => 0, admit_per_minute => 0);
SELECT boxoffice.update_queue(:queue_id, join_before => 'infinity');
EXECUTE rules;
-- One thing, or all.
SELECT boxoffice.update_queue(:queue_id, max_waiting => 7);
EXECUTE rules;
SELECT boxoffice.update_queue(:queue_id, 'Second day', 1, '1 hour', 1000000000, 1, '1 microsecond', '366 days', 'bypass',
                              '2100-01-01 12:00+00', 'the seed');
EXECUTE rules;
SELECT shuffle_sha256 = encode(sha256('the seed'), 'hex') AS commits_to_the_seed FROM boxoffice.queue WHERE queue_id = :queue_id;
SELECT boxoffice.update_queue(:queue_id, max_waiting => 0, mode => 'open');
SELECT boxoffice.update_queue(:queue_id, admit_per_minute => 0, mode => 'closed');
-- Each half of the draw may be changed alone when both are there; infinity takes back both.
SELECT boxoffice.update_queue(:queue_id, join_before => '2100-02-01', mode => 'paused');
SELECT boxoffice.update_queue(:queue_id, shuffle_seed => 'another seed');
EXECUTE rules;
SELECT shuffle_sha256 = encode(sha256('another seed'), 'hex') AS commits_to_the_seed FROM boxoffice.queue WHERE queue_id = :queue_id;
SELECT boxoffice.update_queue(:queue_id, join_before => 'infinity');
EXECUTE rules;
SELECT count(*) AS seeds FROM boxoffice.queue_seed WHERE queue_id = :queue_id;
-- The name may be any text, and a second queue may have it.
SELECT boxoffice.create_queue(E'Größe "1" \U0001F39F \\ ''x''; DROP', 1000000000, '366 days', 1, 1000000000, '8784 hours', '1 microsecond',
                              '2000-01-01 00:00+00', repeat('s', 1000)) AS odd_id \gset
SELECT boxoffice.create_queue(E'Größe "1" \U0001F39F \\ ''x''; DROP', 1) > :odd_id AS another;
SELECT name, mode, max_active, active_for, max_waiting, admit_per_minute, claim_for, idle_for, join_before FROM boxoffice.queue WHERE queue_id = :odd_id;
-- A row undone is gone from the view as well.
BEGIN;
SELECT boxoffice.create_queue('Undone', 1) AS undone_id \gset
SELECT boxoffice.update_queue(:queue_id, max_active => 9);
ROLLBACK;
SELECT count(*) AS there FROM boxoffice.stat_queue WHERE queue_id = :undone_id;
EXECUTE rules;
\x off

-- Mistakes. What is not there raises with the SQLSTATE of the outcome not_found.
SELECT boxoffice.update_queue(0, mode => 'open');
SELECT boxoffice.create_queue('Draw', 1, join_before => '2100-01-01');
SELECT boxoffice.create_queue('Nobody', 0);
SELECT boxoffice.update_queue(:queue_id, mode => 'Open');
SELECT boxoffice.create_queue('Short', 1, claim_for => '0');
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
SELECT count(*) AS queues, (SELECT count(*) FROM boxoffice.queue_seed) AS seeds,
       (SELECT md5(q::text) FROM boxoffice.queue q WHERE queue_id = :queue_id) AS rules FROM boxoffice.queue \gset
\pset tuples_only on
\pset format unaligned
\pset fieldsep '\n    '
SELECT call, pg_temp.complaint(replace(call, 'QUEUE', :'queue_id')) FROM (VALUES
    ('create_queue(NULL, 1)'),
    ('create_queue('''', 1)'),
    ('create_queue('' '', 1)'),
    ('create_queue(E''\t\r\n'', 1)'),
    ('create_queue(repeat(''q'', 1001), 1)'),
    ('create_queue(''Queue'', NULL)'),
    ('create_queue(''Queue'', -1)'),
    ('create_queue(''Queue'', 1000000001)'),
    ('create_queue(''Queue'', 2147483647)'),
    ('create_queue(''Queue'', 1, active_for => NULL)'),
    ('create_queue(''Queue'', 1, active_for => ''0'')'),
    ('create_queue(''Queue'', 1, active_for => ''-1 min'')'),
    ('create_queue(''Queue'', 1, active_for => ''1 mon -31 days'')'),
    ('create_queue(''Queue'', 1, active_for => ''13 months'')'),
    ('create_queue(''Queue'', 1, active_for => ''170000000 years'')'),
    ('create_queue(''Queue'', 1, max_waiting => 0)'),
    ('create_queue(''Queue'', 1, max_waiting => -2147483648)'),
    ('create_queue(''Queue'', 1, max_waiting => 1000000001)'),
    ('create_queue(''Queue'', 1, admit_per_minute => 0)'),
    ('create_queue(''Queue'', 1, admit_per_minute => -1)'),
    ('create_queue(''Queue'', 1, admit_per_minute => 1000000001)'),
    ('create_queue(''Queue'', 1, claim_for => NULL)'),
    ('create_queue(''Queue'', 1, claim_for => ''-1 microsecond'')'),
    ('create_queue(''Queue'', 1, claim_for => ''367 days'')'),
    ('create_queue(''Queue'', 1, idle_for => NULL)'),
    ('create_queue(''Queue'', 1, idle_for => ''0'')'),
    ('create_queue(''Queue'', 1, idle_for => ''-1 day 24 hours'')'),
    ('create_queue(''Queue'', 1, shuffle_seed => ''seed'')'),
    ('create_queue(''Queue'', 1, join_before => ''2100-01-01'', shuffle_seed => '''')'),
    ('create_queue(''Queue'', 1, join_before => ''2100-01-01'', shuffle_seed => ''  '')'),
    ('create_queue(''Queue'', 1, join_before => ''2100-01-01'', shuffle_seed => repeat(''s'', 1001))'),
    ('create_queue(''Queue'', 1, join_before => ''infinity'', shuffle_seed => ''seed'')'),
    ('create_queue(''Queue'', 1, join_before => ''-infinity'', shuffle_seed => ''seed'')'),
    ('create_queue(''Queue'', 1, join_before => ''infinity'')'),
    ('update_queue(NULL, ''Queue'')'),
    ('update_queue(-1)'),
    ('update_queue(9223372036854775807, ''Queue'')'),
    ('update_queue(-1, max_active => 0)'),
    ('update_queue(QUEUE, '''')'),
    ('update_queue(QUEUE, ''  '')'),
    ('update_queue(QUEUE, max_active => 0)'),
    ('update_queue(QUEUE, max_active => -5)'),
    ('update_queue(QUEUE, max_active => 1000000001)'),
    ('update_queue(QUEUE, active_for => ''0'')'),
    ('update_queue(QUEUE, max_waiting => -1)'),
    ('update_queue(QUEUE, max_waiting => 1000000001)'),
    ('update_queue(QUEUE, admit_per_minute => -1)'),
    ('update_queue(QUEUE, claim_for => ''0 days'')'),
    ('update_queue(QUEUE, idle_for => ''-5 min'')'),
    ('update_queue(QUEUE, mode => '''')'),
    ('update_queue(QUEUE, mode => ''draining'')'),
    ('update_queue(QUEUE, mode => ''open '')'),
    ('update_queue(QUEUE, join_before => ''2100-01-01'')'),
    ('update_queue(QUEUE, shuffle_seed => ''seed'')'),
    ('update_queue(QUEUE, join_before => ''-infinity'', shuffle_seed => ''seed'')'),
    -- one good value beside a bad one
    ('update_queue(QUEUE, max_active => 5, mode => ''wide open'')')) AS calls (call);
\pset fieldsep '|'
\pset format aligned
\pset tuples_only off
-- None of them left a trace.
SELECT count(*) - :queues AS queues, (SELECT count(*) FROM boxoffice.queue_seed) - :seeds AS seeds,
       (SELECT md5(q::text) FROM boxoffice.queue q WHERE queue_id = :queue_id) = :'rules' AS rules_unchanged FROM boxoffice.queue;
-- Nor may anybody write in a transaction that must not.
\set VERBOSITY sqlstate
BEGIN READ ONLY;
SELECT boxoffice.create_queue('Queue', 1);
ROLLBACK;
BEGIN READ ONLY;
SELECT boxoffice.update_queue(:queue_id, mode => 'open');
ROLLBACK;
