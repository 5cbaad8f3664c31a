// Search: which events have a text in their title, category, description or venue.
//
// Owns nothing and locks nothing. An event and a venue keep their folded text beside them (see text.h), in a column that
// PostgreSQL generates, and a GIN index has the grams of it. A text that many events have is found by looking at the newest
// events; one that few have by the index; only one that is neither reads more events than it returns, and folds none.
#pragma once

#include "pg/spi.h"

namespace boxoffice::search {

// The newest events below before_id that have this folded text, which is not empty: at most max_rows, newest first. Sees
// what the caller's own snapshot shows.
Numbers find_events(const std::string& folded, int64_t before_id, int32_t max_rows);

} // namespace boxoffice::search
