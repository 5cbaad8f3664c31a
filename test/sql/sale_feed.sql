-- The feed of sales: what was paid and what was cancelled, each once, by positions that the caller keeps. What needs two sessions
-- is in the isolation specs.

SELECT boxoffice.create_event('Sales') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, '2100-01-01') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 30, 1000) AS seats_added;
SELECT boxoffice.add_pool(:slot_id, 'Floor', 50, 300) AS pool_id \gset
SELECT outcome FROM boxoffice.credit_balance('sales-ada', 100000);
CREATE TABLE pg_temp.reader (position text);
-- From where all that other tests have sold was told.
DO $$
DECLARE
    reached text;
    last text;
BEGIN
    LOOP
        SELECT (array_agg(position))[count(*)] INTO last FROM boxoffice.next_sales(reached, 1000);
        EXIT WHEN last IS NULL;
        reached := last;
    END LOOP;
    INSERT INTO pg_temp.reader VALUES (reached);
END
$$;
-- Reads on, and remembers.
CREATE FUNCTION pg_temp.read_on(max_rows integer = 1000) RETURNS TABLE (status text, user_id text, sold text, gross bigint, discount bigint, amount bigint,
    refunded bigint, by_house boolean, reason text) LANGUAGE plpgsql AS $$
BEGIN
    CREATE TEMPORARY TABLE told AS SELECT row_number() OVER () AS n, s.* FROM boxoffice.next_sales((SELECT r.position FROM pg_temp.reader r), max_rows) s;
    UPDATE pg_temp.reader r SET position = t.position FROM told t WHERE t.n = (SELECT max(n) FROM told);
    RETURN QUERY SELECT t.status, t.user_id, CASE WHEN t.pool_id IS NULL THEN t.seat_ids::text ELSE t.quantity || ' places' END,
        t.gross, t.discount, t.amount, t.refunded, t.by_house, t.reason FROM told t ORDER BY n;
    DROP TABLE told;
END
$$;
CREATE FUNCTION pg_temp.sell(seats integer[]) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    held bigint := (SELECT reservation_id FROM boxoffice.hold_seats((SELECT max(slot_id) FROM boxoffice.slot), 'sales-ada', seats));
BEGIN
    PERFORM FROM boxoffice.pay_reservation(held, 'sales-ada') WHERE outcome = 'ok';
    RETURN held;
END
$$;

SELECT * FROM pg_temp.read_on();
-- A hold is no sale; a payment is, with or without a discount, for seats or places; and so is a cancellation, whoever cancels.
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'sales-ada', ARRAY[1, 2]) \gset first_
SELECT * FROM pg_temp.read_on();
SELECT boxoffice.create_coupon('Sales', 5, discount_percent => 25) AS coupon_id \gset
SELECT claim_id FROM boxoffice.claim_coupon(:coupon_id, 'sales-ada') \gset
SELECT outcome FROM boxoffice.pay_reservation(:first_reservation_id, 'sales-ada', claim_id => :claim_id);
SELECT reservation_id AS places FROM boxoffice.hold_places(:pool_id, 'sales-ada', 3) \gset
SELECT outcome FROM boxoffice.pay_reservation(:places, 'sales-ada');
SELECT * FROM pg_temp.read_on();
SELECT * FROM pg_temp.read_on();
SELECT outcome FROM boxoffice.cancel_reservation(:first_reservation_id, 'sales-ada', reason => 'ill');
SELECT outcome FROM boxoffice.cancel_reservation(:places, by_house => true, reason => 'storm');
-- The ids and the times are those of the sale.
SELECT s.reservation_id = :first_reservation_id AS first, s.event_id = :event_id AS event, s.slot_id = :slot_id AS slot, s.pool_id = :pool_id AS pool,
    s.created_at = r.cancelled_at AS at FROM boxoffice.next_sales((SELECT position FROM pg_temp.reader)) s, boxoffice.get_reservation(s.reservation_id, by_house => true) r;
-- Cancelled again is told once.
SELECT outcome FROM boxoffice.cancel_reservation(:places, by_house => true, reason => 'storm');
SELECT * FROM pg_temp.read_on();
-- A payment that is cancelled before it was told is told as it was, and then its cancellation.
SELECT pg_temp.sell(ARRAY[3]) AS third \gset
SELECT outcome FROM boxoffice.cancel_reservation(:third, 'sales-ada');
SELECT * FROM pg_temp.read_on();

-- What is undone is not told; what this transaction itself has done is told once it has committed.
BEGIN;
SELECT pg_temp.sell(ARRAY[4]) > 0 AS sold;
ROLLBACK;
SELECT * FROM pg_temp.read_on();
BEGIN;
SELECT pg_temp.sell(ARRAY[4]) > 0 AS sold;
SAVEPOINT here;
SELECT pg_temp.sell(ARRAY[5]) > 0 AS sold;
ROLLBACK TO here;
SELECT pg_temp.sell(ARRAY[6]) > 0 AS sold;
SELECT count(*) AS own FROM boxoffice.next_sales((SELECT position FROM pg_temp.reader));
COMMIT;
SELECT * FROM pg_temp.read_on();

