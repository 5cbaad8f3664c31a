-- The draw: who joins before an instant gets a random place at that instant, by a published recipe from a seed that was
-- committed to before. The tokens are random, so what is shown is not who won but that the recipe was followed.

CREATE ROLE regress_boxoffice_watcher;
SELECT boxoffice.grant_access('regress_boxoffice_watcher', 'monitor');
\set seed 'Größe ''1'' \\ "seed"; a long random text'
SELECT boxoffice.create_queue('Draw', 20, active_for => '2 hours', claim_for => '2 hours', idle_for => '1 day', join_before => now() + '1 hour', shuffle_seed => :'seed') AS queue_id \gset

PREPARE ask (bigint, text) AS
    SELECT s.outcome, s.token = t.token AS same_token, s.status, s.position, s.eta_seconds, s.poll_after_ms, s.expires_at IS NOT NULL AS expires
    FROM (SELECT * FROM boxoffice.queue_token WHERE queue_id = $1 AND user_id = $2 ORDER BY joined_at DESC LIMIT 1) t, boxoffice.queue_status(t.token) s;
PREPARE leave (bigint, text) AS
    SELECT l.outcome FROM (SELECT token FROM boxoffice.queue_token WHERE queue_id = $1 AND user_id = $2 ORDER BY joined_at DESC LIMIT 1) t, boxoffice.leave_queue(t.token) l;
PREPARE published AS
    SELECT shuffle_sha256 = encode(sha256(convert_to(:'seed', 'UTF8')), 'hex') AS commitment, shuffle_seed, drawn_at IS NOT NULL AS drawn, waiting, active
    FROM boxoffice.stat_queue WHERE queue_id = :queue_id;
-- The recipe, from nothing but what is published.
PREPARE check_draw AS
    SELECT count(*) AS tickets, bool_and(place = expected) AS fair FROM (
        SELECT place, row_number() OVER (ORDER BY sha256(convert_to(shuffle_seed, 'UTF8') || decode(ticket, 'hex'))) AS expected
        FROM boxoffice.stat_draw JOIN boxoffice.stat_queue USING (queue_id) WHERE queue_id = :queue_id) checked;

-- Before: everybody waits, without a position, although there is room.
SELECT count(*) AS joined, count(*) FILTER (WHERE outcome = 'ok' AND status = 'waiting') AS waiting, count(position) AS positions,
       count(eta_seconds) AS etas, min(poll_after_ms) AS poll_after_ms, count(DISTINCT token) AS tokens
    FROM generate_series(1, 200) AS i, boxoffice.join_queue(:queue_id, 'draw-' || i);
SELECT outcome, status, position, eta_seconds, poll_after_ms FROM boxoffice.join_queue(:queue_id, 'draw-vip', 2);
SELECT outcome, status, position, eta_seconds, poll_after_ms FROM boxoffice.join_queue(:queue_id, 'draw-7');
EXECUTE ask(:queue_id, 'draw-7');
EXECUTE published;
EXECUTE check_draw;
SELECT boxoffice.admit_waiting(:queue_id), boxoffice.tick();
EXECUTE leave(:queue_id, 'draw-200');
EXECUTE leave(:queue_id, 'draw-199');
SELECT outcome, status, position FROM boxoffice.join_queue(:queue_id, 'draw-199');
-- Nor does any mode but bypass let anybody in; and bypass only who joins then.
SELECT boxoffice.update_queue(:queue_id, mode => 'bypass');
SELECT outcome, status FROM boxoffice.join_queue(:queue_id, 'draw-bypass');
SELECT boxoffice.admit_waiting(:queue_id), boxoffice.tick();
SELECT boxoffice.update_queue(:queue_id, mode => 'open');
EXECUTE published;
-- The seed is nobody's to read before.
SET ROLE regress_boxoffice_watcher;
SELECT shuffle_seed FROM boxoffice.queue_seed;
EXECUTE published;
SELECT shuffle_sha256 IS NOT NULL AS commitment FROM boxoffice.queue WHERE queue_id = :queue_id;
SELECT boxoffice.admit_waiting(:queue_id);
RESET ROLE;

