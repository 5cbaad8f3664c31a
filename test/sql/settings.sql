-- The settings: their defaults, what they accept, and who may set them. What each does is shown where it matters: hold and
-- payment (clock_offset), outcomes (raise_refusals), the isolation specs (busy_wait).

-- Known from the moment the library is loaded; before that PostgreSQL would take anything.
LOAD 'boxoffice';
SELECT name, setting, unit, context, vartype, min_val, max_val, boot_val FROM pg_settings WHERE name LIKE 'boxoffice.%' ORDER BY name COLLATE "C";

-- clock_offset is an interval, forwards or backwards.
SET boxoffice.clock_offset = 'soon';
SET boxoffice.clock_offset = '';
SET boxoffice.clock_offset = '5 lightyears';
SET boxoffice.clock_offset = '1 month';
SHOW boxoffice.clock_offset;
SET boxoffice.clock_offset = '-1 day';
SHOW boxoffice.clock_offset;
SELECT boxoffice.create_event('Settings') AS event_id \gset
SELECT boxoffice.create_slot(:event_id, now() + '1 hour', hold_for => '10 min') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(:slot_id, 3, 1000) AS seats_added;
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'settings-ada', ARRAY[1]) \gset held_
SELECT now() - created_at BETWEEN interval '24:00:00' AND interval '24:10:00' AS a_day_ago FROM boxoffice.reservation WHERE reservation_id = :held_reservation_id;
RESET boxoffice.clock_offset;
SELECT status FROM boxoffice.get_reservation(:held_reservation_id, 'settings-ada');
-- It is the session's, or with LOCAL the transaction's; other ways of writing an interval count alike; a day is 24 hours.
BEGIN;
SET LOCAL boxoffice.clock_offset = 'P30D';
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'settings-ada', ARRAY[2]);
SET LOCAL boxoffice.clock_offset = '1 day -24 hours';
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'settings-ada', ARRAY[2]);
SET LOCAL boxoffice.clock_offset = '01:00:00';
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'settings-ada', ARRAY[3]);
COMMIT;
SHOW boxoffice.clock_offset;
-- A value that is refused leaves the clock as it was.
SET boxoffice.clock_offset = '2 hours';
\set VERBOSITY terse
SET boxoffice.clock_offset = 'later';
\set VERBOSITY default
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'settings-ada', ARRAY[3]);
-- So does an offset that is set in a transaction that is rolled back.
BEGIN;
SET boxoffice.clock_offset = '0';
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'settings-ada', ARRAY[3]);
ROLLBACK;
SELECT outcome FROM boxoffice.hold_seats(:slot_id, 'settings-ada', ARRAY[3]);
RESET boxoffice.clock_offset;

-- currency is what get_balance says, and nothing is ever converted.
SET boxoffice.currency = 'eur';
SET boxoffice.currency = 'EURO';
SET boxoffice.currency = '€';
SET boxoffice.currency = '';
SET boxoffice.currency = 'E R';
SET boxoffice.currency = 'KRW';
SELECT outcome, balance FROM boxoffice.credit_balance('settings-ada', 1000);
SELECT * FROM boxoffice.get_balance('settings-ada');
RESET boxoffice.currency;
SELECT * FROM boxoffice.get_balance('settings-ada');

-- busy_wait is in milliseconds, 0 to a minute. With 0 a call that finds nobody in its way answers as ever, also for the
-- second time in a transaction: the user's lock is its own by then.
SET boxoffice.busy_wait = -1;
SET boxoffice.busy_wait = 60001;
SET boxoffice.busy_wait = 'long';
SET boxoffice.busy_wait = '2s';
SHOW boxoffice.busy_wait;
SET boxoffice.busy_wait = 0;
BEGIN;
SELECT outcome, balance FROM boxoffice.credit_balance('settings-ada', 1000);
SELECT outcome, balance FROM boxoffice.credit_balance('settings-ada', 1000);
SELECT outcome, reservation_id FROM boxoffice.hold_seats(:slot_id, 'settings-ada', ARRAY[1, 3]) \gset held_
SELECT outcome, amount, balance FROM boxoffice.pay_reservation(:held_reservation_id, 'settings-ada');
SELECT outcome, refunded, balance FROM boxoffice.cancel_reservation(:held_reservation_id, 'settings-ada');
COMMIT;
RESET boxoffice.busy_wait;

-- outbox_keep is an interval, and not negative.
SET boxoffice.outbox_keep = '-1 s';
SET boxoffice.outbox_keep = '1 day -25 hours';
SET boxoffice.outbox_keep = 'long';
SET boxoffice.outbox_keep = '40000 days';
SET boxoffice.outbox_keep = '2147483647 days';
SET boxoffice.outbox_keep = '1 year';
SET boxoffice.outbox_keep = 0;
SET boxoffice.outbox_keep = '30 days';
SHOW boxoffice.outbox_keep;
RESET boxoffice.outbox_keep;

SET boxoffice.raise_refusals = 'maybe';
-- There are no others.
SET boxoffice.nonsense = 1;

-- The clock, the currency and the outbox are the superuser's to set; how a caller is answered is its own affair.
CREATE ROLE regress_boxoffice_settings;
SET ROLE regress_boxoffice_settings;
SET boxoffice.clock_offset = '1 day';
SELECT set_config('boxoffice.clock_offset', '1 day', true);
SET boxoffice.currency = 'USD';
SET boxoffice.outbox_keep = 0;
SET boxoffice.raise_refusals = on;
SET boxoffice.busy_wait = 50;
SHOW boxoffice.raise_refusals;
SHOW boxoffice.busy_wait;
RESET boxoffice.raise_refusals;
RESET boxoffice.busy_wait;
RESET ROLE;
SHOW boxoffice.clock_offset;
-- For callers who want their own transactions to abort, the way that is recommended.
ALTER ROLE regress_boxoffice_settings SET boxoffice.raise_refusals = on;
SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'regress_boxoffice_settings'::regrole;
DROP ROLE regress_boxoffice_settings;
