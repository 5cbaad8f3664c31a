#include "catalogue/seating_plan.h"

#include "base/json.h"
#include "base/validate.h"
#include "catalogue/catalogue.h"
#include "pg/names.h"
#include "write/durability.h"
#include "write/subtransaction.h"

#include <cmath>
#include <map>
#include <set>

namespace boxoffice::seating_plan {

namespace {

// More than the largest stadium; a typing error in a count should not fill the disk.
constexpr int32_t most_seats = 250000;

struct Point {
    double x, y;
};

using Text = std::optional<std::string>;

struct Seat {
    std::string guid;
    Text zone, row;
    std::string label, category;
    int64_t price;
    Point position;
};

constinit spi::Plan<int64_t, int32_t, int64_t, std::string, Text, Text, std::string, std::string, double, double>
    insert_seat{"INSERT INTO boxoffice.seat"
                " (slot_id, seat_id, price, seat_guid, zone, row_label, seat_label, category, x, y)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (slot_id, seat_guid) DO NOTHING"};
// $5 is the highest number of a seat so far.
constinit spi::Plan<int64_t, int32_t, int32_t, int64_t, int32_t> insert_numbered{
    "INSERT INTO boxoffice.seat (slot_id, seat_id, price, seat_guid, seat_label)"
    " SELECT $1, $2 + number, $4, ($5 + number)::text, ($5 + number)::text"
    " FROM pg_catalog.generate_series(1, $3) AS number ON CONFLICT (slot_id, seat_guid) DO NOTHING"};
// Of those whose key is a number, as a plan's may be; longer ones stand for something else.
constinit spi::Plan<int64_t> last_number{
    "SELECT coalesce(max(seat_guid::integer) FILTER (WHERE seat_guid ~ '^[1-9][0-9]{0,8}$'), 0)"
    " FROM boxoffice.seat WHERE slot_id = $1"};
constinit spi::Plan<int64_t> count_seats{"SELECT count(*)::integer FROM boxoffice.seat WHERE slot_id = $1"};
constinit spi::Plan<int64_t, JsonDatum> keep_plan{
    "INSERT INTO boxoffice.seating_plan (slot_id, plan) VALUES ($1, $2) ON CONFLICT (slot_id) DO NOTHING"};

// The number of seats that the slot has, which is also the last seat_id; raises when more than fit would be added.
int32_t seats_before(int64_t slot_id, int64_t added) {
    const spi::FreshSnapshot snapshot;
    const auto before = count_seats.read(snapshot, slot_id)[0].first<int32_t>();
    if (before + added > most_seats)
        validate::raise_invalid("a slot may have at most " + std::to_string(most_seats) + " seats",
                                "It has " + std::to_string(before) + ", and " + std::to_string(added) +
                                    " would be added.",
                                "Split it into several slots.");
    return before;
}

// Plans are kept, also by backends that made theirs while there were few seats: all make new ones now; and all read the
// slot's seats anew.
void tell_of_new_seats(int64_t slot_id) {
    catalogue::note_new_seats(slot_id);
    guarded([] { CacheInvalidateRelcacheByRelid(table_oid("seat")); });
}

[[noreturn]] void raise_exists(const std::string& what) {
    throw Failure{ERRCODE_UNIQUE_VIOLATION, what, "", "Make another slot for another set of seats."};
}

// One reading of one document: the categories it declares, the prices given for them, the guids seen so far.
class Reader {
public:
    Reader(const JsonNode& plan, const JsonNode& prices) : plan_node(plan), prices_node(prices) {
        if (!prices.is_object())
            prices.raise("must be an object", "Pass for example {\"VIP\": 12000}, in minor units.");
        const JsonNode categories = plan.required("categories");
        for (uint32_t i = 0; i < categories.size(); ++i)
            declared.insert(categories.element(i).required("name").text_or_empty());
    }

    std::vector<Seat> read() {
        const JsonNode zones = plan_node.required("zones");
        for (uint32_t z = 0; z < zones.size(); ++z)
            read_zone(zones.element(z));
        return std::move(seats);
    }

private:
    void read_zone(const JsonNode& zone) {
        const JsonNode rows = zone.required("rows");
        // as pretix's editor has it: zones of plans that have no names are told apart by their ids
        const Text name = zone.member("name") ? zone.optional_text("name") : zone.optional_text("zone_id");
        const Point origin = position_of(zone, Point{0, 0});
        for (uint32_t r = 0; r < rows.size(); ++r)
            read_row(rows.element(r), name, origin);
    }

