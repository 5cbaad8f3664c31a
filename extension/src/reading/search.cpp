#include "reading/search.h"

#include "base/text.h"

#include <algorithm>
#include <limits>

namespace boxoffice::search {

namespace {

using Grams = SeatIds;

constinit spi::Plan<std::string, int64_t, int64_t, int32_t> look_at_newest{
    "SELECT newest.event_id FROM (SELECT event_id, search_text, venue_id FROM boxoffice.event WHERE event_id < $2"
    "     ORDER BY event_id DESC LIMIT $3) newest"
    " LEFT JOIN boxoffice.venue v USING (venue_id)"
    " WHERE strpos(newest.search_text, $1) > 0 OR strpos(v.search_text, $1) > 0"
    " ORDER BY newest.event_id DESC LIMIT $4"};

// before_id is compared in a way that no index serves, so that the index of the grams does.
constinit spi::Plan<std::string, Grams, int64_t, int32_t> find_by_text{
    "SELECT event_id, strpos(search_text, $1) > 0 FROM (SELECT event_id, search_text FROM boxoffice.event"
    "     WHERE boxoffice.cut_grams(search_text) @> $2 AND (event_id < $3) IS TRUE LIMIT $4) candidate",
    spi::Access::by_bitmap};
constinit spi::Plan<std::string, Grams, int32_t> find_venues{
    "SELECT venue_id, strpos(search_text, $1) > 0 FROM (SELECT venue_id, search_text FROM boxoffice.venue"
    "     WHERE boxoffice.cut_grams(search_text) @> $2 LIMIT $3) candidate",
    spi::Access::by_bitmap};
constinit spi::Plan<Numbers, int64_t, int32_t> find_by_venues{
    "SELECT event_id, true FROM boxoffice.event WHERE venue_id = ANY ($1) AND (event_id < $2) IS TRUE LIMIT $3",
    spi::Access::by_bitmap};

// As many of the newest are looked at first, for each event that is wanted.
constexpr int64_t first_look = 4;
// More candidates than this are not looked at: so many that a walk from the newest on meets enough of them soon.
constexpr int32_t most_candidates = 1000;

Numbers numbers_of(const spi::Rows& rows) {
    Numbers numbers;
    for (const spi::Row row : rows)
        numbers.push_back(row.first<int64_t>());
    return numbers;
}

// Adds the candidates that are right; false when there are too many to know them all.
bool add_found(const spi::Rows& candidates, Numbers& found) {
    for (const spi::Row row : candidates) {
        const auto [id, right] = row.columns<int64_t, bool>();
        if (right)
            found.push_back(id);
    }
    return candidates.size() < most_candidates;
}

// Every event that has the text, in no order; nothing when there are too many.
std::optional<Numbers> find_by_index(const std::string& folded, int64_t before_id) {
    const Grams grams = text::grams_to_find(folded);
    Numbers found, venues;
    if (!add_found(find_by_text.read(folded, grams, before_id, most_candidates), found) ||
        !add_found(find_venues.read(folded, grams, most_candidates), venues) ||
        (!venues.empty() && !add_found(find_by_venues.read(venues, before_id, most_candidates), found)))
        return std::nullopt;
    return found;
}

Numbers newest_of(Numbers found, int32_t max_rows) {
    std::sort(found.begin(), found.end(), std::greater<>());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    found.resize(std::min(found.size(), static_cast<std::size_t>(max_rows)));
    return found;
}

} // namespace

Numbers find_events(const std::string& folded, int64_t before_id, int32_t max_rows) {
    auto found = numbers_of(look_at_newest.read(folded, before_id, max_rows * first_look, max_rows));
    if (found.size() == static_cast<std::size_t>(max_rows))
        return found;
    if (auto all = find_by_index(folded, before_id))
        return newest_of(std::move(*all), max_rows);
    return numbers_of(look_at_newest.read(folded, before_id, std::numeric_limits<int64_t>::max(), max_rows));
}

} // namespace boxoffice::search
