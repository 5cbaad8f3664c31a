// One call of one SQL function on its way through the lanes, and the one who waits for its answer.
#pragma once

#include "answers/answer.h"
#include "base/database.h"
#include "routes/route.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace boxoffice::api {

// Waits for one answer. Whoever holds a respondent owes it exactly one; one that is let go without any tells its client
// that nothing is known.
class Respondent {
public:
    Respondent() = default;
    Respondent(const Respondent&) = delete;
    Respondent& operator=(const Respondent&) = delete;
    virtual ~Respondent() = default;

    // `lane` is the name of the connection that answered; empty: none was asked.
    virtual void answer(Answer answer, std::string_view lane) = 0;

    // The id of the request, for the log.
    virtual std::string_view request_id() const = 0;

    // What the request turned out to be; null: nothing that has a route.
    const Route* route = nullptr;
};

struct Call {
    const Route* route = nullptr;
    std::vector<Value> values; // one for each parameter of the route
    std::string path;          // as asked, for the address of the next page
    std::string order;         // the user or the queue token, else who asks: calls of a group are sorted by it
    std::string party{};       // among whom a FairWaiting shares its turns
    std::unique_ptr<Respondent> respondent;
    std::shared_ptr<void> turn{}; // of its party; ends with the call
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
};

} // namespace boxoffice::api
