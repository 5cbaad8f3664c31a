-- What the house does in the middle of a sale: it keeps seats back, changes prices, adds seats, stops a coupon, and sees and
-- cancels what belongs to anyone. What needs two sessions is in the isolation specs.

SELECT boxoffice.create_event('House') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, '2100-01-01', hold_for => '10 min') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 12, 1000) AS seats_added;
SELECT outcome FROM boxoffice.credit_balance('house-ada', 100000);
PREPARE seats AS SELECT string_agg(seat_id || ' ' || status, ', ' ORDER BY seat_id) FILTER (WHERE status <> 'free') AS taken,
    (SELECT seats_free FROM boxoffice.list_slots(:event_id) WHERE slot_id = :slot_id),
    (SELECT count(*) FROM boxoffice.available_seats(:slot_id)) AS available FROM boxoffice.seat_map(:slot_id);
PREPARE states AS SELECT encode(decode(states, 'base64'), 'hex') AS states FROM boxoffice.seat_states(:slot_id);
PREPARE reasons AS SELECT seat_id, seat_label, price, reason, blocked_at = now() AS just_now FROM boxoffice.list_blocked_seats(:slot_id);

-- Seats are kept back, with a reason, and cannot be held; counts, maps and the best seats know it, and browsers hear it.
SELECT count(*) FROM boxoffice.next_changes('house');
SELECT * FROM boxoffice.block_seats(:slot_id, ARRAY[3, 1, 2], reason => 'pillar');
EXECUTE seats;
EXECUTE states;
SELECT seats FROM boxoffice.next_changes('house');
SELECT event, reservation_id, seat_ids FROM boxoffice.outbox WHERE slot_id = :slot_id ORDER BY outbox_id;
SELECT outcome, refused_seat_ids FROM boxoffice.hold_seats(:slot_id, 'house-ada', ARRAY[2, 4]);
SELECT outcome, seat_ids FROM boxoffice.hold_best_seats(:slot_id, 'house-ada', 2);
-- Again is ok; a reason replaces the one before, none leaves it; others are added.
SELECT * FROM boxoffice.block_seats(:slot_id, ARRAY[1, 2, 3]);
SELECT * FROM boxoffice.block_seats(:slot_id, ARRAY[2], reason => 'camera');
SELECT * FROM boxoffice.block_seats(:slot_id, ARRAY[3, 6]);
SELECT seat_id, seat_label, price, reason, blocked_at <= clock_timestamp() AS before_now FROM boxoffice.list_blocked_seats(:slot_id);
-- Never one that is held or sold, and then none of the others.
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'house-ada', ARRAY[7]) \gset paid_
SELECT outcome FROM boxoffice.pay_reservation(:paid_reservation_id, 'house-ada');
SELECT * FROM boxoffice.block_seats(:slot_id, ARRAY[4, 7, 8, 5]);
SELECT * FROM boxoffice.block_seats(:slot_id, ARRAY[8, 99, 98, 4]);
EXECUTE seats;
-- A hold that has run out is none.
SET boxoffice.clock_offset = '10 min';
SELECT * FROM boxoffice.block_seats(:slot_id, ARRAY[4], reason => 'late');
EXECUTE seats;
RESET boxoffice.clock_offset;
-- Given back: free at once, without a trace; twice is once.
SELECT * FROM boxoffice.block_seats(:slot_id, ARRAY[1, 4, 6], blocked => false);
SELECT * FROM boxoffice.block_seats(:slot_id, ARRAY[1, 4, 6], blocked => false);
SELECT * FROM boxoffice.block_seats(:slot_id, ARRAY[7], false);
SELECT seat_id, reason FROM boxoffice.list_blocked_seats(:slot_id);
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'house-ada', ARRAY[1, 6]);
SELECT seats FROM boxoffice.next_changes('house');
-- What was refused or had nothing to do took no transaction id and left no lock.
BEGIN;
SELECT * FROM boxoffice.block_seats(:slot_id, ARRAY[2, 7]);
SELECT * FROM boxoffice.block_seats(:slot_id, ARRAY[2, 3]);
SELECT pg_current_xact_id_if_assigned() AS transaction_id;
COMMIT;
SELECT * FROM boxoffice.verify();

-- Prices: of all seats, of some, by category; who has paid or holds keeps the prices of the hold, also in what is shown.
PREPARE items (bigint) AS SELECT r.status, r.amount, string_agg((item ->> 'seat_id') || ' ' || (item ->> 'price'), ', ') AS prices
    FROM boxoffice.get_reservation($1, by_house => true) r, jsonb_array_elements(r.items) item GROUP BY 1, 2;
