#include "lanes/shared_answers.h"

#include <algorithm>
#include <utility>

namespace boxoffice::api {

namespace {

// The questions whose answers are kept at once; beyond that an answer serves those who wait for it, and no one after them.
constexpr std::size_t most_questions = 256;
// How often what is not fresh any more is looked for, so that many questions do not make each of them dear.
constexpr std::chrono::milliseconds tidied_every{50};
// Longer answers are shared by those who wait for them, but not kept.
constexpr std::size_t longest_kept_bytes = 1U << 20U;

std::string key_of(const Call& call) {
    std::string key = call.path;
    key.append("?").append(call.route->function);
    for (const Value& value : call.values) {
        key.append(1, '\0').append(value ? "=" + *value : "");
    }
    return key;
}

} // namespace

// Stands in the place of all who wait.
class SharedAnswers::Collector final : public Respondent {
public:
    Collector(std::shared_ptr<SharedAnswers> shared, std::string key, std::string request_id)
        : shared_(std::move(shared)), key_(std::move(key)), request_id_(std::move(request_id)) {}

    ~Collector() override {
        if (shared_) {
            shared_->arrived(key_, problem(503, "the question got lost; it may be sent again", 1), "");
        }
    }

    void answer(Answer answer, std::string_view lane) override {
        if (const std::shared_ptr<SharedAnswers> shared = std::exchange(shared_, nullptr)) {
            shared->arrived(key_, std::move(answer), lane);
        }
    }

    std::string_view request_id() const override { return request_id_; }

private:
    std::shared_ptr<SharedAnswers> shared_;
    std::string key_;
    std::string request_id_;
};

void SharedAnswers::ask(Call call, const std::function<void(Call)>& submit) {
    const Instant now = std::chrono::steady_clock::now();
    std::string key = key_of(call);
    {
        std::unique_lock lock(mutex_);
        forget_stale(now);
        Question& question = questions_[key];
        if (question.fresh_until > now) {
            const std::shared_ptr<const Answer> answer = question.answer;
            lock.unlock();
            call.respondent->answer(*answer, "shared");
            return;
        }
        std::string request_id(call.respondent->request_id());
        question.waiting.push_back(std::move(call.respondent));
        if (std::exchange(question.under_way, true)) {
            return;
        }
        call.respondent = std::make_unique<Collector>(shared_from_this(), std::move(key), std::move(request_id));
    }
    submit(std::move(call));
}

// Only what went well is kept: an error is the next one's to try again.
void SharedAnswers::arrived(const std::string& key, Answer answer, std::string_view lane) {
    std::vector<std::unique_ptr<Respondent>> waiting;
    {
        const std::lock_guard lock(mutex_);
        const auto found = questions_.find(key);
        Question& question = found->second;
        waiting = std::exchange(question.waiting, {});
        question.under_way = false;
        const bool is_kept = question.answer || kept_ < most_questions;
        if (answer.status == 200 && answer.body.size() <= longest_kept_bytes && is_kept) {
            kept_ += question.answer ? 0 : 1;
            question.answer = std::make_shared<const Answer>(answer);
            question.fresh_until = std::chrono::steady_clock::now() + fresh_for_;
        } else if (!question.answer) {
            questions_.erase(found);
        }
    }
    for (const auto& respondent : waiting) {
        respondent->answer(answer, lane);
    }
}

void SharedAnswers::forget_stale(Instant now) {
    if (now < tidy_at_) {
        return;
    }
    tidy_at_ = now + tidied_every;
    std::erase_if(questions_,
                  [&](const auto& entry) { return !entry.second.under_way && entry.second.fresh_until <= now; });
    kept_ = static_cast<std::size_t>(
        std::count_if(questions_.begin(), questions_.end(), [](const auto& entry) { return entry.second.answer; }));
}

} // namespace boxoffice::api
