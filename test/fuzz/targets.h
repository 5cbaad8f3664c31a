// What of the gateway reads strangers' text, each part as a function that takes any bytes. It comes back whatever the
// bytes are, and throws std::logic_error where a promise of the part is broken: fuzz.cpp feeds it what libFuzzer makes up,
// and the unit tests what lies in corpus/.
#pragma once

#include <string_view>
#include <vector>

namespace boxoffice::api::fuzz {

struct Target {
    std::string_view name; // also of the folder in corpus/
    void (*read)(std::string_view bytes);
};

const std::vector<Target>& targets();

} // namespace boxoffice::api::fuzz
