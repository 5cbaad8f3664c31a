-- Queues inside the caller's transaction: many calls in one statement, savepoints, what is undone, two-phase commit, read-only
-- transactions. What needs two sessions is in the isolation specs.

SELECT boxoffice.create_queue('Many', 10, idle_for => '1 day') AS many_id \gset
PREPARE join_it (bigint, text) AS SELECT outcome, status, position FROM boxoffice.join_queue($1, $2);
PREPARE ask (bigint, text) AS
    SELECT s.outcome, s.status, s.position
    FROM (SELECT * FROM boxoffice.queue_token WHERE queue_id = $1 AND user_id = $2 ORDER BY number DESC LIMIT 1) t, boxoffice.queue_status(t.token) s;
PREPARE leave (bigint, text) AS
    SELECT l.outcome FROM (SELECT token FROM boxoffice.queue_token WHERE queue_id = $1 AND user_id = $2 ORDER BY number DESC LIMIT 1) t, boxoffice.leave_queue(t.token) l;
PREPARE tokens (bigint) AS SELECT number, user_id, status FROM boxoffice.queue_token WHERE queue_id = $1 ORDER BY number;
-- Everyone who waits, with the position that the answer gives and the one that counting in the table gives.
PREPARE line (bigint) AS
    SELECT s.position, t.user_id, t.counted FROM (
            SELECT token, user_id, row_number() OVER (ORDER BY priority DESC, number) AS counted FROM boxoffice.queue_token
            WHERE queue_id = $1 AND status = 'waiting') t, boxoffice.queue_status(t.token) s
        ORDER BY t.counted;
-- The same of a queue that is too long to be shown.
PREPARE long_line (bigint) AS
    SELECT count(*) AS waiting, bool_and(s.position = t.counted) AS right FROM (
            SELECT token, row_number() OVER (ORDER BY priority DESC, number) AS counted FROM boxoffice.queue_token
            WHERE queue_id = $1 AND status = 'waiting') t, boxoffice.queue_status(t.token) s;

-- A thousand in one statement.
SELECT status, count(*), count(DISTINCT token) AS tokens, min(position) AS first, max(position) AS last, count(DISTINCT position) AS positions
    FROM generate_series(1, 1000) AS i, boxoffice.join_queue(:many_id, 'many-' || i) WHERE outcome = 'ok' GROUP BY status ORDER BY status;
SELECT min(number) AS first, max(number) AS last, count(*) FROM boxoffice.queue_token WHERE queue_id = :many_id;
EXECUTE long_line(:many_id);
-- All again, all ask, every third leaves, all in one statement each.
SELECT status, count(*), max(position) FROM generate_series(1, 1000) AS i, boxoffice.join_queue(:many_id, 'many-' || i) GROUP BY status ORDER BY status;
SELECT outcome, count(*) FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) WHERE queue_id = :many_id AND number % 3 = 0 GROUP BY outcome;
EXECUTE long_line(:many_id);
SELECT status, count(*) FROM boxoffice.queue_token WHERE queue_id = :many_id GROUP BY status ORDER BY status;
SELECT boxoffice.admit_waiting(:many_id);
EXECUTE long_line(:many_id);
-- And all of them in one transaction that is undone.
BEGIN;
SELECT status, count(*) FROM generate_series(1, 1100) AS i, boxoffice.join_queue(:many_id, 'many-' || i, i % 4) GROUP BY status ORDER BY status;
SELECT outcome, count(*) FROM boxoffice.queue_token t, boxoffice.leave_queue(t.token) WHERE queue_id = :many_id AND status = 'waiting' GROUP BY outcome;
ROLLBACK;
EXECUTE long_line(:many_id);
SELECT status, count(*) FROM boxoffice.queue_token WHERE queue_id = :many_id GROUP BY status ORDER BY status;
-- Many admitted at once.
SELECT count(*) FILTER (WHERE status = 'waiting') AS waiting, max(position) FROM generate_series(1001, 3000) AS i, boxoffice.join_queue(:many_id, 'many-' || i, i % 4);
EXECUTE long_line(:many_id);
SELECT boxoffice.update_queue(:many_id, max_active => 2500);
SELECT boxoffice.admit_waiting(:many_id);
EXECUTE long_line(:many_id);
SELECT boxoffice.update_queue(:many_id, max_active => 1000000);
SELECT boxoffice.admit_waiting(:many_id);
SELECT status, count(*) FROM boxoffice.queue_token WHERE queue_id = :many_id GROUP BY status ORDER BY status;

