-- Everything in the extension has a comment, and nothing in it is open to those who were granted nothing. Each query lists
-- the offenders, so each must be empty; but the first, which shows that there is something to find.

SELECT count(*) FILTER (WHERE classid = 'pg_proc'::regclass) > 20 AS functions, count(*) FILTER (WHERE classid = 'pg_class'::regclass) > 10 AS tables,
       count(*) FILTER (WHERE classid = 'pg_type'::regclass) > 10 AS types
    FROM pg_depend WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e'
        AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'boxoffice');

-- The extension and its schema.
SELECT 'extension' AS kind, extname FROM pg_extension WHERE extname = 'boxoffice' AND obj_description(oid, 'pg_extension') IS NULL;
SELECT 'schema' AS kind, nspname FROM pg_namespace WHERE nspname = 'boxoffice' AND obj_description(oid, 'pg_namespace') IS NULL;
-- Tables, views, sequences; composite types are listed as types.
SELECT relkind, relname FROM pg_class
    WHERE relnamespace = 'boxoffice'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND obj_description(oid, 'pg_class') IS NULL
    ORDER BY relname;
-- Indexes, but those that a constraint speaks for.
SELECT c.relname FROM pg_class c LEFT JOIN pg_constraint ON conindid = c.oid
    WHERE c.relnamespace = 'boxoffice'::regnamespace AND c.relkind = 'i' AND conindid IS NULL AND obj_description(c.oid, 'pg_class') IS NULL
    ORDER BY c.relname;
-- Columns of tables and views.
SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'boxoffice'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f') AND attnum > 0 AND NOT attisdropped
        AND col_description(attrelid, attnum) IS NULL
    ORDER BY relname, attnum;
-- Types, but those that belong to a table or are an array of another.
SELECT typname FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
    WHERE typnamespace = 'boxoffice'::regnamespace AND typelem = 0 AND coalesce(c.relkind, 'c') = 'c' AND obj_description(t.oid, 'pg_type') IS NULL
    ORDER BY typname;
SELECT oid::regprocedure AS function FROM pg_proc WHERE pronamespace = 'boxoffice'::regnamespace AND obj_description(oid, 'pg_proc') IS NULL ORDER BY 1;
SELECT tgrelid::regclass AS "table", tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE relnamespace = 'boxoffice'::regnamespace AND NOT tgisinternal AND obj_description(pg_trigger.oid, 'pg_trigger') IS NULL;
SELECT name FROM pg_settings WHERE name LIKE 'boxoffice.%' AND short_desc = '';

-- Everything in the schema belongs to the extension, so that DROP EXTENSION leaves nothing and a dump leaves nothing out.
SELECT relname FROM pg_class c WHERE relnamespace = 'boxoffice'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e');
SELECT oid::regprocedure AS function FROM pg_proc p WHERE pronamespace = 'boxoffice'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e');
-- Every table with data and every sequence is dumped; the table of outcomes is the library's, and the outbox and the name of the feed of sales mean nothing elsewhere.
SELECT relname FROM pg_class c, pg_extension e WHERE relnamespace = 'boxoffice'::regnamespace AND relkind IN ('r', 'p', 'S')
    AND extname = 'boxoffice' AND c.oid <> ALL (extconfig) AND relname NOT IN ('outcome', 'outbox', 'outbox_id', 'outbox_position', 'sale_feed') ORDER BY relname;

-- PUBLIC may call nothing, read nothing and make nothing.
SELECT oid::regprocedure AS function FROM pg_proc WHERE pronamespace = 'boxoffice'::regnamespace
    AND EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0) ORDER BY 1;
SELECT relname FROM pg_class WHERE relnamespace = 'boxoffice'::regnamespace
    AND EXISTS (SELECT FROM aclexplode(coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))) WHERE grantee = 0);
SELECT nspname FROM pg_namespace WHERE nspname = 'boxoffice' AND EXISTS (SELECT FROM aclexplode(coalesce(nspacl, acldefault('n', nspowner))) WHERE grantee = 0);
-- Names are looked up in pg_catalog first and in the caller's temporary schema last, whatever the caller has set. Some functions look
-- none up, and read no table: queue_status, those that go on to others, and what columns are made of. Procedures that commit can have no
-- setting of their own: they call functions that do, by their full names.
SELECT oid::regprocedure AS function, proconfig FROM pg_proc WHERE pronamespace = 'boxoffice'::regnamespace AND prorettype <> 'trigger'::regtype AND prokind = 'f'
    AND proname NOT IN ('queue_status', 'get_reservation', 'cancel_reservation', 'fold_text', 'cut_grams', 'selling_transaction')
    AND proconfig IS DISTINCT FROM ARRAY['search_path=pg_catalog, pg_temp'] ORDER BY 1;
-- What does not run with the owner's rights is only what the owner alone calls, the triggers, what goes on to others, what touches nothing, and procedures, which call others that do.
SELECT proname FROM pg_proc WHERE pronamespace = 'boxoffice'::regnamespace AND NOT prosecdef AND prokind = 'f' AND proname NOT IN ('grant_access', 'refuse_ledger_change', 'forget_board',
    'queue_status', 'get_reservation', 'cancel_reservation', 'fold_text', 'cut_grams', 'selling_transaction');

-- The contract: no function is overloaded, and each argument has a name.
SELECT proname, count(*) FROM pg_proc WHERE pronamespace = 'boxoffice'::regnamespace GROUP BY proname HAVING count(*) > 1;
SELECT oid::regprocedure AS function FROM pg_proc WHERE pronamespace = 'boxoffice'::regnamespace AND pronargs > 0
    AND (cardinality(proargnames) IS DISTINCT FROM pronargs OR '' = ANY (proargnames));
-- What returns one row has the outcome first; catalogue, upkeep and lists do not.
SELECT p.proname FROM pg_proc p JOIN pg_type t ON t.oid = p.prorettype JOIN pg_attribute a ON a.attrelid = t.typrelid AND attnum = 1
    WHERE p.pronamespace = 'boxoffice'::regnamespace AND (attname = 'outcome' AND atttypid = 'text'::regtype) = p.proretset;
-- What may write is volatile: a stable function may be left out, or called once where it is written twice.
SELECT proname FROM pg_proc WHERE pronamespace = 'boxoffice'::regnamespace
    AND provolatile <> CASE WHEN proname IN ('fold_text', 'cut_grams', 'selling_transaction') THEN 'i'
        WHEN proname ~ '^(list|get)_' OR proname IN ('available_seats', 'seat_map', 'seat_states', 'verify', 'sales_report') THEN 's' ELSE 'v' END;
-- Ids survive JSON: below 2^53 by themselves.
SELECT seqrelid::regclass AS sequence FROM pg_sequence JOIN pg_class ON pg_class.oid = seqrelid
    WHERE relnamespace = 'boxoffice'::regnamespace AND (seqmax <> 9007199254740991 OR seqcycle OR seqincrement <> 1);
