// Random histories, made by rapidcheck so that one that fails shrinks to a small one that fails, too.
#pragma once

#include <rapidcheck.h>

#include <cstdint>

#include "history.h"

namespace boxoffice::histories {

// The history of a seed, always the same one, and the smaller ones to try when it fails.
rc::Shrinkable<History> history_of_seed(std::uint64_t seed);

} // namespace boxoffice::histories