    void read_row(const JsonNode& row, const Text& zone_name, Point zone_origin) {
        const JsonNode row_seats = row.required("seats");
        const Text number = row.optional_text("row_number");
        const Text label = labelled(row, row.optional_text("row_label"), number.value_or(""));
        const RowOfPlan read{zone_name, label ? label : number, row.optional_text("seat_label"),
                             position_of(row, zone_origin)};
        for (uint32_t s = 0; s < row_seats.size(); ++s)
            read_seat(row_seats.element(s), read);
    }

    struct RowOfPlan {
        const Text& zone;
        Text label, seat_label;
        Point origin;
    };

    // How people call it: the label of the plan, with %s for the number.
    static Text labelled(const JsonNode& node, Text label, const std::string& number) {
        if (!label)
            return label;
        if (const std::size_t place = label->find("%s"); place != std::string::npos)
            label->replace(place, 2, number);
        if (label->size() > 255)
            node.raise("has a label that is longer than 255 bytes with its number");
        return label;
    }

    void read_seat(const JsonNode& node, const RowOfPlan& row) {
        const Point origin = row.origin;
        Seat seat;
        seat.guid = node.required("seat_guid").text();
        const std::string number = node.required("seat_number").text_or_empty();
        seat.label = labelled(node, row.seat_label, number).value_or(number);
        seat.category = node.required("category").text_or_empty();
        seat.zone = row.zone;
        seat.row = row.label;
        seat.position = position_of(node, origin);
        if (const auto [first, inserted] = places.emplace(seat.guid, node.place()); !inserted)
            node.raise("has the seat_guid \"" + seat.guid + "\" of " + first->second,
                       "Every seat needs a seat_guid of its own.");
        if (!declared.contains(seat.category))
            node.raise("is in category \"" + seat.category + "\", which the plan does not declare",
                       "Add it to categories, or correct the seat.");
        const auto price = prices_node.member(seat.category.c_str());
        if (!price)
            node.raise("is in category \"" + seat.category + "\", which has no price",
                       "Add it to prices, in minor units.");
        seat.price = price->whole_number(validate::largest_number);
        seats.push_back(std::move(seat));
    }

    // Positions are relative to what the node lies in; without one it lies at the origin.
    static Point position_of(const JsonNode& node, Point origin) {
        const auto position = node.member("position");
        if (!position)
            return origin;
        const Point absolute{origin.x + position->required("x").number(), origin.y + position->required("y").number()};
        if (!std::isfinite(absolute.x) || !std::isfinite(absolute.y))
            position->raise("is too far away");
        return absolute;
    }

    const JsonNode& plan_node;
    const JsonNode& prices_node;
    std::set<std::string> declared;
    std::map<std::string, std::string> places; // of every seat_guid
    std::vector<Seat> seats;
};

} // namespace

int32_t add(int64_t slot_id, JsonDatum plan, JsonDatum prices) {
    const JsonNode plan_node = JsonNode::root(plan, "");
    const JsonNode prices_node = JsonNode::root(prices, "prices");
    const std::vector<Seat> seats = Reader(plan_node, prices_node).read();
    if (seats.empty())
        validate::raise_invalid("the plan has no seats", "",
                                "A plan needs at least one zone with a row with a seat; a slot takes one plan only.");
    catalogue::lock_slot(slot_id);
    int32_t seat_id = seats_before(slot_id, static_cast<int64_t>(seats.size()));
    if (keep_plan.write(slot_id, plan).empty())
        raise_exists("the slot has a seating plan already");
    for (const Seat& seat : seats) {
        const spi::Rows inserted = insert_seat.write(slot_id, ++seat_id, seat.price, seat.guid, seat.zone, seat.row,
                                                     seat.label, seat.category, seat.position.x, seat.position.y);
        if (inserted.empty())
            raise_exists("the slot has a seat \"" + seat.guid + "\" already");
    }
    tell_of_new_seats(slot_id);
    make_durable();
    return static_cast<int32_t>(seats.size());
}

int32_t add_numbered(int64_t slot_id, int32_t count, int64_t price) {
    if (count < 1 || count > most_seats)
        validate::raise_invalid("count must be 1 to " + std::to_string(most_seats),
                                "It is " + std::to_string(count) + ".",
                                count < 1 ? "Add at least one seat." : "Split it into several slots.");
    validate::price(price, "price");
    catalogue::lock_slot(slot_id);
    const int32_t before = seats_before(slot_id, count);
    const spi::FreshSnapshot snapshot;
    const auto last = last_number.read(snapshot, slot_id)[0].first<int32_t>();
    if (insert_numbered.write(slot_id, before, count, price, last).size() < static_cast<uint64_t>(count))
        raise_exists("the slot has seats with these numbers already");
    tell_of_new_seats(slot_id);
    make_durable();
    return count;
}

} // namespace boxoffice::seating_plan
