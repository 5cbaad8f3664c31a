#include "http/dispatcher.h"

#include "base/log.h"
#include "base/pooler.h"
#include "openapi/openapi.h"
#include "openapi/outcomes_page.h"
#include "routes/router.h"

#include <algorithm>
#include <ctime>

namespace boxoffice::api {

namespace {

constexpr std::size_t remembered_tokens = 100000;
constexpr std::string_view bearer = "Bearer ";
// What is asked for here has no function behind it.
constexpr std::string_view own_paths[] = {"/livez", "/readyz", "/metrics", "/openapi.json", "/docs/outcomes"};
constexpr std::string_view metrics_type = "text/plain; version=0.0.4";

bool same_ignoring_case(std::string_view one, std::string_view other) {
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [](char left, char right) { return (left | 0x20) == (right | 0x20); });
}

// The token of an Authorization header; empty where it shows none.
std::string_view bearer_token(const Request& request) {
    const std::string_view text = request.authorization ? *request.authorization : std::string_view();
    const bool is_bearer = text.size() > bearer.size() && same_ignoring_case(text.substr(0, bearer.size()), bearer);
    return is_bearer ? text.substr(std::min(text.size(), text.find_first_not_of(' ', bearer.size())))
                     : std::string_view();
}

// Whose call it is, to order calls by: the user or the token that it is about, else who asks, if that is known.
std::string order_of(const Route& route, const std::vector<Value>& values, const Caller& caller) {
    for (std::size_t at = 0; at < values.size(); ++at) {
        const Parameter& parameter = route.parameters[at];
        const bool orders = parameter.name == "user_id" || parameter.name == "token";
        if (orders && values[at]) {
            return *values[at];
        }
    }
    return caller.user;
}

// Under allow_self_credit a user may leave out user_id, and may name nobody else.
void require_self(Parts& parts) {
    if (!parts.body) {
        return;
    }
    if (!parts.body->HasMember("user_id")) {
        parts.body->AddMember("user_id", rapidjson::Value(parts.caller.user, parts.body->GetAllocator()),
                              parts.body->GetAllocator());
        return;
    }
    const rapidjson::Value& user_id = (*parts.body)["user_id"];
    if (!user_id.IsString() || user_id.GetString() != parts.caller.user) {
        throw Problem(403, "only an administrator may change the balance of another user");
    }
}

Answer invalid_token(const BadToken& bad) {
    Answer answer = problem(401, bad.what());
    answer.challenge += std::string(R"(, error="invalid_token", error_description=")") + bad.what() + "\"";
    return answer;
}

// Nothing here has a version or a date that a condition could be held against: what was to be done only under one is not
// done. To a read the condition would make no difference that matters.
void refuse_condition(const Request& request) {
    if (request.method != Method::get && !request.condition.empty()) {
        throw Problem(412, "the header " + std::string(request.condition) +
                               " states a condition, and a write takes none here; nothing was done: leave it out");
    }
}

// 405 where the address is known, with all the methods that it takes; else 404.
Answer refuse_address(std::string_view path, std::string allowed) {
    if (std::find(std::begin(own_paths), std::end(own_paths), path) != std::end(own_paths)) {
        allowed = "GET, HEAD";
    }
    if (allowed.empty()) {
        return problem(404, "there is nothing at this address; /openapi.json lists what there is");
    }
    Answer answer = problem(405, "this address takes " + allowed);
    answer.allow = std::move(allowed);
    return answer;
}

} // namespace

Dispatcher::Dispatcher(const Configuration& configuration, std::shared_ptr<const KeyRing> keys, Lanes& lanes,
                       Metrics& metrics)
    : configuration_(configuration), tokens_(std::move(keys), remembered_tokens), lanes_(lanes), metrics_(metrics),
      shared_(std::make_shared<SharedAnswers>(std::chrono::milliseconds(configuration.cache_ms))) {}

void Dispatcher::dispatch(const Request& request, std::unique_ptr<Respondent> respondent) {
    try {
        if (std::optional<Answer> answer = own_answer(request)) {
            respondent->answer(std::move(*answer), "");
        } else {
            forward(request, respondent);
        }
    } catch (const Problem& refused) {
        respondent->answer(problem(refused.status, refused.what()), "");
    } catch (const UnknownKey& unknown) {
        respondent->answer(refusal_of(unknown), "");
    } catch (const BadToken& bad) {
        respondent->answer(invalid_token(bad), "");
    } catch (const std::exception& failed) {
        log::error(std::string("a request could not be read: ") + failed.what(), request.id);
        if (respondent) {
            respondent->answer(
                problem(500,
                        "the request could not be carried out; the log of the gateway says why, under its request id"),
                "");
        }
    }
}

