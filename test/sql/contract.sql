-- The contract, as the catalogue has it: names, parameters with types and defaults, results. Later versions may add columns
-- at the end, parameters with defaults, and functions; a line that changes or goes away breaks callers.

SELECT format('%s(%s) -> %s', proname, pg_get_function_arguments(oid), pg_get_function_result(oid)) AS function
    FROM pg_proc WHERE pronamespace = 'boxoffice'::regnamespace ORDER BY proname;

SELECT typname AS row_type, string_agg(attname || ' ' || format_type(atttypid, atttypmod), ', ' ORDER BY attnum) AS columns
    FROM pg_type t JOIN pg_class c ON c.oid = typrelid JOIN pg_attribute ON attrelid = c.oid AND attnum > 0
    WHERE typnamespace = 'boxoffice'::regnamespace AND c.relkind = 'c' AND NOT attisdropped GROUP BY typname ORDER BY typname;

SELECT attname || ' ' || format_type(atttypid, atttypmod) AS outcome_column FROM pg_attribute
    WHERE attrelid = 'boxoffice.outcome'::regclass AND attnum > 0 ORDER BY attnum;
