-- sales_report and stat_sale: what was sold, by category and pool, and that the money is that of the payments and the ledger.

SELECT boxoffice.create_event('Report') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, '2100-01-01', hold_for => '10 min') AS slot_id \gset
SELECT boxoffice.create_slot(:event_id, '2100-01-02') AS second_id \gset
SELECT boxoffice.add_seating_plan(:slot_id, jsonb_build_object('categories', '[{"name": "A"}, {"name": "B"}, {"name": "unused"}]'::jsonb, 'zones',
    jsonb_build_array(jsonb_build_object('name', 'Z', 'rows', jsonb_build_array(jsonb_build_object('row_number', '1', 'seats', (SELECT jsonb_agg(
        jsonb_build_object('seat_guid', 'g' || n, 'seat_number', n::text, 'category', CASE WHEN n % 2 = 0 THEN 'B' ELSE 'A' END)) FROM generate_series(1, 12) n)))))),
    '{"A": 1000, "B": 333}') AS seats_added;
SELECT boxoffice.add_numbered_seats(:slot_id, 2, 50) + boxoffice.add_numbered_seats(:second_id, 3, 10) AS seats_added;
SELECT boxoffice.add_pool(:slot_id, 'Floor', 40, 70) AS floor_id, boxoffice.add_pool(:slot_id, 'Bar', 5, 0) AS bar_id \gset
SELECT outcome FROM boxoffice.credit_balance('report-ada', 1000000);
PREPARE report AS SELECT slot_id - :slot_id AS slot, category, pool, capacity, sold, held, free, blocked, gross, discount, refunded, net
    FROM boxoffice.sales_report(slot_id => :slot_id);

EXECUTE report;
-- A discount on seats of two categories is shared out by their prices, to the unit.
SELECT boxoffice.create_coupon('Report', 9, discount_amount => 100) AS coupon_id \gset
SELECT claim_id FROM boxoffice.claim_coupon(:coupon_id, 'report-ada') \gset
SELECT reservation_id FROM boxoffice.hold_seats(:slot_id, 'report-ada', ARRAY[1, 2, 3, 4]) \gset
SELECT outcome, gross, discount, amount FROM boxoffice.pay_reservation(:reservation_id, 'report-ada', claim_id => :claim_id);
SELECT reservation_id AS cancelled FROM boxoffice.hold_seats(:slot_id, 'report-ada', ARRAY[5, 6]) \gset
SELECT outcome FROM boxoffice.pay_reservation(:cancelled, 'report-ada');
SELECT outcome, refunded FROM boxoffice.cancel_reservation(:cancelled, 'report-ada');
SELECT reservation_id AS places FROM boxoffice.hold_places(:floor_id, 'report-ada', 4) \gset
SELECT outcome FROM boxoffice.pay_reservation(:places, 'report-ada');
SELECT outcome FROM boxoffice.hold_places(:bar_id, 'report-ada', 2);
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'report-ada', ARRAY[7, 13]);
SELECT outcome FROM boxoffice.block_seats(:slot_id, ARRAY[8, 9], reason => 'report');
EXECUTE report;
-- What was paid at the old price was paid at the old price.
SELECT boxoffice.set_seat_prices(:slot_id, '{"A": 5, "B": 7}');
EXECUTE report;
-- Holds end by the clock.
SET boxoffice.clock_offset = '10 min';
EXECUTE report;
RESET boxoffice.clock_offset;
-- Cancelled with its discount, all of it is even.
SELECT outcome, refunded FROM boxoffice.cancel_reservation(:reservation_id, by_house => true);
EXECUTE report;
-- Of all slots of the event; the view has the totals of each.
SELECT reservation_id AS other FROM boxoffice.hold_seats(:second_id, 'report-ada', ARRAY[1]) \gset
SELECT outcome FROM boxoffice.pay_reservation(:other, 'report-ada');
SELECT slot_id - :slot_id AS slot, starts_at, category, pool, capacity, sold, net FROM boxoffice.sales_report(event_id => :event_id);
SELECT slot_id - :slot_id AS slot, title, capacity, sold, held, free, blocked, gross, discount, refunded, net FROM boxoffice.stat_sale WHERE event_id = :event_id ORDER BY 1;
-- A view reads the clock once, first of all: its columns and rows speak of one instant.
SELECT viewname, definition ~ '^ WITH \w+ AS MATERIALIZED \(\s*SELECT clock_timestamp\(\)' AS first, array_length(string_to_array(definition, 'clock_timestamp'), 1) - 1 AS times
    FROM pg_views WHERE schemaname = 'boxoffice' AND definition ~ 'clock_timestamp|now\(' ORDER BY 1;
-- The report and the view say the same of every slot, list_slots the same of what is free, and all money is that of the ledger.
SELECT slot_id FROM boxoffice.stat_sale s, LATERAL (SELECT sum(capacity) AS capacity, sum(sold) AS sold, sum(held) AS held, sum(free) AS free, sum(blocked) AS blocked,
        sum(gross) AS gross, sum(discount) AS discount, sum(refunded) AS refunded, sum(net) AS net FROM boxoffice.sales_report(s.slot_id)) r
    WHERE s.event_id = :event_id AND (s.capacity, s.sold, s.held, s.free, s.blocked, s.gross, s.discount, s.refunded, s.net)
        IS DISTINCT FROM (r.capacity, r.sold, r.held, r.free, r.blocked, r.gross, r.discount, r.refunded, r.net);
