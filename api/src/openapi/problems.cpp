#include "openapi/problems.h"

#include "answers/answer.h"
#include "openapi/schemas.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace boxoffice::api::openapi_parts {

namespace {

// What explains a refusal: a column of the operation's row, with an example in JSON.
struct Explanation {
    std::string_view outcome, column, example;
};

constexpr Explanation explanations[] = {
    {"seat_taken", "refused_seat_ids", "[2]"},         {"insufficient_balance", "balance", "1000"},
    {"limit_exceeded", "balance", "9007199254740991"}, {"already_claimed", "claim_id", "7"},
    {"already_claimed", "claim_number", "3"},          {"already_claimed", "expires_at", R"("2099-12-31T23:00:00Z")"},
    {"not_found", "refused_seat_ids", "[101]"},        {"seat_busy", "refused_seat_ids", "[2]"},
};

const Column* column_of(const Catalogue& catalogue, std::string_view function, std::string_view name) {
    const auto found = catalogue.functions.find(function);
    if (found == catalogue.functions.end()) {
        return nullptr;
    }
    const std::vector<Column>& columns = found->second.columns;
    const auto column =
        std::find_if(columns.begin(), columns.end(), [&](const Column& each) { return each.name == name; });
    return column == columns.end() ? nullptr : &*column;
}

// The members that explain the outcome of the function, as text inside an object.
std::string explaining_members(const Catalogue& catalogue, std::string_view function, std::string_view outcome) {
    std::string members;
    for (const Explanation& each : explanations) {
        if (each.outcome == outcome && column_of(catalogue, function, each.column) != nullptr) {
            members.append(members.empty() ? "" : ",").append("\"").append(each.column).append("\":");
            members.append(each.example);
        }
    }
    return members;
}

struct Refusal {
    Outcome outcome;
    std::string_view function;
    bool raised = false; // instead of answered
};

struct Response {
    std::string text; // of what has no outcome; empty: nothing has none
    std::vector<Refusal> refusals = {};
};

// Functions that make and change things raise, and list no refusals.
bool changes_as_administrator(const Route& route) {
    return route.who == Who::administrator && route.method != Method::get;
}

// What can go wrong with every request of this kind, without an outcome.
std::map<int, Response> general_responses(const Route& route) {
    std::map<int, Response> responses{{400, {"malformed input"}},
                                      {403, {"the gateway's role in the database may not do this"}},
                                      {429, {"too many requests"}},
                                      {500, {"the gateway failed"}},
                                      {503, {"not at this moment"}}};
    if (route.who != Who::anyone && route.who != Who::token_bearer) {
        responses[401] = {"no JWT, or a bad one"};
    }
    if (route.who == Who::token_bearer) {
        responses[403].text = "no Queue-Token, or " + responses[403].text;
    }
    if (route.who == Who::administrator || route.who == Who::self_or_administrator) {
        responses[403].text = "not an administrator, or " + responses[403].text;
    }
    if (changes_as_administrator(route)) {
        responses[409] = {"it exists already"};
    }
    if (route.method != Method::get) {
        responses[412] = {"If-Match or If-Unmodified-Since: a write takes no condition, and nothing was done"};
    }
    if (has_body(route)) {
        responses[413] = {"the body is too long"};
        responses[415] = {"the body is not said to be JSON"};
    }
    return responses;
}

// Refusals by their status, each once.
void add_refusals(std::map<int, Response>& responses, const Route& route, const Catalogue& catalogue) {
    const auto add = [&](std::string_view name, std::string_view function, bool raised) {
        const Outcome outcome = catalogue.outcome(name);
        std::vector<Refusal>& refusals = responses[outcome.http_status].refusals;
        if (std::none_of(refusals.begin(), refusals.end(),
                         [&](const Refusal& each) { return each.outcome.name == name; })) {
            refusals.push_back({outcome, function, raised});
        }
    };
    for (const Route* sibling : told_apart_by_body(route)) {
        for (const std::string_view refusal : sibling->refusals) {
            add(refusal, sibling->function, false);
        }
    }
    if (changes_as_administrator(route)) {
        add("not_found", route.function, true);
    }
}

std::string description_of(const Response& response) {
    std::string text = response.text;
    for (const Refusal& each : response.refusals) {
        text.append(text.empty() ? "" : "\n\n").append(each.outcome.name);
        text.append(each.raised ? "" : ": " + each.outcome.title);
    }
    return text;
}

// The one that is sent for a status without an outcome.
Answer plain_answer(int status, std::string_view text) {
    return status == 503 ? unavailable("the database cannot do this at this moment") : problem(status, text);
}

Value example(Builder& builder, const Answer& answer) {
    Value made = Builder::object();
    builder.put(made, "value", builder.json(answer.body));
    return made;
}

Value examples_of(Builder& builder, int status, const Response& response, const Catalogue& catalogue) {
    Value examples = Builder::object();
    for (const Refusal& each : response.refusals) {
        builder.put(examples, each.outcome.name,
                    example(builder, refusal(each.outcome, "",
                                             explaining_members(catalogue, each.function, each.outcome.name))));
    }
    if (!response.text.empty()) {
        builder.put(examples, "without_outcome", example(builder, plain_answer(status, response.text)));
    }
    return examples;
}

// A problem whose outcome, where it has one, is one of these.
Value schema_of_refusals(Builder& builder, const std::vector<Refusal>& refusals) {
    if (refusals.empty()) {
        return builder.reference("Problem");
    }
    Value names = Builder::list();
    for (const Refusal& each : refusals) {
        builder.append(names, builder.text(each.outcome.name));
    }
    Value outcome = Builder::object();
    builder.put(outcome, "type", "string").put(outcome, "enum", std::move(names));
    Value properties = Builder::object();
    builder.put(properties, "outcome", std::move(outcome));
    Value narrowed = Builder::object();
    builder.put(narrowed, "type", "object").put(narrowed, "properties", std::move(properties));
    Value both = Builder::list();
    builder.append(both, builder.reference("Problem")).append(both, std::move(narrowed));
    Value schema = Builder::object();
    builder.put(schema, "allOf", std::move(both));
    return schema;
}

} // namespace