SELECT outcome, reservation_id, amount FROM boxoffice.hold_seats(:slot_id, 'house-ada', ARRAY[8, 9]) \gset held_
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'house-ada', ARRAY[10]) \gset released_
SELECT outcome FROM boxoffice.release_hold(:released_reservation_id, 'house-ada');
SELECT boxoffice.set_seat_prices(:slot_id, '1500');
SELECT boxoffice.set_seat_prices(:slot_id, '1500');
SELECT boxoffice.set_seat_prices(:slot_id, '9', ARRAY[9, 11, 12]);
SELECT string_agg(seat_id || ' ' || price, ', ' ORDER BY seat_id) AS prices FROM boxoffice.seat_map(:slot_id);
EXECUTE items(:held_reservation_id);
EXECUTE items(:paid_reservation_id);
EXECUTE items(:released_reservation_id);
SELECT outcome, reservation_id, amount FROM boxoffice.hold_seats(:slot_id, 'house-ada', ARRAY[10, 11]) \gset new_
EXECUTE items(:new_reservation_id);
SELECT boxoffice.set_seat_prices(:slot_id, '0', ARRAY[11]);
EXECUTE items(:new_reservation_id);
EXECUTE items(:held_reservation_id);
SELECT items -> 0 ->> 'price' AS in_the_list FROM boxoffice.list_reservations('house-ada') WHERE reservation_id = :held_reservation_id;
SELECT outcome, amount FROM boxoffice.pay_reservation(:held_reservation_id, 'house-ada');
SELECT outcome, amount FROM boxoffice.pay_reservation(:new_reservation_id, 'house-ada');
SELECT outcome, refunded FROM boxoffice.cancel_reservation(:held_reservation_id, 'house-ada');
EXECUTE items(:held_reservation_id);
-- Who holds the best seats pays the new price.
SELECT outcome, amount, seat_ids FROM boxoffice.hold_best_seats(:slot_id, 'house-ada', 2);
SELECT * FROM boxoffice.verify();
SELECT boxoffice.create_slot(:event_id, '2100-01-02') AS plan_id \gset
SELECT boxoffice.add_seating_plan(:plan_id, '{"categories": [{"name": "A"}, {"name": "B"}], "zones": [{"name": "Z", "rows": [{"row_number": "1", "seats": [
    {"seat_guid": "1-1", "seat_number": "1", "category": "A"}, {"seat_guid": "1-2", "seat_number": "2", "category": "B"},
    {"seat_guid": "1-3", "seat_number": "3", "category": "A"}]}]}]}', '{"A": 500, "B": 300}');
SELECT boxoffice.set_seat_prices(:plan_id, '{"A": 550}');
SELECT boxoffice.set_seat_prices(:plan_id, '{"A": 600, "B": 350}', ARRAY[2, 3]);
SELECT seat_id, category, price FROM boxoffice.seat_map(:plan_id);

-- Numbered seats go on from the highest number, whatever else the slot has.
SELECT boxoffice.add_numbered_seats(:slot_id, 2, 700);
SELECT boxoffice.add_numbered_seats(:plan_id, 2, 700);
SELECT boxoffice.add_numbered_seats(:plan_id, 1, 800);
SELECT seat_id, seat_guid, seat_label, price FROM boxoffice.seat_map(:slot_id) WHERE seat_id > 11;
SELECT seat_id, seat_guid, seat_label, price FROM boxoffice.seat_map(:plan_id);
SELECT outcome, amount FROM boxoffice.hold_seats(:slot_id, 'house-ada', ARRAY[13, 14]);

-- A coupon that is stopped: nobody claims it any more, who has claimed it uses it.
SELECT boxoffice.create_coupon('House', 10, discount_amount => 100) AS coupon_id \gset
SELECT outcome, claim_id FROM boxoffice.claim_coupon(:coupon_id, 'house-ada') \gset claim_
SELECT boxoffice.stop_coupon(:coupon_id);
SELECT boxoffice.stop_coupon(:coupon_id);
SELECT outcome FROM boxoffice.claim_coupon(:coupon_id, 'house-bob');
SELECT outcome, claim_id = :claim_claim_id AS own FROM boxoffice.claim_coupon(:coupon_id, 'house-ada');
SELECT status, expires_at FROM boxoffice.list_coupon_claims('house-ada');
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:plan_id, 'house-ada', ARRAY[1]) \gset discounted_
SELECT outcome, amount, discount FROM boxoffice.pay_reservation(:discounted_reservation_id, 'house-ada', claim_id => :claim_claim_id);
SELECT stopped_at IS NOT NULL AS stopped FROM boxoffice.coupon WHERE coupon_id = :coupon_id;

