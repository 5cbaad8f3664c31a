// Where `boxofficed live` listens.
#pragma once

#include "base/configuration.h"

#include <unistd.h>

#include <utility>

namespace boxoffice::api {

// Owns a file descriptor; negative: none.
class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) {
            close(number_);
        }
    }
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;

    int get() const { return number_; }

private:
    int number_;
};

// A socket that takes connections and does not block. Throws std::runtime_error with the reason, for instance that another
// process listens there; a socket that a killed one has left is replaced.
Descriptor listen_at(const LivePlace& place);

} // namespace boxoffice::api
