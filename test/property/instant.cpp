#include "instant.h"

#include <array>
#include <cstdio>

namespace boxoffice::histories {

std::string describe(Instant instant) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f s", static_cast<double>(instant.count()) / 1000);
    return text.data();
}

} // namespace boxoffice::histories
