#pragma once

#include "write/user_lock.h"

namespace boxoffice {

// The lock of one queue. Whoever admits, changes the rules or, without the board, draws a number has it until the end of
// the transaction; a sale never takes it.
namespace queue_lock {
[[nodiscard]] bool try_acquire(int64_t queue_id);
void acquire(int64_t queue_id);
// Undoes one try_acquire, where nothing was written under it.
void release(int64_t queue_id);
} // namespace queue_lock

} // namespace boxoffice
