// A setting, or a file that a setting names, with which the gateway cannot work.
#pragma once

#include <stdexcept>

namespace boxoffice::api {

// what() names the setting or the file, says what is wrong with it and what to do.
struct ConfigurationError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

} // namespace boxoffice::api
