#include "trial.h"

#include <algorithm>
#include <cstdlib>
#include <future>
#include <stdexcept>

#include "invariants.h"
#include "timeline.h"

namespace boxoffice::histories {
namespace {

// A machine so busy that this often a call takes too long can prove nothing.
constexpr int most_late_runs = 20;

std::string server_name(const Server& server, std::size_t index) {
    return "server " + std::to_string(index) + (server.has_board() ? " (preloaded)" : " (not preloaded)");
}

// The first boundary of a kind after an instant. Models differ only in who was seen when, after a restart; the first may
// choose.
std::optional<Instant> next_boundary(const std::vector<Model>& models, Boundary boundary, Instant after) {
    std::optional<Instant> next;
    for (const Model::Turn& turn : models.front().turns()) {
        if (turn.boundary == boundary && turn.at > after && (!next || turn.at < *next)) {
            next = turn.at;
        }
    }
    return next;
}

std::vector<Instant> turns_of(const std::vector<Model>& models) {
    std::vector<Instant> turns;
    for (const Model& model : models) {
        for (const Model::Turn& turn : model.turns()) {
            turns.push_back(turn.at);
        }
    }
    return turns;
}

} // namespace

// What one attempt knows.
struct Trial::Play {
    std::vector<Model> models; // one for each server, and so on
    std::vector<std::vector<TokenRow>> rows;
    std::vector<Positions> positions;
    Timeline timeline;
    std::ostream* transcript;
};

std::optional<std::string> Trial::run(const History& history, std::ostream* transcript) {
    for (int attempt = 0; attempt < most_late_runs; ++attempt) {
        bool late = false;
        std::optional<std::string> failure = play(history, transcript, late);
        if (!late) {
            return failure;
        }
        ++late_runs_;
        if (transcript != nullptr) {
            *transcript << "a call took too long, once more:\n";
        }
    }
    throw std::runtime_error("calls take longer than " + describe(call_window) + " again and again");
}

std::optional<std::string> Trial::play(const History& history, std::ostream* transcript, bool& late) {
    Play play{.models = {},
              .rows = std::vector<std::vector<TokenRow>>(servers_.size()),
              .positions = std::vector<Positions>(servers_.size()),
              .timeline = {},
              .transcript = transcript};
    for (Server& server : servers_) {
        server.begin(history.settings);
        play.models.emplace_back(history.settings, server.has_board(), conditions_.fault);
    }
    if (transcript != nullptr) {
        *transcript << describe(history.settings) << "\n";
    }
    for (std::size_t number = 0; number < history.commands.size(); ++number) {
        const Command& command = history.commands[number];
        if (const Wait* wait = std::get_if<Wait>(&command)) {
            play.timeline.wait(wait->duration);
        } else if (const WaitUntil* until = std::get_if<WaitUntil>(&command)) {
            play.timeline.wait_until(next_boundary(play.models, until->boundary, play.timeline.earliest()),
                                     until->past);
        } else if (const Restart* restart = std::get_if<Restart>(&command)) {
            reconnect(play, *restart);
        } else {
            const std::string complaint = call(play, command, late);
            if (late || !complaint.empty()) {
                return "command " + std::to_string(number + 1) + ", " + describe(command) + ": " + complaint;
            }
            continue;
        }
        if (transcript != nullptr) {
            *transcript << "            " << describe(command) << "\n";
        }
    }
    const Instant end = play.timeline.next_call(turns_of(play.models));
    for (std::size_t index = 0; index < servers_.size(); ++index) {
        if (const std::string findings = servers_[index].verify(end); !findings.empty()) {
            return "at the end: " + server_name(servers_[index], index) + "\n" + findings;
        }
    }
    return std::nullopt;
}

std::string Trial::call(Play& play, const Command& command, bool& late) {
    const Instant now = play.timeline.next_call(turns_of(play.models));
    if (play.transcript != nullptr) {
        *play.transcript << describe(now) << "   " << describe(command) << std::endl;
    }
    for (Server& server : servers_) {
        server.send(command, now);
    }
    std::vector<Reply> replies;
    for (Server& server : servers_) {
        replies.push_back(server.receive());
        late = late || replies.back().late;
    }
    ++calls_;
    std::string complaint;
    for (std::size_t server = 0; server < servers_.size() && !late; ++server) {
        const std::string wrong = judge(play, server, command, now, replies[server]);
        complaint += wrong.empty() ? "" : server_name(servers_[server], server) + "\n" + wrong + "\n";
    }
    return complaint;
}

std::string Trial::judge(Play& play, std::size_t server, const Command& command, Instant now, const Reply& reply) {
    Model& model = play.models[server];
    const Answer expected = model.apply(command, now);
    if (play.transcript != nullptr) {
        *play.transcript << "            expected:  " << describe(expected) << "\n            "
                         << server_name(servers_[server], server) << ":  " << describe(reply.answer) << std::endl;
    }
    if (server == 0) {
        count(reply, play.rows[server]);
    }
    std::string wrong = difference(expected, reply.answer);
    if (wrong.empty()) {
        wrong = difference(model.rows(), reply.rows);
    }
    const Step step{.command = command,
                    .settings = model.settings(),
                    .mode = model.mode(),
                    .before = play.rows[server],
                    .after = reply.rows};
    // Without an answer there are no rows to judge.
    if (reply.rows.size() >= step.before.size()) {
        const std::string broken =
            broken_promise(step) + play.positions[server].watch(command, reply.answer, reply.rows);
        wrong += broken.empty() ? "" : (wrong.empty() ? "" : "\n") + broken;
    }
    play.rows[server] = reply.rows;
    return wrong;
}

void Trial::count(const Reply& reply, const std::vector<TokenRow>& before) {
    ++tally_[kind_of(reply.answer)];
    for (std::size_t token = 0; token < std::min(before.size(), reply.rows.size()); ++token) {
        if (before[token].status != reply.rows[token].status) {
            ++tally_[before[token].status + " -> " + reply.rows[token].status];
        }
    }
}

void Trial::reconnect(Play& play, const Restart& restart) {
    for (Server& server : servers_) {
        server.disconnect();
    }
    if (!conditions_.restart_command.empty()) {
        restart_servers(restart);
        for (Model& model : play.models) {
            model.restart();
        }
    }
}

void Trial::restart_servers(const Restart& restart) {
    ++restarts_;
    std::vector<std::future<int>> statuses;
    for (std::size_t server = 0; server < servers_.size(); ++server) {
        const std::string command =
            conditions_.restart_command + " " + std::to_string(server) + (restart.crash ? " immediate" : " fast");
        statuses.push_back(std::async(std::launch::async, [command] { return std::system(command.c_str()); }));
    }
    for (std::future<int>& status : statuses) {
        if (status.get() != 0) {
            throw std::runtime_error("cannot restart by " + conditions_.restart_command);
        }
    }
}

} // namespace boxoffice::histories
