-- What one answer of a list may hold: rows and items are bounded, and a page costs the same however long the history is.
SET timezone = 'UTC';
SELECT boxoffice.create_slot(boxoffice.create_event('Bounds'), now() + '30 days') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 2500, 100) AS seats_added;
SELECT boxoffice.add_pool(:slot_id, 'Standing', 5000, 100) AS pool_id \gset

-- Items: those of reservations of up to 100, the newest first, 1000 in all; quantity is always there, and one reservation alone has all.
CREATE TEMPORARY TABLE asked (n integer, quantity integer, pool boolean, reservation_id bigint);
DO $$
DECLARE
    held bigint;
    first integer := 1;
    n integer := 0;
    quantity integer;
    slot bigint := currval('boxoffice.slot_id');
BEGIN
    FOREACH quantity IN ARRAY ARRAY[50, 60, 1000, 100, 100, 100, 100, 100, 100, 100, 100, 100, 101, 1, 40] LOOP
        n := n + 1;
        SELECT reservation_id INTO STRICT held FROM boxoffice.hold_seats(slot, 'bounds-ada', (SELECT array_agg(i) FROM generate_series(first, first + quantity - 1) i))
            WHERE outcome = 'ok';
        INSERT INTO asked VALUES (n, quantity, false, held);
        first := first + quantity;
    END LOOP;
    SELECT reservation_id INTO STRICT held FROM boxoffice.hold_places(currval('boxoffice.pool_id'), 'bounds-ada', 900) WHERE outcome = 'ok';
    INSERT INTO asked VALUES (n + 1, 900, true, held);
END
$$;
SELECT n, l.quantity, jsonb_array_length(l.items) AS items FROM boxoffice.list_reservations('bounds-ada') l JOIN asked USING (reservation_id) ORDER BY n DESC;
SELECT count(*) AS reservations, count(*) FILTER (WHERE l.quantity = asked.quantity) AS quantities, sum(jsonb_array_length(l.items)) <= 1000 AS bounded,
        max(length(l::text)) < 20000 AS short
    FROM boxoffice.list_reservations('bounds-ada', max_rows => 1000) l JOIN asked USING (reservation_id);
SELECT n, g.quantity, jsonb_array_length(g.items) AS items FROM asked, boxoffice.get_reservation(reservation_id, 'bounds-ada') g ORDER BY n;
-- The next page begins anew.
SELECT reservation_id AS before_id FROM asked WHERE n = 5 \gset
SELECT n, l.quantity, jsonb_array_length(l.items) AS items FROM boxoffice.list_reservations('bounds-ada', :before_id) l JOIN asked USING (reservation_id) ORDER BY n DESC;

-- Rows: slots and pools in pages, each after the last of the page before, in their own order.
SELECT boxoffice.create_event('Many dates') AS event_id \gset
SELECT count(boxoffice.create_slot(:event_id, '2101-01-01 12:00+00'::timestamptz + d % 7 * interval '1 day')) AS slots FROM generate_series(1, 1007) d;
SELECT count(*) AS slots, min(starts_at), max(starts_at) FROM boxoffice.list_slots(:event_id);
CREATE TEMPORARY TABLE seen (n serial, slot_id bigint, starts_at timestamptz);
DO $$
DECLARE
    last bigint;
    found integer;
    event bigint := currval('boxoffice.event_id');
BEGIN
    LOOP
        INSERT INTO seen (slot_id, starts_at) SELECT slot_id, starts_at FROM boxoffice.list_slots(event, last, 100);
        GET DIAGNOSTICS found = ROW_COUNT;
        EXIT WHEN found = 0;
        SELECT slot_id INTO last FROM seen ORDER BY n DESC LIMIT 1;
    END LOOP;
END
$$;
SELECT count(*), count(DISTINCT slot_id), array_agg(slot_id ORDER BY n) = array_agg(slot_id ORDER BY starts_at, slot_id) AS in_order FROM seen;
SELECT count(*) AS none FROM boxoffice.list_slots(:event_id, after_id => 0);
SELECT count(boxoffice.add_pool(:slot_id, 'Stand ' || n, 10, 100)) AS pools FROM generate_series(1, 10) n;
SELECT name FROM boxoffice.list_pools(:slot_id, max_rows => 2);
SELECT p.name FROM boxoffice.list_pools(:slot_id, max_rows => 2) AS first, boxoffice.list_pools(:slot_id, first.pool_id, 2) AS p WHERE first.name <> 'Standing';
SELECT count(*) FROM boxoffice.list_pools(:slot_id);
\set VERBOSITY sqlstate
SELECT * FROM boxoffice.list_slots(:event_id, max_rows => 1001);
SELECT * FROM boxoffice.list_slots(:event_id, max_rows => NULL);
SELECT * FROM boxoffice.list_pools(:slot_id, max_rows => 0);
SELECT * FROM boxoffice.list_venues(max_rows => 1001);
SELECT * FROM boxoffice.list_coupons(max_rows => 0);
SELECT * FROM boxoffice.list_queues(max_rows => NULL);
\set VERBOSITY default

