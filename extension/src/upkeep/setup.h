// Whether the server around is set up as it should be for a sale.
//
// Owns nothing and locks nothing: it reads settings, catalogues and the state of the worker.
#pragma once

#include "pg/spi.h"

namespace boxoffice::setup {

// One row for each thing that is looked at: its name, whether it is right, what was found and, where it is not right, what
// to do.
spi::Rows check();

} // namespace boxoffice::setup
