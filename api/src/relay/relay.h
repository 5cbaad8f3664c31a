// The relay: tells browsers what changes. Reads the outbox and how far queues are, and publishes both through the front.
//
// At least once  seats are read, published and only then committed as read: a relay that dies in between, or a publisher
//                that is dead, leaves them to be read again. They say what the seats are at that time, so hearing it
//                twice does no harm.
// Two relays     the database lets one at a time read; the other takes over when it is gone.
#pragma once

#include "base/configuration.h"

namespace boxoffice::api {

// Relays until SIGTERM or SIGINT, whatever becomes of the database and the publisher. Returns the exit status.
int relay(const Configuration& configuration);

} // namespace boxoffice::api
