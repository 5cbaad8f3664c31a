#include "base/setup_check.h"

#include "base/database.h"

namespace boxoffice::api {

namespace {

const char* const privileges_statement = R"sql(
    SELECT pg_catalog.has_function_privilege('boxoffice.worker_status()', 'EXECUTE')
        AND pg_catalog.has_table_privilege('boxoffice.queue', 'SELECT'))sql";

// Of all that can be wrong with a setup only what stops queues, and only where there are some. Without preloading database is
// null, and where nobody wants a worker it is empty: then another scheduler calls tick().
const char* const worker_statement = R"sql(
    SELECT 'worker', CASE WHEN pid IS NULL THEN 'there are queues, but no background worker runs'
        ELSE pg_catalog.format('there are queues in %s, but the background worker serves %s; set boxoffice.database',
            pg_catalog.current_database(), database) END
    FROM boxoffice.worker_status()
    WHERE (pid IS NULL OR database <> pg_catalog.current_database()) AND database <> ''
        AND EXISTS (SELECT FROM boxoffice.queue))sql";

} // namespace

std::vector<SetupWarning> setup_warnings(PGconn* connection) {
    if (field(query(connection, privileges_statement).get(), 0, 0) != "t") {
        return {};
    }
    const Result rows = query(connection, worker_statement);
    std::vector<SetupWarning> warnings;
    for (int row = 0; row < PQntuples(rows.get()); ++row) {
        warnings.push_back({std::string(field(rows.get(), row, 0)), std::string(field(rows.get(), row, 1))});
    }
    return warnings;
}

} // namespace boxoffice::api
