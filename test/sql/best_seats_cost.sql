-- What hold_best_seats reads when it refuses: a few rows, however many reservations others have.

SELECT boxoffice.create_event('Cost of best seats') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 1000, 1000) AS seats_added;
SELECT count(outcome) FROM generate_series(1, 497) n, boxoffice.hold_seats(:slot_id, 'best-cost-' || n, ARRAY[2 * n, 2 * n + 1]) WHERE outcome = 'ok';
SELECT outcome, seat_ids FROM boxoffice.hold_best_seats(:slot_id, 'best-cost-ada', 2);
SELECT outcome, seat_ids FROM boxoffice.hold_best_seats(:slot_id, 'best-cost-ada', 2);
SELECT outcome, seat_ids FROM boxoffice.hold_best_seats(:slot_id, 'best-cost-bob', 2);
SELECT pg_stat_force_next_flush();
BEGIN;
-- Nothing is left for Cyd; Ada's second click finds the last of her holds.
SELECT outcome FROM boxoffice.hold_best_seats(:slot_id, 'best-cost-cyd', 3);
SELECT outcome, seat_ids FROM boxoffice.hold_best_seats(:slot_id, 'best-cost-ada', 2);
SELECT idx_tup_fetch < 20 AND seq_scan = 0 AS reads_few FROM pg_stat_xact_all_tables WHERE relid = 'boxoffice.reservation'::regclass;
SELECT pg_current_xact_id_if_assigned() IS NULL AS nothing_written;
COMMIT;
SELECT * FROM boxoffice.verify();
