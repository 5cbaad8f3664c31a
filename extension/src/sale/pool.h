// Pools: places without numbers, such as a standing area, the places of a class, the stock of a product.
//
// Owns      boxoffice.pool; a counter says what is free, see counter.h.
// Invariant capacity = the counter + the places of holds, run out or not, that nobody has marked + what is paid, at every
//           instant, in one snapshot.
// Locks     taking: the user's lock; the token, see hold.h; then stripes that nobody has, and when they are too little
//           lapsed holds of the pool, each tried once; never waited for. Changing: the pool's row and then all stripes
//           in their order, waited for: in that transaction nobody takes a place, and whoever has taken one is done.
// Dies here everything is one transaction: places are gone with the reservation that has them, or not at all.
#pragma once

#include "sale/hold.h"
#include "write/counter.h"

namespace boxoffice::pool {

struct Definition {
    std::optional<std::string> name;
    std::optional<int32_t> capacity;
    std::optional<int64_t> price;
};

// For administrators: these raise, also for an id that does not exist.
int64_t add(int64_t slot_id, const Definition& definition);
// A member without a value stays as it is. Raises 22023 for a capacity below what is sold and held.
void update(int64_t pool_id, const Definition& change);

struct PlacesRequest {
    int64_t pool_id;
    hold::Buyer buyer;
    int32_t quantity;
};

// Holds so many places or none.
hold::HoldResult hold_places(const PlacesRequest& request);

} // namespace boxoffice::pool
