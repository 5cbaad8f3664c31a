-- Numbers at the edge of what survives JSON, 2^53 - 1, and of what PostgreSQL can take: answered rightly or refused, by an
-- outcome where what users have decides and with class 22 where the number alone does, never wrapped around, never
-- rounded, and never with a constraint's name instead of a reason.

SELECT boxoffice.create_event('Large numbers') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 5, 9007199254740991) AS seats_added;
UPDATE boxoffice.seat SET price = 1 WHERE slot_id = :slot_id AND seat_id IN (3, 4);
CREATE FUNCTION pg_temp.complaint(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'SELECT boxoffice.' || call;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ': ' || sqlerrm;
END
$$;

-- The dearest seat can be held, paid and cancelled; two such are more than an amount can be, and nothing is held.
SELECT outcome, amount FROM boxoffice.hold_seats(:slot_id, 'large-ada', ARRAY[1, 3]);
SELECT outcome, amount FROM boxoffice.hold_seats(:slot_id, 'large-ada', ARRAY[1, 2]);
SELECT seat_id, status FROM boxoffice.seat_map(:slot_id) WHERE status <> 'free';
SELECT outcome, reservation_id, amount FROM boxoffice.hold_seats(:slot_id, 'large-ada', ARRAY[1]) \gset ada_
SELECT outcome FROM boxoffice.credit_balance('large-ada', 9007199254740991);
SELECT outcome, amount, balance FROM boxoffice.pay_reservation(:ada_reservation_id, 'large-ada');
SELECT outcome, refunded, balance FROM boxoffice.cancel_reservation(:ada_reservation_id, 'large-ada');
-- 1,000 seats that cost more than a bigint holds.
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS dear_id \gset
SELECT boxoffice.add_numbered_seats(:dear_id, 1000, 9007199254740991) AS seats_added;
SELECT outcome FROM boxoffice.hold_seats(:dear_id, 'large-bob', ARRAY(SELECT generate_series(1, 1000)));
SELECT outcome FROM boxoffice.hold_best_seats(:dear_id, 'large-bob', 2);
SELECT count(*) AS held FROM boxoffice.seat_map(:dear_id) WHERE status <> 'free';

-- A refund that the balance has no room for is refused, with the reason; seats and money stay as they are.
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'large-ada', ARRAY[3]) \gset ada_
SELECT outcome FROM boxoffice.pay_reservation(:ada_reservation_id, 'large-ada');
SELECT outcome, balance FROM boxoffice.credit_balance('large-ada', 1);
SELECT * FROM boxoffice.cancel_reservation(:ada_reservation_id, 'large-ada');
SELECT outcome, balance FROM boxoffice.credit_balance('large-ada', 9007199254740991);
SELECT balance FROM boxoffice.get_balance('large-ada');
SELECT seat_id, status FROM boxoffice.seat_map(:slot_id) WHERE status <> 'free';

-- Ids above 2^53 - 1 are never given out, so nothing is found under them.
SELECT max_value FROM pg_sequences WHERE schemaname = 'boxoffice' GROUP BY max_value;
SELECT outcome FROM boxoffice.hold_seats(9223372036854775807, 'large-ada', ARRAY[1]);
SELECT outcome FROM boxoffice.release_hold(9223372036854775807, 'large-ada');
SELECT outcome FROM boxoffice.pay_reservation(9223372036854775807, 'large-ada');
SELECT outcome FROM boxoffice.cancel_reservation(9223372036854775807, 'large-ada');
SELECT outcome FROM boxoffice.get_event(9007199254740991);
SELECT outcome FROM boxoffice.get_reservation(9007199254740991, 'large-ada');

-- A price is a whole number, however small the fraction is beside it; and the error names the place whatever the size.
CREATE FUNCTION pg_temp.plan_complaint(slot_id bigint, x text, price text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    RETURN boxoffice.add_seating_plan(slot_id, jsonb_build_object('categories', '[{"name": "A"}]'::jsonb, 'zones', jsonb_build_array(jsonb_build_object(
        'name', 'Z', 'position', jsonb_build_object('x', x::numeric, 'y', 0), 'rows', '[{"seats": [{"seat_guid": "1", "seat_number": "1", "category": "A"}]}]'::jsonb))),
        jsonb_build_object('A', price::numeric)) || ' seats accepted';
EXCEPTION WHEN OTHERS THEN
    RETURN sqlstate || ': ' || sqlerrm;
END
$$;
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS plan_id \gset
SELECT price, left(pg_temp.plan_complaint(:plan_id, '0', price), 90) AS complaint FROM unnest(ARRAY['0.1', '1e-30', '12000.00000000000000000001', '9007199254740990.4',
    '9007199254740991.1', '9007199254740992', '18446744073709551617', '1e400', '-1e400', '-0.00000000000000000000001']) AS price;
SELECT x, pg_temp.plan_complaint(:plan_id, x, '1') LIKE '22___: zones[0].position%' AS names_the_place FROM unnest(ARRAY['1e400', '-1e400']) AS x;
-- 1.0 is a whole number.
SELECT pg_temp.plan_complaint(:plan_id, '-1e300', '1.0');
SELECT price, x FROM boxoffice.available_seats(:plan_id);

-- Times that cannot be reckoned with.
SELECT left(pg_temp.complaint(format('create_slot(%s, now(), hold_for => ''170000000 years'')', :event_id)), 2) AS class;
SELECT left(pg_temp.complaint(format('create_slot(%s, now(), hold_for => ''1 month -29 days'')', :event_id)), 5) AS refused;
SELECT left(pg_temp.complaint(format('create_slot(%s, now(), hold_for => ''13 months'')', :event_id)), 5) AS refused;
-- An offset that would take the clock out of what a time can be.
\set VERBOSITY terse
SET boxoffice.clock_offset = '170000000 years';
SET boxoffice.clock_offset = '-10000 years';
SET boxoffice.clock_offset = '2500000000 hours';
SHOW boxoffice.clock_offset;
RESET boxoffice.clock_offset;
SELECT * FROM boxoffice.verify();
