// A page of a list.
#pragma once

#include <cstdint>
#include <optional>

namespace boxoffice {

// Of a list that is newest first: what comes before an id, the last one of the page before.
struct Page {
    std::optional<int64_t> before_id;
    int32_t max_rows;
};

// Of a list in its own order: what comes after an id.
struct NextPage {
    std::optional<int64_t> after_id;
    int32_t max_rows;
};

} // namespace boxoffice
