-- A procedure that commits can neither run with other rights nor with another search_path: it calls the function above as
-- whoever calls it.
CREATE OR REPLACE PROCEDURE boxoffice.credit_balances(user_ids text[], amount bigint, idempotency_key text, reason text = NULL)
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'boxoffice_credit_balances';
COMMENT ON PROCEDURE boxoffice.credit_balances IS 'Adds an amount to the balance of each of many users, committing after every thousand, so that nothing is locked for long. When it was cut, call it again with the same arguments within 24 hours: who was credited under the key is not credited again. Raises the first refusal (those of credit_balance); what was committed stays. Cannot run inside a transaction block.';

CREATE OR REPLACE PROCEDURE boxoffice.join_users(queue_id bigint, user_ids text[], priority integer = 0)
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'boxoffice_join_users';
COMMENT ON PROCEDURE boxoffice.join_users IS 'Takes a place for each of many users, in the order given, committing after every thousand. When it was cut, call it again: who has a place keeps it. Raises the first refusal (those of join_queue); what was committed stays. Cannot run inside a transaction block.';

-- Upkeep

CREATE OR REPLACE FUNCTION boxoffice.expire_holds() RETURNS integer
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_expire_holds';
COMMENT ON FUNCTION boxoffice.expire_holds IS 'Marks holds that have run out as expired and returns how many. Only tidies up: they were free before.';

CREATE OR REPLACE FUNCTION boxoffice.tick() RETURNS void
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_tick';
COMMENT ON FUNCTION boxoffice.tick IS 'One round of upkeep: expire_holds, forgetting idempotency keys older than 24 hours and changes that all relays were told or that are older than boxoffice.outbox_keep, and for every queue taking back the places of those who are gone and admitting the next. The background worker calls it about once a second.';

CREATE OR REPLACE FUNCTION boxoffice.verify() RETURNS SETOF boxoffice.verify_row
    LANGUAGE c STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_verify';
COMMENT ON FUNCTION boxoffice.verify IS 'Checks on the live data, in one snapshot, that nothing is sold twice and all money adds up; one row per violation.';

CREATE OR REPLACE FUNCTION boxoffice.check_setup() RETURNS SETOF boxoffice.check_setup_row
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_check_setup';
COMMENT ON FUNCTION boxoffice.check_setup IS 'Whether the server is set up as it should be for a sale: one row for each thing looked at, with ok, what was found and, where it is not ok, what to do.';

CREATE OR REPLACE FUNCTION boxoffice.worker_status() RETURNS SETOF boxoffice.worker_status_row
    LANGUAGE c VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_worker_status';
COMMENT ON FUNCTION boxoffice.worker_status IS 'The state of the background worker, one row; the view stat_worker shows it.';

CREATE OR REPLACE VIEW boxoffice.stat_worker AS SELECT * FROM boxoffice.worker_status();
COMMENT ON VIEW boxoffice.stat_worker IS 'The background worker: the database it serves, its last tick and how late that was, and its errors. pid is null where none runs.';
COMMENT ON COLUMN boxoffice.stat_worker.database IS 'The database it serves, by its setting.';
COMMENT ON COLUMN boxoffice.stat_worker.pid IS 'Process id; null: none runs.';
COMMENT ON COLUMN boxoffice.stat_worker.started_at IS 'When it started.';
COMMENT ON COLUMN boxoffice.stat_worker.last_tick_at IS 'When its last tick began, about once a second.';
COMMENT ON COLUMN boxoffice.stat_worker.lag IS 'How late its last tick was.';
COMMENT ON COLUMN boxoffice.stat_worker.ticks IS 'Ticks since the server started.';
COMMENT ON COLUMN boxoffice.stat_worker.errors IS 'Errors since the server started.';
COMMENT ON COLUMN boxoffice.stat_worker.last_error IS 'Message of the last error; null: none.';
COMMENT ON COLUMN boxoffice.stat_worker.last_error_at IS 'When that was; null: never.';
COMMENT ON COLUMN boxoffice.stat_worker.serves_this_database IS 'True when it runs and serves the database of this session; when it is not, queues here stand still. Null: the library is not preloaded.';

CREATE OR REPLACE FUNCTION boxoffice.grant_access(role regrole, level text) RETURNS void
    LANGUAGE c VOLATILE SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'boxoffice_grant_access';
COMMENT ON FUNCTION boxoffice.grant_access IS 'Grants a role what its level needs: client (sells on behalf of users), admin (also the catalogue and upkeep) or monitor (reads tables, verify). Only the owner of the extension may call it.';

-- Nobody may call anything before boxoffice.grant_access says so.
REVOKE ALL ON ALL ROUTINES IN SCHEMA boxoffice FROM PUBLIC;
