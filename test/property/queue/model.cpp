#include "model.h"

#include <algorithm>
#include <limits>

namespace boxoffice::histories {
namespace {

std::optional<int> limit_or_none(int limit) { return limit == 0 ? std::nullopt : std::optional(limit); }

Answer refusal(const char* outcome) { return Answer{.outcome = outcome}; }

} // namespace

Answer Model::apply(const Command& command, Instant now) {
    // Of the calls of a single user only those look at the board that must find somebody in the line, or put there.
    if (command.index() >= Command(Admit{}).index()) {
        look_at_board(now);
    }
    return std::visit(Each{
                          [&](const Join& call) { return join(call, now); },
                          [&](const Poll& call) { return poll(call, now); },
                          [&](const Leave& call) { return leave(call, now); },
                          [&](const Hold& call) { return hold(call, now); },
                          [&](const Pay& call) { return pay(call); },
                          [&](const Admit&) { return Answer{.admitted = round(now, false)}; },
                          [&](const Tick&) {
                              round(now, true);
                              return Answer{};
                          },
                          [&](const ChangeMode& change) {
                              mode_ = change.mode;
                              return Answer{};
                          },
                          [&](const ChangeMaxActive& change) {
                              settings_.max_active = change.limit;
                              return Answer{};
                          },
                          [&](const ChangeMaxWaiting& change) {
                              settings_.max_waiting = limit_or_none(change.limit);
                              return Answer{};
                          },
                          [&](const ChangeAdmitPerMinute& change) {
                              settings_.admit_per_minute = limit_or_none(change.limit);
                              return Answer{};
                          },
                          [](const auto&) { return Answer{}; },
                      },
                      command);
}

// A board that was lost is made anew: whoever waits counts as seen at this instant.
void Model::look_at_board(Instant now) {
    for (Token& token : tokens_) {
        token.seen_at = seen_lost_ ? now : token.seen_at;
    }
    seen_lost_ = false;
}

Answer Model::join(const Join& join, Instant now) {
    Token* own = live_token_of(join.user);
    if (own != nullptr && own->row.status == "waiting") {
        look_at_board(now);
        touch(*own, now);
        return describe_token(*own, now);
    }
    if (own != nullptr && now < *own->row.lapses_at) {
        claim(*own);
        return describe_token(*own, now);
    }
    if (own != nullptr) {
        own->row.status = "expired"; // makes room, perhaps for this very join
    }
    const Answer answer = take_place(join, now);
    if (own != nullptr && answer.outcome != "ok") {
        own->row.status = "active"; // a refusal changes nothing
    }
    return answer;
}

Answer Model::take_place(const Join& join, Instant now) {
    if (mode_ == Mode::closed) {
        return refusal("queue_closed");
    }
    look_at_board(now);
    const bool directly = mode_ == Mode::bypass || (mode_ == Mode::open && count("waiting") == 0 && room(now) > 0);
    if (!directly && settings_.max_waiting && count("waiting") >= *settings_.max_waiting) {
        return refusal("queue_full");
    }
    Token& token = tokens_.emplace_back(
        Token{.row = {.user = join.user, .priority = join.priority, .status = "waiting"}, .seen_at = now});
    if (directly) {
        admit(token, now);
        claim(token);
    }
    return describe_token(token, now);
}

Answer Model::poll(const Poll& poll, Instant now) {
    Token* token = named_token(poll.user, poll.back);
    if (token == nullptr) {
        return refusal("queue_token_invalid");
    }
    if (token->row.status == "waiting") {
        look_at_board(now);
        touch(*token, now);
    } else if (token->row.status == "active" && now < *token->row.lapses_at) {
        claim(*token);
    }
    return describe_token(*token, now);
}

Answer Model::leave(const Leave& leave, Instant now) {
    Token* token = named_token(leave.user, leave.back);
    if (token == nullptr) {
        return refusal("queue_token_invalid");
    }
    const bool runs = token->row.status == "active" && now < *token->row.lapses_at;
    if (runs || token->row.status == "waiting") {
        look_at_board(now);
        token->row.status = "left";
    }
    return Answer{.outcome = "ok"};
}

Answer Model::hold(const Hold& hold, Instant now) {
    Token* token = named_token(hold.user, hold.back);
    if (token == nullptr || token->row.status != "active" || now >= *token->row.lapses_at) {
        return refusal("queue_token_invalid");
    }
    claim(*token);
    reservations_.push_back({.token = static_cast<std::size_t>(token - tokens_.data())});
    return Answer{.outcome = "ok"};
}

Answer Model::pay(const Pay& pay) {
    const auto back = static_cast<std::size_t>(pay.back);
    if (back >= reservations_.size()) {
        return refusal("not_found");
    }
    Reservation& reservation = reservations_[reservations_.size() - 1 - back];
    if (reservation.paid) {
        return refusal("already_paid");
    }
    reservation.paid = true;
    std::string& status = tokens_[reservation.token].row.status;
    status = status == "active" ? "completed" : status; // also when it has lapsed and nobody has noticed
    return Answer{.outcome = "ok"};
}

int Model::round(Instant now, bool expire_idle) {
    for (Token& token : tokens_) {
        const bool lapsed = token.row.status == "active" && now >= *token.row.lapses_at;
        if (lapsed || (expire_idle && token.row.status == "waiting" && is_idle(token, now))) {
            token.row.status = "expired";
        }
    }
    if (mode_ == Mode::paused) {
        return 0;
    }
    int admitted = 0;
    for (int places = room(now); places > admitted;) {
        Token* token = next_in_line();
        if (token == nullptr) {
            break;
        }
        if (is_idle(*token, now)) {
            token->row.status = "expired";
        } else {
            admit(*token, now);
            ++admitted;
        }
    }
    return admitted;
}

int Model::count(const std::string& status) const {
    return static_cast<int>(
        std::ranges::count_if(tokens_, [&](const Token& token) { return token.row.status == status; }));
}

int Model::admitted_after(Instant instant) const {
    return static_cast<int>(std::ranges::count_if(
        tokens_, [&](const Token& token) { return token.row.admitted_at && *token.row.admitted_at > instant; }));
}

int Model::room(Instant now) const {
    if (mode_ == Mode::bypass) {
        return std::numeric_limits<int>::max();
    }
    const int places = settings_.max_active - count("active");
    if (!settings_.admit_per_minute) {
        return places;
    }
    const Duration window = fault_ == Fault::minute ? minute - std::chrono::seconds(10) : minute;
    return std::min(places, *settings_.admit_per_minute - admitted_after(now - window));
}

bool Model::is_idle(const Token& token, Instant now) const {
    const Duration patience = fault_ == Fault::idle ? settings_.idle_for : settings_.idle_for * 5 / 4;
    return now >= token.seen_at + patience;
}

bool Model::precedes(const Token& one, const Token& other) const {
    if (one.row.priority != other.row.priority && fault_ != Fault::priority) {
        return one.row.priority > other.row.priority;
    }
    return &one < &other;
}

Model::Token* Model::next_in_line() {
    Token* next = nullptr;
    for (Token& token : tokens_) {
        if (token.row.status == "waiting" && (next == nullptr || precedes(token, *next))) {
            next = &token;
        }
    }
    return next;
}

Model::Token* Model::live_token_of(int user) {
    const auto token = std::ranges::find_if(tokens_, [&](const Token& candidate) {
        return candidate.row.user == user && (candidate.row.status == "waiting" || candidate.row.status == "active");
    });
    return token == tokens_.end() ? nullptr : &*token;
}

Model::Token* Model::named_token(int user, int back) {
    for (auto token = tokens_.rbegin(); token != tokens_.rend(); ++token) {
        if (token->row.user == user && back-- == 0) {
            return &*token;
        }
    }
    return nullptr;
}

void Model::touch(Token& token, Instant now) const {
    if (now >= token.seen_at + settings_.idle_for / 4) {
        token.seen_at = now;
    }
}

void Model::admit(Token& token, Instant now) {
    token.row.status = "active";
    token.row.admitted_at = now;
    token.row.expires_at = now + settings_.active_for;
    token.row.lapses_at = std::min(now + settings_.claim_for, *token.row.expires_at);
    if (fault_ == Fault::claim) {
        token.row.lapses_at = token.row.expires_at;
    }
}

void Model::claim(Token& token) const {
    token.claimed = true;
    token.row.lapses_at = token.row.expires_at;
}

} // namespace boxoffice::histories
