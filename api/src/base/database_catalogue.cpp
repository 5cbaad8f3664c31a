#include "base/database_catalogue.h"

#include "base/database.h"

#include <algorithm>

namespace boxoffice::api {

namespace {

const char* const outcomes_statement =
    "SELECT outcome, sqlstate, http_status, retryable, title FROM boxoffice.outcome ORDER BY sqlstate";

const char* const functions_statement = R"sql(
    SELECT p.proname, coalesce(pg_catalog.obj_description(p.oid, 'pg_proc'), ''),
        pg_catalog.format_type(p.prorettype, NULL), t.typtype = 'c'
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_type t ON t.oid = p.prorettype
    WHERE p.pronamespace = 'boxoffice'::regnamespace AND p.prokind = 'f')sql";

const char* const columns_statement = R"sql(
    SELECT p.proname, a.attname, pg_catalog.format_type(a.atttypid, NULL),
        coalesce(pg_catalog.col_description(a.attrelid, a.attnum), '')
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_type t ON t.oid = p.prorettype
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE p.pronamespace = 'boxoffice'::regnamespace AND p.prokind = 'f'
    ORDER BY p.proname, a.attnum)sql";

std::string text(const Result& result, int row, int column) { return std::string(field(result.get(), row, column)); }

bool yes(const Result& result, int row, int column) { return field(result.get(), row, column) == "t"; }

} // namespace

bool Column::may_be_null(std::string_view function) const {
    if (comment.find("null:") != std::string::npos) {
        return true;
    }
    constexpr std::string_view beginning = "null of ";
    const std::size_t at = comment.find(beginning);
    if (at == std::string::npos) {
        return false;
    }
    std::string_view names = std::string_view(comment).substr(at + beginning.size());
    names = names.substr(0, names.find(':'));
    while (!names.empty()) {
        const std::size_t end = std::min(names.find(", "), names.size());
        if (names.substr(0, end) == function) {
            return true;
        }
        names.remove_prefix(std::min(end + 2, names.size()));
    }
    return false;
}

Outcome Catalogue::outcome(std::string_view name) const {
    const auto found =
        std::find_if(outcomes.begin(), outcomes.end(), [&](const Outcome& each) { return each.name == name; });
    if (found != outcomes.end()) {
        return *found;
    }
    return {
        .name = std::string(name), .sqlstate = "", .http_status = 409, .retryable = false, .title = std::string(name)};
}

const Outcome* Catalogue::raised_as(std::string_view sqlstate) const {
    const auto found =
        std::find_if(outcomes.begin(), outcomes.end(), [&](const Outcome& each) { return each.sqlstate == sqlstate; });
    return found == outcomes.end() ? nullptr : &*found;
}

std::shared_ptr<const Catalogue> read_catalogue(PGconn* connection) {
    if (PQntuples(query(connection, "SELECT FROM pg_catalog.pg_extension WHERE extname = 'boxoffice'").get()) == 0) {
        throw DatabaseError(std::string("the database \"") + PQdb(connection) +
                            "\" has no extension boxoffice: run CREATE EXTENSION boxoffice in it");
    }
    auto catalogue = std::make_shared<Catalogue>();
    const Result outcomes = query(connection, outcomes_statement);
    for (int row = 0; row < PQntuples(outcomes.get()); ++row) {
        catalogue->outcomes.push_back({.name = text(outcomes, row, 0),
                                       .sqlstate = text(outcomes, row, 1),
                                       .http_status = std::stoi(text(outcomes, row, 2)),
                                       .retryable = yes(outcomes, row, 3),
                                       .title = text(outcomes, row, 4)});
    }
    const Result functions = query(connection, functions_statement);
    for (int row = 0; row < PQntuples(functions.get()); ++row) {
        Function& function = catalogue->functions[text(functions, row, 0)];
        function.comment = text(functions, row, 1);
        function.value_type = yes(functions, row, 3) ? "" : text(functions, row, 2);
    }
    const Result columns = query(connection, columns_statement);
    for (int row = 0; row < PQntuples(columns.get()); ++row) {
        catalogue->functions[text(columns, row, 0)].columns.push_back(
            {text(columns, row, 1), text(columns, row, 2), text(columns, row, 3)});
    }
    return catalogue;
}

} // namespace boxoffice::api
