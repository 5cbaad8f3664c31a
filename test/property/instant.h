// Time as histories count it: from their beginning, which is a whole second of the server's clock.
#pragma once

#include <chrono>
#include <string>

namespace boxoffice::histories {

using Duration = std::chrono::milliseconds;
using Instant = std::chrono::milliseconds;

// The clock of a server runs on while a call is under way: what the model dates to an instant happens on a server less
// than this later. No call may come nearer than this to a boundary, and a call that took longer proves nothing.
constexpr Duration call_window{100};

// "12.350 s"
std::string describe(Instant instant);

// One function for each alternative of a variant.
template <typename... Functions>
struct Each : Functions... {
    using Functions::operator()...;
};
template <typename... Functions>
Each(Functions...) -> Each<Functions...>;

} // namespace boxoffice::histories
