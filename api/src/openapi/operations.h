// The addresses that have no function behind them: what machines watch, and the documentation itself.
#pragma once

#include "openapi/builder.h"

namespace boxoffice::api::openapi_parts {

// Their tag, and what it is about.
constexpr std::string_view operations_tag = "operations";
constexpr std::string_view operations_description =
    "How the gateway is, and what it says of itself: no token is needed.";

// Adds each of them to `paths`.
void add_operations(Builder& builder, Value& paths);

} // namespace boxoffice::api::openapi_parts
