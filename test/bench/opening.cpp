// The sale seen by those who run it.
#include "opening.h"

#include <algorithm>

namespace boxoffice::crowd {
namespace {

// A price for each category of a plan, whatever they are called: VIP is the dearest, the others cost less in the order
// of their names (12000, 6000, 4000, ... minor units).
constexpr const char* prices_of_plan = R"(
    SELECT jsonb_object_agg(name, 12000 / rank)
    FROM (SELECT name, row_number() OVER (ORDER BY name ILIKE '%vip%' DESC, name) AS rank
          FROM (SELECT DISTINCT category ->> 'name' AS name
                FROM jsonb_array_elements($1::jsonb -> 'categories') AS category) AS categories) AS ranked)";

// Who was let in and does not show up for so long loses the place to the next. Far longer than the pause between two
// polls of a buyer near the front; short enough that in a short demo the places of those who went away come free.
constexpr double claim_for_seconds = 3;

// How long one may wait without asking, for a buyer of ordinary patience: two and a half times the longest pause that
// the queue ever asks for.
constexpr double idle_for_seconds = 300;

std::string create_queue(Database& database, const Options& options) {
    if (options.max_active == 0) {
        return "0";
    }
    return database
        .query("SELECT boxoffice.create_queue(name => 'The rush', max_active => $1, "
               "active_for => make_interval(secs => $2), claim_for => make_interval(secs => $3), "
               "idle_for => make_interval(secs => $4))",
               {std::to_string(options.max_active), std::to_string(options.active_for_seconds),
                std::to_string(std::min(claim_for_seconds, options.active_for_seconds)),
                std::to_string(idle_for_seconds / options.impatience)})
        .text(0, 0);
}

std::vector<Seat> read_seats(Database& database, std::int64_t slot_id) {
    const Result result = database.query(
        "SELECT seat_id, format('%s/%s', zone, row_label), price, x, y FROM boxoffice.seat_map(slot_id => $1)",
        {std::to_string(slot_id)});
    std::vector<Seat> seats;
    for (int row = 0; row < result.rows(); ++row) {
        seats.push_back({.seat_id = static_cast<int>(result.integer(row, 0)),
                         .row = result.text(row, 1),
                         .price = result.integer(row, 2),
                         .x = result.number(row, 3),
                         .y = result.number(row, 4)});
    }
    return seats;
}

} // namespace

Opening open_sale(Database& database, const std::string& plan, const Options& options) {
    const std::string venue_id =
        database.query("SELECT boxoffice.create_venue(name => coalesce($1::jsonb ->> 'name', 'The hall'))", {plan})
            .text(0, 0);
    const std::string event_id =
        database.query("SELECT boxoffice.create_event(title => 'The rush', venue_id => $1)", {venue_id}).text(0, 0);
    const std::string queue_id = create_queue(database, options);
    const std::string slot_id =
        database
            .query("SELECT boxoffice.create_slot(event_id => $1, starts_at => clock_timestamp() + interval '1 day', "
                   "hold_for => make_interval(secs => $2), queue_id => nullif($3::bigint, 0))",
                   {event_id, std::to_string(options.hold_for_seconds), queue_id})
            .text(0, 0);
    const std::string prices = database.query(prices_of_plan, {plan}).text(0, 0);
    database.query("SELECT boxoffice.add_seating_plan(slot_id => $1, plan => $2, prices => $3)",
                   {slot_id, plan, prices});
    Opening opening{.slot_id = std::stoll(slot_id), .queue_id = std::stoll(queue_id), .seats = {}};
    opening.seats = read_seats(database, opening.slot_id);
    return opening;
}

Look look_at_hall(Database& database, std::int64_t slot_id, int greatest_seat_id) {
    const Result result =
        database.query("SELECT seat_id, status FROM boxoffice.seat_map(slot_id => $1)", {std::to_string(slot_id)});
    Look look;
    look.free_seats.assign(greatest_seat_id + 1, false);
    look.held_seats.assign(greatest_seat_id + 1, false);
    for (int row = 0; row < result.rows(); ++row) {
        const std::string status = result.text(row, 1);
        if (status == "free") {
            ++look.free;
            look.free_seats.at(result.integer(row, 0)) = true;
        } else if (status == "held") {
            ++look.held;
            look.held_seats.at(result.integer(row, 0)) = true;
        } else if (status == "sold") {
            ++look.sold;
        } else {
            ++look.blocked;
        }
    }
    return look;
}

} // namespace boxoffice::crowd
