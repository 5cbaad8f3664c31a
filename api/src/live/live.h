// boxofficed live: passes what the relay publishes on to whoever listens, by server-sent events, WebSocket or long poll.
//
// It listens where `publisher` says, for the relay and the front only: the front makes every request of a stranger anew,
// so that only three forms of it arrive, and what strangers send over an open WebSocket.
//   POST /publish/slots/7     a message for all who listen to slots/7
//   GET  /live/slots/7        listens: a WebSocket if it asks for one, events if it accepts text/event-stream, else a poll
// One thread; nothing blocks. Messages are kept as long as an answer can be old that somebody reads after beginning
// to listen, and no longer: who does not read in time is disconnected, and who comes back asks for the state. A listener has
// at most 256 messages waiting besides those of before it came; all listeners of a channel share them.
#pragma once

#include "base/configuration.h"

namespace boxoffice::api {

// Serves until SIGTERM or SIGINT; returns the exit status.
int live(const Configuration& configuration);

} // namespace boxoffice::api