-- A long history, of this user and of others, by hand: a page reads the rows that it shows, in a session that made its plans before.
BEGIN;
INSERT INTO boxoffice.reservation (slot_id, user_id, status, seat_ids, quantity, amount, created_at, expires_at)
    SELECT :slot_id, CASE WHEN n % 2 = 0 THEN 'bounds-ada' ELSE 'bounds-bob' || n % 10 END, 'released', '{2500}', 1, 100, now(), now() FROM generate_series(1, 20000) n;
INSERT INTO boxoffice.account (user_id, balance) VALUES ('bounds-ada', 1), ('bounds-bob', 10000);
INSERT INTO boxoffice.ledger_entry (account_id, counter_account_id, amount, balance, created_at)
    SELECT account_id, 1, 1, 1, now() FROM boxoffice.account, generate_series(1, 10000) n WHERE user_id = 'bounds-bob';
INSERT INTO boxoffice.ledger_entry (account_id, counter_account_id, amount, balance, created_at)
    SELECT account_id, 1, 1, 1, now() FROM boxoffice.account WHERE user_id = 'bounds-ada';
INSERT INTO boxoffice.payment (reservation_id, account_id, amount, created_at, gross)
    SELECT -n, account_id, 0, now(), 0 FROM boxoffice.account, generate_series(1, 10000) n WHERE user_id = 'bounds-bob';
INSERT INTO boxoffice.coupon (coupon_id, name, quantity, counter_id, stripes) SELECT -n, 'Bounds', 1, -n, 1 FROM generate_series(1, 10000) n;
INSERT INTO boxoffice.coupon_claim (coupon_id, user_id, claim_number, claimed_at) SELECT -n, 'bounds-bob', 1, now() FROM generate_series(1, 10000) n;
CREATE FUNCTION pg_temp.rows_read(call text, OUT rows bigint, OUT read bigint) LANGUAGE plpgsql AS $$
DECLARE
    before bigint;
BEGIN
    SELECT sum(seq_tup_read + idx_tup_fetch) INTO before FROM pg_stat_xact_user_tables WHERE schemaname = 'boxoffice';
    EXECUTE 'SELECT count(*) FROM boxoffice.' || call INTO rows;
    SELECT sum(seq_tup_read + idx_tup_fetch) - before INTO read FROM pg_stat_xact_user_tables WHERE schemaname = 'boxoffice';
END
$$;
SELECT call, rows, read < 5 * rows + 100 AS few_read FROM (VALUES
    (1, 'list_reservations(''bounds-ada'', max_rows => 10)'), (2, 'list_reservations(''bounds-bob1'', max_rows => 10)'),
    (3, 'list_reservations(''bounds-ada'', (SELECT max(reservation_id) - 15000 FROM boxoffice.reservation), 10)'), (4, 'list_balance_entries(''bounds-bob'', max_rows => 10)'),
    (5, 'list_balance_entries(''bounds-ada'')'), (6, 'list_payments(''bounds-bob'', max_rows => 10)'), (7, 'list_payments(''bounds-ada'')'),
    (8, 'list_coupon_claims(''bounds-bob'', max_rows => 10)'), (9, 'list_coupon_claims(''bounds-ada'')'),
    (10, 'list_slots((SELECT event_id FROM boxoffice.event WHERE title = ''Many dates''), max_rows => 10)'), (11, 'list_pools((SELECT slot_id FROM boxoffice.pool WHERE name = ''Stand 1''), max_rows => 1)'),
    (12, 'get_reservation((SELECT reservation_id FROM asked WHERE n = 14), ''bounds-ada'')')) calls (n, call), pg_temp.rows_read(call) ORDER BY n;
ROLLBACK;
SELECT * FROM boxoffice.verify();
