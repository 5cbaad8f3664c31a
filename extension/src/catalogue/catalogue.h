// Venues, events and slots: what is sold, where and when.
//
// Owns      boxoffice.venue, boxoffice.event, boxoffice.slot.
// Invariant an external_id stands for one thing: creating it again returns the same id and changes nothing.
// Locks     only the row that is changed, and the unique index for an external_id; sales read slots and lock none.
// Errors    these functions are for administrators: they raise, also for an id that does not exist (the SQLSTATE
//           of not_found).
#pragma once

#include "pg/spi.h"

namespace boxoffice::catalogue {

using Text = std::optional<std::string>;

struct Venue {
    Text name, address;
    std::optional<double> latitude, longitude;
    Text external_id;
};

struct Event {
    Text title;
    std::optional<int64_t> venue_id;
    Text category, description, external_id;
};

struct SlotRules {
    std::optional<Time> starts_at;
    std::optional<Duration> hold_for;
    std::optional<Time> sale_opens_at, sale_closes_at;
    std::optional<int32_t> max_per_user;
    std::optional<int64_t> queue_id;
    Text external_id;
    std::optional<Duration> hold_for_max;
};

int64_t create_venue(const Venue& venue);
int64_t create_event(const Event& event);
int64_t create_slot(int64_t event_id, const SlotRules& rules);
// A member without a value stays as it is.
void update_venue(int64_t venue_id, const Venue& venue);
void update_event(int64_t event_id, const Event& event);
// 0 lifts max_per_user, queue_id and hold_for_max, infinity lifts sale_opens_at and sale_closes_at.
void update_slot(int64_t slot_id, const SlotRules& rules);

// From where the best seats are the nearest, in the units of the seats' positions; neither: from the front centre.
void set_focal_point(int64_t slot_id, std::optional<double> x, std::optional<double> y);

// What a sale needs to know of a slot.
struct Slot {
    Time starts_at;
    Duration hold_for;
    std::optional<Duration> hold_for_max;
    std::optional<int32_t> max_per_user;
    std::optional<int64_t> queue_id;
    bool on_sale; // at the instant asked for
};

// The slot as the snapshot shows it, or none.
std::optional<Slot> find_slot(const spi::FreshSnapshot& snapshot, int64_t slot_id, Time at);
// Locks the slot's row, so that only one call at a time adds seats to it; raises not_found.
void lock_slot(int64_t slot_id);
// What is kept of the slot's seats elsewhere is of another version now: see seating.h.
void note_new_seats(int64_t slot_id);

} // namespace boxoffice::catalogue
