// What an answer can be, as a page for people: the types of problems point here.
#pragma once

#include "base/database_catalogue.h"

#include <string>

namespace boxoffice::api {

std::string outcomes_page(const Catalogue& catalogue);

} // namespace boxoffice::api
