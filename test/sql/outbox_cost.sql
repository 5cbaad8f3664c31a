-- What telling costs: nothing reads rows in proportion to what is kept, to what was deleted or to the seats, although the plans were
-- made while the outbox was empty.
CREATE VIEW pg_temp.rows_read AS SELECT sum(seq_tup_read + idx_tup_fetch) AS rows_read, sum(seq_scan) AS scans FROM pg_stat_xact_user_tables
    WHERE schemaname = 'boxoffice' AND relname IN ('outbox', 'seat');
SELECT boxoffice.tick();
SELECT boxoffice.create_slot(boxoffice.create_event('Outbox cost'), now() + '30 days') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 5000, 100) AS seats_added;
SELECT count(*) FROM boxoffice.next_changes('regress-cost');
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'first', ARRAY[5000]);
SELECT count(*) FROM boxoffice.next_changes('regress-cost');
SELECT boxoffice.tick();
-- a transaction keeps a lock for each of its users
SELECT count(*) FROM generate_series(1, 4000) n, boxoffice.hold_seats(:slot_id, 'crowd', ARRAY[n]);

SELECT pg_stat_force_next_flush();
BEGIN;
SELECT * FROM pg_temp.rows_read \gset before_
SELECT jsonb_array_length(seats) FROM boxoffice.next_changes('regress-cost', 10);
SELECT rows_read - :before_rows_read < 40 AS few_rows_read_by_telling_of_ten, scans - :before_scans AS scans FROM pg_temp.rows_read;
COMMIT;
SELECT sum(jsonb_array_length(seats)) FROM generate_series(1, 4) n, boxoffice.next_changes('regress-cost', n * 0 + 1000);

SELECT pg_stat_force_next_flush();
BEGIN;
SELECT * FROM pg_temp.rows_read \gset before_
SELECT count(*) FROM boxoffice.next_changes('regress-cost');
SELECT rows_read - :before_rows_read AS rows_read_when_nothing_is_new, scans - :before_scans AS scans FROM pg_temp.rows_read;
COMMIT;

-- what was told is deleted once, and not looked at again
SELECT boxoffice.tick();
SELECT count(*) FROM boxoffice.outbox;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'crowd', ARRAY[4001]);
SELECT count(*) FROM boxoffice.next_changes('regress-cost');
SELECT pg_stat_force_next_flush();
SELECT idx_tup_read AS entries_read FROM pg_stat_user_indexes WHERE indexrelname = 'outbox_pkey' \gset
BEGIN;
SELECT * FROM pg_temp.rows_read \gset before_
SELECT boxoffice.tick();
SELECT rows_read - :before_rows_read < 10 AS few_rows_read_by_ticking, scans - :before_scans AS scans FROM pg_temp.rows_read;
COMMIT;
SELECT pg_stat_force_next_flush();
SELECT idx_tup_read - :entries_read < 10 AS few_entries_read FROM pg_stat_user_indexes WHERE indexrelname = 'outbox_pkey';
DELETE FROM boxoffice.outbox_position WHERE consumer = 'regress-cost';