-- A position fits into a URL, however many savepoints are open.
SELECT pg_temp.sell(ARRAY[15]) > 0 AS sold;
CREATE TABLE pg_temp.note (n integer);
BEGIN;
DO $$
BEGIN
    FOR i IN 1..600 LOOP
        BEGIN
            INSERT INTO pg_temp.note VALUES (i);
        EXCEPTION WHEN division_by_zero THEN
            NULL;
        END;
    END LOOP;
END
$$;
SELECT max(length(position)) < 2000 AS short FROM boxoffice.next_sales((SELECT position FROM pg_temp.reader));
COMMIT;
SELECT * FROM pg_temp.read_on();

-- By the row: each position is good for itself, also one in the middle of an answer; the same position gives the same again.
SELECT count(pg_temp.sell(ARRAY[n])) AS sold FROM generate_series(7, 12) n;
SELECT * FROM pg_temp.read_on(2);
SELECT count(pg_temp.sell(ARRAY[n])) AS sold FROM generate_series(13, 14) n;
SELECT seat_ids FROM boxoffice.next_sales((SELECT position FROM pg_temp.reader), 3);
SELECT seat_ids FROM boxoffice.next_sales((SELECT position FROM boxoffice.next_sales((SELECT position FROM pg_temp.reader), 3) OFFSET 1 LIMIT 1));
SELECT sold FROM pg_temp.read_on(4);
SELECT sold FROM pg_temp.read_on(4);
SELECT sold FROM pg_temp.read_on(4);
-- From the beginning: everything that was ever sold, and each once.
SELECT count(*) = count(DISTINCT (reservation_id, status)) AS each_once, count(*) = (SELECT count(*) FROM boxoffice.payment) + (SELECT count(*) FROM boxoffice.cancellation) AS all_of_it
    FROM (WITH RECURSIVE reading AS (
        SELECT ARRAY(SELECT s FROM boxoffice.next_sales(NULL, 100) s) AS rows
        UNION ALL SELECT ARRAY(SELECT s FROM boxoffice.next_sales((rows[cardinality(rows)]).position, 100) s) FROM reading WHERE cardinality(rows) > 0)
        SELECT (row).* FROM reading, unnest(rows) AS row) told;
-- Many seats in one sale make the answer shorter, never empty.
SELECT boxoffice.create_slot(:event_id, '2100-01-02') AS large_id \gset
SELECT boxoffice.add_numbered_seats(:large_id, 12000, 0) AS seats_added;
SELECT count(pg_temp.sell(ARRAY(SELECT generate_series(n * 1000 + 1, n * 1000 + 1000)))) AS sold FROM generate_series(0, 11) n;
SELECT count(*) AS told FROM pg_temp.read_on();
SELECT count(*) AS told FROM pg_temp.read_on();
SELECT count(*) AS told FROM pg_temp.read_on();
-- It writes nothing and takes no transaction id.
BEGIN READ ONLY;
SELECT count(*) FROM boxoffice.next_sales((SELECT position FROM pg_temp.reader));
SELECT pg_current_xact_id_if_assigned() AS transaction_id;
COMMIT;

-- Positions that are none, or of another server: one from before a restore has another feed, and a server that lost its end
-- has not come so far yet.
CREATE FUNCTION pg_temp.complaint(after text, max_rows integer = 10) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    hint text;
BEGIN
    RETURN (SELECT count(*) FROM boxoffice.next_sales(after, max_rows)) || ' rows';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    RETURN sqlstate || ': ' || message || ' > ' || hint;
END
$$;
SELECT bad, pg_temp.complaint(bad) FROM unnest(ARRAY['', 'x', '////', 'f/1:/2:/3/4', 'f/10:5,3//0/', 'f/10:10//0/', 'f/-1://0/', 'f/1://-1/', 'f/1:2://0/',
    'f/99999999999999999999999://0/', 'f/10:///', 'f/10://0/1', 'f/10://0/1-2,', 'f/10://0/1-2-3']) AS bad;
SELECT pg_temp.complaint(regexp_replace(position, '^[^/]*', gen_random_uuid()::text)) FROM pg_temp.reader;
SELECT pg_temp.complaint(regexp_replace(position, '^([^/]*)/[0-9]+:', '\1/9000000000000000:')) FROM pg_temp.reader;
SELECT pg_temp.complaint(position, 0), pg_temp.complaint(position, 1001), pg_temp.complaint(position, NULL) FROM pg_temp.reader;
