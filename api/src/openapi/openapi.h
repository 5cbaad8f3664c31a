// The description of the interface, made from the table of routes and from what the database says of its functions and
// outcomes: nothing in it is written a second time.
#pragma once

#include "base/database_catalogue.h"

#include <string>

namespace boxoffice::api {

// The OpenAPI 3.1 document, as JSON.
std::string openapi(const Catalogue& catalogue);

} // namespace boxoffice::api
