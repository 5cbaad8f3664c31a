-- What a relay tells browsers

CREATE OR REPLACE FUNCTION boxoffice.next_changes(consumer text = 'push', max_rows integer = 1000) RETURNS SETOF boxoffice.next_changes_row
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_next_changes';
COMMENT ON FUNCTION boxoffice.next_changes IS 'The seats that have changed since this consumer was told last, and what they are now: one row for each slot, of at most max_rows changes (1 to 1000). Tell, then commit; after a rollback the same is given again. No rows while another transaction tells the same consumer, and at the first call, from which on changes are told.';

CREATE OR REPLACE FUNCTION boxoffice.queue_progress() RETURNS SETOF boxoffice.queue_progress_row
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_queue_progress';
COMMENT ON FUNCTION boxoffice.queue_progress IS 'Every queue: its mode, how many wait and how many are active. Cheap where the library is preloaded: who waits is counted on the board.';
