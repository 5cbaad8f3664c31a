#include "sale/seat_price.h"

#include "base/json.h"
#include "base/outcome.h"
#include "base/validate.h"
#include "catalogue/catalogue.h"
#include "hall/seats_by_key.h"
#include "write/perform.h"

namespace boxoffice::seat_price {

namespace {

constexpr std::size_t most_named = 250000;

using MaybeSeats = std::optional<SeatIds>;

constinit spi::Plan<JsonDatum> category_names{"SELECT jsonb_object_keys($1)"};
constinit spi::Plan<int64_t, JsonDatum> unknown_categories{
    "SELECT name FROM jsonb_object_keys($2) AS name WHERE NOT EXISTS"
    " (SELECT FROM boxoffice.seat WHERE slot_id = $1 AND category = name) LIMIT 1"};
constinit spi::Plan<int64_t, SeatIds> unknown_seats{
    "SELECT wanted FROM unnest($2) AS wanted WHERE"
    " (SELECT seat_id FROM boxoffice.seat WHERE slot_id = $1 AND seat_id = wanted LIMIT 1) IS NULL LIMIT 1"};
constinit spi::Plan<int64_t, SeatIds, JsonDatum> unpriced_seats{"SELECT seat_id, category FROM " BOXOFFICE_SEATS_BY_KEY(
    "$1", "$2") " WHERE category IS NULL OR NOT $3 ? category LIMIT 1"};

// What a seat costs by prices; null: it stays as it is.
#define BOXOFFICE_NEW_PRICE(prices)                                                                                    \
    "CASE WHEN jsonb_typeof(" prices ") = 'number' THEN (" prices " #>> '{}')::numeric::bigint"                        \
    " ELSE (" prices " ->> category)::numeric::bigint END"

// Seats come in the order of their ids: by the index, or as they are named.
constinit spi::Plan<int64_t, JsonDatum> find_changing_of_all{
    "SELECT seat_id, ctid FROM boxoffice.seat WHERE slot_id = $1"
    " AND price <> " BOXOFFICE_NEW_PRICE("$2")};
constinit spi::Plan<int64_t, JsonDatum, SeatIds> find_changing{
    "SELECT seat_id, seat.ctid FROM " BOXOFFICE_SEATS_BY_KEY("$1", "$3") " WHERE price <> " BOXOFFICE_NEW_PRICE("$2")};
constinit spi::Plan<> draw_number{"SELECT nextval('boxoffice.reservation_id')"};
constinit spi::Plan<RowAddresses, int64_t> keep_former{
    "INSERT INTO boxoffice.former_price (slot_id, seat_id, reservations_below, price)"
    " SELECT slot_id, seat_id, $2, price FROM boxoffice.seat WHERE ctid = ANY ($1)"};
constinit spi::Plan<RowAddresses, JsonDatum> change_prices{
    "UPDATE boxoffice.seat SET price = " BOXOFFICE_NEW_PRICE("$2") " WHERE ctid = ANY ($1)"};

void check_prices(JsonDatum prices) {
    const JsonNode node = JsonNode::root(prices, "prices");
    if (!node.is_object()) {
        const JsonNode price = node.scalar();
        if (!price.is_number())
            price.raise("must be a number or an object",
                        "Pass one price, or for example {\"VIP\": 12000}, in minor units.");
        price.whole_number(validate::largest_number);
        return;
    }
    for (const spi::Row row : category_names.read(prices)) {
        const auto name = row.first<std::string>();
        node.required(name.c_str()).whole_number(validate::largest_number);
    }
}

// With the slot locked, so that no seats come in between.
void check_seats(int64_t slot_id, JsonDatum prices, const MaybeSeats& seat_ids) {
    const spi::FreshSnapshot snapshot;
    const bool by_category = JsonNode::root(prices, "prices").is_object();
    if (by_category) {
        for (const spi::Row row : unknown_categories.read(snapshot, slot_id, prices))
            validate::raise_invalid("no seat of the slot is in category \"" + row.first<std::string>() + "\"", "",
                                    "Name categories as the seats have them.");
    }
    if (!seat_ids)
        return;
    for (const spi::Row row : unknown_seats.read(snapshot, slot_id, *seat_ids))
        raise_not_found("seat", row.first<int32_t>());
    if (!by_category)
        return;
    for (const spi::Row row : unpriced_seats.read(snapshot, slot_id, *seat_ids, prices)) {
        const auto [seat_id, category] = row.columns<int32_t, std::optional<std::string>>();
        validate::raise_invalid("seat " + std::to_string(seat_id) + " is in " +
                                    (category ? "category \"" + *category + "\"" : std::string("no category")) +
                                    ", which has no price",
                                "", "Add it to prices, or leave the seat out.");
    }
}

void write(JsonDatum prices, const RowAddresses& changing) {
    // after the last lock
    const auto number = draw_number.write()[0].first<int64_t>();
    require_all(keep_former.write(changing, number), changing);
    require_all(change_prices.write(changing, prices), changing);
    make_durable();
}

struct Attempt {
    std::optional<int32_t> seats_changed, busy_seat;
};

// The busy seat is one that another transaction has or has changed; then none is locked.
Attempt try_set(int64_t slot_id, JsonDatum prices, const MaybeSeats& seat_ids) {
    const spi::FreshSnapshot snapshot;
    SeatIds changing;
    RowAddresses addresses;
    for (const spi::Row row : seat_ids ? find_changing.read(snapshot, slot_id, prices, *seat_ids)
                                       : find_changing_of_all.read(snapshot, slot_id, prices)) {
        const auto [seat_id, address] = row.columns<int32_t, RowAddress>();
        changing.push_back(seat_id);
        addresses.push_back(address);
    }
    if (changing.empty())
        return {0, std::nullopt};
    Subtransaction attempt;
    const RowLocks locks = lock_rows("seat", addresses, snapshot);
    if (locks.state != RowLock::locked) {
        attempt.roll_back();
        return {std::nullopt, changing[locks.failed_at]};
    }
    write(prices, addresses);
    attempt.commit();
    return {static_cast<int32_t>(changing.size()), std::nullopt};
}

} // namespace

int32_t set(int64_t slot_id, JsonDatum prices, const MaybeSeats& unsorted) {
    check_prices(prices);
    const MaybeSeats seat_ids = unsorted ? MaybeSeats(validate::seat_ids(*unsorted, most_named)) : std::nullopt;
    catalogue::lock_slot(slot_id);
    check_seats(slot_id, prices, seat_ids);
    Patience patience;
    for (;;) {
        const Attempt attempt = try_set(slot_id, prices, seat_ids);
        if (attempt.seats_changed)
            return *attempt.seats_changed;
        if (!patience.once_more())
            throw Failure{ERRCODE_LOCK_NOT_AVAILABLE, "a seat is busy",
                          "Another transaction is changing seat " + std::to_string(*attempt.busy_seat) + ".",
                          "Call again: no price was changed."};
    }
}

} // namespace boxoffice::seat_price
