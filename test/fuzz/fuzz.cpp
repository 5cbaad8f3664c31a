// The entry of libFuzzer: BOXOFFICE_FUZZ names the target.
#include "targets.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>

namespace {

using boxoffice::api::fuzz::Target;

const Target& chosen() {
    const char* const name = std::getenv("BOXOFFICE_FUZZ");
    const auto& targets = boxoffice::api::fuzz::targets();
    const auto found = std::find_if(targets.begin(), targets.end(),
                                    [&](const Target& target) { return name != nullptr && target.name == name; });
    if (found == targets.end()) {
        std::cerr << "BOXOFFICE_FUZZ must name a target:";
        for (const Target& target : targets) {
            std::cerr << ' ' << target.name;
        }
        std::cerr << '\n';
        std::exit(2);
    }
    return *found;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const Target& target = chosen();
    target.read({reinterpret_cast<const char*>(bytes), size});
    return 0;
}
