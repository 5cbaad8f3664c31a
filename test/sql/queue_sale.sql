-- Buying in a slot that has a queue: only with an active token of that queue and that user. A hold is showing up, paying
-- gives the place back; and verify notices who was let in without one.

SELECT boxoffice.create_queue('Sale', 2, active_for => '10 min', claim_for => '1 min') AS queue_id \gset
SELECT boxoffice.create_queue('Another sale', 9) AS other_id \gset
SELECT boxoffice.create_event('Sale through a queue') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '20 min', max_per_user => 3, queue_id => :queue_id) AS slot_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', sale_opens_at => now() + '1 day', queue_id => :queue_id) AS later_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 20, 1000) + boxoffice.add_numbered_seats(:later_id, 1, 1000) AS seats_added;
SELECT slot_id = :slot_id AS this_slot, queue_id = :queue_id AS this_queue FROM boxoffice.list_slots(:event_id) ORDER BY slot_id;
SELECT sum(balance) FROM unnest(ARRAY['ann', 'bob', 'cem', 'dan', 'eve']) AS u, boxoffice.credit_balance('sale-' || u, 9000);

-- Holds with the last token that the first user has in a queue, for the second.
PREPARE hold (bigint, text, text, int[], text) AS
    SELECT h.outcome, h.seat_ids, h.refused_seat_ids
    FROM (SELECT token FROM boxoffice.queue_token WHERE queue_id = $1 AND user_id = 'sale-' || $2 ORDER BY joined_at DESC LIMIT 1) t,
        boxoffice.hold_seats(:slot_id, 'sale-' || $3, $4, t.token, $5) h;
PREPARE join_it (bigint, text) AS SELECT outcome, status, position FROM boxoffice.join_queue($1, 'sale-' || $2);
PREPARE tokens AS
    SELECT user_id, status, lapses_at = expires_at AS shown_up, ended_at IS NOT NULL AS ended FROM boxoffice.queue_token WHERE queue_id = :queue_id ORDER BY number;
PREPARE reservations AS
    SELECT r.user_id, r.seat_ids, r.status, r.queue_id = :queue_id AS this_queue, t.user_id AS admitted
    FROM boxoffice.reservation r LEFT JOIN boxoffice.queue_token t ON t.queue_id = r.queue_id AND t.number = r.queue_number
    WHERE r.slot_id = :slot_id ORDER BY reservation_id;
-- The last reservation of a user.
PREPARE pay (text, text) AS
    SELECT p.outcome, p.amount, p.balance
    FROM (SELECT max(reservation_id) AS id FROM boxoffice.reservation WHERE slot_id = :slot_id AND user_id = 'sale-' || $1) r, boxoffice.pay_reservation(r.id, 'sale-' || $1, $2) p;

EXECUTE join_it(:queue_id, 'ann');
EXECUTE join_it(:queue_id, 'bob');
EXECUTE join_it(:queue_id, 'cem');
EXECUTE join_it(:other_id, 'cem');
-- Without a token.
SELECT * FROM boxoffice.hold_seats(:slot_id, 'sale-ann', ARRAY[1]);
SELECT * FROM boxoffice.hold_seats(:slot_id, 'sale-ann', ARRAY[1], NULL, 'key');
-- With one that is unknown, somebody else's, of another queue, or waiting.
SELECT * FROM boxoffice.hold_seats(:slot_id, 'sale-ann', ARRAY[1], '00000000-0000-0000-0000-000000000000');
EXECUTE hold(:queue_id, 'bob', 'ann', ARRAY[1], NULL);
EXECUTE hold(:other_id, 'cem', 'cem', ARRAY[1], NULL);
EXECUTE hold(:queue_id, 'cem', 'cem', ARRAY[1], NULL);
-- The slot comes before the token, and the token before the seats.
SELECT outcome FROM boxoffice.hold_seats(0, 'sale-ann', ARRAY[1]);
SELECT outcome FROM boxoffice.hold_seats(:later_id, 'sale-ann', ARRAY[1]);
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'sale-ann', ARRAY[99]);
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'sale-ann', ARRAY[99], '00000000-0000-0000-0000-000000000000');
EXECUTE hold(:queue_id, 'ann', 'ann', ARRAY[99], NULL);
-- As errors.
SET boxoffice.raise_refusals = on;
\set VERBOSITY sqlstate
SELECT * FROM boxoffice.hold_seats(:slot_id, 'sale-ann', ARRAY[1]);
EXECUTE hold(:queue_id, 'cem', 'cem', ARRAY[1], NULL);
\set VERBOSITY default
RESET boxoffice.raise_refusals;
EXECUTE reservations;

