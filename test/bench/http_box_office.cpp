// A box office behind HTTP. What is an outcome is a value here; all else that is not a success is a CallFailed, as an
// error of SQL is one where the crowd speaks SQL.
#include "http_box_office.h"

#include <chrono>
#include <ctime>
#include <thread>
#include <utility>

#include "base/json.h"
#include "sales.h"

namespace boxoffice::crowd {
namespace {

// Whoever is told to come back later does so for so long; then the box office counts as gone, or thousands of buyers would find
// that out one by one.
constexpr int longest_patience_seconds = 15;

// Longer than a rush, so that nobody's runs out.
constexpr std::int64_t bearer_lifetime_seconds = 24 * 3600;

// Minting takes microseconds: forgetting costs less than the memory of a million buyers.
constexpr std::size_t most_bearers = 20'000;

constexpr long too_many_requests = 429;
constexpr long service_unavailable = 503;

rapidjson::Document document_of(const Question& question, const HttpAnswer& answer) {
    try {
        return api::read_json(answer.body);
    } catch (const api::BadJson& bad) {
        const std::string status = std::to_string(answer.status);
        throw CallFailed("HTTP " + status + " without JSON",
                         question.method + " " + question.path + ": " + status + " " + bad.what() + ": " + answer.body,
                         false);
    }
}

// A problem that is no refusal: its title says of what kind it is.
CallFailed failure(const Question& question, const HttpAnswer& answer, const rapidjson::Document& document,
                   bool is_gone) {
    const bool has_title = document.IsObject() && document.HasMember("title") && document["title"].IsString();
    return {"HTTP " + std::to_string(answer.status) +
                (has_title ? " " + std::string(document["title"].GetString()) : ""),
            question.method + " " + question.path + ": " + answer.body, is_gone};
}

} // namespace

const rapidjson::Value* HttpRow::member(const char* name) const {
    if (!document_.IsObject()) {
        return nullptr;
    }
    const auto found = document_.FindMember(name);
    return found == document_.MemberEnd() ? nullptr : &found->value;
}

std::string HttpRow::text(const char* name) const {
    const rapidjson::Value* value = member(name);
    return value != nullptr && value->IsString() ? value->GetString() : "";
}

std::int64_t HttpRow::integer(const char* name) const {
    const rapidjson::Value* value = member(name);
    return value != nullptr && value->IsInt64() ? value->GetInt64() : 0;
}

std::vector<int> HttpRow::integers(const char* name) const {
    std::vector<int> integers;
    const rapidjson::Value* list = member(name);
    if (list != nullptr && list->IsArray()) {
        for (const rapidjson::Value& element : list->GetArray()) {
            integers.push_back(element.IsInt() ? element.GetInt() : 0);
        }
    }
    return integers;
}

std::vector<int> HttpRow::integers_of(const char* name, const char* member_name) const {
    std::vector<int> integers;
    const rapidjson::Value* list = member(name);
    if (list != nullptr && list->IsArray()) {
        for (const rapidjson::Value& element : list->GetArray()) {
            const bool has_it = element.IsObject() && element.HasMember(member_name) && element[member_name].IsInt();
            integers.push_back(has_it ? element[member_name].GetInt() : 0);
        }
    }
    return integers;
}

std::string HttpBoxOffice::bearer_of(const std::string& user) {
    if (bearers_.size() >= most_bearers) {
        bearers_.clear();
    }
    std::string& bearer = bearers_[user];
    if (bearer.empty()) {
        api::Claims claims{.user = user, .lifetime_seconds = bearer_lifetime_seconds};
        if (user == administrator) {
            claims.role = "boxoffice_admin";
        }
        bearer = place_.keys.mint(claims, std::time(nullptr));
    }
    return bearer;
}

HttpRow HttpBoxOffice::ask(const Question& question) {
    HttpRequest request{
        .method = question.method, .url = place_.url + question.path, .headers = {}, .body = question.body};
    if (!question.user.empty()) {
        request.headers.push_back("Authorization: Bearer " + bearer_of(question.user));
    }
    if (!question.queue_token.empty()) {
        request.headers.push_back("Queue-Token: " + question.queue_token);
    }
    if (!question.idempotency_key.empty()) {
        request.headers.push_back("Idempotency-Key: " + question.idempotency_key);
    }
    for (int waited_seconds = 0;;) {
        const HttpAnswer answer = client_.send(request);
        rapidjson::Document document = document_of(question, answer);
        const bool granted = answer.status == 200 || answer.status == 201;
        if (granted || (document.IsObject() && document.HasMember("outcome"))) {
            return HttpRow(std::move(document));
        }
        const bool is_busy = (answer.status == service_unavailable || answer.status == too_many_requests) &&
                             answer.retry_after_seconds > 0;
        if (!is_busy || waited_seconds >= longest_patience_seconds) {
            throw failure(question, answer, document, is_busy);
        }
        ++place_.repeats;
        std::this_thread::sleep_for(std::chrono::seconds(answer.retry_after_seconds));
        waited_seconds += answer.retry_after_seconds;
    }
}

} // namespace boxoffice::crowd
