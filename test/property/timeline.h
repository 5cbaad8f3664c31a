// When the calls of a history happen: at instants so far from every boundary that the answer does not depend on how
// long a call takes, and yet as near to one as a wait asks for.
#pragma once

#include <vector>

#include "answer.h"
#include "history.h"
#include "model.h"

namespace boxoffice::histories {

class Timeline {
public:
    void wait(Duration duration);
    void wait_until(Boundary boundary, bool past, const std::vector<Model>& models);
    // The instant of the next call, later than all before.
    Instant next_call(const std::vector<Model>& models);

private:
    Instant last_call_{};
    Instant earliest_{}; // for the next call
};

} // namespace boxoffice::histories
