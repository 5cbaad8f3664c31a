#include "invariants.h"

#include <algorithm>

namespace boxoffice::histories {
namespace {

int count(const std::vector<TokenRow>& rows, const std::string& status) {
    return static_cast<int>(std::ranges::count(rows, status, &TokenRow::status));
}

bool newly_admitted(const Step& step, std::size_t token) {
    return step.after[token].admitted_at &&
           (token >= step.before.size() || !step.before[token].admitted_at.has_value());
}

// A limit that was lowered lets those beyond it stay, but no more of them come.
std::string beyond(const char* limit, int most, int before, int after) {
    if (after <= std::max(most, before)) {
        return "";
    }
    return std::string(limit) + " is " + std::to_string(most) + ", but there are now " + std::to_string(after) +
           " after " + std::to_string(before);
}

std::string admitted_too_many_in_a_minute(const Step& step) {
    if (!step.settings.admit_per_minute) {
        return "";
    }
    for (std::size_t token = 0; token < step.after.size(); ++token) {
        if (!newly_admitted(step, token)) {
            continue;
        }
        const Instant now = *step.after[token].admitted_at;
        const auto in_minute = std::ranges::count_if(step.after, [&](const TokenRow& row) {
            return row.admitted_at && *row.admitted_at > now - std::chrono::minutes(1) && *row.admitted_at <= now;
        });
        if (in_minute > *step.settings.admit_per_minute) {
            return "admit_per_minute is " + std::to_string(*step.settings.admit_per_minute) + ", but " +
                   std::to_string(in_minute) + " were admitted in the minute before " + describe(now);
        }
    }
    return "";
}

// Whoever is admitted goes before all who wait on; who joins and is admitted at once finds nobody waiting.
std::string admitted_out_of_turn(const Step& step) {
    for (std::size_t token = 0; token < step.after.size(); ++token) {
        if (!newly_admitted(step, token)) {
            continue;
        }
        for (std::size_t other = 0; other < step.after.size(); ++other) {
            const int priority = step.after[token].priority;
            const bool behind =
                step.after[other].priority < priority || (step.after[other].priority == priority && other > token);
            const bool overtaken = token >= step.before.size() || !behind;
            if (step.after[other].status == "waiting" && overtaken) {
                return "token " + std::to_string(token) + " was admitted while token " + std::to_string(other) +
                       " waits on";
            }
        }
    }
    return "";
}

std::string user_has_two_live_tokens(const std::vector<TokenRow>& rows) {
    std::map<int, int> live;
    for (const TokenRow& row : rows) {
        if ((row.status == "waiting" || row.status == "active") && ++live[row.user] > 1) {
            return "user" + std::to_string(row.user) + " has two live tokens";
        }
    }
    return "";
}

// waiting -> active -> completed, expired or left; waiting -> expired or left
std::string status_went_back(const Step& step) {
    for (std::size_t token = 0; token < step.before.size(); ++token) {
        const std::string& before = step.before[token].status;
        const std::string& after = step.after[token].status;
        if (before != after && before != "waiting" && (before != "active" || after == "waiting")) {
            return "token " + std::to_string(token) + " went from " + before + " to " + after;
        }
    }
    return "";
}

} // namespace

std::string broken_promise(const Step& step) {
    std::string broken = user_has_two_live_tokens(step.after) + status_went_back(step);
    if (broken.empty() && step.mode != Mode::bypass) {
        broken =
            beyond("max_active", step.settings.max_active, count(step.before, "active"), count(step.after, "active")) +
            admitted_too_many_in_a_minute(step) + admitted_out_of_turn(step);
    }
    if (broken.empty() && step.settings.max_waiting) {
        broken = beyond("max_waiting", *step.settings.max_waiting, count(step.before, "waiting"),
                        count(step.after, "waiting"));
    }
    return broken;
}

std::string Positions::watch(const Command& command, const Answer& answer, const std::vector<TokenRow>& rows) {
    if (!answer.token || !answer.position) {
        return "";
    }
    const int token = *answer.token;
    const auto [last, first_seen] = last_.try_emplace(token, *answer.position);
    if (*answer.position > last->second) {
        return "token " + std::to_string(token) + " fell back from position " + std::to_string(last->second) + " to " +
               std::to_string(*answer.position);
    }
    last->second = *answer.position;
    if (first_seen && std::holds_alternative<Join>(command)) {
        std::erase_if(last_, [&](const auto& seen) {
            return rows.at(static_cast<std::size_t>(seen.first)).priority <
                   rows.at(static_cast<std::size_t>(token)).priority;
        });
    }
    return "";
}

} // namespace boxoffice::histories
