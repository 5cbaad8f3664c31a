// Changing some columns of a row: a value that the caller leaves out stays as it is.
#pragma once

#include <optional>

namespace boxoffice {

template <typename Value>
void merge(std::optional<Value>& stored, const std::optional<Value>& change) {
    if (change)
        stored = change;
}

// A limit that the change lifts becomes no limit.
template <typename Value>
void merge_limit(std::optional<Value>& stored, const std::optional<Value>& change, const Value& lifted) {
    merge(stored, change);
    if (change && *change == lifted)
        stored.reset();
}

} // namespace boxoffice
