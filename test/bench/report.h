// The table at the end, and the verdict.
#pragma once

#include "audit.h"
#include "hall.h"
#include "options.h"
#include "tally.h"

namespace boxoffice::crowd {

// Prints what happened; then what is wrong, if anything is. True when all is well.
bool report(const Options& options, const Look& look, double seconds, Tally& tally, const Findings& findings);

} // namespace boxoffice::crowd