-- Five seconds before.
SET boxoffice.clock_offset = '59 min 55 s';
EXECUTE ask(:queue_id, 'draw-7');
SELECT boxoffice.admit_waiting(:queue_id);
-- At that instant: nothing happens by itself, and who comes now is too late to take part.
SET boxoffice.clock_offset = '1 hour';
EXECUTE ask(:queue_id, 'draw-7');
SELECT outcome, status, position FROM boxoffice.join_queue(:queue_id, 'draw-late');
SELECT outcome, status, position FROM boxoffice.join_queue(:queue_id, 'draw-late-vip', 3);
-- A round that is undone has drawn nothing.
BEGIN;
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE check_draw;
ROLLBACK;
EXECUTE published;
EXECUTE ask(:queue_id, 'draw-7');
-- The first round draws, and admits.
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE published;
EXECUTE check_draw;
SELECT encode(sha256(convert_to(shuffle_seed, 'UTF8')), 'hex') = shuffle_sha256 AS as_committed_to FROM boxoffice.stat_queue WHERE queue_id = :queue_id;
-- Those in the draw are those who waited and had joined before; nobody else has a place in it.
SELECT count(*) AS drawn, min(number) AS first, max(number) AS last, bool_and(joined_at < join_before) AS before,
       count(*) FILTER (WHERE user_id IN ('draw-200', 'draw-bypass', 'draw-late', 'draw-late-vip')) AS others, count(*) FILTER (WHERE user_id = 'draw-199') AS rejoined
    FROM boxoffice.queue_token JOIN boxoffice.queue USING (queue_id) WHERE queue_id = :queue_id AND number < 0;
-- The order is not that of joining.
SELECT bool_or(number < earlier) AS shuffled FROM (
    SELECT number, lag(number) OVER (ORDER BY joined_at) AS earlier FROM boxoffice.queue_token WHERE queue_id = :queue_id AND number < 0) t;
-- Admitted were the higher priorities, then the first of the draw.
SELECT user_id, status FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id IN ('draw-vip', 'draw-late-vip', 'draw-late', 'draw-200') ORDER BY user_id;
SELECT count(*) AS admitted, bool_and(number < (SELECT min(number) FROM boxoffice.queue_token WHERE queue_id = :queue_id AND priority = 0 AND status = 'waiting')) AS in_order
    FROM boxoffice.queue_token WHERE queue_id = :queue_id AND status = 'active' AND priority = 0 AND number < 0;
-- Who waits has a position again: in the order of the draw, and whoever came later comes later.
SELECT count(*) AS waiting, bool_and(s.position = t.expected) AS in_order, max(s.position) FILTER (WHERE user_id = 'draw-late') AS late
    FROM (SELECT token, user_id, row_number() OVER (ORDER BY number) AS expected FROM boxoffice.queue_token WHERE queue_id = :queue_id AND status = 'waiting') t,
        boxoffice.queue_status(t.token) s;
SELECT outcome, status, position FROM boxoffice.join_queue(:queue_id, 'draw-later');
SELECT bool_and(number > 0) AS behind, count(DISTINCT number) AS numbers FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id LIKE 'draw-late%';
SET ROLE regress_boxoffice_watcher;
EXECUTE check_draw;
RESET ROLE;
-- A draw takes place once.
SELECT md5(string_agg(ticket, ' ' ORDER BY place)) AS result FROM boxoffice.stat_draw WHERE queue_id = :queue_id \gset
SELECT boxoffice.update_queue(:queue_id, join_before => now() + '2 hours');
SELECT boxoffice.update_queue(:queue_id, shuffle_seed => 'another seed');
\set VERBOSITY sqlstate
SELECT boxoffice.update_queue(:queue_id, join_before => 'infinity');
SELECT boxoffice.update_queue(:queue_id, join_before => now() + '2 hours', shuffle_seed => 'another seed');
\set VERBOSITY default
SELECT boxoffice.update_queue(:queue_id, max_active => 100);
SELECT boxoffice.admit_waiting(:queue_id);
SELECT boxoffice.tick();
EXECUTE check_draw;
SELECT md5(string_agg(ticket, ' ' ORDER BY place)) = :'result' AS same FROM boxoffice.stat_draw WHERE queue_id = :queue_id;
SELECT * FROM boxoffice.verify();
RESET boxoffice.clock_offset;

