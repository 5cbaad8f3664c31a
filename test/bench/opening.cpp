// The sale seen by those who run it.
#include "opening.h"

#include <algorithm>
#include <ctime>
#include <iomanip>
#include <sstream>

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

// As ISO 8601 writes it: PT0.5S.
std::string duration(double seconds) {
    std::ostringstream text;
    text << "PT" << seconds << "S";
    return text.str();
}

// This time tomorrow, as RFC 3339 writes it.
std::string tomorrow() {
    const std::time_t instant = std::time(nullptr) + 24 * 3600;
    std::tm utc{};
    gmtime_r(&instant, &utc);
    std::ostringstream text;
    text << std::put_time(&utc, "%Y-%m-%dT%H:%M:%SZ");
    return text.str();
}

std::int64_t create_queue(BackOffice& back_office, const Options& options) {
    if (options.max_active == 0) {
        return 0;
    }
    return back_office.create_queue("The rush",
                                    {.max_active = options.max_active,
                                     .active_for = duration(options.active_for_seconds),
                                     .claim_for = duration(std::min(claim_for_seconds, options.active_for_seconds)),
                                     .idle_for = duration(idle_for_seconds / options.impatience)});
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

Opening open_sale(BackOffice& back_office, Database& database, const std::string& plan, const Options& options) {
    const Result wanted = database.query(
        "SELECT coalesce($1::jsonb ->> 'name', 'The hall'), (" + std::string(prices_of_plan) + ")", {plan});
    const std::int64_t venue_id = back_office.create_venue(wanted.text(0, 0));
    const std::int64_t event_id = back_office.create_event("The rush", venue_id);
    Opening opening{.slot_id = 0, .queue_id = create_queue(back_office, options), .seats = {}};
    opening.slot_id =
        back_office.create_slot(event_id, tomorrow(), duration(options.hold_for_seconds), opening.queue_id);
    back_office.add_seating_plan(opening.slot_id, plan, wanted.text(0, 1));
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
