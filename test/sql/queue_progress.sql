-- How full the queues are: what stat_queue counts, but without reading a row for each who waits.
SELECT boxoffice.create_queue('Progress', max_active => 3, active_for => '1 day', claim_for => '1 day', idle_for => '1 day') AS queue_id \gset
SELECT boxoffice.create_queue('Nobody', max_active => 3) AS empty_queue_id \gset
PREPARE progress AS SELECT CASE queue_id WHEN :queue_id THEN 'full' ELSE 'empty' END AS queue, mode, waiting, active
    FROM boxoffice.queue_progress() WHERE queue_id IN (:queue_id, :empty_queue_id);
EXECUTE progress;
SELECT status, count(*) FROM generate_series(1, 10) n, boxoffice.join_queue(:queue_id, 'user' || n) GROUP BY status ORDER BY status;
EXECUTE progress;
SELECT outcome FROM boxoffice.queue_token, boxoffice.leave_queue(token) WHERE queue_id = :queue_id AND user_id IN ('user1', 'user5');
SELECT boxoffice.admit_waiting(:queue_id);
EXECUTE progress;
SELECT boxoffice.update_queue(:queue_id, mode => 'paused'), boxoffice.update_queue(:empty_queue_id, mode => 'closed');
EXECUTE progress;
-- After a change by hand the board is built again; until then the table is counted.
UPDATE boxoffice.queue_token SET status = 'left', ended_at = now() WHERE queue_id = :queue_id AND user_id = 'user7';
EXECUTE progress;
SELECT position FROM boxoffice.queue_token, boxoffice.queue_status(token) WHERE queue_id = :queue_id AND user_id = 'user8';
EXECUTE progress;
-- Every queue is there, as stat_queue has it.
SELECT count(*) FROM boxoffice.queue_progress() p FULL JOIN boxoffice.stat_queue s USING (queue_id)
    WHERE (p.mode, p.waiting, p.active) IS DISTINCT FROM (s.mode, s.waiting, s.active);
-- In a transaction that may not write, too.
BEGIN READ ONLY;
EXECUTE progress;
COMMIT;

-- Where the library is preloaded it reads none of those who wait: 2,000 more cost no row more.
SELECT ticks IS NOT NULL AS preloaded FROM boxoffice.worker_status() \gset
SELECT pg_stat_force_next_flush();
BEGIN;
EXECUTE progress;
SELECT sum(seq_tup_read + idx_tup_fetch) AS rows_read FROM pg_stat_xact_user_tables WHERE relname = 'queue_token' \gset few_
COMMIT;
SELECT count(*) FROM generate_series(1, 2000) n, boxoffice.join_queue(:queue_id, 'crowd' || n);
SELECT pg_stat_force_next_flush();
BEGIN;
EXECUTE progress;
SELECT sum(seq_tup_read + idx_tup_fetch) - :few_rows_read < 100 OR NOT :'preloaded'::boolean AS no_more_rows_read FROM pg_stat_xact_user_tables WHERE relname = 'queue_token';
COMMIT;
DELETE FROM boxoffice.queue_token WHERE queue_id = :queue_id;
DELETE FROM boxoffice.queue WHERE queue_id IN (:queue_id, :empty_queue_id);