-- Join, leave, join in one transaction: two numbers, one place.
SELECT boxoffice.create_queue('One transaction', 1, idle_for => '1 day') AS queue_id \gset
EXECUTE join_it(:queue_id, 'ann');
EXECUTE join_it(:queue_id, 'bob');
BEGIN;
EXECUTE join_it(:queue_id, 'cem');
EXECUTE leave(:queue_id, 'cem');
EXECUTE ask(:queue_id, 'cem');
SELECT outcome, status FROM boxoffice.join_queue(:queue_id, 'cem');
COMMIT;
EXECUTE join_it(:queue_id, 'dan');
EXECUTE line(:queue_id);
EXECUTE tokens(:queue_id);
-- Joined and left: nobody was there.
BEGIN;
EXECUTE join_it(:queue_id, 'eve');
EXECUTE leave(:queue_id, 'eve');
COMMIT;
EXECUTE line(:queue_id);
-- Undone: nor was anybody; the number is not given again.
BEGIN;
EXECUTE join_it(:queue_id, 'fay');
EXECUTE leave(:queue_id, 'bob');
ROLLBACK;
EXECUTE join_it(:queue_id, 'gus');
EXECUTE line(:queue_id);
EXECUTE tokens(:queue_id);
-- Savepoints: what came after one is undone, what came before is not.
BEGIN;
EXECUTE join_it(:queue_id, 'hal');
SAVEPOINT here;
EXECUTE join_it(:queue_id, 'ida');
SAVEPOINT there;
SELECT outcome, status, position FROM boxoffice.join_queue(:queue_id, 'jan', 3);
ROLLBACK TO there;
EXECUTE join_it(:queue_id, 'kim');
ROLLBACK TO here;
EXECUTE join_it(:queue_id, 'lea');
RELEASE here;
EXECUTE join_it(:queue_id, 'hal');
COMMIT;
EXECUTE line(:queue_id);
-- So is an admission, and the place is free again.
BEGIN;
SAVEPOINT here;
EXECUTE leave(:queue_id, 'ann');
SELECT boxoffice.admit_waiting(:queue_id);
SELECT count(*) FILTER (WHERE status = 'active') AS active, count(*) FILTER (WHERE status = 'waiting') AS waiting FROM boxoffice.queue_token WHERE queue_id = :queue_id;
ROLLBACK TO here;
COMMIT;
EXECUTE line(:queue_id);
SELECT boxoffice.admit_waiting(:queue_id);
-- An error in a block with an exception handler undoes that block, however often.
DO $$
DECLARE
    queue bigint := (SELECT max(queue_id) FROM boxoffice.queue);
BEGIN
    FOR i IN 1..100 LOOP
        BEGIN
            PERFORM boxoffice.join_queue(queue, 'loop-' || i);
            PERFORM 1 / (i % 10);
        EXCEPTION WHEN division_by_zero THEN
            NULL;
        END;
        BEGIN
            PERFORM boxoffice.join_queue(queue, 'loop-' || i, 9);
        EXCEPTION WHEN invalid_parameter_value THEN
            NULL;
        END;
    END LOOP;
END
$$;
EXECUTE long_line(:queue_id);
-- A direct admission that is undone takes no room.
SELECT boxoffice.create_queue('Room', 1) AS room_id \gset
BEGIN;
EXECUTE join_it(:room_id, 'ann');
EXECUTE join_it(:room_id, 'bob');
ROLLBACK;
BEGIN;
EXECUTE join_it(:room_id, 'cem');
SAVEPOINT here;
EXECUTE leave(:room_id, 'cem');
ROLLBACK TO here;
COMMIT;
EXECUTE join_it(:room_id, 'dan');
EXECUTE tokens(:room_id);
-- A queue that is made and used in a transaction that is undone; the next one has nothing of it.
BEGIN;
SELECT boxoffice.create_queue('Undone', 1) AS undone_id \gset
EXECUTE join_it(:undone_id, 'ann');
EXECUTE join_it(:undone_id, 'bob');
SELECT boxoffice.update_queue(:undone_id, max_active => 5);
SELECT boxoffice.admit_waiting(:undone_id);
ROLLBACK;
EXECUTE join_it(:undone_id, 'bob');
SELECT count(*) AS tokens FROM boxoffice.queue_token WHERE queue_id = :undone_id;

-- At every isolation level the calls see what the transaction itself has done.
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT 1 AS snapshot_taken;
EXECUTE join_it(:room_id, 'eve');
EXECUTE join_it(:room_id, 'eve');
EXECUTE leave(:room_id, 'eve');
EXECUTE ask(:room_id, 'eve');
COMMIT;

-- Who has changed a queue that is on a board cannot prepare a two-phase commit; nothing of it stays.
SELECT ticks IS NOT NULL AS preloaded FROM boxoffice.worker_status() \gset
\if :preloaded
BEGIN;
EXECUTE join_it(:room_id, 'fay');
PREPARE TRANSACTION 'queue';
BEGIN;
EXECUTE leave(:room_id, 'dan');
PREPARE TRANSACTION 'queue';
BEGIN;
SELECT boxoffice.admit_waiting(:room_id);
PREPARE TRANSACTION 'queue';
\endif
EXECUTE line(:room_id);
EXECUTE tokens(:room_id);

-- In a transaction that may not write one may ask, which is no showing up, and nothing else.
EXECUTE leave(:room_id, 'cem');
SELECT boxoffice.admit_waiting(:room_id);
EXECUTE join_it(:room_id, 'gus');
BEGIN READ ONLY;
EXECUTE ask(:room_id, 'dan');
EXECUTE ask(:room_id, 'gus');
EXECUTE ask(:room_id, 'cem');
COMMIT;
SELECT user_id, lapses_at = expires_at AS shown_up FROM boxoffice.queue_token WHERE queue_id = :room_id AND user_id = 'dan';
\set VERBOSITY sqlstate
SET default_transaction_read_only = on;
EXECUTE join_it(:room_id, 'dan');
EXECUTE join_it(:room_id, 'new');
EXECUTE leave(:room_id, 'dan');
SELECT boxoffice.admit_waiting(:room_id);
SELECT boxoffice.tick();
SELECT boxoffice.update_queue(:room_id, mode => 'open');
RESET default_transaction_read_only;
\set VERBOSITY default
EXECUTE tokens(:room_id);
SELECT * FROM boxoffice.verify();
