// When the calls of a history happen: at instants so far from every turn, at which an answer changes though nobody calls,
// that the answer does not depend on how long a call takes, and yet as near to one as a wait asks for.
#pragma once

#include <optional>
#include <vector>

#include "instant.h"

namespace boxoffice::histories {

class Timeline {
public:
    void wait(Duration duration);
    // To just before a turn or, with past, just after it; not at all without one.
    void wait_until(std::optional<Instant> turn, bool past);
    // The instant of the next call, later than all before; all turns are given.
    Instant next_call(std::vector<Instant> turns);
    // The next call is not before this.
    Instant earliest() const { return earliest_; }

private:
    Instant last_call_{};
    Instant earliest_{};
};

} // namespace boxoffice::histories
