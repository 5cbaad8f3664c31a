-- Pools as administrators make and change them: bad values, and a capacity that is raised and lowered while places are held
-- and sold. How places are held is in pool.

SELECT boxoffice.create_event('Capacity') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min') AS slot_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '31 days') AS other_slot_id \gset
SELECT outcome FROM boxoffice.credit_balance('capacity-ada', 10000);
SHOW boxoffice.pool_stripes;

-- A pool of every size: a stripe has at least 4 places, and the shares differ by one at most.
SELECT boxoffice.add_pool(:slot_id, 'Pool of ' || n, n, 100) > 0 AS added FROM unnest(ARRAY[1, 7, 8, 50, 128, 1000, 2147483647]) AS n;
PREPARE stripes AS
    SELECT name, capacity, stripes, count(*) AS rows, sum(value), min(value), max(value)
    FROM boxoffice.pool LEFT JOIN boxoffice.counter_stripe USING (counter_id) WHERE slot_id = :slot_id GROUP BY pool_id ORDER BY pool_id;
EXECUTE stripes;
SELECT name, price, places_free, places_total FROM boxoffice.list_pools(:slot_id);
SELECT name, price, places_free, places_total FROM boxoffice.list_pools(:other_slot_id);
SELECT count(*) FROM boxoffice.list_pools(0);
-- boxoffice.pool_stripes bounds them, from 1 to 1024.
SET boxoffice.pool_stripes = 0;
SET boxoffice.pool_stripes = 1025;
SET boxoffice.pool_stripes = 1;
SELECT boxoffice.add_pool(:slot_id, 'One stripe', 9, 100) AS one_stripe_id \gset
SET boxoffice.pool_stripes = 1024;
SELECT boxoffice.add_pool(:slot_id, 'Many stripes', 5000, 100) AS many_stripes_id \gset
EXECUTE stripes;
-- What the setting is later is no matter to a pool until its capacity is changed. Places are taken across stripes.
SELECT outcome, amount FROM boxoffice.hold_places(:one_stripe_id, 'capacity-ada', 9);
SELECT outcome FROM boxoffice.hold_places(:one_stripe_id, 'capacity-bob', 1);
SELECT outcome, amount FROM boxoffice.hold_places(:many_stripes_id, 'capacity-ada', 1000);
SET boxoffice.pool_stripes = 1;
SELECT sum(amount) FROM generate_series(1, 4), boxoffice.hold_places(:many_stripes_id, 'capacity-bob', 1000);
SELECT outcome FROM boxoffice.hold_places(:many_stripes_id, 'capacity-cyd', 1);
EXECUTE stripes;
SELECT boxoffice.update_pool(:many_stripes_id, capacity => 5001);
SELECT outcome FROM boxoffice.hold_places(:many_stripes_id, 'capacity-cyd', 1);
EXECUTE stripes;
RESET boxoffice.pool_stripes;
SELECT * FROM boxoffice.verify();

-- update_pool: what is not named stays. Holds and sales keep their price.
SELECT boxoffice.create_slot(:event_id, now() + '30 days', hold_for => '10 min', max_per_user => 1000) AS slot_id \gset
SELECT boxoffice.add_pool(:slot_id, 'Class', 100, 100) AS pool_id \gset
SELECT boxoffice.add_pool(:slot_id, 'Course', 10, 100) AS course_id \gset
DEALLOCATE stripes;
PREPARE pools AS
    SELECT l.name, l.price, places_free, places_total, p.stripes, count(c.*) AS rows, sum(c.value), min(c.value), max(c.value) FROM boxoffice.list_pools(:slot_id) l
    JOIN boxoffice.pool p USING (pool_id) LEFT JOIN boxoffice.counter_stripe c USING (counter_id)
    GROUP BY pool_id, l.name, l.price, places_free, places_total, p.stripes ORDER BY pool_id;
