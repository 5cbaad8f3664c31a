-- Several calls in one statement: each sees what the one before it has done, and none spoils another's answer.

-- A parent made by the same statement is found.
SELECT boxoffice.create_slot(boxoffice.create_event('One statement', boxoffice.create_venue('One hall')), now() + '30 days') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 3, 100) AS seats_added;

-- Answers that are not found, beside others: each is a row of its own.
SELECT boxoffice.get_event(-1) AS event, boxoffice.get_balance('one-nobody') AS balance, boxoffice.get_reservation(-1, 'one-nobody') AS reservation,
       boxoffice.get_event(-2) AS other_event, boxoffice.release_hold(-1, 'one-nobody') AS release;

-- Three users ask for one seat in one statement.
SELECT name, hold.outcome, hold.refused_seat_ids FROM unnest(ARRAY['one-ada', 'one-bob', 'one-cyd']) WITH ORDINALITY AS users (name, n),
    LATERAL boxoffice.hold_seats(:slot_id, name, ARRAY[1]) AS hold ORDER BY n;
SELECT seat_id, status FROM boxoffice.seat_map(:slot_id);

-- A cursor keeps its place between calls; what it fails at takes back only what came after the savepoint. The user's lock
-- stays with what the transaction keeps: a key would otherwise be good for two.
BEGIN;
DECLARE credits CURSOR FOR
    SELECT (boxoffice.credit_balance('one-dan', 100, NULL, 'one-key')).outcome, 1 / (2 - n) AS quotient FROM generate_series(1, 2) AS n;
FETCH 1 FROM credits;
SAVEPOINT before_failure;
FETCH 1 FROM credits;
ROLLBACK TO before_failure;
SELECT count(*) AS locks_of_users FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 7201 AND pid = pg_backend_pid();
COMMIT;
SELECT count(*) AS locks_of_users FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 7201 AND pid = pg_backend_pid();
SELECT balance FROM boxoffice.get_balance('one-dan');

-- What is a trigger cannot be called.
SELECT boxoffice.refuse_ledger_change();
SELECT * FROM boxoffice.verify();