void add_problems(Builder& builder, Value& responses, const Route& route, const Catalogue& catalogue) {
    std::map<int, Response> problems = general_responses(route);
    add_refusals(problems, route, catalogue);
    for (const auto& [status, response] : problems) {
        builder.put(responses, std::to_string(status),
                    builder.response(description_of(response), "application/problem+json",
                                     schema_of_refusals(builder, response.refusals),
                                     examples_of(builder, status, response, catalogue)));
    }
}

Value plain_problem(Builder& builder, int status, std::string_view text) {
    Value examples = Builder::object();
    builder.put(examples, "without_outcome", example(builder, plain_answer(status, text)));
    return builder.response(text, "application/problem+json", builder.reference("Problem"), std::move(examples));
}

Value problem_schema(Builder& builder, const Catalogue& catalogue) {
    Value outcome = schema_of(builder, "text", false);
    builder.put(outcome, "description",
                "which refusal it is, see /docs/outcomes; each operation lists those it can answer; one that is not "
                "known is final; an error has none");
    Value properties = Builder::object();
    for (const char* name : {"type", "title", "detail"}) {
        builder.put(properties, name, schema_of(builder, "text", false));
    }
    builder.put(properties, "status", schema_of(builder, "integer", false))
        .put(properties, "outcome", std::move(outcome));
    Value retry_after = schema_of(builder, "integer", false);
    builder.put(retry_after, "description", "seconds, as in Retry-After: where it makes sense to ask again");
    builder.put(properties, "retry_after", std::move(retry_after));
    for (const Explanation& each : explanations) {
        for (const auto& [name, function] : catalogue.functions) {
            const Column* column = column_of(catalogue, name, each.column);
            if (column != nullptr && !properties.HasMember(std::string(each.column))) {
                Value schema = schema_of(builder, column->type, false);
                builder.put(schema, "description", "explains the outcome " + std::string(each.outcome));
                builder.put(properties, each.column, std::move(schema));
            }
        }
    }
    Value required = Builder::list();
    for (const char* name : {"type", "title", "status", "detail"}) {
        builder.append(required, builder.text(name));
    }
    Value schema = Builder::object();
    builder.put(schema, "type", "object")
        .put(schema, "properties", std::move(properties))
        .put(schema, "required", std::move(required));
    return schema;
}

} // namespace boxoffice::api::openapi_parts
