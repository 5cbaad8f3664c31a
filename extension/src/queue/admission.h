// Admission: joining a queue, asking, leaving, and who may buy.
//
// Invariant admitted is who has the smallest number of the highest priority; never more than max_active are active and
//           never more than admit_per_minute are admitted in 60 seconds (bypass aside), never more than max_waiting
//           wait. Who is admitted and does not show up within claim_for, or waits and is not seen for idle_for, gives
//           the place back. When the sale is over nobody is admitted, and nobody loses a place before an hour has passed
//           since a round found it over; a sale that goes on by then finds all in their order.
// Locks     joining, claiming, leaving and completing: the user's lock, then the token's row. Numbers are drawn on the
//           board, under a lock of a few instructions; without the board under the queue's lock, which is tried until
//           busy_wait and kept until the transaction ends, so that numbers become visible in their order. Admitting:
//           the queue's lock, tried once; then what is in flight, then the snapshot, then the rows, those of tokens after
//           that of the queue, which a round changes when it finds the sale over or on sale again. A sale takes no
//           lock of the queue.
// Dies here an aborted joining gives its number back to nobody; whoever comes next has a greater one.
#pragma once

#include "queue/token.h"
#include "write/perform.h"

namespace boxoffice::admission {

struct QueueResult {
    Outcome outcome = Outcome::ok;
    std::optional<Uuid> token{};
    std::optional<std::string> status{};
    std::optional<int64_t> position{};
    std::optional<int32_t> eta_seconds{};
    std::optional<int32_t> poll_after_ms{};
    std::optional<Time> expires_at{};
    auto columns() { return std::tie(outcome, token, status, position, eta_seconds, poll_after_ms, expires_at); }
    std::string explanation() const { return ""; }
};

// Raises what is malformed.
void check(const std::string& user_id, int32_t priority);
// A place for the user, or the one the user has.
QueueResult join(int64_t queue_id, const std::string& user_id, int32_t priority);
// Answered from the board, without a look at a table: who waits. Nothing: ask status().
std::optional<QueueResult> status_on_board(const Uuid& token);
// Keeps the place: counts as having shown up.
QueueResult status(const Uuid& token);
// What a token in hand reads as; the snapshot shows its row. Who waits is seen now, but nothing is claimed.
QueueResult describe(const spi::FreshSnapshot& snapshot, const queue_token::Token& token, Time at);
OutcomeResult leave(const Uuid& token);

// Admits as many as there is room for; returns how many. With everybody, those who have gone silent are passed over
// first.
int64_t admit_waiting(int64_t queue_id);
int64_t serve(int64_t queue_id, bool everybody);

// For sales, under the user's lock: whether the user may buy in a slot of this queue. ok, queue_token_required or
// queue_token_invalid.
struct Permit {
    Outcome outcome = Outcome::ok;
    std::optional<queue_token::Token> token{};
};
Permit permit(const spi::FreshSnapshot& snapshot, int64_t queue_id, const std::optional<Uuid>& token,
              const std::string& user_id, Time at);
// The user has shown up with it. False when it is being expired at this instant.
bool claim(const spi::FreshSnapshot& snapshot, const queue_token::Token& token);

} // namespace boxoffice::admission
