// Text as people read it, whatever the locale of the database: two texts that look alike are found alike. By ICU; text is UTF-8.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace boxoffice::text {

// What search compares. NFKC with full case folding, and without characters that nobody sees (soft hyphens, joiners): a
// composed and a decomposed letter are one, so are a wide and a narrow one, a no-break space and a space, ss and the sharp
// s, the two small sigmas. i with and without its dot are one letter as well, because Turkish pairs I with the dotless one,
// which folding alone would set apart. Folded text folds to itself. Columns keep folded text: Unicode promises that a
// character keeps its folding once it is assigned.
std::string folded(const std::string& value);

// A text whose every pair of three neighbouring characters, of two, and every single one, becomes a number; ascending, each
// once. A text contains another only if it has all of the other's grams_to_find.
std::vector<int32_t> grams(const std::string& value);
// The numbers that a text must have to contain this one: of its neighbours by three, if it has as many characters, else by
// two, else the one. Numbers of different neighbours may be the same, so what has them all must still be looked at.
std::vector<int32_t> grams_to_find(const std::string& value);

} // namespace boxoffice::text
