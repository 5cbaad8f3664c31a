#include "write/patience.h"

#include "pg/boundary.h"
#include "pg/clock.h"
#include "write/user_lock.h"

namespace boxoffice {

Patience::Patience() : deadline(clock::steady() + int64_t{locks::busy_wait_ms} * 1000) {}

bool Patience::once_more() {
    if (std::exchange(first, false))
        return true;
    if (clock::steady() >= deadline)
        return false;
    guarded([&] {
        CHECK_FOR_INTERRUPTS();
        pg_usleep(static_cast<long>(pause_microseconds));
        CHECK_FOR_INTERRUPTS();
    });
    pause_microseconds = pause_microseconds * 2 > 2000 ? 2000 : pause_microseconds * 2;
    return true;
}

} // namespace boxoffice
