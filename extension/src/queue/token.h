// The tokens of queues: a place of one user in one queue, from joining to the end.
//
// Owns      boxoffice.queue_token.
// Invariant one user has at most one living token in a queue; a number is given once. A token goes from waiting to
//           active to completed, expired or left, and never back.
// Locks     the row that is changed, in the version that a snapshot showed, never waited for. Whoever changes one on
//           behalf of its user has the user's lock before; whoever admits or expires has the queue's lock.
#pragma once

#include "queue/board/board.h"
#include "queue/queue.h"
#include "write/row_lock.h"

namespace boxoffice::queue_token {

// While one lives, changes of the tables of queues are ours; others make the board be built again.
class OwnChange {
public:
    OwnChange();
    ~OwnChange();
    OwnChange(const OwnChange&) = delete;
    OwnChange& operator=(const OwnChange&) = delete;
};
bool change_is_own();

struct Token {
    Uuid token;
    int64_t queue_id;
    int64_t number;
    std::string user_id;
    int32_t priority;
    std::string status; // as stored: a lapsed one may still say active
    Time last_seen_at;
    std::optional<Time> lapses_at, expires_at;
    RowAddress address;

    bool is_active(Time at) const { return status == "active" && at < *lapses_at; }
    bool is_claimed() const { return *lapses_at == *expires_at; }
};

// The token as the snapshot shows it, compared in constant time; nothing when there is none.
std::optional<Token> find(const spi::FreshSnapshot& snapshot, const Uuid& token);
// The user's living token.
std::optional<Token> find_living(const spi::FreshSnapshot& snapshot, int64_t queue_id, const std::string& user_id);
// The next who may be admitted, at most so many, in their order.
std::vector<Token> find_next(const spi::FreshSnapshot& snapshot, int64_t queue_id, int64_t below, int64_t most);
// Those of one priority who wait with greater numbers than this, at most so many, by number; without their user_id,
// because such a list is long.
std::vector<Token> find_waiting_after(const spi::FreshSnapshot& snapshot, int64_t queue_id, int32_t priority,
                                      int64_t after, int64_t most);
// When those were admitted who count as admitted in the last minute.
std::vector<Time> admitted_last_minute(const spi::FreshSnapshot& snapshot, int64_t queue_id, Time at);

// Locks them as the snapshot showed them, in the order given; see lock_rows.
RowLocks lock_all(const spi::FreshSnapshot& snapshot, const std::vector<Token>& tokens);
// False when another transaction has it or has changed it.
[[nodiscard]] bool lock(const spi::FreshSnapshot& snapshot, const Token& token);

// How many wait, counted up to so many; how many before a number; and how fast they are admitted.
int64_t count_waiting(const spi::FreshSnapshot& snapshot, int64_t queue_id, int64_t most);
int64_t count_before(const spi::FreshSnapshot& snapshot, const Token& token);
int64_t count_admitted_last_minute(const spi::FreshSnapshot& snapshot, int64_t queue_id, Time at);
// How many more may be admitted at this instant, without those who are not committed; may be negative.
int64_t count_room(const spi::FreshSnapshot& snapshot, int64_t queue_id, const queue::Rules& rules, Time at);
// The greatest number that was given; 0: none.
int64_t last_number(const spi::FreshSnapshot& snapshot, int64_t queue_id);
struct NumberRange {
    int64_t first, next;
};
// Whoever waits has the first of these numbers or a greater one; next is drawn next.
NumberRange number_range(const spi::FreshSnapshot& snapshot, int64_t queue_id);

Uuid draw_secret();

struct Admission {
    Time at, lapses_at, expires_at;
};
// It joins at this instant; one that is active is admitted by that. Returns where its row is.
RowAddress insert(const Token& token, Time at);
void see(const Token& token, Time at);
void claim(const Token& token);
// status: completed, expired or left
void end(const Token& token, const char* status, Time at);
void admit(int64_t queue_id, const Numbers& numbers, const Admission& admission);
void expire(int64_t queue_id, const Numbers& numbers, Time at);
// Gives who waits and joined before that instant numbers below 0, in an order that the seed decides.
void shuffle(int64_t queue_id, const std::string& seed, Time joined_before);
// Ends the active whose time has run out; what another transaction has at this instant is left.
void expire_lapsed(int64_t queue_id, Time at);
// When the last one of those who wait joined; nothing: nobody waits.
std::optional<Time> last_joined(const spi::FreshSnapshot& snapshot, int64_t queue_id);
// Completes the user's active token, unless it is just being expired.
void complete(int64_t queue_id, int64_t number, const std::string& user_id, Time at);

// Which queues have living tokens, and when the first of those who are active runs out.
std::vector<int64_t> living_queues();
std::vector<int64_t> due_queues(Time at);
std::optional<Time> next_due();

} // namespace boxoffice::queue_token
