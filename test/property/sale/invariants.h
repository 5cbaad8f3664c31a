// What must hold of a sale whatever the model says: written from its promises, not from its rules, so that an error made
// in both model and server is still found.
#pragma once

#include <string>

#include "answer.h"

namespace boxoffice::histories {

// The promise that is broken, in words; empty when all are kept.
std::string broken_promise(const Settings& settings, const Standing& standing);

} // namespace boxoffice::histories