SELECT outcome, amount, reservation_id AS held_id FROM boxoffice.hold_places(:pool_id, 'capacity-ada', 10) \gset
SELECT outcome, amount, reservation_id AS paid_id FROM boxoffice.hold_places(:pool_id, 'capacity-ada', 5) \gset
SELECT outcome, amount FROM boxoffice.pay_reservation(:paid_id, 'capacity-ada');
EXECUTE pools;
SELECT boxoffice.update_pool(:pool_id);
SELECT boxoffice.update_pool(:pool_id, price => 250);
SELECT boxoffice.update_pool(pool_id => :pool_id, name => 'Evening class');
EXECUTE pools;
SELECT outcome, amount FROM boxoffice.hold_places(:pool_id, 'capacity-bob', 2);
SELECT reservation_id = :held_id AS held, amount, items #- '{0,pool_id}' AS items FROM boxoffice.list_reservations('capacity-ada') WHERE slot_id = :slot_id ORDER BY 1;
-- Raised: the new places are free, and the stripes follow.
SELECT boxoffice.update_pool(:pool_id, capacity => 200);
EXECUTE pools;
-- Lowered as far as it goes: to what is sold and held, and not below.
SELECT boxoffice.update_pool(:pool_id, capacity => 18);
EXECUTE pools;
SELECT outcome FROM boxoffice.hold_places(:pool_id, 'capacity-bob', 2);
SELECT boxoffice.update_pool(:pool_id, capacity => 17);
EXECUTE pools;
SELECT outcome, amount FROM boxoffice.hold_places(:pool_id, 'capacity-bob', 1);
SELECT outcome FROM boxoffice.hold_places(:pool_id, 'capacity-cyd', 1);
SELECT boxoffice.update_pool(:pool_id, capacity => 16);
SELECT boxoffice.update_pool(:pool_id, capacity => 1);
SELECT outcome FROM boxoffice.release_hold(:held_id, 'capacity-ada');
SELECT boxoffice.update_pool(:pool_id, capacity => 8);
EXECUTE pools;
SELECT * FROM boxoffice.verify();
-- What has run out does not count: lowering takes it back, all of it, and only where it is needed.
SELECT boxoffice.update_pool(:pool_id, capacity => 20);
SELECT count(*) FROM generate_series(1, 6), boxoffice.hold_places(:pool_id, 'capacity-cyd', 2) WHERE outcome = 'ok';
-- From which stripes they were taken depends on the process, and so does how many stripes are left.
SELECT name, places_free, places_total, (SELECT sum(value) FROM boxoffice.counter_stripe c JOIN boxoffice.pool p USING (counter_id) WHERE p.pool_id = l.pool_id)
    FROM boxoffice.list_pools(:slot_id) l ORDER BY pool_id;
SET boxoffice.clock_offset = '10 min';
PREPARE stored AS SELECT status, count(*), sum(quantity) AS places FROM boxoffice.reservation WHERE pool_id = :pool_id GROUP BY status ORDER BY status;
EXECUTE stored;
SELECT boxoffice.update_pool(:pool_id, capacity => 21);
EXECUTE stored;
SELECT boxoffice.update_pool(:pool_id, capacity => 4);
EXECUTE stored;
SELECT boxoffice.update_pool(:pool_id, capacity => 5);
EXECUTE stored;
EXECUTE pools;
SELECT outcome FROM boxoffice.hold_places(:pool_id, 'capacity-cyd', 1);
SELECT boxoffice.update_pool(:pool_id, capacity => 6);
SELECT outcome FROM boxoffice.hold_places(:pool_id, 'capacity-cyd', 1);
RESET boxoffice.clock_offset;
SELECT * FROM boxoffice.verify();
-- A stripe that was added when all were taken becomes one of the others.
INSERT INTO boxoffice.counter_stripe SELECT counter_id, nextval('boxoffice.counter_another_stripe'), 3 FROM boxoffice.pool WHERE pool_id = :course_id;
UPDATE boxoffice.pool SET capacity = 13 WHERE pool_id = :course_id;
SELECT outcome FROM boxoffice.hold_places(:course_id, 'capacity-cyd', 13);
SELECT outcome FROM boxoffice.reservation, boxoffice.release_hold(reservation_id, user_id) WHERE pool_id = :course_id;
EXECUTE pools;
SELECT boxoffice.update_pool(:course_id, capacity => 14);
EXECUTE pools;
SELECT * FROM boxoffice.verify();

