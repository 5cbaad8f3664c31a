// What was sold of a slot or an event, by category and pool: capacity, and money.
//
// Owns nothing and locks nothing: one statement in the caller's own snapshot, judged at one reading of the clock. It reads all
// reservations, because no index finds those of a slot that were paid, which every hold would have to pay for.
#pragma once

#include "pg/spi.h"

namespace boxoffice::sales_report {

// Of a slot or of all slots of an event, just one of the two. A discount on seats of several categories is shared out by
// their prices, to the unit: so the sums over the rows are those of the payments. Raises not_found and 22023.
spi::Rows read(const std::optional<int64_t>& slot_id, const std::optional<int64_t>& event_id);

} // namespace boxoffice::sales_report
