// Entry points: text as people read it. Immutable: columns and indexes are made of them.

#include "base/row.h"
#include "base/text.h"

namespace boxoffice::functions {

Datum fold_text(FunctionCallInfo call) {
    if (GetDatabaseEncoding() != PG_UTF8)
        throw Failure{ERRCODE_FEATURE_NOT_SUPPORTED, "boxoffice needs a database with encoding UTF8",
                      std::string("This one has ") + GetDatabaseEncodingName() + ".",
                      "Make one with CREATE DATABASE .. ENCODING 'UTF8' TEMPLATE template0; any locale will do."};
    const std::string folded = text::folded(Arguments(call).required<std::string>(0, "value"));
    return guarded([&] { return Codec<std::string>::to_datum(folded); });
}

Datum cut_grams(FunctionCallInfo call) {
    const SeatIds grams = text::grams(Arguments(call).required<std::string>(0, "value"));
    return guarded([&] { return Codec<SeatIds>::to_datum(grams); });
}

} // namespace boxoffice::functions

BOXOFFICE_FUNCTION(fold_text)
BOXOFFICE_FUNCTION(cut_grams)
