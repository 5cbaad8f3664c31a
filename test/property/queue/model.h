// The queue as it should be: single-threaded, in memory, each rule written down in the plainest way and nothing kept
// that can be counted. Servers are measured by it.
#pragma once

#include <string>
#include <vector>

#include "answer.h"
#include "history.h"

namespace boxoffice::histories {

// A point in which the model can be made wrong, to prove that a wrong server would be found.
enum class Fault {
    none,
    priority, // admits in the order of numbers alone
    claim,    // does not ask that an admission be claimed
    idle,     // takes for idle who was not seen for idle_for, without the quarter more
    minute,   // counts the admissions of 50 seconds only
    eta,      // rounds the remaining time down
};

class Model {
public:
    // board: the server keeps positions and who was seen when in shared memory, which a restart clears.
    Model(const Settings& settings, bool board, Fault fault) : settings_(settings), board_(board), fault_(fault) {}

    // A call at an instant; calls come in the order of time. Waiting and restarting are no calls.
    Answer apply(const Command& command, Instant now);
    void restart() { seen_lost_ = board_; }

    struct Turn {
        Boundary boundary;
        Instant at;
    };
    // All instants, past and to come, at which an answer changes; but for whole seconds, at which an ETA may.
    std::vector<Turn> turns() const;

    std::vector<TokenRow> rows() const;
    const Settings& settings() const { return settings_; }
    Mode mode() const { return mode_; }

private:
    struct Token {
        TokenRow row;
        Instant seen_at{};
        bool claimed = false;
    };
    struct Reservation {
        std::size_t token; // its place in tokens_
        bool paid = false;
    };
    // So many per so much time; an exact fraction, because an ETA is rounded up.
    struct Rate {
        std::int64_t tokens;
        std::int64_t milliseconds;
    };

    void look_at_board(Instant now);
    static constexpr Duration minute = std::chrono::minutes(1);

    Answer join(const Join& join, Instant now);
    // For a user who has none.
    Answer take_place(const Join& join, Instant now);
    Answer poll(const Poll& poll, Instant now);
    Answer leave(const Leave& leave, Instant now);
    Answer hold(const Hold& hold, Instant now);
    Answer pay(const Pay& pay);
    // Admits who is next; returns how many.
    int round(Instant now, bool expire_idle);

    int count(const std::string& status) const;
    int admitted_after(Instant instant) const;
    int room(Instant now) const;
    bool is_idle(const Token& token, Instant now) const;
    bool precedes(const Token& one, const Token& other) const;
    Token* next_in_line();
    Token* live_token_of(int user);
    Token* named_token(int user, int back);

    void touch(Token& token, Instant now) const;
    void admit(Token& token, Instant now);
    void claim(Token& token) const;

    Answer describe_token(const Token& token, Instant now) const;
    std::int64_t position_of(const Token& token) const;
    Rate rate(Instant now) const;

    Settings settings_;
    bool board_;
    Fault fault_;
    Mode mode_ = Mode::open;
    bool seen_lost_ = false;
    std::vector<Token> tokens_; // in the order of their numbers
    std::vector<Reservation> reservations_;
};

} // namespace boxoffice::histories
