CREATE TYPE boxoffice.worker_status_row AS (database text, pid integer, started_at timestamptz, last_tick_at timestamptz, lag interval,
    ticks bigint, errors bigint, last_error text, last_error_at timestamptz, serves_this_database boolean);
COMMENT ON TYPE boxoffice.worker_status_row IS 'The background worker: see boxoffice.stat_worker.';
CREATE TYPE boxoffice.check_setup_row AS (check_name text, ok boolean, detail text, hint text);
COMMENT ON TYPE boxoffice.check_setup_row IS 'What was looked at, whether it is right, what was found and, where it is not right, what to do.';
CREATE TYPE boxoffice.verify_row AS (check_name text, detail text);
COMMENT ON TYPE boxoffice.verify_row IS 'A violation: which check, and what it found.';