-- Before the draw everything about it may be changed, and it may be given up: then those who wait have the order in which they came.
SELECT boxoffice.create_queue('Given up', 1, join_before => now() + '1 hour', shuffle_seed => 'seed') AS given_up_id \gset
SELECT outcome, status, position FROM generate_series(1, 3) AS i, boxoffice.join_queue(:given_up_id, 'draw-' || i);
SELECT boxoffice.update_queue(:given_up_id, join_before => now() + '2 hours');
SELECT boxoffice.update_queue(:given_up_id, shuffle_seed => 'another seed');
EXECUTE ask(:given_up_id, 'draw-3');
SELECT boxoffice.update_queue(:given_up_id, join_before => 'infinity');
EXECUTE ask(:given_up_id, 'draw-3');
SELECT boxoffice.admit_waiting(:given_up_id);
SELECT user_id, number, status FROM boxoffice.queue_token WHERE queue_id = :given_up_id ORDER BY number;
SELECT shuffle_sha256, shuffle_seed, drawn_at FROM boxoffice.stat_queue WHERE queue_id = :given_up_id;
-- A draw may be brought forward, and one of nobody, too, is a draw.
SELECT boxoffice.create_queue('Nobody', 2, join_before => now() + '1 hour', shuffle_seed => 'seed') AS nobody_id \gset
SELECT boxoffice.admit_waiting(:nobody_id);
SELECT boxoffice.update_queue(:nobody_id, join_before => now() - interval '1 min');
SELECT outcome, status, position FROM boxoffice.join_queue(:nobody_id, 'draw-1');
SELECT boxoffice.tick();
SELECT shuffle_seed, drawn_at IS NOT NULL AS drawn, waiting, active FROM boxoffice.stat_queue WHERE queue_id = :nobody_id;
SELECT count(*) AS tickets FROM boxoffice.stat_draw WHERE queue_id = :nobody_id;
SELECT outcome, status FROM boxoffice.join_queue(:nobody_id, 'draw-2');
SELECT outcome, status, position FROM boxoffice.join_queue(:nobody_id, 'draw-3');
-- A draw in a queue that is paused or closed gives places, and the mode decides who is admitted.
SELECT boxoffice.create_queue('Paused', 1, join_before => now() + '1 hour', shuffle_seed => 'seed') AS paused_id \gset
SELECT count(*) FROM generate_series(1, 5) AS i, boxoffice.join_queue(:paused_id, 'draw-' || i);
SELECT boxoffice.update_queue(:paused_id, mode => 'paused', join_before => now());
SELECT boxoffice.admit_waiting(:paused_id);
SELECT count(*) AS waiting, bool_and(s.position = t.expected) AS in_order
    FROM (SELECT token, row_number() OVER (ORDER BY number) AS expected FROM boxoffice.queue_token WHERE queue_id = :paused_id AND status = 'waiting' AND number < 0) t,
        boxoffice.queue_status(t.token) s;
SELECT boxoffice.update_queue(:paused_id, mode => 'closed');
SELECT boxoffice.admit_waiting(:paused_id);
SELECT status, number FROM boxoffice.queue_token WHERE queue_id = :paused_id ORDER BY number;

DROP OWNED BY regress_boxoffice_watcher;
DROP ROLE regress_boxoffice_watcher;
