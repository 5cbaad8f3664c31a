// Counters that a crowd changes at once: a number split into stripes, rows of which each call takes one that nobody has.
//
// Owns      boxoffice.counter_stripe.
// Invariant every stripe is above zero, for one of which all is taken is deleted: who asks for what is sold out finds
//           nothing to look at. What a counter stands at is the sum of its stripes in one snapshot.
// Locks     stripes, in the version that a snapshot showed and never waited for: one that another transaction has is
//           passed over, and where something must be put back and all are taken, a new one is made. Only resize and renew
//           wait, for one stripe after the other; nobody who has a stripe waits for another.
// Dies here a stripe is changed in the transaction of what it counts.
#pragma once

#include "write/row_lock.h"

#include <functional>

namespace boxoffice::counter {

// The rows of a counter that was made as a whole: stripes 0 to count - 1, to which those may come that add() makes.
struct Counter {
    int64_t counter_id;
    int32_t stripes;
};

// How many stripes a number of this size gets, by boxoffice.pool_stripes.
int32_t stripes_for(int64_t value);
// The highest of the numbers from 1 to value that belong to stripe k, when each stripe has its share of them as it is
// made and begins after the one before it.
int64_t last_number_of(int64_t value, int32_t stripes, int32_t stripe);

Counter create(int64_t value);

// A stripe that this transaction has locked.
struct Stripe {
    int64_t stripe;
    int64_t value;
};

// The stripe from which this backend took last, or its own; nothing, and nothing locked, when it has less than this or
// another transaction has it.
std::optional<Stripe> lock_usual(const spi::FreshSnapshot& snapshot, const Counter& counter, int64_t least);
// Stripes that together have so much, or all that can be had: the caller rolls its subtransaction back if it is too
// little.
std::vector<Stripe> lock_enough(const spi::FreshSnapshot& snapshot, const Counter& counter, int64_t wanted);
// Takes so much, at most what they have, from locked stripes; returns what is missing.
int64_t take(const Counter& counter, const std::vector<Stripe>& stripes, int64_t wanted);

// Adds to any stripe.
void add(int64_t counter_id, int64_t amount);
// The sum.
int64_t read(const spi::FreshSnapshot& snapshot, int64_t counter_id);

// Waits for all stripes and writes them anew as they are: whoever read them before can take nothing by what it read.
void renew(int64_t counter_id);
// Waits for all stripes, then asks for the new value, which change returns from the old one or raises, and shares it out
// anew over so many stripes.
Counter resize(int64_t counter_id, int32_t stripes, const std::function<int64_t(int64_t)>& change);

} // namespace boxoffice::counter
