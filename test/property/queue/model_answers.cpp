// What the model lets be seen: the answer about a token, its rows, and when they would change.
#include <algorithm>

#include "model.h"

namespace boxoffice::histories {

Answer Model::describe_token(const Token& token, Instant now) const {
    Answer answer{.outcome = "ok", .token = static_cast<int>(&token - tokens_.data()), .status = token.row.status};
    if (token.row.status == "active" && now >= *token.row.lapses_at) {
        answer.status = "expired";
    } else if (token.row.status == "active") {
        answer.expires_at = token.row.expires_at;
    } else if (token.row.status == "waiting") {
        const auto [tokens, milliseconds] = rate(now);
        const std::int64_t position = position_of(token);
        const std::int64_t whole = tokens * 1000;
        const std::int64_t eta = (position * milliseconds + (fault_ == Fault::eta ? 0 : whole - 1)) / whole;
        answer.position = position;
        answer.poll_after_ms = std::clamp<std::int64_t>(eta * 100, 1000, 120000);
        if (mode_ != Mode::paused) {
            answer.eta_seconds = eta;
        }
    }
    return answer;
}

std::int64_t Model::position_of(const Token& token) const {
    return 1 + std::ranges::count_if(tokens_, [&](const Token& other) {
               return other.row.status == "waiting" && precedes(other, token);
           });
}

// What was admitted in this second and the 59 before it, or what the settings let through when that is more; at most
// what may be admitted in a minute.
Model::Rate Model::rate(Instant now) const {
    const Instant second = std::chrono::floor<std::chrono::seconds>(now);
    const std::int64_t measured = admitted_after(second - std::chrono::seconds(59) - Duration(1));
    const auto slower = [](const Rate& one, const Rate& other) {
        return one.tokens * other.milliseconds < other.tokens * one.milliseconds;
    };
    Rate rate{.tokens = settings_.max_active, .milliseconds = settings_.active_for.count()};
    rate = std::max(rate, Rate{.tokens = measured, .milliseconds = minute.count()}, slower);
    if (settings_.admit_per_minute) {
        rate = std::min(rate, Rate{.tokens = *settings_.admit_per_minute, .milliseconds = minute.count()}, slower);
    }
    return rate;
}

std::vector<Model::Turn> Model::turns() const {
    std::vector<Turn> turns;
    for (const Token& token : tokens_) {
        if (token.row.admitted_at) {
            turns.push_back({Boundary::minute, *token.row.admitted_at + minute});
        }
        if (token.row.status == "active") {
            turns.push_back({token.claimed ? Boundary::active : Boundary::claim, *token.row.lapses_at});
        } else if (token.row.status == "waiting" && !seen_lost_) {
            turns.push_back({Boundary::touch, token.seen_at + settings_.idle_for / 4});
            turns.push_back({Boundary::idle, token.seen_at + settings_.idle_for * 5 / 4});
        }
    }
    return turns;
}

std::vector<TokenRow> Model::rows() const {
    std::vector<TokenRow> rows;
    for (const Token& token : tokens_) {
        rows.push_back(token.row);
    }
    return rows;
}

} // namespace boxoffice::histories
