#include "pg/visibility.h"

#include <algorithm>

namespace boxoffice {

namespace {

constinit spi::Plan<> current_snapshot{"SELECT pg_current_snapshot()"};

void hide(Visibility& visibility, uint64_t transaction) {
    auto& running = visibility.running;
    const auto place = std::lower_bound(running.begin(), running.end(), transaction);
    if (transaction < visibility.end && (place == running.end() || *place != transaction))
        running.insert(place, transaction);
}

} // namespace

Visibility Visibility::of(const spi::FreshSnapshot& snapshot) {
    Visibility visibility = current_snapshot.read(snapshot)[0].first<Visibility>();
    // PostgreSQL leaves the transaction that asks out of those that run
    const FullTransactionId own = GetTopFullTransactionIdIfAny();
    if (FullTransactionIdIsValid(own))
        hide(visibility, U64FromFullTransactionId(own));
    return visibility;
}

void Visibility::narrow_to(const Visibility& other) {
    end = std::min(end, other.end);
    for (const uint64_t transaction : other.running)
        hide(*this, transaction);
    running.erase(std::lower_bound(running.begin(), running.end(), end), running.end());
}

// As pg_snapshot is written: xmin:xmax:running,running
Datum Codec<Visibility>::to_datum(const Visibility& value) {
    StringInfoData text;
    initStringInfo(&text);
    appendStringInfo(&text, UINT64_FORMAT ":" UINT64_FORMAT ":",
                     value.running.empty() ? value.end : value.running.front(), value.end);
    for (std::size_t i = 0; i < value.running.size(); ++i)
        appendStringInfo(&text, i == 0 ? UINT64_FORMAT : "," UINT64_FORMAT, value.running[i]);
    return DirectFunctionCall1(pg_snapshot_in, CStringGetDatum(text.data));
}

Visibility Codec<Visibility>::from_datum(Datum datum) {
    const char* position = guarded([&] { return DatumGetCString(DirectFunctionCall1(pg_snapshot_out, datum)); });
    const auto next = [&position] {
        char* after = nullptr;
        const uint64_t number = std::strtoull(position, &after, 10);
        position = *after == '\0' ? after : after + 1;
        return number;
    };
    next();
    Visibility visibility{next(), {}};
    while (*position != '\0')
        visibility.running.push_back(next());
    return visibility;
}

} // namespace boxoffice
