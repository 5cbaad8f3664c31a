// Bodies of requests that can be sent as they stand, for people who try an operation out, and for those who read. A test
// sends each of them.
#pragma once

#include "openapi/builder.h"
#include "routes/route.h"

namespace boxoffice::api::openapi_parts {

// The body for the route, as an object.
Value example_body(Builder& builder, const Route& route);

} // namespace boxoffice::api::openapi_parts
