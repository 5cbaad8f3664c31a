-- Who waits is also on a board in shared memory. It is a copy: changes of the tables by hand, a dropped and recreated extension and
-- another database must not leave it with anything that the tables do not say.

PREPARE join_it (bigint, text) AS SELECT outcome, status, position FROM boxoffice.join_queue($1, $2);
-- Everyone who waits, with the position that the answer gives and the one that counting in the table gives.
PREPARE line (bigint) AS
    SELECT s.position, t.user_id, t.counted, s.status FROM (
            SELECT token, user_id, row_number() OVER (ORDER BY priority DESC, number) AS counted FROM boxoffice.queue_token
            WHERE queue_id = $1 AND status = 'waiting') t, boxoffice.queue_status(t.token) s
        ORDER BY t.counted;
SELECT boxoffice.create_queue('By hand', 1, idle_for => '1 day') AS queue_id \gset
SELECT u, outcome, status, position FROM unnest(ARRAY['ann', 'bob', 'cem', 'dan', 'eve']) WITH ORDINALITY AS users (u, n), boxoffice.join_queue(:queue_id, u) ORDER BY n;
SELECT token AS bob FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id = 'bob' \gset

-- DELETE, UPDATE, INSERT: right afterwards everybody has the right position.
DELETE FROM boxoffice.queue_token WHERE token = :'bob';
EXECUTE line(:queue_id);
SELECT outcome, status FROM boxoffice.queue_status(:'bob');
UPDATE boxoffice.queue_token SET priority = 3 WHERE queue_id = :queue_id AND user_id = 'eve';
EXECUTE line(:queue_id);
UPDATE boxoffice.queue_token SET status = 'left', ended_at = now() WHERE queue_id = :queue_id AND user_id = 'cem';
EXECUTE line(:queue_id);
EXECUTE join_it(:queue_id, 'cem');
INSERT INTO boxoffice.queue_token (queue_id, number, token, user_id, priority, status, joined_at, last_seen_at)
    SELECT :queue_id, 1000000 + n, gen_random_uuid(), 'hand-' || n, n % 3, 'waiting', now(), now() FROM generate_series(1, 3) AS n;
EXECUTE line(:queue_id);
EXECUTE join_it(:queue_id, 'fay');
EXECUTE line(:queue_id);
-- COPY, and a statement in a DO block.
\copy boxoffice.queue_token (queue_id, number, token, user_id, priority, status, joined_at, last_seen_at) FROM stdin
0	1	11111111-1111-1111-1111-111111111111	nobody	0	waiting	2000-01-01	2000-01-01
\.
DO $$ BEGIN UPDATE boxoffice.queue_token SET queue_id = (SELECT max(queue_id) FROM boxoffice.queue), number = 2000000, last_seen_at = now() WHERE queue_id = 0; END $$;
SELECT outcome, status, position FROM boxoffice.queue_status('11111111-1111-1111-1111-111111111111');
-- What is undone has not happened.
BEGIN;
DELETE FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id = 'eve';
SAVEPOINT here;
TRUNCATE boxoffice.queue_token;
ROLLBACK;
EXECUTE line(:queue_id);
-- By hand and by function in one transaction, and in one statement.
BEGIN;
EXECUTE join_it(:queue_id, 'gus');
DELETE FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id LIKE 'hand-%';
SELECT outcome, status FROM boxoffice.join_queue(:queue_id, 'hal');
COMMIT;
EXECUTE line(:queue_id);
WITH gone AS (DELETE FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id = 'gus' RETURNING queue_id)
    SELECT j.outcome, j.status FROM gone, boxoffice.join_queue(gone.queue_id, 'ida') j;
