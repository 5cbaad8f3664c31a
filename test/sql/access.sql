-- grant_access: what each level may do and what it may not. The tables are closed to everybody but the owner: what a
-- client may do with seats and money it does by calling functions, which run with the owner's rights.

CREATE ROLE regress_boxoffice_client;
CREATE ROLE regress_boxoffice_admin;
CREATE ROLE regress_boxoffice_monitor;
CREATE ROLE "regress_boxoffice ""quoted""";
CREATE ROLE regress_boxoffice_nobody;
SELECT boxoffice.create_event('Access', external_id => 'access-event') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '30 days') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 5, 1000) AS seats_added;

SELECT boxoffice.grant_access('regress_boxoffice_client', 'client');
SELECT boxoffice.grant_access('regress_boxoffice_admin', 'admin');
SELECT boxoffice.grant_access('regress_boxoffice_monitor', 'monitor');
SELECT boxoffice.grant_access('"regress_boxoffice ""quoted"""', 'monitor');
-- Again changes nothing.
SELECT boxoffice.grant_access('regress_boxoffice_client', 'client');

-- Which functions each level may call, as a whole, and with what right on which tables.
SELECT p.proname, has_function_privilege('regress_boxoffice_client', p.oid, 'EXECUTE') AS client,
       has_function_privilege('regress_boxoffice_admin', p.oid, 'EXECUTE') AS admin,
       has_function_privilege('regress_boxoffice_monitor', p.oid, 'EXECUTE') AS monitor,
       has_function_privilege('regress_boxoffice_nobody', p.oid, 'EXECUTE') AS nobody
    FROM pg_proc p WHERE pronamespace = 'boxoffice'::regnamespace ORDER BY proname COLLATE "C";
SELECT c.relname, r.level, r.rights FROM pg_class c, LATERAL (
        SELECT level, string_agg(word, ' ' ORDER BY word) AS rights
        FROM unnest(ARRAY['client', 'admin', 'monitor', 'nobody']) AS level,
            unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS word
        WHERE has_table_privilege('regress_boxoffice_' || level, c.oid, word) GROUP BY level) r
    WHERE relnamespace = 'boxoffice'::regnamespace AND relkind IN ('r', 'v') ORDER BY relname COLLATE "C", level;
SELECT level, has_schema_privilege('regress_boxoffice_' || level, 'boxoffice', 'USAGE') AS usage,
       has_schema_privilege('regress_boxoffice_' || level, 'boxoffice', 'CREATE') AS "create"
    FROM unnest(ARRAY['client', 'admin', 'monitor', 'nobody']) AS level ORDER BY level;
SELECT has_table_privilege('"regress_boxoffice ""quoted"""'::regrole, 'boxoffice.seat', 'SELECT') AS quoted_reads;

-- A client sells from beginning to end, and reads the outcomes, but no table and no catalogue function.
SET ROLE regress_boxoffice_client;
SELECT outcome, balance FROM boxoffice.credit_balance('access-ada', 5000);
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'access-ada', ARRAY[1]) \gset held_
SELECT outcome, amount FROM boxoffice.pay_reservation(:held_reservation_id, 'access-ada');
SELECT outcome, refunded FROM boxoffice.cancel_reservation(:held_reservation_id, 'access-ada');
SELECT status, amount FROM boxoffice.get_reservation(:held_reservation_id, 'access-ada');
SELECT count(*) AS free FROM boxoffice.available_seats(:slot_id);
SELECT http_status FROM boxoffice.outcome WHERE outcome = 'seat_taken';
SET boxoffice.raise_refusals = on;
SELECT outcome FROM boxoffice.release_hold(0, 'access-ada');
RESET boxoffice.raise_refusals;
SELECT count(*) FROM boxoffice.seat;
UPDATE boxoffice.account SET balance = 1000000;
INSERT INTO boxoffice.outcome VALUES ('x', 'TK999', 400, false, 'x');
SELECT nextval('boxoffice.reservation_id');
SELECT boxoffice.create_event('Mine');
SELECT boxoffice.expire_holds();
SELECT count(*) FROM boxoffice.verify();
SELECT boxoffice.grant_access('regress_boxoffice_client', 'admin');
-- Objects of the caller's own do not get in the way of what runs with the owner's rights.
CREATE TEMPORARY TABLE seat (seat_id integer);
CREATE FUNCTION pg_temp.octet_length(text) RETURNS integer LANGUAGE sql AS 'SELECT 0';
SET search_path = pg_temp, boxoffice, public;
SELECT outcome, seat_ids FROM boxoffice.hold_seats(:slot_id, 'access-ada', ARRAY[2]);
RESET search_path;
DROP TABLE pg_temp.seat;
DROP FUNCTION pg_temp.octet_length(text);
RESET ROLE;

-- An administrator does all that, the catalogue and upkeep, and reads every table, but writes none.
SET ROLE regress_boxoffice_admin;
SELECT boxoffice.create_event('Again', external_id => 'access-event') = :event_id AS same;
SELECT boxoffice.update_slot(:slot_id, max_per_user => 3);
SELECT boxoffice.expire_holds() >= 0 AS upkeep;
SELECT count(*) AS violations FROM boxoffice.verify();
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'access-admin', ARRAY[3]);
SELECT count(*) AS seats FROM boxoffice.seat WHERE slot_id = :slot_id;
UPDATE boxoffice.seat SET price = 0;
DELETE FROM boxoffice.ledger_entry;
TRUNCATE boxoffice.reservation;
SELECT boxoffice.grant_access('regress_boxoffice_nobody', 'client');
RESET ROLE;

-- A monitor looks.
SET ROLE regress_boxoffice_monitor;
SELECT count(*) AS violations FROM boxoffice.verify();
SELECT count(*) AS seats FROM boxoffice.seat WHERE slot_id = :slot_id;
UPDATE boxoffice.seat SET price = 0;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'access-monitor', ARRAY[4]);
SELECT balance FROM boxoffice.get_balance('access-ada');
SELECT boxoffice.create_event('Mine');
RESET ROLE;

-- Who was granted nothing gets nowhere.
SET ROLE regress_boxoffice_nobody;
SELECT outcome FROM boxoffice.get_balance('access-ada');
SELECT count(*) FROM boxoffice.outcome;
RESET ROLE;

-- Mistakes.
SELECT boxoffice.grant_access('regress_boxoffice_nobody', 'owner');
SELECT boxoffice.grant_access('regress_boxoffice_missing', 'client');
SELECT boxoffice.grant_access(NULL, 'client');
SELECT boxoffice.grant_access('regress_boxoffice_nobody', NULL);
\set VERBOSITY sqlstate
SELECT boxoffice.grant_access('regress_boxoffice_nobody', 'Client');
SELECT boxoffice.grant_access('regress_boxoffice_nobody', '');
\set VERBOSITY default
SELECT has_schema_privilege('regress_boxoffice_nobody', 'boxoffice', 'USAGE') AS nobody_got_in;

DROP OWNED BY regress_boxoffice_client, regress_boxoffice_admin, regress_boxoffice_monitor, "regress_boxoffice ""quoted""", regress_boxoffice_nobody;
DROP ROLE regress_boxoffice_client, regress_boxoffice_admin, regress_boxoffice_monitor, "regress_boxoffice ""quoted""", regress_boxoffice_nobody;