// The respondent is left where it is until nothing can go wrong any more.
void Dispatcher::forward(const Request& request, std::unique_ptr<Respondent>& respondent) {
    const Match found = match(request.method, request.path);
    if (found.candidates.empty()) {
        respondent->answer(refuse_address(request.path, found.allowed), "");
        return;
    }
    respondent->route = found.candidates.back();
    Parts parts{
        .request = request, .path_values = found.path_values, .caller = caller_of(*found.candidates.back(), request)};
    refuse_condition(request);
    parts.body = read_body(request);
    const Route* route = choose(found, request, parts.body);
    route = route == nullptr ? found.candidates.back() : route;
    respondent->route = route;
    if (route->who == Who::self_or_administrator && !parts.caller.administrator) {
        require_self(parts);
    }
    std::vector<Value> values = parameters_of(*route, parts);
    std::string order = order_of(*route, values, parts.caller);
    Call call{.route = route,
              .values = std::move(values),
              .path = request.path,
              .order = std::move(order),
              .respondent = std::move(respondent)};
    if (route->shared && configuration_.cache_ms > 0) {
        shared_->ask(std::move(call), [this](Call first) { lanes_.submit(std::move(first)); });
    } else {
        lanes_.submit(std::move(call));
    }
}

// Throws BadToken, or Problem where the route wants another caller: 401 where it is not known who asks, 403 where it is
// known.
Caller Dispatcher::caller_of(const Route& route, const Request& request) {
    if (route.who == Who::anyone) {
        return {};
    }
    if (route.who == Who::token_bearer) {
        if (!request.queue_token) {
            throw Problem(403, "the header Queue-Token is missing");
        }
        return {};
    }
    const std::string_view token = bearer_token(request);
    if (token.empty()) {
        throw Problem(401, "the header Authorization is missing; it must be Bearer and a JWT");
    }
    Identity identity = tokens_.verify(token, std::time(nullptr));
    const bool may = route.who == Who::user || identity.administrator ||
                     (route.who == Who::self_or_administrator && configuration_.allow_self_credit);
    if (!may) {
        throw Problem(403, "only an administrator may do this: the token has no role boxoffice_admin");
    }
    return {.user = std::move(identity.user),
            .administrator = identity.administrator,
            .queue_priority = identity.queue_priority};
}

// What has no function behind it.
std::optional<Answer> Dispatcher::own_answer(const Request& request) {
    if (request.method == Method::get) {
        if (request.path == "/livez") {
            return Answer{.body = R"({"status":"alive"})"};
        }
        if (request.path == "/readyz") {
            return readiness();
        }
        if (request.path == "/metrics") {
            lanes_.report();
            return Answer{.body = metrics_.text(), .media_type = metrics_type};
        }
    }
    if (refusing_) {
        return unavailable("the gateway is shutting down");
    }
    if (request.method == Method::get && (request.path == "/openapi.json" || request.path == "/docs/outcomes")) {
        const std::shared_ptr<const Catalogue> catalogue = lanes_.catalogue();
        if (!catalogue) {
            return problem(503, "the database was not reached so far, and it knows the outcomes", 1);
        }
        return request.path == "/docs/outcomes"
                   ? Answer{.body = outcomes_page(*catalogue), .media_type = "text/html; charset=utf-8"}
                   : Answer{.body = description(catalogue)};
    }
    return std::nullopt;
}

// The OpenAPI document, made once for each catalogue.
std::string Dispatcher::description(const std::shared_ptr<const Catalogue>& catalogue) {
    const std::lock_guard lock(mutex_);
    if (described_ != catalogue) {
        description_ = openapi(*catalogue);
        described_ = catalogue;
    }
    return description_;
}

// While the provider is being asked, nobody is told that the token is bad: it may be by a key that was made just now.
Answer Dispatcher::refusal_of(const UnknownKey& unknown) {
    if (key_source_ != nullptr && key_source_->look_for_new()) {
        return unavailable("the keys of tokens are being fetched at this moment");
    }
    return invalid_token(unknown);
}

// Calls are answered also with warnings, so it is ready; what they are about is in the log, and not for everybody.
Answer Dispatcher::readiness() const {
    if (draining_ || refusing_) {
        return problem(503, "the gateway is shutting down", 1);
    }
    if (key_source_ != nullptr && !key_source_->has_keys()) {
        return problem(503, "the keys of tokens could not be fetched from the identity provider so far", 1);
    }
    if (lanes_.session_is_shared()) {
        return problem(503, SharedSession().what(), 1);
    }
    if (!lanes_.connected()) {
        return problem(503, "the database cannot be reached at this moment", 1);
    }
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    writer.StartObject();
    writer.Key("status");
    writer.String("ready");
    if (const std::vector<SetupWarning> warnings = lanes_.setup_warnings(); !warnings.empty()) {
        writer.Key("warnings");
        writer.StartArray();
        for (const SetupWarning& warning : warnings) {
            writer.String(warning.check);
        }
        writer.EndArray();
    }
    writer.EndObject();
    return {.body = {buffer.GetString(), buffer.GetSize()}};
}

} // namespace boxoffice::api
