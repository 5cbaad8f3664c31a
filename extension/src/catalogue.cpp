#include "boxoffice/catalogue.h"

#include "boxoffice/locks.h"
#include "boxoffice/outcome.h"
#include "boxoffice/validate.h"

namespace boxoffice::catalogue {

namespace {

constinit spi::Plan<Text, Text, std::optional<double>, std::optional<double>, Text> insert_venue{
    "INSERT INTO boxoffice.venue (name, address, latitude, longitude, external_id) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (external_id) DO NOTHING RETURNING venue_id"};
constinit spi::Plan<std::string> find_venue{"SELECT venue_id FROM boxoffice.venue WHERE external_id = $1"};
constinit spi::Plan<int64_t, Text, Text, std::optional<double>, std::optional<double>, Text> change_venue{
    "UPDATE boxoffice.venue SET name = coalesce($2, name), address = coalesce($3, address),"
    " latitude = coalesce($4, latitude), longitude = coalesce($5, longitude), external_id = coalesce($6, external_id)"
    " WHERE venue_id = $1"};

constinit spi::Plan<Text, std::optional<int64_t>, Text, Text, Text> insert_event{
    "INSERT INTO boxoffice.event (title, venue_id, category, description, external_id) VALUES ($1, $2, $3, $4, $5)"
    " ON CONFLICT (external_id) DO NOTHING RETURNING event_id"};
constinit spi::Plan<std::string> find_event{"SELECT event_id FROM boxoffice.event WHERE external_id = $1"};
constinit spi::Plan<int64_t, Text, Text, Text, Text> change_event{
    "UPDATE boxoffice.event SET title = coalesce($2, title), category = coalesce($3, category),"
    " description = coalesce($4, description), external_id = coalesce($5, external_id) WHERE event_id = $1"};

using MaybeTime = std::optional<Time>;
constinit spi::Plan<int64_t, MaybeTime, std::optional<Duration>, MaybeTime, MaybeTime, std::optional<int32_t>, Text>
    insert_slot{"INSERT INTO boxoffice.slot"
                " (event_id, starts_at, hold_for, sale_opens_at, sale_closes_at, max_per_user, external_id)"
                " VALUES ($1, $2, $3, $4, nullif($5, 'infinity'), $6, $7)"
                " ON CONFLICT (external_id) DO NOTHING RETURNING slot_id"};
constinit spi::Plan<std::string> find_slot_by_key{"SELECT slot_id FROM boxoffice.slot WHERE external_id = $1"};
constinit spi::Plan<int64_t, MaybeTime, std::optional<Duration>, MaybeTime, MaybeTime, std::optional<int32_t>, Text>
    change_slot{"UPDATE boxoffice.slot SET starts_at = coalesce($2, starts_at), hold_for = coalesce($3, hold_for),"
                " sale_opens_at = nullif(coalesce($4, sale_opens_at), CASE WHEN $4 IS NOT NULL THEN "
                "'infinity'::timestamptz END),"
                " sale_closes_at = nullif(coalesce($5, sale_closes_at), 'infinity'),"
                " max_per_user = nullif(coalesce($6, max_per_user), 0), external_id = coalesce($7, external_id)"
                " WHERE slot_id = $1"};
constinit spi::Plan<int64_t, Time> read_slot{
    "SELECT starts_at, hold_for, max_per_user,"
    " coalesce(sale_opens_at <= $2, true) AND coalesce(sale_closes_at, starts_at) > $2"
    " FROM boxoffice.slot WHERE slot_id = $1"};
constinit spi::Plan<int64_t> lock_slot_row{"SELECT FROM boxoffice.slot WHERE slot_id = $1 FOR UPDATE"};

constinit spi::Plan<int64_t> venue_exists{"SELECT FROM boxoffice.venue WHERE venue_id = $1"};
constinit spi::Plan<int64_t> event_exists{"SELECT FROM boxoffice.event WHERE event_id = $1"};

[[noreturn]] void raise_missing(const char* what, int64_t id) {
    throw refusal(Outcome::not_found, std::string("There is no ") + what + " " + std::to_string(id) + ".");
}

// With a snapshot of its own, so that a parent made by the same statement is seen:
// create_slot(create_event(..), ..).
void require_exists(spi::Plan<int64_t>& find, const char* what, int64_t id) {
    const spi::FreshSnapshot snapshot;
    if (find.read(snapshot, id).empty())
        raise_missing(what, id);
}

// The id of what was inserted or, when its external_id exists, of what has it.
int64_t inserted_or_found(const spi::Rows& inserted, spi::Plan<std::string>& find, const Text& external_id) {
    make_durable();
    if (!inserted.empty())
        return inserted[0].first<int64_t>();
    const spi::FreshSnapshot snapshot;
    return find.read(snapshot, *external_id)[0].first<int64_t>();
}

void require_changed(const spi::Rows& changed, const char* what, int64_t id) {
    if (changed.empty())
        raise_missing(what, id);
    make_durable();
}

void check_venue(const Venue& venue) {
    validate::text(venue.name, "name", 1000);
    validate::text(venue.external_id, "external_id", 255);
    const auto outside = [](std::optional<double> degrees, double most) {
        return degrees && !(*degrees >= -most && *degrees <= most);
    };
    if (outside(venue.latitude, 90) || outside(venue.longitude, 180))
        validate::raise_invalid("latitude must be -90 to 90 and longitude -180 to 180", "", "Both are in degrees.");
}

void check_event(const Event& event) {
    validate::text(event.title, "title", 1000);
    validate::text(event.external_id, "external_id", 255);
    validate::text(event.category, "category", 255);
}

void check_rules(const SlotRules& rules) {
    validate::text(rules.external_id, "external_id", 255);
    if (rules.starts_at && TIMESTAMP_IS_NOBEGIN(rules.starts_at->microseconds))
        validate::raise_invalid("starts_at must not be -infinity", "", "Pass infinity for what has no date.");
    if (rules.hold_for) {
        const Time start{0};
        const Time end = start + *rules.hold_for;
        if (end <= start || TIMESTAMP_NOT_FINITE(end.microseconds))
            validate::raise_invalid("hold_for must be above 0 and not infinite", "",
                                    "It is how long an unpaid hold lasts.");
    }
    if (rules.sale_opens_at && rules.sale_closes_at && *rules.sale_opens_at >= *rules.sale_closes_at &&
        !TIMESTAMP_IS_NOEND(rules.sale_closes_at->microseconds))
        validate::raise_invalid("sale_opens_at must be before sale_closes_at", "", "");
    if (rules.max_per_user && *rules.max_per_user < 0)
        validate::raise_invalid("max_per_user must not be negative",
                                "It is " + std::to_string(*rules.max_per_user) + ".", "Null is no limit.");
    // Queues do not exist in this version, so no id of one can be right.
    if (rules.queue_id && *rules.queue_id != 0)
        raise_missing("queue", *rules.queue_id);
}

} // namespace

int64_t create_venue(const Venue& venue) {
    check_venue(venue);
    if (venue.latitude.has_value() != venue.longitude.has_value())
        validate::raise_invalid("latitude and longitude go together", "Only one of them is given.",
                                "Pass both or neither.");
    return inserted_or_found(
        insert_venue.write(venue.name, venue.address, venue.latitude, venue.longitude, venue.external_id), find_venue,
        venue.external_id);
}

int64_t create_event(const Event& event) {
    check_event(event);
    if (event.venue_id)
        require_exists(venue_exists, "venue", *event.venue_id);
    return inserted_or_found(
        insert_event.write(event.title, event.venue_id, event.category, event.description, event.external_id),
        find_event, event.external_id);
}

int64_t create_slot(int64_t event_id, const SlotRules& rules) {
    check_rules(rules);
    if (rules.max_per_user && *rules.max_per_user == 0)
        validate::raise_invalid("max_per_user must be above 0", "It is 0.", "Null is no limit.");
    require_exists(event_exists, "event", event_id);
    return inserted_or_found(insert_slot.write(event_id, rules.starts_at, rules.hold_for, rules.sale_opens_at,
                                               rules.sale_closes_at, rules.max_per_user, rules.external_id),
                             find_slot_by_key, rules.external_id);
}

void update_venue(int64_t venue_id, const Venue& venue) {
    check_venue(venue);
    require_changed(
        change_venue.write(venue_id, venue.name, venue.address, venue.latitude, venue.longitude, venue.external_id),
        "venue", venue_id);
}

void update_event(int64_t event_id, const Event& event) {
    check_event(event);
    require_changed(change_event.write(event_id, event.title, event.category, event.description, event.external_id),
                    "event", event_id);
}

void update_slot(int64_t slot_id, const SlotRules& rules) {
    check_rules(rules);
    require_changed(change_slot.write(slot_id, rules.starts_at, rules.hold_for, rules.sale_opens_at,
                                      rules.sale_closes_at, rules.max_per_user, rules.external_id),
                    "slot", slot_id);
}

std::optional<Slot> find_slot(const spi::FreshSnapshot& snapshot, int64_t slot_id, Time at) {
    const spi::Rows rows = read_slot.read(snapshot, slot_id, at);
    if (rows.empty())
        return std::nullopt;
    const auto [starts_at, hold_for, max_per_user, on_sale] =
        rows[0].columns<Time, Duration, std::optional<int32_t>, bool>();
    return Slot{starts_at, hold_for, max_per_user, on_sale};
}

void lock_slot(int64_t slot_id) {
    if (lock_slot_row.write(slot_id).empty())
        raise_missing("slot", slot_id);
}

} // namespace boxoffice::catalogue
