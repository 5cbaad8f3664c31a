// How full the queues are, for those who tell the people waiting.
//
// Owns nothing and locks nothing.
#pragma once

#include "boxoffice/spi.h"

namespace boxoffice::queue_progress {

// A row (queue_id, mode, waiting, active) for every queue. Who waits is counted on the board where it knows the queue,
// those included who are just joining; else in the table.
spi::Rows read();

} // namespace boxoffice::queue_progress
