// The queues and how full they are, for those who tell the people waiting.
//
// Owns nothing and locks nothing.
#pragma once

#include "base/page.h"
#include "pg/spi.h"

namespace boxoffice::queue_progress {

// A row (queue_id, mode, waiting, active) for every queue. Who waits is counted on the board where it knows the queue,
// those included who are just joining; else in the table.
spi::Rows read();

// Queues with their rules and the same counts: a page of all, newest first, or one. The seed of a draw is shown only once
// the draw took place.
spi::Rows list(const Page& page);
spi::Rows get(int64_t queue_id);

} // namespace boxoffice::queue_progress
