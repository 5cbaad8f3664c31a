// The back office in SQL.
#pragma once

#include "back_office.h"
#include "database.h"

namespace boxoffice::crowd {

class DatabaseBackOffice : public BackOffice {
public:
    explicit DatabaseBackOffice(Database& database) : database_(database) {}

    std::int64_t create_venue(const std::string& name) override;
    std::int64_t create_event(const std::string& title, std::int64_t venue_id) override;
    std::int64_t create_queue(const std::string& name, const QueueRules& rules) override;
    std::int64_t create_slot(std::int64_t event_id, const std::string& starts_at, const std::string& hold_for,
                             std::int64_t queue_id) override;
    std::int64_t add_seating_plan(std::int64_t slot_id, const std::string& plan, const std::string& prices) override;

private:
    Database& database_;
};

} // namespace boxoffice::crowd