-- The house sees anyone's reservation, and cancels it, also once the slot has begun: all money back, the claim given back, the
-- reason kept. Its user reads that it was the house, but not why.
SELECT outcome, user_id, status FROM boxoffice.get_reservation(:discounted_reservation_id, by_house => true);
SELECT outcome, user_id, status FROM boxoffice.get_reservation(:discounted_reservation_id, 'house-ada', by_house => true);
-- A user that is named is looked at, also by the house.
SELECT outcome, user_id, status FROM boxoffice.get_reservation(:discounted_reservation_id, 'house-bob', by_house => true);
SELECT outcome FROM boxoffice.cancel_reservation(:discounted_reservation_id, 'house-bob', by_house => true, reason => 'not bob''s');
SELECT outcome FROM boxoffice.get_reservation(:discounted_reservation_id, '', by_house => true);
SELECT outcome FROM boxoffice.cancel_reservation(:discounted_reservation_id, '', by_house => true);
SELECT outcome FROM boxoffice.get_reservation(:discounted_reservation_id, 'house-bob');
SELECT outcome FROM boxoffice.get_reservation(0, by_house => true);
SET boxoffice.clock_offset = '36500 days';
SELECT outcome FROM boxoffice.cancel_reservation(:discounted_reservation_id, 'house-ada');
SELECT outcome, refunded FROM boxoffice.cancel_reservation(:discounted_reservation_id, by_house => true, reason => 'storm');
SELECT outcome, refunded FROM boxoffice.cancel_reservation(:discounted_reservation_id, NULL, true, 'another reason');
SELECT outcome, refunded FROM boxoffice.cancel_reservation(:discounted_reservation_id, 'house-ada', true);
SELECT outcome, refunded FROM boxoffice.cancel_reservation(:discounted_reservation_id, 'house-bob', true);
RESET boxoffice.clock_offset;
SELECT status, cancelled_at > paid_at AS later, cancelled_by_house, cancel_reason FROM boxoffice.get_reservation(:discounted_reservation_id, by_house => true);
SELECT status, cancelled_by_house, cancel_reason FROM boxoffice.get_reservation(:discounted_reservation_id, 'house-ada');
SELECT status, cancelled_by_house, cancel_reason FROM boxoffice.get_reservation(:discounted_reservation_id, 'house-ada', by_house => true);
SELECT status FROM boxoffice.list_coupon_claims('house-ada');
SELECT amount, reason FROM boxoffice.list_balance_entries('house-ada', max_rows => 2);
SELECT outcome FROM boxoffice.cancel_reservation(0, by_house => true);
SELECT outcome FROM boxoffice.cancel_reservation(:released_reservation_id, by_house => true);
-- One's own reason one reads.
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:plan_id, 'house-ada', ARRAY[2]) \gset own_
SELECT outcome FROM boxoffice.pay_reservation(:own_reservation_id, 'house-ada');
SELECT outcome, refunded FROM boxoffice.cancel_reservation(:own_reservation_id, 'house-ada', reason => 'ill');
SELECT status, cancelled_by_house, cancel_reason FROM boxoffice.get_reservation(:own_reservation_id, 'house-ada');
SELECT * FROM boxoffice.verify();

-- Who may: level admin, by the rights of whoever calls, also below functions that run with another's rights.
CREATE ROLE regress_house_client;
CREATE ROLE regress_house_admin;
SELECT boxoffice.grant_access('regress_house_client', 'client'), boxoffice.grant_access('regress_house_admin', 'admin');
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:plan_id, 'house-ada', ARRAY[2]) \gset last_
SELECT outcome FROM boxoffice.pay_reservation(:last_reservation_id, 'house-ada');
CREATE FUNCTION public.regress_house_look(reservation bigint) RETURNS text LANGUAGE sql SECURITY DEFINER
    AS 'SELECT outcome FROM boxoffice.get_reservation(reservation, by_house => true)';
ALTER FUNCTION public.regress_house_look OWNER TO regress_house_client;
SET ROLE regress_house_client;
SELECT outcome FROM boxoffice.get_reservation(:last_reservation_id, 'house-ada');
SELECT outcome FROM boxoffice.get_reservation(:last_reservation_id, 'house-ada', by_house => true);
SELECT outcome FROM boxoffice.cancel_reservation(:last_reservation_id, 'house-ada', by_house => true);
SELECT outcome FROM boxoffice.cancel_any_reservation(:last_reservation_id, NULL, true, NULL);
SELECT outcome FROM boxoffice.block_seats(:slot_id, ARRAY[12]);
SET ROLE regress_house_admin;
-- a function of the client's gives an administrator no more than the client has
SELECT public.regress_house_look(:last_reservation_id);
RESET ROLE;
SELECT public.regress_house_look(:last_reservation_id);
ALTER FUNCTION public.regress_house_look OWNER TO regress_house_admin;
SET ROLE regress_house_client;
-- and one of an administrator's lends a client the administrator's rights, as such functions do
SELECT public.regress_house_look(:last_reservation_id);
SET ROLE regress_house_admin;
SELECT outcome, user_id FROM boxoffice.get_reservation(:last_reservation_id, by_house => true);
SELECT outcome, refunded FROM boxoffice.cancel_reservation(:last_reservation_id, by_house => true);
SELECT seat_id, reason FROM boxoffice.list_blocked_seats(:slot_id);
SELECT reason, by_house FROM boxoffice.cancellation WHERE reservation_id = :last_reservation_id;
RESET ROLE;
DROP FUNCTION public.regress_house_look;
DROP OWNED BY regress_house_client, regress_house_admin;
DROP ROLE regress_house_client, regress_house_admin;