-- Mistakes raise, and change nothing.
SELECT boxoffice.update_pool(:pool_id, capacity => 0);
\set VERBOSITY terse
SELECT boxoffice.add_pool(:slot_id, 'Course', 5, 100);
SELECT boxoffice.update_pool(:pool_id, name => 'Course', capacity => 50);
SELECT boxoffice.add_pool(0, 'Course', 5, 100);
SELECT boxoffice.update_pool(0, capacity => 5);
\set VERBOSITY default
SELECT boxoffice.update_pool(:course_id, name => 'Course');
SELECT boxoffice.add_pool(:other_slot_id, 'Course', 1, 0) > 0 AS another_slot;
CREATE FUNCTION pg_temp.complaint(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    message text;
    detail text;
BEGIN
    EXECUTE 'SELECT ' || call;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL;
    RETURN sqlstate || ': ' || message || coalesce(' (' || nullif(detail, '') || ')', '');
END
$$;
SELECT count(*) AS stripes_before FROM boxoffice.counter_stripe \gset
\pset tuples_only on
\pset format unaligned
SELECT call, pg_temp.complaint(format('boxoffice.add_pool(' || call || ')', :slot_id)) FROM (VALUES
    ('NULL, ''New'', 1, 1'),
    ('%s, NULL, 1, 1'),
    ('%s, '''', 1, 1'),
    ('%s, repeat(''n'', 1001), 1, 1'),
    ('%s, ''New'', NULL, 1'),
    ('%s, ''New'', 0, 1'),
    ('%s, ''New'', -1, 1'),
    ('%s, ''New'', -2147483648, 1'),
    ('%s, ''New'', 2147483648, 1'),
    ('%s, ''New'', 1, NULL'),
    ('%s, ''New'', 1, -1'),
    ('%s, ''New'', 1, 9007199254740992'),
    ('%s, ''New'', 1, 9223372036854775807')) AS calls (call);
SELECT call, pg_temp.complaint(format('boxoffice.update_pool(' || call || ')', :course_id)) FROM (VALUES
    ('NULL, ''New'', 1, 1'),
    ('%s, name => '''''),
    ('%s, name => repeat(''n'', 1001)'),
    ('%s, capacity => 0'),
    ('%s, capacity => -1'),
    ('%s, price => -1'),
    ('%s, price => 9007199254740992'),
    ('%s, capacity => 20, price => -1'),
    ('%s, capacity => 2147483647'),
    ('%s, capacity => 14')) AS calls (call);
\pset format aligned
\pset tuples_only off
SELECT count(*) - :stripes_before AS stripes_made FROM boxoffice.counter_stripe;
EXECUTE pools;
SELECT * FROM boxoffice.verify();

-- In the caller's own transaction: what was held in it counts, and a rollback undoes all of it.
BEGIN;
SELECT outcome FROM boxoffice.hold_places(:course_id, 'capacity-dan', 14);
SAVEPOINT filled;
\set VERBOSITY sqlstate
SELECT boxoffice.update_pool(:course_id, capacity => 13);
\set VERBOSITY default
ROLLBACK TO filled;
SELECT boxoffice.update_pool(:course_id, capacity => 15);
SELECT outcome FROM boxoffice.hold_places(:course_id, 'capacity-dan', 1);
SELECT outcome FROM boxoffice.hold_places(:course_id, 'capacity-dan', 2);
ROLLBACK;
EXECUTE pools;
SELECT * FROM boxoffice.verify();
