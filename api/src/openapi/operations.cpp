#include "openapi/operations.h"

#include "openapi/problems.h"

namespace boxoffice::api::openapi_parts {

namespace {

struct Refusal {
    int status = 0; // 0: none
    std::string_view text = {};
};

struct Operation {
    std::string_view path, operation, summary, description, done, media_type;
    std::string_view schema; // in JSON
    Refusal refusal = {};    // beside too many requests
};

constexpr std::string_view text_schema = R"({"type":"string"})";

constexpr Operation operations[] = {
    {"/livez", "liveness", "Whether the process runs",
     "Restart it when this fails. It says nothing of the database: for that there is /readyz.", "it runs",
     "application/json",
     R"({"type":"object","required":["status"],"properties":{"status":{"type":"string","enum":["alive"]}},
         "examples":[{"status":"alive"}]})"},
    {"/readyz",
     "readiness",
     "Whether calls are answered",
     "It reaches the database, has keys of tokens and is not shutting down: send nothing there while this fails.",
     "it is ready; warnings names what of the setup lets queues stand still, or cannot be told",
     "application/json",
     R"({"type":"object","required":["status"],"properties":{"status":{"type":"string","enum":["ready"]},
         "warnings":{"type":"array","items":{"type":"string"}}},
         "examples":[{"status":"ready"},{"status":"ready","warnings":["worker"]}]})",
     {503, "the database cannot be reached at this moment"}},
    {"/metrics",
     "metrics",
     "Counts and times, in the format of Prometheus",
     "For the machine itself only: the front refuses others, and what came by a proxy.",
     "the metrics",
     "text/plain",
     text_schema,
     {403, "only for the machine itself"}},
    {"/openapi.json",
     "openapi_document",
     "This document",
     "It is made from the table of routes and from what the database says of its functions.",
     "the document",
     "application/json",
     R"({"type":"object","required":["openapi","info","paths"]})",
     {503, "the database was not reached so far, and it knows the outcomes"}},
    {"/docs", "documentation", "This document, for people",
     "Swagger UI, where the front was given it, else a plain page that leads to the document.", "a page", "text/html",
     text_schema},
    {"/docs/outcomes",
     "outcomes_page",
     "Every outcome: what it means and what to do",
     "The type of a problem leads here.",
     "a page",
     "text/html",
     text_schema,
     {503, "the database was not reached so far, and it knows the outcomes"}},
};

Value described(Builder& builder, const Operation& operation) {
    Value made = Builder::object();
    Value list = Builder::list();
    builder.append(list, builder.text(operations_tag));
    builder.put(made, "operationId", operation.operation)
        .put(made, "summary", operation.summary)
        .put(made, "description", operation.description)
        .put(made, "tags", std::move(list));
    Value responses = Builder::object();
    builder.put(responses, "200",
                builder.response(operation.done, operation.media_type, builder.json(operation.schema)));
    if (operation.refusal.status != 0) {
        builder.put(responses, std::to_string(operation.refusal.status),
                    plain_problem(builder, operation.refusal.status, operation.refusal.text));
    }
    builder.put(responses, "429", plain_problem(builder, 429, "too many requests"));
    builder.put(made, "responses", std::move(responses)).put(made, "security", Builder::list());
    return made;
}

} // namespace

void add_operations(Builder& builder, Value& paths) {
    for (const Operation& operation : operations) {
        Value item = Builder::object();
        builder.put(item, "get", described(builder, operation)).put(paths, operation.path, std::move(item));
    }
}

} // namespace boxoffice::api::openapi_parts
