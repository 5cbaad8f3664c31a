-- Places of a slot that has a queue: as for seats, only with an active token of that queue and that user.

SELECT boxoffice.create_queue('Places', 2, active_for => '10 min', claim_for => '1 min') AS queue_id \gset
SELECT boxoffice.create_event('Places through a queue') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '20 min', max_per_user => 4, queue_id => :queue_id) AS slot_id \gset
SELECT boxoffice.add_pool(:slot_id, 'Class', 5, 100) AS pool_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 3, 100) AS seats_added;
SELECT outcome FROM boxoffice.credit_balance('places-ann', 1000);
SELECT status, token AS ann_token FROM boxoffice.join_queue(:queue_id, 'places-ann') \gset
SELECT status, token AS bob_token FROM boxoffice.join_queue(:queue_id, 'places-bob') \gset
SELECT status, token AS cem_token FROM boxoffice.join_queue(:queue_id, 'places-cem') \gset

-- Without a token; with one that is unknown, another's, or waiting. It comes before the limit and sold_out.
SELECT * FROM boxoffice.hold_places(:pool_id, 'places-ann', 1);
SELECT * FROM boxoffice.hold_places(:pool_id, 'places-ann', 9, '00000000-0000-0000-0000-000000000000');
SELECT * FROM boxoffice.hold_places(:pool_id, 'places-ann', 1, :'bob_token');
SELECT * FROM boxoffice.hold_places(:pool_id, 'places-cem', 1, :'cem_token');
-- A hold is showing up; a refusal is not.
UPDATE boxoffice.queue_token SET lapses_at = least(lapses_at, admitted_at + interval '1 min') WHERE queue_id = :queue_id AND status = 'active';
SELECT outcome FROM boxoffice.hold_places(:pool_id, 'places-ann', 5, :'ann_token');
SELECT user_id, lapses_at = expires_at AS shown_up FROM boxoffice.queue_token WHERE queue_id = :queue_id AND status = 'active' ORDER BY number;
SELECT outcome, amount, reservation_id AS ann_id FROM boxoffice.hold_places(:pool_id, 'places-ann', 3, :'ann_token') \gset
SELECT outcome, amount FROM boxoffice.hold_places(:pool_id, 'places-bob', 2, :'bob_token');
SELECT user_id, lapses_at = expires_at AS shown_up FROM boxoffice.queue_token WHERE queue_id = :queue_id AND status = 'active' ORDER BY number;
SELECT * FROM boxoffice.hold_places(:pool_id, 'places-bob', 1, :'bob_token');
-- A second click finds the first hold.
SELECT max(reservation_id) AS bob_id FROM boxoffice.reservation WHERE user_id = 'places-bob' \gset
SELECT outcome, reservation_id = :bob_id AS the_first FROM boxoffice.hold_places(:pool_id, 'places-bob', 2, :'bob_token');
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'places-ann', ARRAY[3], :'ann_token');
SELECT r.user_id, r.quantity, r.queue_id = :queue_id AS this_queue, t.user_id AS admitted
    FROM boxoffice.reservation r LEFT JOIN boxoffice.queue_token t ON t.queue_id = r.queue_id AND t.number = r.queue_number
    WHERE r.slot_id = :slot_id ORDER BY reservation_id;
-- One's own running seats are answered with their hold, with or without the token; other seats want it.
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'places-ann', ARRAY[3]);
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'places-ann', ARRAY[2]);
-- Paying completes the token, and gives its place in the queue to the next.
SELECT outcome, amount FROM boxoffice.pay_reservation(:ann_id, 'places-ann');
SELECT user_id, status FROM boxoffice.queue_token WHERE queue_id = :queue_id ORDER BY number;
SELECT outcome FROM boxoffice.hold_places(:pool_id, 'places-ann', 1, :'ann_token');
SELECT boxoffice.admit_waiting(:queue_id);
SELECT * FROM boxoffice.hold_places(:pool_id, 'places-cem', 1, :'cem_token');
-- The token has run out before the hold: the hold goes on, and can be released.
SET boxoffice.clock_offset = '11 min';
SELECT * FROM boxoffice.hold_places(:pool_id, 'places-bob', 1, :'bob_token');
SELECT outcome FROM boxoffice.release_hold(:bob_id, 'places-bob');
SELECT places_free FROM boxoffice.list_pools(:slot_id);
RESET boxoffice.clock_offset;
SELECT * FROM boxoffice.verify();
