#include "setup_check.h"

#include "database.h"

namespace boxoffice::api {

namespace {

// Which of the two the role may ask: all that the extension knows of its setup, or at least its worker.
const char* const privileges_statement = R"sql(
    SELECT coalesce(pg_catalog.has_function_privilege(pg_catalog.to_regprocedure('boxoffice.check_setup()'), 'EXECUTE'), false),
        pg_catalog.has_function_privilege('boxoffice.worker_status()', 'EXECUTE')
        AND pg_catalog.has_table_privilege('boxoffice.queue', 'SELECT'))sql";

const char* const setup_statement = R"sql(
    SELECT check_name, pg_catalog.concat_ws('; ', detail, hint) FROM boxoffice.check_setup() WHERE NOT ok)sql";

// Without preloading database is null: then another scheduler is expected to call tick().
const char* const worker_statement = R"sql(
    SELECT 'worker', CASE WHEN pid IS NULL THEN 'there are queues, but no background worker runs'
        ELSE pg_catalog.format('there are queues in %s, but the background worker serves %s; set boxoffice.database',
            pg_catalog.current_database(), database) END
    FROM boxoffice.worker_status()
    WHERE (pid IS NULL OR database <> pg_catalog.current_database()) AND database IS NOT NULL
        AND EXISTS (SELECT FROM boxoffice.queue))sql";

} // namespace

std::vector<SetupWarning> setup_warnings(PGconn* connection) {
    const Result may = query(connection, privileges_statement);
    const bool all = field(may.get(), 0, 0) == "t";
    if (!all && field(may.get(), 0, 1) != "t") {
        return {};
    }
    const Result rows = query(connection, all ? setup_statement : worker_statement);
    std::vector<SetupWarning> warnings;
    for (int row = 0; row < PQntuples(rows.get()); ++row) {
        warnings.push_back({std::string(field(rows.get(), row, 0)), std::string(field(rows.get(), row, 1))});
    }
    return warnings;
}

} // namespace boxoffice::api
