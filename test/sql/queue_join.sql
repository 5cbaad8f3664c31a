-- join_queue, queue_status, leave_queue and admit_waiting: every way each can answer, and the order in which users are
-- admitted. What time does to a place is in queue_times, what a transaction does to it in queue_transactions.

SELECT boxoffice.create_queue('Join', 2) AS queue_id \gset
PREPARE join_it (bigint, text, int) AS
    SELECT outcome, status, position, eta_seconds, poll_after_ms, expires_at IS NOT NULL AS expires, token IS NOT NULL AS has_token
    FROM boxoffice.join_queue($1, $2, $3);
-- The status of a user's last token, which must be the token that was asked for.
PREPARE ask (bigint, text) AS
    SELECT s.outcome, s.token = t.token AS same_token, s.status, s.position, s.eta_seconds, s.poll_after_ms, s.expires_at = t.expires_at AS as_stored
    FROM (SELECT * FROM boxoffice.queue_token WHERE queue_id = $1 AND user_id = $2 ORDER BY joined_at DESC LIMIT 1) t, boxoffice.queue_status(t.token) s;
PREPARE leave (bigint, text) AS
    SELECT l.outcome FROM (SELECT token FROM boxoffice.queue_token WHERE queue_id = $1 AND user_id = $2 ORDER BY joined_at DESC LIMIT 1) t, boxoffice.leave_queue(t.token) l;
PREPARE tokens (bigint) AS
    SELECT number, user_id, priority, status, admitted_at IS NOT NULL AS admitted, lapses_at < expires_at AS unclaimed, ended_at IS NOT NULL AS ended
    FROM boxoffice.queue_token WHERE queue_id = $1 ORDER BY number;
PREPARE line (bigint) AS
    SELECT s.position, t.user_id, t.priority, s.eta_seconds, s.poll_after_ms
    FROM boxoffice.queue_token t, boxoffice.queue_status(t.token) s WHERE t.queue_id = $1 AND t.status = 'waiting' ORDER BY s.position;

-- Active at once while there is room, then waiting, with the next number.
EXECUTE join_it(:queue_id, 'ann', 0);
EXECUTE join_it(:queue_id, 'bob', 0);
EXECUTE join_it(:queue_id, 'cem', 0);
EXECUTE join_it(:queue_id, 'dan', 0);
EXECUTE tokens(:queue_id);
-- The times of one who was active at once: shown up already, for active_for; of one who waits: none.
SELECT user_id, joined_at = admitted_at AS at_once, lapses_at = expires_at AS claimed, expires_at - admitted_at AS active_for, last_seen_at = joined_at AS seen
    FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id IN ('ann', 'cem') ORDER BY number;
-- Asking.
EXECUTE ask(:queue_id, 'ann');
EXECUTE ask(:queue_id, 'cem');
EXECUTE ask(:queue_id, 'dan');
-- Joining again is asking, whoever asks for a higher priority meanwhile.
SELECT a.outcome, a.status, a.position, a.token = t.token AS same_token
    FROM unnest(ARRAY['ann', 'bob', 'cem', 'dan']) WITH ORDINALITY AS u (user_id, n) JOIN boxoffice.queue_token t USING (user_id),
        boxoffice.join_queue(:queue_id, user_id, 3) a WHERE t.queue_id = :queue_id ORDER BY n;
EXECUTE tokens(:queue_id);
-- Users and queues are told apart: the same user elsewhere, and a name that differs in case or by a space, have places of their own.
SELECT boxoffice.create_queue('Elsewhere', 1) AS other_id \gset
EXECUTE join_it(:other_id, 'cem', 0);
EXECUTE join_it(:other_id, 'Cem', 0);
EXECUTE join_it(:other_id, 'cem ', 0);
EXECUTE join_it(:other_id, E'\u00e7em', 0);
EXECUTE line(:other_id);

-- Higher priorities first, inside one by number.
EXECUTE join_it(:queue_id, 'eve', 1);
EXECUTE join_it(:queue_id, 'fay', 3);
EXECUTE join_it(:queue_id, 'gus', 1);
EXECUTE join_it(:queue_id, 'hal', 3);
EXECUTE join_it(:queue_id, 'ida', 2);
EXECUTE line(:queue_id);
-- No room: nobody is admitted.
SELECT boxoffice.admit_waiting(:queue_id);
-- One place becomes free, then two.
EXECUTE leave(:queue_id, 'ann');
SELECT boxoffice.admit_waiting(:queue_id);
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE line(:queue_id);
EXECUTE leave(:queue_id, 'bob');
EXECUTE leave(:queue_id, 'fay');
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE line(:queue_id);
-- The admitted have not shown up yet; asking does it, and so does joining again.
EXECUTE tokens(:queue_id);
EXECUTE ask(:queue_id, 'hal');
EXECUTE join_it(:queue_id, 'ida', 0);
EXECUTE tokens(:queue_id);
-- Somebody waits, so a newcomer does, even when there is room.
EXECUTE leave(:queue_id, 'hal');
EXECUTE join_it(:queue_id, 'jan', 0);
SELECT name, max_active, waiting, active, admitted_per_minute, oldest_wait BETWEEN '0' AND '1 min' AS waited
    FROM boxoffice.stat_queue WHERE queue_id = :queue_id;