SELECT s.free = l.seats_free + l.places_free AS same FROM boxoffice.stat_sale s JOIN boxoffice.list_slots(:event_id) l USING (slot_id);
SELECT (SELECT sum(net) FROM boxoffice.stat_sale) = -sum(amount) AS agrees FROM boxoffice.ledger_entry WHERE counter_account_id IN (2, 3);
SELECT * FROM boxoffice.verify();
-- A random history: seats and places of three categories, held, paid with and without discounts, cancelled by both, priced anew.
DO $$
DECLARE
    slot bigint := (SELECT slot_id FROM boxoffice.slot ORDER BY slot_id DESC OFFSET 1 LIMIT 1);
    floor bigint := (SELECT pool_id FROM boxoffice.pool WHERE slot_id = slot AND name = 'Floor');
    held bigint;
    claim bigint;
BEGIN
    PERFORM setseed(0.5);
    FOR round IN 1 .. 300 LOOP
        SELECT reservation_id INTO held FROM boxoffice.hold_seats(slot, 'report-' || round % 7, ARRAY[1 + (random() * 13)::integer]);
        IF random() < 0.4 THEN
            SELECT reservation_id INTO held FROM boxoffice.hold_best_seats(slot, 'report-' || round % 7, 1 + (random() * 3)::integer);
        ELSIF random() < 0.3 THEN
            SELECT reservation_id INTO held FROM boxoffice.hold_places(floor, 'report-' || round % 7, 1 + (random() * 5)::integer);
        END IF;
        PERFORM boxoffice.credit_balance('report-' || round % 7, 20000);
        SELECT claim_id INTO claim FROM boxoffice.claim_coupon(boxoffice.create_coupon('r', 1, discount_percent => 1 + (random() * 99)::integer), 'report-' || round % 7);
        IF held IS NOT NULL AND random() < 0.7 THEN
            PERFORM boxoffice.pay_reservation(held, 'report-' || round % 7, claim_id => CASE WHEN random() < 0.5 THEN claim END);
        ELSIF held IS NOT NULL THEN
            PERFORM boxoffice.release_hold(held, 'report-' || round % 7);
        END IF;
        IF random() < 0.5 THEN
            PERFORM boxoffice.cancel_reservation(reservation_id, by_house => true) FROM boxoffice.reservation
                WHERE slot_id = slot AND status = 'paid' ORDER BY md5(reservation_id::text || round) LIMIT 1;
        END IF;
        IF random() < 0.1 THEN
            PERFORM boxoffice.set_seat_prices(slot, to_jsonb((random() * 900)::integer), ARRAY[1 + (random() * 13)::integer]);
        END IF;
    END LOOP;
END
$$;
SELECT count(*) > 50 AS enough, count(*) FILTER (WHERE refunded > 0) > 20 AS cancelled, count(*) FILTER (WHERE discount > 0) > 20 AS discounted
    FROM boxoffice.payment JOIN boxoffice.reservation USING (reservation_id) WHERE slot_id = :slot_id;
SELECT sum(r.gross) = p.gross AND sum(r.discount) = p.discount AND sum(r.refunded) = p.refunded AND sum(r.net) = p.net AS exact
    FROM boxoffice.sales_report(:slot_id) r, (SELECT sum(gross) AS gross, sum(discount) AS discount, sum(refunded) AS refunded, sum(gross - discount - refunded) AS net
        FROM boxoffice.payment JOIN boxoffice.reservation USING (reservation_id) WHERE slot_id = :slot_id) p GROUP BY p.gross, p.discount, p.refunded, p.net;
SELECT (SELECT sum(net) FROM boxoffice.stat_sale) = -sum(amount) AS agrees FROM boxoffice.ledger_entry WHERE counter_account_id IN (2, 3);
SELECT * FROM boxoffice.verify();

-- Sums have no limit: 1,100 seats of the dearest price come to more than a bigint holds.
SELECT boxoffice.create_slot(boxoffice.create_event('Dear'), '2100-01-04') AS dear_id \gset
BEGIN;
SELECT boxoffice.add_numbered_seats(:dear_id, 1100, 9007199254740991);
DO $$
DECLARE
    slot bigint := currval('boxoffice.slot_id');
    held bigint;
BEGIN
    FOR i IN 1 .. 1100 LOOP
        PERFORM boxoffice.credit_balance('report-rich', 9007199254740991);
        SELECT reservation_id INTO held FROM boxoffice.hold_seats(slot, 'report-rich', ARRAY[i]);
        PERFORM boxoffice.pay_reservation(held, 'report-rich');
        IF i > 1099 THEN
            PERFORM boxoffice.cancel_reservation(held, 'report-rich');
        END IF;
    END LOOP;
END
$$;
SELECT capacity, sold, gross, discount, refunded, net FROM boxoffice.sales_report(:dear_id);
ROLLBACK;

-- Mistakes.
\set VERBOSITY terse
SELECT boxoffice.sales_report();
SELECT boxoffice.sales_report(1, 1);
SELECT boxoffice.sales_report(0);
SELECT boxoffice.sales_report(event_id => 0);
-- A slot and an event that have nothing.
SELECT boxoffice.create_slot(:event_id, '2100-01-03') AS empty_slot_id, boxoffice.create_event('Empty') AS empty_id \gset
SELECT count(*) FROM boxoffice.sales_report(:empty_slot_id);
SELECT count(*) FROM boxoffice.sales_report(event_id => :empty_id);
