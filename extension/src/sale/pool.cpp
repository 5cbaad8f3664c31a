#include "sale/pool.h"

#include "base/change.h"
#include "base/validate.h"
#include "sale/reservation.h"

#include <limits>

namespace boxoffice::pool {

namespace {

using Text = std::optional<std::string>;

constinit spi::Plan<int64_t, Text, std::optional<int32_t>, std::optional<int64_t>, int64_t, int32_t> insert_pool{
    "INSERT INTO boxoffice.pool (slot_id, name, capacity, price, counter_id, stripes) VALUES ($1, $2, $3, $4, $5, $6)"
    " RETURNING pool_id"};
constinit spi::Plan<int64_t, std::string> find_by_name{
    "SELECT pool_id FROM boxoffice.pool WHERE slot_id = $1 AND pg_catalog.normalize(name) = pg_catalog.normalize($2)"};
constinit spi::Plan<int64_t> lock_pool{
    "SELECT slot_id, name, capacity, price, counter_id, stripes FROM boxoffice.pool WHERE pool_id = $1"
    " FOR NO KEY UPDATE"};
constinit spi::Plan<int64_t, Text, std::optional<int32_t>, std::optional<int64_t>, int32_t> change_pool{
    "UPDATE boxoffice.pool SET name = $2, capacity = $3, price = $4, stripes = $5 WHERE pool_id = $1"};

constexpr int64_t all = std::numeric_limits<int64_t>::max();

void check(const Definition& definition) {
    validate::text(definition.name, "name", 1000);
    if (*definition.capacity < 1)
        validate::raise_invalid("capacity must be above 0", "It is " + std::to_string(*definition.capacity) + ".",
                                "A pool that is not to be sold can be kept out of the sale by its slot's sale window.");
    validate::price(*definition.price, "price");
}

// The name is one per slot, so that a pool that is added again by mistake is not sold twice.
void require_free_name(int64_t slot_id, const std::string& name, int64_t own_id) {
    const spi::FreshSnapshot snapshot;
    const spi::Rows rows = find_by_name.read(snapshot, slot_id, name);
    if (!rows.empty() && rows[0].first<int64_t>() != own_id)
        throw Failure{ERRCODE_UNIQUE_VIOLATION, "the slot has a pool \"" + name + "\" already",
                      "It is pool " + std::to_string(rows[0].first<int64_t>()) + ".",
                      "Choose another name, or change that pool with update_pool."};
}

// What is free when the capacity has changed by this. All stripes are locked.
int64_t free_after(int64_t pool_id, int64_t free, int32_t before, int32_t after) {
    const int64_t change = int64_t{after} - before;
    if (free + change < 0)
        free += reservation::reclaim_lapsed(pool_id, clock::now(), all);
    if (free + change < 0)
        validate::raise_invalid("capacity must not be below what is sold and held",
                                "It would be " + std::to_string(after) + ", and " + std::to_string(before - free) +
                                    " are sold or held.",
                                "Wait until holds have run out, or cancel what is sold.");
    return free + change;
}

} // namespace

int64_t add(int64_t slot_id, const Definition& definition) {
    check(definition);
    catalogue::lock_slot(slot_id);
    require_free_name(slot_id, *definition.name, 0);
    const counter::Counter places = counter::create(*definition.capacity);
    make_durable();
    return insert_pool
        .write(slot_id, definition.name, definition.capacity, definition.price, places.counter_id, places.stripes)[0]
        .first<int64_t>();
}

void update(int64_t pool_id, const Definition& change) {
    const spi::Rows rows = lock_pool.write(pool_id);
    if (rows.empty())
        raise_not_found("pool", pool_id);
    const auto [slot_id, name, capacity, price, counter_id, stripes] =
        rows[0].columns<int64_t, Text, int32_t, int64_t, int64_t, int32_t>();
    Definition pool{name, capacity, price};
    merge(pool.name, change.name);
    merge(pool.capacity, change.capacity);
    merge(pool.price, change.price);
    check(pool);
    if (pool.name != name)
        require_free_name(slot_id, *pool.name, pool_id);
    counter::Counter places{counter_id, stripes};
    if (pool.capacity != capacity)
        places =
            counter::resize(counter_id, counter::stripes_for(*pool.capacity), [&, before = capacity](int64_t free) {
                return free_after(pool_id, free, before, *pool.capacity);
            });
    change_pool.write(pool_id, pool.name, pool.capacity, pool.price, places.stripes);
    make_durable();
}

} // namespace boxoffice::pool
