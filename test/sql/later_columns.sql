-- A later version may add columns at the end of a row type or to a table. What this session has prepared goes on working
-- while they come and go, and a column that the library does not know is null.

SELECT boxoffice.create_event('Later columns') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 9, 1000) AS seats_added;
-- Everything is called once before, so that its plan is kept.
SELECT outcome, balance FROM boxoffice.credit_balance('later-ada', 9000, idempotency_key => 'c1');
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'later-ada', ARRAY[1, 2], idempotency_key => 'h1') \gset first_
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'later-ada', ARRAY[1, 2], idempotency_key => 'h1');
SELECT outcome, amount FROM boxoffice.pay_reservation(:first_reservation_id, 'later-ada', 'p1');
SELECT boxoffice.create_coupon('Later columns', 1, 100) AS coupon_id \gset
SELECT outcome, claim_number FROM boxoffice.claim_coupon(:coupon_id, 'later-ada', 'k1');
SELECT count(*) AS seats FROM boxoffice.seat_map(:slot_id);
SELECT outcome FROM boxoffice.get_reservation(:first_reservation_id, 'later-ada');
SELECT * FROM boxoffice.verify();

-- Each row type gets a column.
BEGIN;
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'boxoffice'::regnamespace AND relkind = 'c' LOOP
        EXECUTE format('ALTER TYPE boxoffice.%I ADD ATTRIBUTE later text', name);
    END LOOP;
END
$$;
SELECT outcome, seat_ids, later FROM boxoffice.hold_seats(:slot_id, 'later-ada', ARRAY[3, 4]);
SELECT outcome, refused_seat_ids, later FROM boxoffice.hold_seats(:slot_id, 'later-ada', ARRAY[4, 5]);
-- The answer that was stored before, and one that is stored now.
SELECT outcome, reservation_id = :first_reservation_id AS same, seat_ids, later FROM boxoffice.hold_seats(:slot_id, 'later-ada', ARRAY[1, 2], idempotency_key => 'h1');
SELECT outcome, reservation_id, seat_ids, later FROM boxoffice.hold_seats(:slot_id, 'later-ada', ARRAY[5], idempotency_key => 'h2') \gset now_
SELECT outcome, reservation_id = :now_reservation_id AS same, seat_ids, later FROM boxoffice.hold_seats(:slot_id, 'later-ada', ARRAY[5], idempotency_key => 'h2');
SELECT * FROM boxoffice.credit_balance('later-ada', 9000, idempotency_key => 'c1');
SELECT * FROM boxoffice.debit_balance('later-ada', 1, idempotency_key => 'd1');
SELECT * FROM boxoffice.debit_balance('later-ada', 1, idempotency_key => 'd1');
SELECT * FROM boxoffice.get_balance('later-ada');
SELECT outcome, amount, balance, later FROM boxoffice.pay_reservation(:first_reservation_id, 'later-ada', 'p1');
SELECT * FROM boxoffice.cancel_reservation(:first_reservation_id, 'later-ada');
SELECT outcome, claim_number, expires_at, later FROM boxoffice.claim_coupon(:coupon_id, 'later-ada', 'k1');
SELECT outcome, claim_number, expires_at, later FROM boxoffice.claim_coupon(:coupon_id, 'later-ada');
SELECT name, status, later FROM boxoffice.list_coupon_claims('later-ada');
SELECT * FROM boxoffice.release_hold(:now_reservation_id, 'later-ada');
SELECT outcome, status, later FROM boxoffice.get_reservation(:first_reservation_id, 'later-ada');
SELECT outcome, status, later FROM boxoffice.get_reservation(0, 'later-ada');
SELECT outcome, title, later FROM boxoffice.get_event(:event_id);
SELECT status, later FROM boxoffice.list_reservations('later-ada');
SELECT amount, refunded, later FROM boxoffice.list_payments('later-ada');
SELECT amount, later FROM boxoffice.list_balance_entries('later-ada');
SELECT title, later FROM boxoffice.list_events('Later columns');
SELECT seats_free, seats_total, later FROM boxoffice.list_slots(:event_id);
SELECT seat_id, status, later FROM boxoffice.seat_map(:slot_id) WHERE status <> 'free';
SELECT seat_id, later FROM boxoffice.available_seats(:slot_id) WHERE seat_id < 4;
SELECT * FROM boxoffice.verify();
ROLLBACK;

-- Without it again, and with a new column in a table.
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'later-ada', ARRAY[3, 4]);
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'later-ada', ARRAY[1, 2], idempotency_key => 'h1');
BEGIN;
ALTER TABLE boxoffice.seat ADD COLUMN later text DEFAULT 'new';
ALTER TABLE boxoffice.reservation ADD COLUMN later integer NOT NULL DEFAULT 1;
ALTER TABLE boxoffice.account ADD COLUMN later jsonb;
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'later-ada', ARRAY[6, 7]) \gset altered_
SELECT outcome, amount, balance FROM boxoffice.pay_reservation(:altered_reservation_id, 'later-ada');
SELECT outcome, refunded, balance FROM boxoffice.cancel_reservation(:altered_reservation_id, 'later-ada');
SELECT seat_id, status FROM boxoffice.seat_map(:slot_id) WHERE status <> 'free';
SELECT boxoffice.add_numbered_seats(slot_id, 1, 5) FROM boxoffice.create_slot(:event_id, now() + '1 day') AS slot_id;
SELECT * FROM boxoffice.verify();
ROLLBACK;
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'later-ada', ARRAY[6, 7]);
SELECT seat_id, status FROM boxoffice.seat_map(:slot_id) WHERE status <> 'free';
