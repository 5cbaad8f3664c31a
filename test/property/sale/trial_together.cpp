// Several histories at once.
#include <future>

#include "invariants.h"
#include "trial.h"

namespace boxoffice::histories {
namespace {

// Between two stops.
constexpr std::size_t commands_at_once = 12;

struct Player {
    Connection connection;
    Tally tally{};
    std::string failure{};
};

// Each command from one number on; what waits lets no time pass here.
void play_some(Player& player, const Server& server, const std::vector<Command>& commands, std::size_t from) {
    const std::size_t end = std::min(commands.size(), from + commands_at_once);
    for (std::size_t number = from; number < end && player.failure.empty(); ++number) {
        const Command& command = commands[number];
        if (std::holds_alternative<Wait>(command) || std::holds_alternative<WaitUntilEnd>(command)) {
            continue;
        }
        player.connection.send({server.call_statement(command)});
        const std::vector<Result> results = player.connection.receive();
        const std::string sqlstate = sqlstate_of(results[0]);
        // a seat that does not exist, and one that is busy
        const bool may_raise =
            (std::holds_alternative<ChangeCapacity>(command) && sqlstate == "22023") ||
            (std::holds_alternative<SetPrices>(command) && (sqlstate == "TK016" || sqlstate == "55P03"));
        if (!sqlstate.empty() && !may_raise) {
            player.failure = describe(command) + ": " + results[0].error();
        } else {
            const std::string outcome = results[0].text(0, "outcome").value_or("");
            ++player.tally["together " + kind_of(command, {.outcome = sqlstate.empty() ? outcome : "error"})];
        }
    }
}

} // namespace

std::optional<std::string> Trial::broken_promise_at(const Settings& settings, Instant now) {
    std::string wrong = server_.verify(now);
    const Standing standing = server_.standing(now);
    if (const std::string broken = broken_promise(settings, standing); !broken.empty()) {
        wrong += broken + "\n" + describe(standing);
    }
    return wrong.empty() ? std::nullopt : std::optional(wrong);
}

std::optional<std::string> Trial::run_together(const std::vector<History>& histories) {
    const Settings& settings = histories.front().settings;
    server_.begin(settings);
    std::vector<Player> players;
    std::size_t longest = 0;
    for (const History& history : histories) {
        players.push_back({server_.another_connection()});
        longest = std::max(longest, history.commands.size());
    }
    Instant now(0);
    for (std::size_t from = 0; from < longest; from += commands_at_once) {
        std::vector<std::future<void>> under_way;
        for (std::size_t index = 0; index < players.size(); ++index) {
            server_.set_clock(players[index].connection, now);
        }
        for (std::size_t index = 0; index < players.size(); ++index) {
            under_way.push_back(std::async(std::launch::async, [&, index] {
                play_some(players[index], server_, histories[index].commands, from);
            }));
        }
        for (std::future<void>& player : under_way) {
            player.get();
        }
        now += std::chrono::seconds(2); // no server needs so long for a few commands
        std::optional<std::string> wrong = broken_promise_at(settings, now);
        for (const Player& player : players) {
            wrong = wrong || player.failure.empty() ? wrong : std::optional(player.failure);
        }
        if (wrong) {
            return "after command " + std::to_string(from + commands_at_once) + ":\n" + *wrong;
        }
        now += settings.hold_for / 2;
    }
    for (const Player& player : players) {
        for (const auto& [kind, times] : player.tally) {
            tally_[kind] += times;
            calls_ += times;
        }
    }
    return std::nullopt;
}

} // namespace boxoffice::histories
