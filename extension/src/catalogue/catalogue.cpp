#include "catalogue/catalogue.h"

#include "base/change.h"
#include "base/outcome.h"
#include "base/validate.h"
#include "pg/lookup.h"
#include "queue/queue.h"
#include "write/durability.h"
#include "write/row_lock.h"

#include <cmath>

namespace boxoffice::catalogue {

namespace {

constinit spi::Plan<Text, Text, std::optional<double>, std::optional<double>, Text> insert_venue{
    "INSERT INTO boxoffice.venue (name, address, latitude, longitude, external_id) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (external_id) DO NOTHING RETURNING venue_id"};
constinit spi::Plan<std::string> find_venue{"SELECT venue_id FROM boxoffice.venue WHERE external_id = $1"};
constinit spi::Plan<int64_t> lock_venue{"SELECT name, address, latitude, longitude, external_id FROM boxoffice.venue "
                                        "WHERE venue_id = $1 FOR NO KEY UPDATE"};
constinit spi::Plan<int64_t, Text, Text, std::optional<double>, std::optional<double>, Text> change_venue{
    "UPDATE boxoffice.venue SET name = $2, address = $3, latitude = $4, longitude = $5, external_id = $6"
    " WHERE venue_id = $1"};

constinit spi::Plan<Text, std::optional<int64_t>, Text, Text, Text> insert_event{
    "INSERT INTO boxoffice.event (title, venue_id, category, description, external_id) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (external_id) DO NOTHING RETURNING event_id"};
constinit spi::Plan<std::string> find_event{"SELECT event_id FROM boxoffice.event WHERE external_id = $1"};
constinit spi::Plan<int64_t, Text, Text, Text, Text> change_event{
    "UPDATE boxoffice.event SET title = coalesce($2, title), category = coalesce($3, category),"
    " description = coalesce($4, description), external_id = coalesce($5, external_id) WHERE event_id = $1"};

using MaybeTime = std::optional<Time>;
constinit spi::Plan<int64_t, MaybeTime, std::optional<Duration>, MaybeTime, MaybeTime, std::optional<int32_t>,
                    std::optional<int64_t>, Text, std::optional<Duration>>
    insert_slot{"INSERT INTO boxoffice.slot"
                " (event_id, starts_at, hold_for, sale_opens_at, sale_closes_at, max_per_user, queue_id, external_id,"
                "   hold_for_max)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
                " ON CONFLICT (external_id) DO NOTHING RETURNING slot_id"};
constinit spi::Plan<std::string> find_slot_by_key{"SELECT slot_id FROM boxoffice.slot WHERE external_id = $1"};
constinit spi::Plan<int64_t> lock_rules{
    "SELECT starts_at, hold_for, sale_opens_at, sale_closes_at, max_per_user, queue_id, external_id, hold_for_max"
    " FROM boxoffice.slot WHERE slot_id = $1 FOR NO KEY UPDATE"};
constinit spi::Plan<int64_t, MaybeTime, std::optional<Duration>, MaybeTime, MaybeTime, std::optional<int32_t>,
                    std::optional<int64_t>, Text, std::optional<Duration>>
    change_slot{"UPDATE boxoffice.slot SET starts_at = $2, hold_for = $3, sale_opens_at = $4, sale_closes_at = $5,"
                " max_per_user = $6, queue_id = $7, external_id = $8, hold_for_max = $9 WHERE slot_id = $1"};
constinit Lookup<Key<int64_t>, MaybeTime, std::optional<Duration>, MaybeTime, MaybeTime, std::optional<int32_t>,
                 std::optional<int64_t>, std::optional<Duration>>
    read_slot{"slot",
              "slot_pkey",
              {"starts_at", "hold_for", "sale_opens_at", "sale_closes_at", "max_per_user", "queue_id", "hold_for_max"}};
constinit spi::Plan<int64_t> lock_slot_row{"SELECT FROM boxoffice.slot WHERE slot_id = $1 FOR UPDATE"};
constinit spi::Plan<int64_t> change_seats_version{
    "UPDATE boxoffice.slot SET seats_version = pg_catalog.gen_random_uuid() WHERE slot_id = $1"};
constinit spi::Plan<int64_t, std::optional<double>, std::optional<double>> change_focal_point{
    "UPDATE boxoffice.slot SET focal_x = $2, focal_y = $3 WHERE slot_id = $1"};

constinit spi::Plan<int64_t> venue_exists{"SELECT FROM boxoffice.venue WHERE venue_id = $1"};
constinit spi::Plan<int64_t> event_exists{"SELECT FROM boxoffice.event WHERE event_id = $1"};

// With a snapshot of its own, so that a parent made by the same statement is seen:
// create_slot(create_event(..), ..).
void require_exists(spi::Plan<int64_t>& find, const char* what, int64_t id) {
    const spi::FreshSnapshot snapshot;
    if (find.read(snapshot, id).empty())
        raise_not_found(what, id);
}

// The id of what was inserted or, when its external_id exists, of what has it. What had it may have changed its
// external_id in between: then it is free, and can be inserted after all.
template <typename Insert>
int64_t insert_or_find(Insert&& insert, spi::Plan<std::string>& find, const Text& external_id) {
    make_durable();
    for (;;) {
        const spi::Rows inserted = insert();
        if (!inserted.empty())
            return inserted[0].first<int64_t>();
        const spi::FreshSnapshot snapshot;
        const spi::Rows found = find.read(snapshot, *external_id);
        if (!found.empty())
            return found[0].first<int64_t>();
    }
}

void check_venue(const Venue& venue) {
    validate::text(venue.name, "name", 1000);
    validate::text(venue.external_id, "external_id", 255);
    if (venue.latitude.has_value() != venue.longitude.has_value())
        validate::raise_invalid("latitude and longitude go together", "Only one of them is given.",
                                "Pass both or neither.");
    const auto check_degrees = [](std::optional<double> degrees, const char* name, double most) {
        if (degrees && !(*degrees >= -most && *degrees <= most))
            validate::raise_invalid(std::string(name) + " is out of range", "It is " + std::to_string(*degrees) + ".",
                                    "Latitude is -90 to 90 degrees, longitude -180 to 180.");
    };
    check_degrees(venue.latitude, "latitude", 90);
    check_degrees(venue.longitude, "longitude", 180);
}

void check_event(const Event& event) {
    validate::text(event.title, "title", 1000);
    validate::text(event.external_id, "external_id", 255);
    validate::text(event.category, "category", 255);
}

constexpr Time infinity{DT_NOEND};

std::string shown(Time time) {
    return guarded([&] { return timestamptz_to_str(time.microseconds); });
}

// Without sale_closes_at the sale closes when the slot begins. One that is not announced says only that, so it may wait for
// its date; with a sale_closes_at of its own it is refused as ever.
void check_sale(const SlotRules& rules) {
    if (!rules.sale_opens_at || (!rules.sale_closes_at && *rules.sale_opens_at == infinity))
        return;
    const Time closes_at = rules.sale_closes_at.value_or(*rules.starts_at);
    if (*rules.sale_opens_at < closes_at)
        return;
    validate::raise_invalid("the sale must open before it closes",
                            "It would open at " + shown(*rules.sale_opens_at) + " and close at " + shown(closes_at) +
                                (rules.sale_closes_at ? "." : ", when the slot begins."),
                            rules.sale_closes_at ? "Change sale_opens_at or sale_closes_at."
                                                 : "Change sale_opens_at or starts_at, or pass sale_closes_at.");
}

void check_rules(const SlotRules& rules) {
    validate::text(rules.external_id, "external_id", 255);
    if (rules.starts_at && TIMESTAMP_IS_NOBEGIN(rules.starts_at->microseconds))
        validate::raise_invalid("starts_at must not be -infinity", "", "Pass infinity for what has no date.");
    validate::duration(*rules.hold_for, "hold_for", "It is how long an unpaid hold lasts.");
    if (rules.hold_for_max) {
        validate::duration(*rules.hold_for_max, "hold_for_max",
                           "It is how long a hold lasts at most when it is extended.");
        if (*rules.hold_for_max < *rules.hold_for)
            validate::raise_invalid("hold_for_max must not be below hold_for",
                                    "A hold would last longer without being extended than it may when it is.",
                                    "Raise hold_for_max, or lower hold_for.");
    }
    check_sale(rules);
    if (rules.max_per_user && *rules.max_per_user <= 0)
        validate::raise_invalid("max_per_user must be above 0", "It is " + std::to_string(*rules.max_per_user) + ".",
                                "Null is no limit; update_slot lifts one with 0.");
    if (rules.queue_id)
        queue::require_exists(*rules.queue_id);
}

} // namespace

int64_t create_venue(const Venue& venue) {
    check_venue(venue);
    return insert_or_find(
        [&] {
            return insert_venue.write(venue.name, venue.address, venue.latitude, venue.longitude, venue.external_id);
        },
        find_venue, venue.external_id);
}

int64_t create_event(const Event& event) {
    check_event(event);
    if (event.venue_id)
        require_exists(venue_exists, "venue", *event.venue_id);
    return insert_or_find(
        [&] {
            return insert_event.write(event.title, event.venue_id, event.category, event.description,
                                      event.external_id);
        },
        find_event, event.external_id);
}

int64_t create_slot(int64_t event_id, const SlotRules& wanted) {
    SlotRules rules = wanted;
    if (rules.sale_closes_at == infinity)
        rules.sale_closes_at.reset();
    check_rules(rules);
    require_exists(event_exists, "event", event_id);
    return insert_or_find(
        [&] {
            return insert_slot.write(event_id, rules.starts_at, rules.hold_for, rules.sale_opens_at,
                                     rules.sale_closes_at, rules.max_per_user, rules.queue_id, rules.external_id,
                                     rules.hold_for_max);
        },
        find_slot_by_key, rules.external_id);
}

void update_venue(int64_t venue_id, const Venue& change) {
    const spi::Rows rows = lock_venue.write(venue_id);
    if (rows.empty())
        raise_not_found("venue", venue_id);
    Venue venue;
    std::tie(venue.name, venue.address, venue.latitude, venue.longitude, venue.external_id) =
        rows[0].columns<Text, Text, std::optional<double>, std::optional<double>, Text>();
    merge(venue.name, change.name);
    merge(venue.address, change.address);
    merge(venue.latitude, change.latitude);
    merge(venue.longitude, change.longitude);
    merge(venue.external_id, change.external_id);
    check_venue(venue);
    change_venue.write(venue_id, venue.name, venue.address, venue.latitude, venue.longitude, venue.external_id);
    make_durable();
}

void update_event(int64_t event_id, const Event& change) {
    check_event(change);
    if (change_event.write(event_id, change.title, change.category, change.description, change.external_id).empty())
        raise_not_found("event", event_id);
    make_durable();
}

void update_slot(int64_t slot_id, const SlotRules& change) {
    const spi::Rows rows = lock_rules.write(slot_id);
    if (rows.empty())
        raise_not_found("slot", slot_id);
    SlotRules rules;
    std::tie(rules.starts_at, rules.hold_for, rules.sale_opens_at, rules.sale_closes_at, rules.max_per_user,
             rules.queue_id, rules.external_id, rules.hold_for_max) =
        rows[0]
            .columns<MaybeTime, std::optional<Duration>, MaybeTime, MaybeTime, std::optional<int32_t>,
                     std::optional<int64_t>, Text, std::optional<Duration>>();
    merge(rules.starts_at, change.starts_at);
    merge(rules.hold_for, change.hold_for);
    merge_limit(rules.sale_opens_at, change.sale_opens_at, infinity);
    merge_limit(rules.sale_closes_at, change.sale_closes_at, infinity);
    merge_limit(rules.max_per_user, change.max_per_user, 0);
    merge_limit(rules.queue_id, change.queue_id, int64_t{0});
    merge(rules.external_id, change.external_id);
    merge_limit(rules.hold_for_max, change.hold_for_max, Duration{0});
    check_rules(rules);
    change_slot.write(slot_id, rules.starts_at, rules.hold_for, rules.sale_opens_at, rules.sale_closes_at,
                      rules.max_per_user, rules.queue_id, rules.external_id, rules.hold_for_max);
    make_durable();
}

void set_focal_point(int64_t slot_id, std::optional<double> x, std::optional<double> y) {
    if (x.has_value() != y.has_value())
        validate::raise_invalid("x and y go together", "Only one of them is given.",
                                "Pass both, or neither for the front centre.");
    if (x && (!std::isfinite(*x) || !std::isfinite(*y)))
        validate::raise_invalid("the focal point must be finite", "", "Pass a position in the units of the plan.");
    if (change_focal_point.write(slot_id, x, y).size() == 0)
        raise_not_found("slot", slot_id);
    make_durable();
}

std::optional<Slot> find_slot(const spi::FreshSnapshot& snapshot, int64_t slot_id, Time at) {
    const auto row = read_slot.find(snapshot, slot_id);
    if (!row)
        return std::nullopt;
    const auto [starts_at, hold_for, sale_opens_at, sale_closes_at, max_per_user, queue_id, hold_for_max] = *row;
    const bool on_sale = (!sale_opens_at || *sale_opens_at <= at) && sale_closes_at.value_or(*starts_at) > at;
    return Slot{*starts_at, *hold_for, hold_for_max, max_per_user, queue_id, on_sale};
}

void lock_slot(int64_t slot_id) {
    if (lock_slot_row.write(slot_id).empty())
        raise_not_found("slot", slot_id);
}

void note_new_seats(int64_t slot_id) { change_seats_version.write(slot_id); }

} // namespace boxoffice::catalogue
