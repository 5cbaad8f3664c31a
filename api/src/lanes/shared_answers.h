// One answer for all who ask the same public question at the same time: only the first goes to the database, and what it
// brings back serves for a moment longer. A crowd that looks at one hall costs two reads a second.
#pragma once

#include "lanes/call.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace boxoffice::api {

class SharedAnswers : public std::enable_shared_from_this<SharedAnswers> {
public:
    explicit SharedAnswers(std::chrono::milliseconds fresh_for) : fresh_for_(fresh_for) {}

    // Answers the call from memory, or lets it wait for one that asks the same already, or gives it to `submit`.
    void ask(Call call, const std::function<void(Call)>& submit);

private:
    using Instant = std::chrono::steady_clock::time_point;

    struct Question {
        std::shared_ptr<const Answer> answer;
        Instant fresh_until{};
        bool under_way = false;
        std::vector<std::unique_ptr<Respondent>> waiting;
    };

    class Collector;
    void arrived(const std::string& key, Answer answer, std::string_view lane);
    void forget_stale(Instant now);

    const std::chrono::milliseconds fresh_for_;
    std::mutex mutex_;
    std::map<std::string, Question> questions_;
    std::size_t kept_ = 0; // answers in them
    Instant tidy_at_{};
};

} // namespace boxoffice::api
