-- What a queue of 20,000 costs: no step reads rows in proportion to it, although its plans were made while the queue was empty.
-- Only with a board: without preloading polls and joins read the tables.
SELECT ticks IS NOT NULL AS preloaded FROM boxoffice.worker_status() \gset
\if :preloaded
\else
\quit
\endif
SET timezone = 'UTC';
CREATE VIEW pg_temp.rows_read AS SELECT sum(seq_tup_read + idx_tup_fetch) AS rows_read, sum(seq_scan) AS scans FROM pg_stat_xact_user_tables
    WHERE schemaname = 'boxoffice' AND relname = 'queue_token';
SELECT boxoffice.create_queue('Cost', max_active => 100, max_waiting => 30000, admit_per_minute => 2000, idle_for => '1 day') AS queue_id \gset
SELECT token AS first_token FROM boxoffice.join_queue(:queue_id, 'first') \gset
SELECT outcome FROM boxoffice.leave_queue(:'first_token');
SELECT boxoffice.admit_waiting(:queue_id);
-- a transaction keeps a lock for each of its users
DO $$
BEGIN
    FOR start IN 1..20000 BY 1000 LOOP
        PERFORM boxoffice.join_queue(currval('boxoffice.queue_id'), 'user' || number) FROM generate_series(start, start + 999) number;
        COMMIT;
    END LOOP;
END
$$;
SELECT status, count(*), min(number), max(number) FROM boxoffice.queue_token WHERE queue_id = :queue_id GROUP BY status ORDER BY status;
SELECT token AS waiting_token FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id = 'user15000' \gset
SELECT token AS active_token FROM boxoffice.queue_token WHERE queue_id = :queue_id AND user_id = 'user50' \gset

-- A poll reads no row at all.
BEGIN;
SELECT * FROM pg_temp.rows_read \gset before_
SELECT position, eta_seconds, poll_after_ms FROM boxoffice.queue_status(:'waiting_token');
SELECT rows_read - :before_rows_read AS rows_read_by_polling, scans - :before_scans AS scans FROM pg_temp.rows_read;
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;

BEGIN;
SELECT * FROM pg_temp.rows_read \gset before_
SELECT outcome, position FROM boxoffice.join_queue(:queue_id, 'last');
SELECT rows_read - :before_rows_read < 10 AS few_rows_read_by_joining, scans - :before_scans AS scans FROM pg_temp.rows_read;
COMMIT;

BEGIN;
SELECT * FROM pg_temp.rows_read \gset before_
SELECT outcome, status FROM boxoffice.join_queue(:queue_id, 'last');
SELECT rows_read - :before_rows_read < 10 AS few_rows_read_by_joining_again, scans - :before_scans AS scans FROM pg_temp.rows_read;
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;

BEGIN;
SELECT * FROM pg_temp.rows_read \gset before_
SELECT outcome FROM boxoffice.leave_queue(:'active_token');
SELECT rows_read - :before_rows_read < 10 AS few_rows_read_by_leaving, scans - :before_scans AS scans FROM pg_temp.rows_read;
COMMIT;

-- A round counts the active and the admissions of the last minute in an index, and reads those whom it admits.
BEGIN;
SELECT * FROM pg_temp.rows_read \gset before_
SELECT boxoffice.admit_waiting(:queue_id);
SELECT rows_read - :before_rows_read < 500 AS few_rows_read_by_admitting, scans - :before_scans AS scans FROM pg_temp.rows_read;
COMMIT;

-- Nobody had to look at the tables to build the board meanwhile.
SELECT queue_id = :queue_id AS this_queue, waiting, active FROM boxoffice.stat_queue WHERE queue_id = :queue_id;
SELECT count(*) FROM boxoffice.verify();
