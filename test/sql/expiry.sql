-- expire_holds and tick: they tidy up what had ended by itself before, and change nothing that anybody could see.

SELECT boxoffice.create_event('Expiry') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min') AS slot_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '20 min') AS longer_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 8, 1000) + boxoffice.add_numbered_seats(:longer_id, 2, 1000) AS seats_added;
SELECT outcome FROM boxoffice.credit_balance('expiry-ada', 5000);

PREPARE reservations AS
    SELECT r.user_id, r.seat_ids, r.status AS stored, g.status AS reads
    FROM boxoffice.reservation r, boxoffice.get_reservation(r.reservation_id, r.user_id) g
    WHERE r.slot_id IN (:slot_id, :longer_id) ORDER BY r.reservation_id;
PREPARE seats AS SELECT
    string_agg(seat_id || ' ' || status, ', ' ORDER BY seat_id) AS "not free" FROM boxoffice.seat_map(:slot_id) WHERE status <> 'free';

-- Holds of other tests would be counted with ours.
SET boxoffice.clock_offset = '40 days';
SELECT boxoffice.expire_holds() >= 0 AS tidied_up;
RESET boxoffice.clock_offset;

SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'expiry-ada', ARRAY[1, 2]) \gset ada_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'expiry-bob', ARRAY[3]) \gset bob_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'expiry-ada', ARRAY[4]) \gset paid_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'expiry-ada', ARRAY[5]) \gset released_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:longer_id, 'expiry-ada', ARRAY[1]) \gset longer_
SELECT outcome FROM boxoffice.pay_reservation(:paid_reservation_id, 'expiry-ada');
SELECT outcome FROM boxoffice.release_hold(:released_reservation_id, 'expiry-ada');
-- Nothing has ended.
SELECT boxoffice.expire_holds();
SET boxoffice.clock_offset = '9 min';
SELECT boxoffice.expire_holds();
EXECUTE reservations;
-- Two have, and they read so before anything is written; what is paid, released or still running is left alone.
SET boxoffice.clock_offset = '10 min';
EXECUTE reservations;
EXECUTE seats;
SELECT seat_id, reservation_id = :ada_reservation_id AS ada, held_until IS NOT NULL AS was_held FROM boxoffice.seat WHERE slot_id = :slot_id AND seat_id <= 2 ORDER BY seat_id;
SELECT boxoffice.expire_holds();
EXECUTE reservations;
EXECUTE seats;
-- Seats are not touched by it.
SELECT seat_id, reservation_id = :ada_reservation_id AS ada, held_until IS NOT NULL AS was_held FROM boxoffice.seat WHERE slot_id = :slot_id AND seat_id <= 2 ORDER BY seat_id;
SELECT * FROM boxoffice.verify();
-- Again: nothing left.
SELECT boxoffice.expire_holds();
-- Sold again, seat by seat, tidied up or not.
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'expiry-eve', ARRAY[2, 3]);
EXECUTE seats;
SELECT * FROM boxoffice.verify();

-- A hold that was taken over is still marked once its own end has come.
SET boxoffice.clock_offset = '20 min';
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'expiry-bob', ARRAY[2]);
EXECUTE reservations;
-- The tick does the same, and forgets old keys: the idempotency test shows that.
SELECT boxoffice.tick();
EXECUTE reservations;
EXECUTE seats;
SELECT * FROM boxoffice.verify();
-- What expired is no longer a hold for anybody: the last instant is past for paying and releasing.
SELECT outcome FROM boxoffice.pay_reservation(:longer_reservation_id, 'expiry-ada');
SELECT outcome FROM boxoffice.release_hold(:longer_reservation_id, 'expiry-ada');
SELECT balance FROM boxoffice.get_balance('expiry-ada');

-- Within a transaction that is rolled back nothing is marked.
SET boxoffice.clock_offset = '30 min';
BEGIN;
SELECT boxoffice.expire_holds();
ROLLBACK;
SELECT boxoffice.expire_holds();
-- Many at once.
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '1 second') AS crowd_id \gset
SELECT boxoffice.add_numbered_seats(:crowd_id, 1000, 1000) AS seats_added;
SELECT count(*) FILTER (WHERE outcome = 'ok') AS held FROM generate_series(1, 1000) AS i, boxoffice.hold_seats(:crowd_id, 'expiry-' || i, ARRAY[i]);
SET boxoffice.clock_offset = '31 min';
SELECT seats_free, seats_total FROM boxoffice.list_slots(:event_id) WHERE slot_id = :crowd_id;
SELECT boxoffice.expire_holds();
SELECT seats_free, seats_total FROM boxoffice.list_slots(:event_id) WHERE slot_id = :crowd_id;
RESET boxoffice.clock_offset;
SELECT * FROM boxoffice.verify();
