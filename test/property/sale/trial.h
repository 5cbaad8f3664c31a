// A history played on a server and on the model, compared after every call; and several played at once, after which only
// what must always hold is looked at.
#pragma once

#include <optional>
#include <ostream>
#include <string>

#include "answer.h"
#include "model.h"
#include "server.h"

namespace boxoffice::histories {

class Trial {
public:
    Trial(Server& server, Fault fault) : server_(server), fault_(fault) {}

    // What went wrong, with the call at which it did; none when all agree. Every call goes to the transcript, if any.
    std::optional<std::string> run(const History& history, std::ostream* transcript = nullptr);

    // Plays the commands of all histories at once, each on a connection of its own, in the slot of the first; all stop
    // from time to time, and time passes.
    std::optional<std::string> run_together(const std::vector<History>& histories);

    // Of all runs.
    const Tally& tally() const { return tally_; }
    int calls() const { return calls_; }
    int late_runs() const { return late_runs_; }
    int uncertain_runs() const { return uncertain_runs_; }

private:
    // One attempt; sets late when a call took too long, so that what it shows means nothing.
    std::optional<std::string> play(const History& history, std::ostream* transcript, bool& late);
    // What everybody must find when nobody is under way.
    std::optional<std::string> broken_promise_at(const Settings& settings, Instant now);

    Server& server_;
    Fault fault_;
    Tally tally_;
    int calls_ = 0;
    int late_runs_ = 0;
    int uncertain_runs_ = 0;
};

} // namespace boxoffice::histories
