#include "lanes/clerk.h"

#include "base/log.h"
#include "lanes/rendering.h"

#include <utility>

namespace boxoffice::api {

Clerk::Clerk(std::string lane, PassOn pass_on)
    : lane_(std::move(lane)), pass_on_(std::move(pass_on)), thread_([this] { run(); }) {}

Clerk::~Clerk() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
    }
    arrived_.notify_one();
    thread_.join();
}

void Clerk::answer(std::vector<Done> group, std::shared_ptr<const Catalogue> catalogue) {
    {
        const std::lock_guard lock(mutex_);
        work_.push_back({std::move(group), std::move(catalogue)});
    }
    arrived_.notify_one();
}

void Clerk::run() {
    for (;;) {
        std::unique_lock lock(mutex_);
        arrived_.wait(lock, [&] { return ended_ || !work_.empty(); });
        if (work_.empty()) {
            return;
        }
        Work work = std::move(work_.front());
        work_.pop_front();
        lock.unlock();
        for (Done& done : work.group) {
            answer_one(done, *work.catalogue);
        }
    }
}

void Clerk::answer_one(Done& done, const Catalogue& catalogue) {
    if (pass_on_ && would_wait(*done.call.route, done.rows.get()) && pass_on_(done.call)) {
        return;
    }
    try {
        done.call.respondent->answer(render(done.call, done.rows.get(), catalogue), lane_);
    } catch (const std::exception& failed) {
        log::error(std::string("an answer could not be written: ") + failed.what());
        done.call.respondent->answer(problem(500, "the request was carried out, but its answer could not be written"),
                                     lane_);
    }
}

} // namespace boxoffice::api
