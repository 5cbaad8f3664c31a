// A small random generator (SplitMix64): one per buyer, so that what a buyer wants depends on the seed and the buyer's
// number only, never on which thread came first.
#pragma once

#include <cstdint>
#include <limits>

namespace boxoffice::crowd {

class Random {
public:
    using result_type = std::uint64_t;

    explicit Random(std::uint64_t seed) : state_(seed) {}
    // The generator of the `stream`-th of many with a common seed.
    Random(std::uint64_t seed, std::uint64_t stream) : state_(Random(seed ^ (stream << 32))() + stream) {}

    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

    result_type operator()() {
        state_ += 0x9e3779b97f4a7c15u;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
        return mixed ^ (mixed >> 31);
    }

    // Evenly distributed in [least, most).
    double between(double least, double most) {
        constexpr double unit = 1.0 / 9007199254740992.0; // 2^-53: a double holds 53 bits
        return least + (most - least) * (static_cast<double>((*this)() >> 11) * unit);
    }

    // True with this probability.
    bool chance(double probability) { return between(0, 1) < probability; }

private:
    std::uint64_t state_;
};

} // namespace boxoffice::crowd
