// A box office behind HTTP, as one client of it sees it: who asks is shown by a token, answers are JSON, refusals are
// answers, and who is told to come back later does so. What is asked for is left to the callers.
#pragma once

#include <rapidjson/document.h>

#include <atomic>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "auth/identity.h"
#include "http_client.h"

namespace boxoffice::crowd {

// Where the box office is and what signs tokens for it; shared by all clients of one crowd.
struct HttpPlace {
    HttpPlace(std::string where, api::KeyRing signing) : url(std::move(where)), keys(std::move(signing)) {}

    std::string url; // without a slash at its end
    api::KeyRing keys;
    std::atomic<std::int64_t> repeats{0}; // how often someone was told to come back later
};

// Who may do what people who sell may do. No buyer has this name.
inline const std::string administrator = "crowd-administrator";

struct Question {
    std::string method;
    std::string path;
    std::string user{}; // whose token goes with it; empty: nobody's
    std::string queue_token{};
    std::string idempotency_key{};
    std::string body{}; // JSON
};

// The members of an answer; what is missing or null reads as "", 0 or nothing.
class HttpRow {
public:
    explicit HttpRow(rapidjson::Document document) : document_(std::move(document)) {}

    std::string text(const char* name) const;
    std::int64_t integer(const char* name) const;
    std::vector<int> integers(const char* name) const;
    // Of each object in the list `name`, its member `member`.
    std::vector<int> integers_of(const char* name, const char* member) const;

private:
    const rapidjson::Value* member(const char* name) const;

    rapidjson::Document document_;
};

// Not shared between threads.
class HttpBoxOffice {
public:
    explicit HttpBoxOffice(HttpPlace& place) : place_(place) {}

    // The answer, or the refusal with its outcome. Where the box office is too busy to say either, it is asked again when it wants
    // to be, so a question must be one that may be asked twice. Throws CallFailed.
    HttpRow ask(const Question& question);

private:
    std::string bearer_of(const std::string& user);

    HttpPlace& place_;
    HttpClient client_;
    std::unordered_map<std::string, std::string> bearers_; // by user
};

} // namespace boxoffice::crowd
