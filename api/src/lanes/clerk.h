// A lane's clerk: writes and sends the answers of a group that is done, in a thread of its own, while the lane has the next
// group under way already.
#pragma once

#include "base/database.h"
#include "base/database_catalogue.h"
#include "lanes/call.h"
#include "lanes/waiting.h"

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace boxoffice::api {

class Clerk {
public:
    // A call that is done, and its rows.
    struct Done {
        Call call;
        Result rows;
    };

    // `pass_on` gets a call that would have had to wait; empty: it is answered with seat_busy.
    Clerk(std::string lane, PassOn pass_on);

    // Answers all that it was given, and ends the thread.
    ~Clerk();
    Clerk(const Clerk&) = delete;
    Clerk& operator=(const Clerk&) = delete;

    // Takes on the answers of a group.
    void answer(std::vector<Done> group, std::shared_ptr<const Catalogue> catalogue);

private:
    struct Work {
        std::vector<Done> group;
        std::shared_ptr<const Catalogue> catalogue;
    };

    void run();
    void answer_one(Done& done, const Catalogue& catalogue);

    const std::string lane_;
    const PassOn pass_on_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Work> work_;
    bool ended_ = false;
    std::thread thread_; // last: it uses all of the above
};

} // namespace boxoffice::api
