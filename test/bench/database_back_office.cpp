// The back office in SQL: one statement per call.
#include "database_back_office.h"

namespace boxoffice::crowd {

std::int64_t DatabaseBackOffice::create_venue(const std::string& name) {
    return database_.query("SELECT boxoffice.create_venue(name => $1)", {name}).integer(0, 0);
}

std::int64_t DatabaseBackOffice::create_event(const std::string& title, std::int64_t venue_id) {
    return database_
        .query("SELECT boxoffice.create_event(title => $1, venue_id => $2)", {title, std::to_string(venue_id)})
        .integer(0, 0);
}

std::int64_t DatabaseBackOffice::create_queue(const std::string& name, const QueueRules& rules) {
    return database_
        .query("SELECT boxoffice.create_queue(name => $1, max_active => $2, active_for => $3, claim_for => $4, "
               "idle_for => $5)",
               {name, std::to_string(rules.max_active), rules.active_for, rules.claim_for, rules.idle_for})
        .integer(0, 0);
}

std::int64_t DatabaseBackOffice::create_slot(std::int64_t event_id, const std::string& starts_at,
                                             const std::string& hold_for, std::int64_t queue_id) {
    return database_
        .query("SELECT boxoffice.create_slot(event_id => $1, starts_at => $2, hold_for => $3, "
               "queue_id => nullif($4::bigint, 0))",
               {std::to_string(event_id), starts_at, hold_for, std::to_string(queue_id)})
        .integer(0, 0);
}

std::int64_t DatabaseBackOffice::add_seating_plan(std::int64_t slot_id, const std::string& plan,
                                                  const std::string& prices) {
    return database_
        .query("SELECT boxoffice.add_seating_plan(slot_id => $1, plan => $2, prices => $3)",
               {std::to_string(slot_id), plan, prices})
        .integer(0, 0);
}

} // namespace boxoffice::crowd
