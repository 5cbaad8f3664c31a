-- credit_balance, debit_balance, get_balance: what they answer, and the ledger, which nobody can change afterwards.

PREPARE money (text) AS
    SELECT a.balance, l.amount, l.balance AS "balance after it", l.reason, h.house
    FROM boxoffice.account a JOIN boxoffice.ledger_entry l USING (account_id) JOIN boxoffice.account h ON h.account_id = l.counter_account_id
    WHERE a.user_id = $1 ORDER BY entry_id;

-- A user never seen has a balance of 0, and asking makes no account.
SELECT * FROM boxoffice.get_balance('balance-ada');
SELECT count(*) AS accounts FROM boxoffice.account WHERE user_id = 'balance-ada';

-- ok, and insufficient_balance with the balance, which takes nothing.
SELECT * FROM boxoffice.debit_balance('balance-ada', 1);
SELECT count(*) AS accounts FROM boxoffice.account WHERE user_id = 'balance-ada';
SELECT * FROM boxoffice.credit_balance('balance-ada', 1000);
SELECT * FROM boxoffice.credit_balance('balance-ada', 500, 'voucher');
SELECT * FROM boxoffice.debit_balance('balance-ada', 1501);
SELECT * FROM boxoffice.debit_balance('balance-ada', 300, reason => 'paid out');
SELECT * FROM boxoffice.debit_balance('balance-ada', 1200);
SELECT * FROM boxoffice.debit_balance('balance-ada', 1);
SELECT * FROM boxoffice.get_balance('balance-ada');
EXECUTE money('balance-ada');
-- Users are told apart byte by byte.
SELECT * FROM boxoffice.get_balance('Balance-Ada');
SELECT * FROM boxoffice.get_balance('balance-ada ');

-- 300 credits of 500 on 1,000 give 151,000; 300 debits of 1,000 on 500,000 give 200,000.
SELECT * FROM boxoffice.credit_balance('balance-bob', 1000);
SELECT max(c.balance) FROM generate_series(1, 300) AS i, boxoffice.credit_balance('balance-bob', 500 + i * 0) AS c;
SELECT * FROM boxoffice.credit_balance('balance-eve', 500000);
SELECT min(d.balance) FROM generate_series(1, 300) AS i, boxoffice.debit_balance('balance-eve', 1000 + i * 0) AS d;
SELECT a.user_id, a.balance, count(*) AS entries, sum(amount) = a.balance AS sums_up
    FROM boxoffice.account a JOIN boxoffice.ledger_entry USING (account_id)
    WHERE user_id IN ('balance-bob', 'balance-eve') GROUP BY account_id ORDER BY user_id;

-- The largest balance there can be is 2^53 - 1, which survives JSON. One more is refused as a mistake.
SELECT * FROM boxoffice.credit_balance('balance-rich', 9007199254740991);
SELECT * FROM boxoffice.credit_balance('balance-rich', 1);
SELECT * FROM boxoffice.credit_balance('balance-rich', 9007199254740991);
SELECT * FROM boxoffice.debit_balance('balance-rich', 9007199254740990);
SELECT * FROM boxoffice.credit_balance('balance-rich', 9007199254740991);
SELECT * FROM boxoffice.credit_balance('balance-rich', 9007199254740990);
SELECT * FROM boxoffice.get_balance('balance-rich');
SELECT * FROM boxoffice.debit_balance('balance-rich', 9007199254740991);
EXECUTE money('balance-rich');

-- Mistakes of the caller.
SELECT * FROM boxoffice.credit_balance('balance-ada', -5);
SELECT * FROM boxoffice.debit_balance('balance-ada', 9007199254740992);
SELECT * FROM boxoffice.credit_balance(NULL, 5);
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
\pset tuples_only on
\pset format unaligned
SELECT arguments, pg_temp.complaint('boxoffice.credit_balance(' || arguments || ')') AS credit,
       pg_temp.complaint('boxoffice.debit_balance(' || arguments || ')') AS debit
    FROM (VALUES
    ('NULL, 5'),
    ('''balance-ada'', NULL'),
    (''''', 5'),
    ('repeat(''b'', 256), 5'),
    ('''balance-ada'', 0'),
    ('''balance-ada'', -1'),
    ('''balance-ada'', -9223372036854775808'),
    ('''balance-ada'', 9007199254740992'),
    ('''balance-ada'', 9223372036854775807'),
    ('''balance-ada'', ''9223372036854775808'''),
    ('''balance-ada'', ''1.5'''),
    ('''balance-ada'', 5, '''''),
    ('''balance-ada'', 5, repeat(''r'', 1001)'),
    ('''balance-ada'', 5, NULL, '''''),
    ('''balance-ada'', 5, NULL, repeat(''k'', 256)')) AS calls (arguments);
SELECT arguments, pg_temp.complaint('boxoffice.get_balance(' || arguments || ')')
    FROM (VALUES ('NULL'), (''''''), ('repeat(''b'', 256)')) AS calls (arguments);
\pset format aligned
\pset tuples_only off
-- None of that left a trace.
SELECT * FROM boxoffice.get_balance('balance-ada');
SELECT count(*) FROM boxoffice.list_balance_entries('balance-ada');
-- As long as a name may be.
SELECT * FROM boxoffice.credit_balance(repeat('é', 127) || 'e', 7, repeat('r', 1000), repeat('k', 255));
SELECT * FROM boxoffice.get_balance(repeat('é', 127) || 'e');

-- The ledger is final, for the owner and superusers, too, and also where ordinary triggers do not fire.
UPDATE boxoffice.ledger_entry SET amount = amount + 1;
DELETE FROM boxoffice.ledger_entry;
TRUNCATE boxoffice.ledger_entry;
UPDATE boxoffice.ledger_entry SET amount = 1 WHERE false;
SET session_replication_role = replica;
\set VERBOSITY sqlstate
UPDATE boxoffice.ledger_entry SET amount = amount + 1;
DELETE FROM boxoffice.ledger_entry WHERE amount = 1000;
TRUNCATE boxoffice.ledger_entry;
TRUNCATE boxoffice.account, boxoffice.ledger_entry;
RESET session_replication_role;
\set VERBOSITY default
EXECUTE money('balance-ada');

-- Double entry: what the users have is what came in less what went out and was sold; there is no row without its
-- other side.
SELECT (SELECT sum(balance) FROM boxoffice.account WHERE user_id IS NOT NULL) = sum(amount) AS adds_up,
       count(*) FILTER (WHERE counter_account_id NOT IN (SELECT account_id FROM boxoffice.account WHERE house IS NOT NULL)) AS one_sided
    FROM boxoffice.ledger_entry;
SELECT * FROM boxoffice.verify();