EXECUTE line(:queue_id);
-- A lapsed admission by hand is room for the next; one more active is none.
UPDATE boxoffice.queue_token SET lapses_at = now() WHERE queue_id = :queue_id AND user_id = 'ann';
SELECT boxoffice.admit_waiting(:queue_id);
SELECT user_id, status FROM boxoffice.queue_token WHERE queue_id = :queue_id AND status IN ('active', 'expired') ORDER BY number;
UPDATE boxoffice.queue_token SET status = 'waiting', admitted_at = NULL, lapses_at = NULL, expires_at = NULL WHERE queue_id = :queue_id AND user_id = 'eve';
EXECUTE line(:queue_id);
-- The rules by hand: answers change at once, and so does admission.
UPDATE boxoffice.queue SET mode = 'paused', active_for = '1 min' WHERE queue_id = :queue_id;
SELECT outcome, status, position, eta_seconds IS NULL AS no_eta FROM boxoffice.join_queue(:queue_id, 'fay');
SELECT boxoffice.admit_waiting(:queue_id);
UPDATE boxoffice.queue SET mode = 'open', max_active = 3 WHERE queue_id = :queue_id;
SELECT outcome, status, position, eta_seconds FROM boxoffice.join_queue(:queue_id, 'fay');
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE line(:queue_id);
EXECUTE join_it(:queue_id, 'jan');
-- The trigger that notices fires whatever the replication role, and cannot be called.
SET session_replication_role = replica;
DELETE FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id = 'hal';
RESET session_replication_role;
EXECUTE line(:queue_id);
SELECT boxoffice.forget_board();
SELECT * FROM boxoffice.verify();
-- Another database has queues with the same ids, and they are others; DROP EXTENSION leaves nothing of them for the next.
SELECT token AS fay FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id = 'fay' \gset
\set home :DBNAME
CREATE DATABASE regress_boxoffice_board;
\c regress_boxoffice_board
CREATE EXTENSION boxoffice;
PREPARE line (bigint) AS
    SELECT s.position, t.user_id, t.counted, s.status FROM (
            SELECT token, user_id, row_number() OVER (ORDER BY priority DESC, number) AS counted FROM boxoffice.queue_token
            WHERE queue_id = $1 AND status = 'waiting') t, boxoffice.queue_status(t.token) s
        ORDER BY t.counted;
SELECT max(boxoffice.create_queue('Here ' || i, 1)) = :queue_id AS same_id FROM generate_series(1, :queue_id) AS i;
SELECT u, status, position FROM unnest(ARRAY['zoe', 'yan', 'xia']) WITH ORDINALITY AS users (u, n), boxoffice.join_queue(:queue_id, u) ORDER BY n;
SELECT token AS xia FROM boxoffice.queue_token WHERE user_id = 'xia' \gset
SELECT outcome, status FROM boxoffice.queue_status(:'fay');
SELECT outcome FROM boxoffice.leave_queue(:'fay');
SELECT outcome, status, position FROM boxoffice.queue_status(:'xia');
DROP EXTENSION boxoffice;
CREATE EXTENSION boxoffice;
SELECT boxoffice.create_queue('Again', 1) AS again_id \gset
SELECT outcome, status FROM boxoffice.queue_status(:'xia');
SELECT outcome FROM boxoffice.leave_queue(:'xia');
SELECT u, status, position FROM unnest(ARRAY['zoe', 'yan']) WITH ORDINALITY AS users (u, n), boxoffice.join_queue(:again_id, u) ORDER BY n;
SELECT number, user_id, status FROM boxoffice.queue_token ORDER BY number;
-- TRUNCATE: nobody is there, and the place is free.
SELECT token AS yan FROM boxoffice.queue_token WHERE user_id = 'yan' \gset
TRUNCATE boxoffice.queue_token;
SELECT outcome, status FROM boxoffice.queue_status(:'yan');
SELECT u, status, position FROM unnest(ARRAY['uli', 'zoe', 'yan']) WITH ORDINALITY AS users (u, n), boxoffice.join_queue(:again_id, u) ORDER BY n;
EXECUTE line(:again_id);
-- Dropped and made again in the transaction that has used it; and dropped, but not after all.
BEGIN;
SELECT outcome, status, position FROM boxoffice.join_queue(:again_id, 'xia');
DROP EXTENSION boxoffice;
CREATE EXTENSION boxoffice;
SELECT boxoffice.create_queue('And again', 1) AS again_id \gset
SELECT u, outcome FROM unnest(ARRAY['wim', 'val']) WITH ORDINALITY AS users (u, n), boxoffice.join_queue(:again_id, u) ORDER BY n;
COMMIT;
SELECT outcome FROM boxoffice.join_queue(:again_id, 'xia');
SELECT boxoffice.tick();
BEGIN;
DROP EXTENSION boxoffice;
ROLLBACK;
SELECT outcome, status, position FROM boxoffice.join_queue(:again_id, 'val');
SELECT number, user_id, status FROM boxoffice.queue_token ORDER BY number;
SELECT * FROM boxoffice.verify();
\c :home
DROP DATABASE regress_boxoffice_board;
SELECT s.position, t.user_id FROM boxoffice.queue_token t, boxoffice.queue_status(t.token) s WHERE t.queue_id = :queue_id AND t.status = 'waiting' ORDER BY s.position;