-- With the right one: as many holds as the slot allows, of which the reservation keeps the number.
EXECUTE hold(:queue_id, 'ann', 'ann', ARRAY[1], 'first');
EXECUTE hold(:queue_id, 'ann', 'ann', ARRAY[3, 2], NULL);
EXECUTE hold(:queue_id, 'ann', 'ann', ARRAY[4], NULL);
EXECUTE hold(:queue_id, 'bob', 'bob', ARRAY[2, 5], NULL);
EXECUTE hold(:queue_id, 'bob', 'bob', ARRAY[5], NULL);
EXECUTE reservations;
-- Paying one of two holds completes the token: the other can be paid, but nothing more be held, and the place is free.
EXECUTE pay('ann', 'paid');
EXECUTE tokens;
SELECT s.status, s.expires_at IS NULL AS over FROM boxoffice.queue_token t, boxoffice.queue_status(t.token) s WHERE t.queue_id = :queue_id AND t.user_id = 'sale-ann';
EXECUTE hold(:queue_id, 'ann', 'ann', ARRAY[6], NULL);
SELECT p.outcome, p.amount FROM boxoffice.reservation r, boxoffice.pay_reservation(r.reservation_id, r.user_id) p WHERE slot_id = :slot_id AND seat_ids = '{1}';
SELECT boxoffice.admit_waiting(:queue_id);
SELECT boxoffice.admit_waiting(:queue_id);
-- A key is worth its answer also when the token is no longer worth anything, whatever token comes with it; another request is another.
EXECUTE hold(:queue_id, 'ann', 'ann', ARRAY[1], 'first');
EXECUTE hold(:queue_id, 'bob', 'ann', ARRAY[1], 'first');
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'sale-ann', ARRAY[1], idempotency_key => 'first');
EXECUTE pay('ann', 'paid');
EXECUTE hold(:queue_id, 'ann', 'ann', ARRAY[6], 'first');
EXECUTE hold(:queue_id, 'ann', 'ann', ARRAY[6], 'second');
EXECUTE join_it(:queue_id, 'ann');
EXECUTE tokens;

-- Cem has been admitted and not shown up: a refused hold is no showing up, the first that is ok is.
EXECUTE hold(:queue_id, 'cem', 'cem', ARRAY[99], NULL);
EXECUTE hold(:queue_id, 'cem', 'cem', ARRAY[5], NULL);
EXECUTE hold(:queue_id, 'cem', 'cem', ARRAY[7, 5], NULL);
EXECUTE hold(:queue_id, 'cem', 'cem', ARRAY[7, 8, 9, 10], NULL);
EXECUTE tokens;
BEGIN;
EXECUTE hold(:queue_id, 'cem', 'cem', ARRAY[7], NULL);
EXECUTE tokens;
ROLLBACK;
EXECUTE tokens;
EXECUTE hold(:queue_id, 'cem', 'cem', ARRAY[7], NULL);
EXECUTE tokens;
-- Who does not show up in time cannot hold; who has may, until active_for is over.
EXECUTE pay('bob', NULL);
SELECT boxoffice.admit_waiting(:queue_id);
SET boxoffice.clock_offset = '1 min';
EXECUTE hold(:queue_id, 'ann', 'ann', ARRAY[6], NULL);
EXECUTE hold(:queue_id, 'cem', 'cem', ARRAY[8], NULL);
SET boxoffice.clock_offset = '10 min';
EXECUTE hold(:queue_id, 'cem', 'cem', ARRAY[9], NULL);
EXECUTE tokens;
-- What was held in time can be paid afterwards. That completes a lapsed token which nobody has marked yet, and leaves one that was
-- marked as it is.
EXECUTE pay('cem', NULL);
EXECUTE tokens;
SELECT boxoffice.tick();
EXECUTE join_it(:queue_id, 'dan');
EXECUTE hold(:queue_id, 'dan', 'dan', ARRAY[10], NULL);
SET boxoffice.clock_offset = '20 min';
SELECT boxoffice.tick();
EXECUTE hold(:queue_id, 'dan', 'dan', ARRAY[11], NULL);
EXECUTE pay('dan', NULL);
EXECUTE tokens;
SELECT * FROM boxoffice.verify();
-- Releasing and cancelling leave the place as it is.
EXECUTE join_it(:queue_id, 'eve');
EXECUTE hold(:queue_id, 'eve', 'eve', ARRAY[11], NULL);
SELECT r.outcome FROM boxoffice.reservation h, boxoffice.release_hold(h.reservation_id, h.user_id) r WHERE slot_id = :slot_id AND seat_ids = '{11}';
EXECUTE hold(:queue_id, 'eve', 'eve', ARRAY[12], NULL);
-- All in one transaction of the caller, which is undone: nobody ever was in the queue.
BEGIN;
EXECUTE join_it(:queue_id, 'bob');
EXECUTE hold(:queue_id, 'bob', 'bob', ARRAY[13], NULL);
EXECUTE pay('bob', NULL);
SELECT c.outcome, c.refunded FROM boxoffice.reservation h, boxoffice.cancel_reservation(h.reservation_id, h.user_id) c WHERE slot_id = :slot_id AND seat_ids = '{13}';
EXECUTE tokens;
ROLLBACK;
EXECUTE tokens;
-- The modes concern the door, not who is in.
SELECT boxoffice.update_queue(:queue_id, mode => 'closed', max_active => 1);
EXECUTE hold(:queue_id, 'eve', 'eve', ARRAY[13], NULL);
SELECT boxoffice.update_queue(:queue_id, mode => 'paused');
EXECUTE hold(:queue_id, 'eve', 'eve', ARRAY[14], NULL);
SELECT boxoffice.update_queue(:queue_id, mode => 'bypass');
EXECUTE hold(:queue_id, 'eve', 'eve', ARRAY[15], NULL);
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'sale-bob', ARRAY[16]);
EXECUTE join_it(:queue_id, 'bob');
EXECUTE hold(:queue_id, 'bob', 'bob', ARRAY[16], NULL);
-- Without a queue the slot is sold to everybody, and whatever token is shown is not looked at; with another, that one counts.
SELECT boxoffice.update_slot(:slot_id, queue_id => 0);
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'sale-nobody', ARRAY[17]);
EXECUTE hold(:queue_id, 'ann', 'nobody', ARRAY[18], NULL);
SELECT boxoffice.update_slot(:slot_id, queue_id => :other_id);
EXECUTE hold(:queue_id, 'bob', 'bob', ARRAY[19], NULL);
EXECUTE join_it(:other_id, 'bob');
EXECUTE hold(:other_id, 'bob', 'bob', ARRAY[19], NULL);
EXECUTE reservations;
-- A queue that is not there.
SELECT boxoffice.create_slot(:event_id, now(), queue_id => 9007199254740991);
SELECT boxoffice.create_slot(:event_id, now(), queue_id => 0);
SELECT boxoffice.update_slot(:slot_id, queue_id => -1);
SELECT queue_id = :other_id AS unchanged FROM boxoffice.slot WHERE slot_id = :slot_id;
SELECT * FROM boxoffice.verify();

