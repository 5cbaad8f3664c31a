// The feed of sales: what was paid and what was cancelled, each once and in an order that is safe against late commits, for
// fulfilment. The caller keeps the position.
//
// Owns      boxoffice.sale_feed.
// Invariant payments and cancellations draw their numbers from one sequence, in a transaction that has its id already, and
//           keep that id. A position says what was told: all that is visible in a snapshot and, while there is more than fits
//           into one answer, all of the next snapshot up to a number. What is visible in the next snapshot and not in the
//           last is told, by number, so a transaction that commits late is neither lost nor told twice.
// Anchors   keep it from reading all payments: "a transaction with this id or a later one draws only numbers above that
//           one". The number is read before the id, so it holds for ever. What is looked for begins at the anchor of the
//           oldest transaction that has ended since, so an open one costs nothing until it ends.
// Locks     none; writes nothing.
// Dies here what a position says of numbers and transactions is flushed before it is given, so it holds after a crash.
// Elsewhere another server has other transaction ids. A dump leaves the ids out, so that restored rows have that of the
//           restore, and a position that was given in another server, or by one that has lost it since, is refused.
#pragma once

#include "pg/spi.h"

namespace boxoffice::sale_feed {

// What has happened since the position, at most so many rows; nothing: from the first sale on. No rows: nothing has.
// Raises 22023 for a position that is none or is not of this server.
spi::Rows next(const std::optional<std::string>& after, int32_t max_rows);

} // namespace boxoffice::sale_feed
