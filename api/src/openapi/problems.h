// What can go wrong with an operation, as the responses of the OpenAPI document: which statuses, which outcomes under each,
// and an example of every one, written by the code that writes the real answers.
#pragma once

#include "base/database_catalogue.h"
#include "openapi/builder.h"
#include "routes/route.h"

namespace boxoffice::api::openapi_parts {

// Adds a response to `responses` for each status that is not a success.
void add_problems(Builder& builder, Value& responses, const Route& route, const Catalogue& catalogue);

// The response of a status without an outcome.
Value plain_problem(Builder& builder, int status, std::string_view text);

// The schema of all of them, with the columns that explain refusals.
Value problem_schema(Builder& builder, const Catalogue& catalogue);

} // namespace boxoffice::api::openapi_parts
