#include "answers/answer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace boxoffice::api {

namespace {

constexpr std::string_view problem_type = "application/problem+json";

// How long the client of a retryable problem is asked to wait: what holds things up here takes milliseconds.
constexpr int retry_after_seconds = 1;

void member(JsonWriter& writer, std::string_view name, std::string_view value) {
    writer.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    writer.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

// `members` is text that follows inside the object.
std::string problem_body(std::string_view type, std::string_view title, int status, std::string_view detail,
                         std::string_view outcome, std::string_view members, int retry_after) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    writer.StartObject();
    member(writer, "type", type);
    member(writer, "title", title);
    writer.Key("status");
    writer.Int(status);
    member(writer, "detail", detail);
    if (!outcome.empty()) {
        member(writer, "outcome", outcome);
    }
    if (retry_after > 0) {
        writer.Key("retry_after");
        writer.Int(retry_after);
    }
    writer.EndObject();
    std::string body(buffer.GetString(), buffer.GetSize());
    if (!members.empty()) {
        body.pop_back();
        body.append(",").append(members).append("}");
    }
    return body;
}

bool begins_with_one_of(std::string_view text, std::initializer_list<std::string_view> beginnings) {
    return std::any_of(beginnings.begin(), beginnings.end(),
                       [&](std::string_view each) { return text.starts_with(each); });
}

} // namespace

std::string_view title_of(int status) {
    static constexpr std::array<std::pair<int, std::string_view>, 15> titles{{{400, "Bad Request"},
                                                                              {401, "Unauthorized"},
                                                                              {402, "Payment Required"},
                                                                              {403, "Forbidden"},
                                                                              {404, "Not Found"},
                                                                              {405, "Method Not Allowed"},
                                                                              {409, "Conflict"},
                                                                              {410, "Gone"},
                                                                              {412, "Precondition Failed"},
                                                                              {413, "Content Too Large"},
                                                                              {415, "Unsupported Media Type"},
                                                                              {422, "Unprocessable Content"},
                                                                              {429, "Too Many Requests"},
                                                                              {500, "Internal Server Error"},
                                                                              {503, "Service Unavailable"}}};
    const auto found =
        std::find_if(titles.begin(), titles.end(), [&](const auto& each) { return each.first == status; });
    return found == titles.end() ? "Error" : found->second;
}

Answer problem(int status, std::string_view detail, int retry_after) {
    return {.status = status,
            .body = problem_body("about:blank", title_of(status), status, detail, "", "", retry_after),
            .media_type = problem_type,
            .retry_after_seconds = retry_after,
            .challenge = status == 401 ? "Bearer realm=\"boxoffice\"" : ""};
}

Answer unavailable(std::string_view why) {
    return problem(503, std::string(why) + "; nothing was done, so it may be sent again", retry_after_seconds);
}

Answer unknown_outcome(std::string_view why) {
    return problem(
        503,
        std::string(why) +
            ", so it is not known whether this was done; with the Idempotency-Key that it had it is safe to send it "
            "again, without one look first whether it was done",
        retry_after_seconds);
}

Answer refusal(const Outcome& outcome, std::string_view detail, std::string_view members) {
    const int retry_after = outcome.retryable ? retry_after_seconds : 0;
    return {.status = outcome.http_status,
            .body = problem_body("/docs/outcomes#" + outcome.name, outcome.title, outcome.http_status,
                                 detail.empty() ? outcome.title : detail, outcome.name, members, retry_after),
            .media_type = problem_type,
            .outcome = outcome.name,
            .retry_after_seconds = retry_after};
}

Answer sql_problem(const Catalogue& catalogue, std::string_view sqlstate, std::string_view message,
                   std::string_view detail, std::string_view hint) {
    if (const Outcome* outcome = catalogue.raised_as(sqlstate)) {
        return refusal(*outcome, message, "");
    }
    if (begins_with_one_of(sqlstate, {"40001", "40P01", "55P03", "57014"})) {
        return unavailable("the database was too busy to do this in time");
    }
    if (sqlstate.empty() || begins_with_one_of(sqlstate, {"08", "53", "57P", "25006"})) {
        return unavailable("the database cannot do this at this moment");
    }
    if (sqlstate == "42501") {
        return problem(403,
                       "the gateway's own role in the database may not do this; the administrators of the database "
                       "let it by boxoffice.grant_access(role => .., level => 'admin')");
    }
    if (begins_with_one_of(sqlstate, {"22", "23"})) {
        std::string text(message);
        for (const std::string_view more : {detail, hint}) {
            if (!more.empty()) {
                text.append(text.ends_with('.') ? " " : ". ").append(more);
            }
        }
        return problem(sqlstate == "23505" ? 409 : 400, text);
    }
    return problem(500, "the request could not be carried out; the log of the gateway says why, under its request id");
}

// FNV-1a over 64 bits (Fowler, Noll, Vo): not against forgery, only to notice that the body is another.
std::string entity_tag_of(std::string_view body) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char character : body) {
        hash = (hash ^ static_cast<unsigned char>(character)) * 1099511628211U;
    }
    std::array<char, 24> text{};
    const int length = std::snprintf(text.data(), text.size(), "\"%016llx\"", static_cast<unsigned long long>(hash));
    return {text.data(), static_cast<std::size_t>(length)};
}

bool matches(std::string_view if_none_match, std::string_view entity_tag) {
    return if_none_match == "*" || if_none_match.find(entity_tag) != std::string_view::npos;
}

} // namespace boxoffice::api
