// The HTTP side, on Pistache: takes requests, sends answers, and knows nothing of what they mean.
#pragma once

#include "base/configuration.h"
#include "http/dispatcher.h"

#include <memory>

namespace boxoffice::api {

// Serves until SIGTERM or SIGINT, then ends in order; rereads the keys on SIGHUP. Returns the exit status. Throws
// ConfigurationError.
int serve(const Configuration& configuration);

} // namespace boxoffice::api
