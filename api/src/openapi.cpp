#include "openapi.h"

#include "openapi_schemas.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <vector>

namespace boxoffice::api {

using namespace openapi_parts;

namespace {

std::string description_of(const Route& route, const Catalogue& catalogue) {
    const auto siblings = told_apart_by_body(route);
    std::string description;
    for (const Route* sibling : siblings) {
        const auto function = catalogue.functions.find(sibling->function);
        if (function == catalogue.functions.end()) {
            continue;
        }
        if (siblings.size() > 1) {
            description.append(description.empty() ? "" : "\n\n").append(sibling->function).append(": ");
        }
        description.append(function->second.comment);
    }
    return description;
}

// The refusals of a route by their status, and what can go wrong with every request.
std::map<int, std::string> problems_of(const Route& route, const Catalogue& catalogue) {
    std::map<int, std::string> problems{
        {400, "malformed input"}, {429, "too many requests"}, {500, "the gateway failed"}, {503, "not at this moment"}};
    const bool shows_jwt = route.who != Who::anyone && route.who != Who::token_bearer;
    if (shows_jwt) {
        problems[401] = "no JWT, or a bad one";
    }
    const bool for_administrators = route.who == Who::administrator || route.who == Who::self_or_administrator;
    if (for_administrators) {
        problems[403] = "not an administrator";
    }
    if (for_administrators && route.method != Method::get) {
        problems[404] = "not_found";
        problems[409] = "it exists already";
    }
    std::vector<std::string_view> refusals;
    for (const Route* sibling : told_apart_by_body(route)) {
        for (const std::string_view refusal : sibling->refusals) {
            if (std::find(refusals.begin(), refusals.end(), refusal) == refusals.end()) {
                refusals.push_back(refusal);
            }
        }
    }
    for (const std::string_view refusal : refusals) {
        const Outcome outcome = catalogue.outcome(refusal);
        std::string& text = problems[outcome.http_status];
        text.append(text.empty() ? "" : ", or ").append(outcome.name).append(": ").append(outcome.title);
    }
    return problems;
}

Value operation(Builder& builder, const Route& route, const Catalogue& catalogue) {
    Value made = Builder::object();
    builder.put(made, "operationId", route.function).put(made, "summary", route.summary);
    if (const std::string description = description_of(route, catalogue); !description.empty()) {
        builder.put(made, "description", description);
    }
    Value parameters = Builder::list();
    for (const Route& sibling : routes()) {
        if (sibling.method == route.method && sibling.path == route.path) {
            add_parameters(builder, parameters, sibling);
        }
    }
    builder.put(made, "parameters", std::move(parameters));
    if (Value schema = body_schemas(builder, route); !schema.IsNull()) {
        Value body = Builder::object();
        builder.put(body, "required", Value(true))
            .put(body, "content", builder.content("application/json", std::move(schema)));
        builder.put(made, "requestBody", std::move(body));
    }
    Value responses = Builder::object();
    builder.put(responses, route.location.empty() ? "200" : "201",
                builder.response("done", "application/json", answer_schema(builder, route, catalogue)));
    if (route.shared) {
        builder.put(responses, "304", builder.response("the same as with the ETag in If-None-Match"));
    }
    for (const auto& [status, text] : problems_of(route, catalogue)) {
        builder.put(responses, std::to_string(status),
                    builder.response(text, "application/problem+json", builder.reference("Problem")));
    }
    builder.put(made, "responses", std::move(responses));
    if (route.who != Who::anyone) {
        Value need = Builder::object();
        builder.put(need, route.who == Who::token_bearer ? "queueToken" : "user", Builder::list());
        Value security = Builder::list();
        builder.append(security, std::move(need)).put(made, "security", std::move(security));
    }
    return made;
}

std::string lower(std::string_view text) {
    std::string result(text);
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char each) { return static_cast<char>(std::tolower(each)); });
    return result;
}

// Rows that share method and path are one operation here: that of the last, which has no condition.
Value paths(Builder& builder, const Catalogue& catalogue) {
    std::map<std::string_view, std::map<Method, const Route*>> by_path;
    for (const Route& route : routes()) {
        by_path[route.path][route.method] = &route;
    }
    Value paths = Builder::object();
    for (const auto& [path, methods] : by_path) {
        Value item = Builder::object();
        for (const auto& [method, route] : methods) {
            builder.put(item, lower(name_of(method)), operation(builder, *route, catalogue));
        }
        builder.put(paths, path, std::move(item));
    }
    return paths;
}

// What the front answers by itself: messages as they are published.
void add_live_path(Builder& builder, Value& paths, std::string_view path, std::string_view parameter,
                   std::string_view summary) {
    Value made = Builder::object();
    builder.put(made, "operationId", "live_" + std::string(parameter.substr(0, parameter.find('_'))))
        .put(made, "summary", summary);
    Value parameters = Builder::list();
    add_parameter(builder, parameters, parameter, "path", true, schema_of(builder, "bigint", false));
    builder.put(made, "parameters", std::move(parameters));
    Value text = Builder::object();
    builder.put(text, "type", "string");
    Value responses = Builder::object();
    builder.put(
        responses, "200",
        builder.response("server-sent events; also a WebSocket or a long poll", "text/event-stream", std::move(text)));
    builder.put(made, "responses", std::move(responses));
    Value item = Builder::object();
    builder.put(item, "get", std::move(made)).put(paths, path, std::move(item));
}

Value security_schemes(Builder& builder) {
    Value user = Builder::object();
    builder.put(user, "type", "http").put(user, "scheme", "bearer").put(user, "bearerFormat", "JWT");
    Value token = Builder::object();
    builder.put(token, "type", "apiKey").put(token, "in", "header").put(token, "name", "Queue-Token");
    Value schemes = Builder::object();
    builder.put(schemes, "user", std::move(user)).put(schemes, "queueToken", std::move(token));
    return schemes;
}

} // namespace

std::string openapi(const Catalogue& catalogue) {
    Builder builder;
    Value info = Builder::object();
    builder.put(info, "title", "boxoffice").put(info, "version", "1");
    builder.put(info, "description",
                "Sells scarce things to crowds without ever selling one twice. Money is in minor units.");
    Value server = Builder::object();
    builder.put(server, "url", "/");
    Value servers = Builder::list();
    builder.append(servers, std::move(server));
    Value all = paths(builder, catalogue);
    add_live_path(builder, all, "/v1/live/slots/{slot_id}", "slot_id", "Seats as they change");
    add_live_path(builder, all, "/v1/live/queues/{queue_id}", "queue_id",
                  "How far a queue is, twice a second while it moves");
    Value schemas = Builder::object();
    builder.put(schemas, "Problem", problem_schema(builder, catalogue));
    Value components = Builder::object();
    builder.put(components, "schemas", std::move(schemas))
        .put(components, "securitySchemes", security_schemes(builder));
    Value document = Builder::object();
    builder.put(document, "openapi", "3.1.0")
        .put(document, "info", std::move(info))
        .put(document, "servers", std::move(servers));
    builder.put(document, "paths", std::move(all)).put(document, "components", std::move(components));
    return json_text(document);
}

} // namespace boxoffice::api
