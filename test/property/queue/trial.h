// A history played on every server and on a model of each, compared after every call.
#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "answer.h"
#include "history.h"
#include "model.h"
#include "server.h"

namespace boxoffice::histories {

struct Conditions {
    Fault fault = Fault::none;
    // A shell command that restarts a server, given its index (from 0) and a mode of pg_ctl; empty: they stay up, and
    // only the connection is made anew.
    std::string restart_command;
};

class Trial {
public:
    Trial(std::vector<Server>& servers, Conditions conditions)
        : servers_(servers), conditions_(std::move(conditions)) {}

    // What went wrong, with the call at which it did; none when all agree. Every call goes to the transcript, if any.
    std::optional<std::string> run(const History& history, std::ostream* transcript = nullptr);

    // Of all runs.
    const Tally& tally() const { return tally_; }
    int calls() const { return calls_; }
    int restarts() const { return restarts_; }
    int late_runs() const { return late_runs_; }

private:
    struct Play;
    // One attempt; sets late when a call took too long, so that what it shows means nothing.
    std::optional<std::string> play(const History& history, std::ostream* transcript, bool& late);
    std::string call(Play& play, const Command& command, bool& late);
    std::string judge(Play& play, std::size_t server, const Command& command, Instant now, const Reply& reply);
    void count(const Reply& reply, const std::vector<TokenRow>& before);
    void reconnect(Play& play, const Restart& restart);
    void restart_servers(const Restart& restart);

    std::vector<Server>& servers_;
    Conditions conditions_;
    Tally tally_;
    int calls_ = 0;
    int restarts_ = 0;
    int late_runs_ = 0;
};

} // namespace boxoffice::histories
