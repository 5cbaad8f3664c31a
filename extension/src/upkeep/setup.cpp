#include "upkeep/setup.h"

#include "base/settings.h"
#include "upkeep/worker.h"

namespace boxoffice::setup {

namespace {

using Text = std::optional<std::string>;

// $1 preloaded, $2 boxoffice.database, $3 whether the worker serves this database, $4 when its last tick began, $5 its last
// error, $6 whether the clock of this session is shifted, $7 version of the library.
constinit spi::Plan<bool, std::string, bool, std::optional<Time>, Text, bool, std::string> checks{
    "WITH fact AS (SELECT current_database()::text AS here, pg_is_in_recovery() AS standby),"
    " granted AS (SELECT grantee, proname FROM pg_proc, aclexplode(coalesce(proacl, acldefault('f', proowner)))"
    "   WHERE pronamespace = 'boxoffice'::regnamespace AND grantee <> proowner),"
    " level AS (SELECT grantee, CASE WHEN bool_or(proname = 'create_event') THEN 'admin'"
    "     WHEN bool_or(proname = 'hold_seats') THEN 'client' ELSE 'monitor' END AS name"
    "   FROM granted WHERE grantee <> 0 GROUP BY grantee),"
    " open AS (SELECT 'function ' || proname AS what FROM granted WHERE grantee = 0"
    "   UNION ALL SELECT 'table ' || relname FROM pg_class,"
    "     aclexplode(coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", relowner)))"
    "     WHERE relnamespace = 'boxoffice'::regnamespace AND relkind IN ('r', 'v', 'S') AND grantee = 0"
    "   UNION ALL SELECT 'the schema' FROM pg_namespace, aclexplode(nspacl) WHERE nspname = 'boxoffice' AND grantee = "
    "0),"
    " shifted AS (SELECT coalesce('role ' || rolname, 'everyone') || ': ' || setting AS what"
    "   FROM pg_db_role_setting LEFT JOIN pg_roles r ON r.oid = setrole, unnest(setconfig) AS setting"
    "   WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))"
    "     AND setting ~ '^boxoffice\\.clock_offset=' AND setting !~ '=[+-]?0*( *s(ec(ond)?s?)?)?$'),"
    " unvacuumed AS (SELECT relname FROM pg_class, unnest(reloptions) AS reloption"
    "   WHERE relnamespace = 'boxoffice'::regnamespace AND reloption ~* '^autovacuum_enabled=(f|of|n|0)'),"
    // A trigger that runs after a change may do what it likes with other tables; one that runs before it can change what is
    // written, as a rule can, and row level security hides it from who counts.
    " altered AS (SELECT format('trigger %I of %I', tgname, relname) AS what FROM pg_trigger t"
    "     JOIN pg_class c ON c.oid = tgrelid JOIN pg_proc p ON p.oid = tgfoid"
    "   WHERE relnamespace = 'boxoffice'::regnamespace AND NOT tgisinternal AND tgtype::integer & 66 <> 0"
    "     AND pronamespace <> relnamespace AND tgenabled <> 'D'"
    "   UNION ALL SELECT format('rule %I of %I', rulename, relname) FROM pg_rewrite JOIN pg_class c ON c.oid = ev_class"
    "     WHERE relnamespace = 'boxoffice'::regnamespace AND relkind = 'r' AND ev_enabled <> 'D'"
    "   UNION ALL SELECT format('row level security of %I', relname) FROM pg_class"
    "     WHERE relnamespace = 'boxoffice'::regnamespace AND relrowsecurity"
    "   UNION ALL SELECT format('%I without its trigger %I', relname, own.trigger) FROM (VALUES"
    "       ('queue', 'queue_changed'), ('queue_token', 'queue_token_changed'), ('ledger_entry', "
    "'ledger_entry_is_final'))"
    "       AS own (relname, trigger)"
    "     WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = ('boxoffice.' || own.relname)::regclass"
    "       AND tgname = own.trigger AND tgenabled = 'A'))"
    // columns: check_name, ok, detail, hint where it is not ok
    " SELECT check_name, ok, detail, CASE WHEN NOT ok THEN hint END FROM fact, LATERAL (VALUES"
    "   ('preloading', $1, CASE WHEN $1 THEN 'the library is preloaded'"
    "       ELSE 'the library is not preloaded: there is no worker and no board' END,"
    "     'Set shared_preload_libraries = ''boxoffice'' and restart the server; until then call boxoffice.tick() from a"
    " scheduler, about once a second where there are queues.'),"
    "   ('worker_database', $1 AND $2 = here, CASE WHEN NOT $1 THEN 'there is no worker'"
    "       WHEN $2 = '' THEN 'the worker serves no database'"
    "       ELSE format('the worker serves database \"%s\", this one is \"%s\"', $2, here) END,"
    "     format('Set boxoffice.database = ''%s'' in the configuration file and reload it.', replace(here, '''', "
    "''''''))),"
    "   ('worker', standby OR ($3 AND $4 > clock_timestamp() - interval '10 seconds') IS TRUE,"
    "     CASE WHEN standby THEN 'this is a standby, which has none' ELSE coalesce('its last tick here was at ' || "
    "CASE WHEN $3 THEN $4 END, 'it has never ticked here') || coalesce('; its last error: ' || $5, '') END,"
    "     'See stat_worker and the server''s log; upkeep and queues stand still here unless a scheduler calls"
    " boxoffice.tick().'),"
    "   ('clock_offset', NOT $6 AND NOT EXISTS (SELECT FROM shifted), concat_ws('; ',"
    "       CASE WHEN $6 THEN 'the clock of this session is shifted' ELSE 'the clock of this session is right' END,"
    "       (SELECT string_agg(what, ', ' ORDER BY what) FROM shifted)),"
    "     'Take boxoffice.clock_offset away: RESET, ALTER DATABASE .. RESET or ALTER ROLE .. RESET, or in the "
    "configuration"
    " file. It is for tests.'),"
    "   ('encoding', getdatabaseencoding() = 'UTF8', (SELECT format('%s, with locale %s; text is compared by ICU, "
    "whatever"
    " the locale', getdatabaseencoding(), datcollate) FROM pg_database WHERE datname = here),"
    "     'Make a database with CREATE DATABASE .. ENCODING ''UTF8'' TEMPLATE template0 and move the data there.'),"
    "   ('versions', $7 = (SELECT extversion FROM pg_extension WHERE extname = 'boxoffice'),"
    "     (SELECT format('library %s, schema %s', $7, extversion) FROM pg_extension WHERE extname = 'boxoffice'),"
    "     'Run ALTER EXTENSION boxoffice UPDATE, and restart the server or reconnect, so that both are the newest.'),"
    "   ('autovacuum', current_setting('autovacuum')::boolean AND current_setting('track_counts')::boolean"
    "       AND NOT EXISTS (SELECT FROM unvacuumed), concat_ws(', ', 'autovacuum = ' || current_setting('autovacuum'),"
    "       'track_counts = ' || current_setting('track_counts'),"
    "       (SELECT 'off for ' || string_agg(relname, ', ' ORDER BY relname) FROM unvacuumed)),"
    "     'Switch them on: rows that change in a sale leave dead versions, and every call becomes slower.'),"
    "   ('durability', current_setting('fsync')::boolean AND current_setting('full_page_writes')::boolean,"
    "     format('fsync = %s, full_page_writes = %s', current_setting('fsync'), current_setting('full_page_writes')),"
    "     'Switch them on: without them a crash of the machine loses or damages sales.'),"
    "   ('synchronous_commit', current_setting('synchronous_commit') <> 'off', 'synchronous_commit = '"
    "     || current_setting('synchronous_commit'), 'Calls of boxoffice commit as with on all the same, but your own"
    " statements may be lost by a crash: set it to on where they must not be.'),"
    "   ('roles', EXISTS (SELECT FROM level WHERE name <> 'monitor'), coalesce((SELECT string_agg(names, '; ' ORDER BY "
    "names)"
    "       FROM (SELECT name || ': ' || string_agg(grantee::regrole::text, ', ' ORDER BY grantee::regrole::text) AS "
    "names"
    "         FROM level GROUP BY name) l), 'nobody but the owner may call anything'),"
    "     'Give the role of your backend its rights: SELECT boxoffice.grant_access(''shop'', ''client'').'),"
    "   ('public_access', NOT EXISTS (SELECT FROM open),"
    "     coalesce((SELECT 'everybody may use ' || string_agg(what, ', ' ORDER BY what) FROM open), 'PUBLIC has no "
    "rights'),"
    "     'REVOKE these from PUBLIC: end users never get rights here.'),"
    "   ('tables', NOT EXISTS (SELECT FROM altered), coalesce((SELECT 'added or changed: '"
    "       || string_agg(what, ', ' ORDER BY what) FROM altered), 'what is written to the tables is what boxoffice "
    "writes'),"
    "     'Drop the triggers that run BEFORE, the rules and the row level security, and enable boxoffice''s own "
    "triggers"
    " (ALTER TABLE .. ENABLE ALWAYS TRIGGER); with them next_sales may leave sales out, and counts may be wrong. "
    "Triggers"
    " that run AFTER do no harm, if they leave the rows of boxoffice alone or are deferred to the commit.')"
    " ) AS checked (check_name, ok, detail, hint)",
    spi::Access::whole_tables};

} // namespace

spi::Rows check() {
    const auto worker = worker::state();
    std::optional<Time> last_tick_at;
    Text last_error;
    if (worker && worker->last_tick_at != 0)
        last_tick_at = Time{worker->last_tick_at};
    if (worker && worker->last_error[0] != '\0')
        last_error = worker->last_error;
    return checks.read(worker.has_value(), settings::database(), worker && worker::serves_this_database(*worker),
                       last_tick_at, last_error, clock::offset_microseconds != 0, BOXOFFICE_VERSION);
}

} // namespace boxoffice::setup
