// From a request to a call: finds its route, checks who asks and what, and hands it to the lanes; or answers at once.
#pragma once

#include "auth/key_source.h"
#include "auth/verified_tokens.h"
#include "base/configuration.h"
#include "lanes/call.h"
#include "lanes/lanes.h"
#include "lanes/shared_answers.h"
#include "routes/metrics.h"
#include "routes/parameters.h"
#include "routes/request.h"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

namespace boxoffice::api {

class Dispatcher {
public:
    Dispatcher(const Configuration& configuration, std::shared_ptr<const KeyRing> keys, Lanes& lanes, Metrics& metrics);

    // Sees to it that the respondent gets its answer, now or later. Never throws.
    void dispatch(const Request& request, std::unique_ptr<Respondent> respondent);

    // Tokens are checked with these from now on.
    void replace_keys(std::shared_ptr<const KeyRing> keys) { tokens_.replace_keys(std::move(keys)); }

    // Who is asked for new keys when a token names one that is not known; before the first request. Null: nobody.
    void look_for_keys_at(KeySource* source) { key_source_ = source; }

    // From now on /readyz fails, so that whoever sends requests here stops.
    void drain() { draining_ = true; }

    // From now on everything is refused.
    void refuse() { refusing_ = true; }

private:
    void forward(const Request& request, std::unique_ptr<Respondent>& respondent);
    Caller caller_of(const Route& route, const Request& request);
    std::optional<Answer> own_answer(const Request& request);
    std::string description(const std::shared_ptr<const Catalogue>& catalogue);
    Answer readiness() const;
    Answer refusal_of(const UnknownKey& unknown);

    const Configuration& configuration_;
    VerifiedTokens tokens_;
    KeySource* key_source_ = nullptr;
    Lanes& lanes_;
    Metrics& metrics_;
    std::shared_ptr<SharedAnswers> shared_;
    std::mutex mutex_;                           // guards the two below
    std::shared_ptr<const Catalogue> described_; // what the description was made from
    std::string description_;
    std::atomic<bool> draining_ = false;
    std::atomic<bool> refusing_ = false;
};

} // namespace boxoffice::api