-- Mistakes.
CREATE FUNCTION pg_temp.complaint(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
BEGIN
    EXECUTE 'SELECT boxoffice.' || call;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN sqlstate || ': ' || message || coalesce(' (' || nullif(detail, '') || ')', '');
END
$$;
\pset tuples_only on
\pset format unaligned
\pset fieldsep '\n    '
SELECT call, pg_temp.complaint(replace(replace(call, 'PLAN', :'plan_id'), 'SLOT', :'slot_id')) FROM (VALUES
    ('block_seats(NULL, ARRAY[1])'),
    ('block_seats(SLOT, NULL)'),
    ('block_seats(SLOT, ARRAY[1], NULL)'),
    ('block_seats(SLOT, ''{}'')'),
    ('block_seats(SLOT, ARRAY[1, 2, 1])'),
    ('block_seats(SLOT, ARRAY[1, NULL])'),
    ('block_seats(SLOT, ARRAY(SELECT generate_series(1, 10001)))'),
    ('block_seats(SLOT, ARRAY[1], reason => '''')'),
    ('block_seats(SLOT, ARRAY[1], reason => repeat(''x'', 1001))'),
    ('set_seat_prices(NULL, ''1'')'),
    ('set_seat_prices(SLOT, NULL)'),
    ('set_seat_prices(0, ''1'')'),
    ('set_seat_prices(SLOT, ''1'', ''{}'')'),
    ('set_seat_prices(SLOT, ''1'', ARRAY[1, 1])'),
    ('set_seat_prices(SLOT, ''1'', ARRAY[1, 99])'),
    ('set_seat_prices(SLOT, ''-1'')'),
    ('set_seat_prices(SLOT, ''1.5'')'),
    ('set_seat_prices(SLOT, ''9007199254740992'')'),
    ('set_seat_prices(SLOT, ''"1"'')'),
    ('set_seat_prices(SLOT, ''null'')'),
    ('set_seat_prices(SLOT, ''true'')'),
    ('set_seat_prices(SLOT, ''[1]'')'),
    ('set_seat_prices(SLOT, ''{"A": 1}'')'),
    ('set_seat_prices(PLAN, ''{"A": 1, "C": 1}'')'),
    ('set_seat_prices(PLAN, ''{"A": null}'')'),
    ('set_seat_prices(PLAN, ''{"A": "1"}'')'),
    ('set_seat_prices(PLAN, ''{"A": -1}'')'),
    ('set_seat_prices(PLAN, ''{"A": 1}'', ARRAY[1, 2])'),
    ('set_seat_prices(PLAN, ''{"A": 1}'', ARRAY[1, 4])'),
    ('stop_coupon(NULL)'),
    ('stop_coupon(0)'),
    ('get_reservation(NULL, ''a'')'),
    ('get_reservation(1)'),
    ('get_reservation(1, NULL)'),
    ('get_reservation(1, ''a'', NULL)'),
    ('get_reservation(1, '''')'),
    ('cancel_reservation(1)'),
    ('cancel_reservation(1, ''a'', NULL)'),
    ('cancel_reservation(NULL, by_house => true)'),
    ('cancel_reservation(1, ''a'', reason => '''')')) AS calls (call);
\pset fieldsep '|'
\pset format aligned
\pset tuples_only off
-- An empty object has nothing to change.
SELECT boxoffice.set_seat_prices(:plan_id, '{}');
BEGIN READ ONLY;
SELECT boxoffice.block_seats(:slot_id, ARRAY[1]);
ROLLBACK;
BEGIN READ ONLY;
SELECT boxoffice.set_seat_prices(:slot_id, '1');
ROLLBACK;
BEGIN READ ONLY;
SELECT outcome FROM boxoffice.get_reservation(:last_reservation_id, by_house => true);
SELECT outcome FROM boxoffice.cancel_reservation(:last_reservation_id, by_house => true);
ROLLBACK;
SELECT * FROM boxoffice.verify();

-- Nobody listens any more: what is told to no relay is deleted by the next tick.
DELETE FROM boxoffice.outbox_position WHERE consumer = 'house';
