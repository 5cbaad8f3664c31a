// From the rows of a function to the body of an answer.
#pragma once

#include "answers/answer.h"
#include "base/database.h"
#include "base/database_catalogue.h"
#include "lanes/call.h"

namespace boxoffice::api {

// The answer to a call whose function returned these rows.
Answer render(const Call& call, const PGresult* rows, const Catalogue& catalogue);

// Whether the answer is seat_busy and nothing else: the call would have had to wait for its own user's other call.
bool would_wait(const Route& route, const PGresult* rows);

} // namespace boxoffice::api