-- Leaving: from the middle of the line, again, and when the place is gone already.
EXECUTE leave(:queue_id, 'gus');
EXECUTE leave(:queue_id, 'gus');
EXECUTE ask(:queue_id, 'gus');
EXECUTE ask(:queue_id, 'ann');
EXECUTE line(:queue_id);
-- Who left and comes back is last.
EXECUTE join_it(:queue_id, 'gus', 0);
EXECUTE line(:queue_id);
-- More room: all are admitted, and then newcomers at once again.
SELECT boxoffice.update_queue(:queue_id, max_active => 7);
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE join_it(:queue_id, 'kim', 0);
EXECUTE join_it(:queue_id, 'lea', 0);
EXECUTE tokens(:queue_id);
-- Less room turns nobody out, and admits nobody until there is.
SELECT boxoffice.update_queue(:queue_id, max_active => 6);
EXECUTE leave(:queue_id, 'ida');
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE leave(:queue_id, 'cem');
SELECT boxoffice.admit_waiting(:queue_id);
SELECT waiting, active FROM boxoffice.stat_queue WHERE queue_id = :queue_id;

-- queue_full: as many wait as may; whoever has a place keeps it.
SELECT boxoffice.create_queue('Small', 1, max_waiting => 2) AS small_id \gset
SELECT u, outcome, status, position FROM unnest(ARRAY['ann', 'bob', 'cem', 'dan', 'eve']) WITH ORDINALITY AS users (u, n), boxoffice.join_queue(:small_id, u) ORDER BY n;
SELECT * FROM boxoffice.join_queue(:small_id, 'dan');
SELECT * FROM boxoffice.join_queue(:small_id, 'dan', 3);
EXECUTE join_it(:small_id, 'cem', 0);
EXECUTE join_it(:small_id, 'ann', 0);
EXECUTE leave(:small_id, 'bob');
EXECUTE join_it(:small_id, 'dan', 0);
SELECT outcome FROM boxoffice.join_queue(:small_id, 'eve');
SELECT boxoffice.update_queue(:small_id, max_waiting => 1);
SELECT outcome FROM boxoffice.join_queue(:small_id, 'eve');
EXECUTE line(:small_id);
SELECT boxoffice.update_queue(:small_id, max_waiting => 0);
EXECUTE join_it(:small_id, 'eve', 0);
-- A refusal has written nothing; the numbers of those who are in have no gap.
EXECUTE tokens(:small_id);

-- not_found and queue_token_invalid.
SELECT * FROM boxoffice.join_queue(0, 'ann');
SELECT * FROM boxoffice.join_queue(-1, 'ann');
SELECT * FROM boxoffice.join_queue(9223372036854775807, 'ann', 3);
SELECT * FROM boxoffice.queue_status('00000000-0000-0000-0000-000000000000');
SELECT * FROM boxoffice.leave_queue('ffffffff-ffff-ffff-ffff-ffffffffffff');
SELECT boxoffice.admit_waiting(0);
SELECT boxoffice.admit_waiting(-1);
-- A token that differs in its last bit is unknown.
SELECT s.outcome, s.status FROM boxoffice.queue_token t,
        boxoffice.queue_status((left(t.token::text, 35) || CASE right(t.token::text, 1) WHEN '0' THEN '1' ELSE '0' END)::uuid) s
    WHERE t.queue_id = :small_id AND t.user_id = 'eve';

-- With raise_refusals each refusal is an error with its SQLSTATE; and mistakes of the caller raise anyhow.
SELECT boxoffice.create_queue('Closed', 1, max_waiting => 1) AS closed_id \gset
SELECT boxoffice.update_queue(:closed_id, mode => 'closed');
SELECT boxoffice.update_queue(:small_id, max_waiting => 1);
SELECT * FROM boxoffice.join_queue(:closed_id, 'ann');
SET boxoffice.raise_refusals = on;
SELECT outcome FROM boxoffice.join_queue(:closed_id, 'ann');
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
SELECT count(*) AS before FROM boxoffice.queue_token \gset
\pset tuples_only on
\pset format unaligned
\pset fieldsep '\n    '
SELECT call, pg_temp.complaint(replace(replace(call, 'CLOSED', :'closed_id'), 'SMALL', :'small_id')) FROM (VALUES
    ('join_queue(CLOSED, ''new'')'),
    ('join_queue(SMALL, ''new'')'),
    ('join_queue(0, ''new'')'),
    ('queue_status(''00000000-0000-0000-0000-000000000000'')'),
    ('leave_queue(''00000000-0000-0000-0000-000000000000'')'),
    ('admit_waiting(0)'),
    ('join_queue(NULL, ''new'')'),
    ('join_queue(SMALL, NULL)'),
    ('join_queue(SMALL, ''new'', NULL)'),
    ('join_queue(SMALL, '''')'),
    ('join_queue(SMALL, repeat(''n'', 256))'),
    ('join_queue(SMALL, repeat(''é'', 128))'),
    ('join_queue(SMALL, ''new'', 4)'),
    ('join_queue(SMALL, ''new'', -1)'),
    ('join_queue(SMALL, ''new'', 2147483647)'),
    ('join_queue(SMALL, ''new'', -2147483648)'),
    ('join_queue(0, ''new'', 4)'),
    ('queue_status(NULL)'),
    ('queue_status(''no uuid'')'),
    ('queue_status('''')'),
    ('leave_queue(NULL)'),
    ('leave_queue(''no uuid'')'),
    ('admit_waiting(NULL)')) AS calls (call);
\pset fieldsep '|'
\pset format aligned
\pset tuples_only off
RESET boxoffice.raise_refusals;
SELECT count(*) - :before AS tokens_made FROM boxoffice.queue_token;
-- 255 bytes are few enough, and priority 3 high enough.
SELECT boxoffice.update_queue(:small_id, max_waiting => 1000000000);
EXECUTE join_it(:small_id, repeat('é', 127) || 'e', 3);
SELECT * FROM boxoffice.verify();
