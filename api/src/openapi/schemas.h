// What goes in and what comes out of an operation, as the schemas of the OpenAPI document.
#pragma once

#include "base/database_catalogue.h"
#include "openapi/builder.h"
#include "routes/route.h"

#include <vector>

namespace boxoffice::api::openapi_parts {

// The JSON Schema of an SQL type.
Value schema_of(Builder& builder, std::string_view type, bool nullable);

// What the route answers with success.
Value answer_schema(Builder& builder, const Route& route, const Catalogue& catalogue);

// The parameters that do not come in the body; of those that several rows of one address share, one.
void add_parameter(Builder& builder, Value& parameters, std::string_view name, std::string_view place, bool required,
                   Value schema);
void add_parameters(Builder& builder, Value& parameters, const Route& route);

// The rows that one operation stands for because they differ by the body only; the route itself is the last of them.
std::vector<const Route*> told_apart_by_body(const Route& route);
// Whether one of them reads a body.
bool has_body(const Route& route);
// Null where the route reads no body; one schema for each row, where there are several.
Value body_schemas(Builder& builder, const Route& route);

} // namespace boxoffice::api::openapi_parts
