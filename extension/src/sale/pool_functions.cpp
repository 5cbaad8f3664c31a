// Entry points: pools. Arguments in, one value out.

#include "base/row.h"
#include "sale/pool.h"

namespace boxoffice::functions {

namespace {

pool::Definition pool_from(const Arguments& arguments, int first) {
    return pool::Definition{arguments.optional<std::string>(first), arguments.optional<int32_t>(first + 1),
                            arguments.optional<int64_t>(first + 2)};
}

} // namespace

Datum add_pool(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto slot_id = arguments.required<int64_t>(0, "slot_id");
    arguments.require(1, "name");
    arguments.require(2, "capacity");
    arguments.require(3, "price");
    const spi::Session session;
    return Int64GetDatum(pool::add(slot_id, pool_from(arguments, 1)));
}

Datum update_pool(FunctionCallInfo call) {
    const Arguments arguments(call);
    const auto pool_id = arguments.required<int64_t>(0, "pool_id");
    const spi::Session session;
    pool::update(pool_id, pool_from(arguments, 1));
    return Datum{0};
}

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(add_pool)
BOXOFFICE_FUNCTION(update_pool)
