#include "upkeep/access.h"

#include "base/validate.h"
#include "pg/spi.h"

namespace boxoffice::access {

namespace {

// No function is ever overloaded, so its name says which one is meant.

constexpr const char* client_functions[] = {
    "list_events",       "get_event",          "list_slots",         "available_seats",      "seat_map",
    "list_reservations", "get_reservation",    "list_payments",      "list_balance_entries", "hold_seats",
    "release_hold",      "pay_reservation",    "cancel_reservation", "credit_balance",       "debit_balance",
    "get_balance",       "join_queue",         "queue_status",       "leave_queue",          "queue_progress",
    "next_changes",      "list_pools",         "hold_places",        "extend_hold",          "seat_states",
    "claim_coupon",      "list_coupon_claims", "hold_best_seats",    "list_venues",          "get_venue",
    "get_slot",          "get_pool",           "get_queue",
};

constexpr const char* admin_functions[] = {
    "create_venue", "create_event",  "create_slot",     "add_seating_plan", "add_numbered_seats",
    "update_venue", "update_event",  "update_slot",     "expire_holds",     "tick",
    "verify",       "worker_status", "create_queue",    "update_queue",     "admit_waiting",
    "add_pool",     "update_pool",   "create_coupon",   "set_focal_point",  "list_queues",
    "list_coupons", "get_coupon",    "credit_balances", "join_users",       "check_setup",
};

// What the house does in the middle of a sale; for administrators, too.
constexpr const char* house_functions[] = {
    "block_seats",         "list_blocked_seats",     "set_seat_prices", "stop_coupon",
    "get_any_reservation", "cancel_any_reservation", "next_sales",      "sales_report",
};

constexpr const char* monitor_functions[] = {"verify", "worker_status", "check_setup"};

// Without it GRANT would only warn.
constinit spi::Plan<> is_owner{
    "SELECT pg_catalog.pg_has_role(extowner, 'USAGE') FROM pg_catalog.pg_extension WHERE extname = 'boxoffice'"};

constinit spi::Plan<bool> tables{"SELECT quote_ident(relname) FROM pg_catalog.pg_class"
                                 " WHERE relnamespace = 'boxoffice'::regnamespace AND relkind IN ('r', 'v')"
                                 " AND ($1 OR relname NOT IN ('queue_seed', 'queue_token'))"};
constinit spi::Plan<> token_columns{
    "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_catalog.pg_attribute"
    " WHERE attrelid = 'boxoffice.queue_token'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'token'"};

// GRANT takes no parameters, so the role's name is quoted into it; the rest is ours.
void run(const std::string& statement) {
    guarded([&] {
        const int result = SPI_execute(statement.c_str(), false, 0);
        if (result < 0)
            elog(ERROR, "boxoffice could not grant: %s", SPI_result_code_string(result));
    });
}

void grant_functions(std::span<const char* const> functions, const std::string& role) {
    for (const char* const name : functions)
        run(std::string("GRANT EXECUTE ON ROUTINE boxoffice.") + name + " TO " + role);
}

// Secrets are for administrators: the seed of a draw that is still to come, and the tokens of users.
void grant_tables(const std::string& role, bool secrets) {
    for (const spi::Row row : tables.read(secrets))
        run("GRANT SELECT ON boxoffice." + row.first<std::string>() + " TO " + role);
    if (!secrets)
        run("GRANT SELECT (" + token_columns.read()[0].first<std::string>() + ") ON boxoffice.queue_token TO " + role);
}

// Asked with the caller's own rights: who may execute the function directly may act by house.
} // namespace

void grant(Oid role, const std::string& level) {
    const bool client = level == "client", admin = level == "admin", monitor = level == "monitor";
    if (!client && !admin && !monitor)
        validate::raise_invalid("there is no access level \"" + level + "\"", "",
                                "Levels are client, admin and monitor.");
    const std::string name = guarded([&] { return quote_identifier(GetUserNameFromId(role, false)); });
    const spi::Session session;
    if (!is_owner.read()[0].first<bool>())
        throw Failure{ERRCODE_INSUFFICIENT_PRIVILEGE,
                      "only the owner of the extension boxoffice may grant access to it", "",
                      "Call grant_access as the role that ran CREATE EXTENSION, or as a superuser."};
    run("GRANT USAGE ON SCHEMA boxoffice TO " + name);
    run("GRANT SELECT ON boxoffice.outcome TO " + name);
    if (client || admin)
        grant_functions(client_functions, name);
    if (admin) {
        grant_functions(admin_functions, name);
        grant_functions(house_functions, name);
    }
    if (monitor)
        grant_functions(monitor_functions, name);
    if (admin || monitor)
        grant_tables(name, admin);
}

} // namespace boxoffice::access