-- verify: whoever was given a hold by hand, without being admitted at the time, is found.
PREPARE found AS SELECT check_name, regexp_replace(regexp_replace(detail, '\d+ was given at .*? to user', 'N was given at .. to user'), 'token \d+ of queue \d+', 'token T of queue Q') AS detail
    FROM boxoffice.verify() ORDER BY check_name COLLATE "C", detail COLLATE "C";
BEGIN;
UPDATE boxoffice.reservation SET user_id = 'sale-thief' WHERE slot_id = :slot_id AND seat_ids = '{12}';
EXECUTE found;
ROLLBACK;
BEGIN;
UPDATE boxoffice.queue_token SET admitted_at = admitted_at + interval '5 min', lapses_at = lapses_at + interval '5 min', expires_at = expires_at + interval '5 min'
    WHERE queue_id = :other_id AND user_id = 'sale-bob';
EXECUTE found;
UPDATE boxoffice.queue_token SET admitted_at = admitted_at - interval '15 min', lapses_at = lapses_at - interval '15 min', expires_at = expires_at - interval '15 min'
    WHERE queue_id = :other_id AND user_id = 'sale-bob';
EXECUTE found;
UPDATE boxoffice.queue_token SET status = 'waiting', admitted_at = NULL, lapses_at = NULL, expires_at = NULL WHERE queue_id = :other_id AND user_id = 'sale-bob';
EXECUTE found;
ROLLBACK;
-- Too many active: two may be, four are.
SELECT boxoffice.create_queue('Too full', 2) AS full_id \gset
SELECT outcome, status FROM generate_series(1, 4) AS i, boxoffice.join_queue(:full_id, 'full-' || i);
BEGIN;
UPDATE boxoffice.queue_token SET status = 'active', admitted_at = joined_at, lapses_at = joined_at + interval '1 min', expires_at = joined_at + interval '1 min'
    WHERE queue_id = :full_id AND status = 'waiting';
SELECT check_name, regexp_replace(detail, '^queue \d+', 'queue Q') AS detail FROM boxoffice.verify();
-- Those whose time has run out count no longer.
SET LOCAL boxoffice.clock_offset = '21 min';
SELECT * FROM boxoffice.verify();
ROLLBACK;
-- Nor is it a violation that fewer may be by now.
SELECT boxoffice.update_queue(:full_id, max_active => 1);
SELECT * FROM boxoffice.verify();
