// Queues: the waiting rooms and their rules.
//
// Owns      boxoffice.queue, boxoffice.queue_seed.
// Invariant a queue that has held its draw keeps it.
// Locks     the queue's lock, waited for, then the queue's row: when a change of the rules returns, nobody is being
//           admitted by the old ones. Joining and selling read the rules and lock none.
// Errors    these functions are for administrators: they raise, also for an id that does not exist.
#pragma once

#include "pg/spi.h"
#include "queue/board/board.h"

namespace boxoffice::queue {

struct Definition {
    std::optional<std::string> name;
    std::optional<int32_t> max_active;
    std::optional<Duration> active_for;
    std::optional<int32_t> max_waiting, admit_per_minute;
    std::optional<Duration> claim_for, idle_for;
    std::optional<std::string> mode;
    std::optional<Time> join_before;
    std::optional<std::string> shuffle_seed;
};

int64_t create(const Definition& definition);
// A member without a value stays as it is; 0 lifts max_waiting and admit_per_minute, infinity lifts join_before.
void update(int64_t queue_id, const Definition& change);

// What admission needs to know of a queue.
struct Rules {
    std::string mode;
    int32_t max_active;
    Duration active_for;
    std::optional<int32_t> max_waiting, admit_per_minute;
    Duration claim_for;
    Duration idle_for;
    std::optional<Time> join_before;
    bool drawn;
    // as rounds have found it: since when its sale is over, and when it was found on sale again
    std::optional<Time> over_since, on_sale_again_at;

    bool draw_pending() const { return join_before && !drawn; }
    board::QueueRules for_board() const;
};
// The rules as the snapshot shows them, or nothing.
std::optional<Rules> find(const spi::FreshSnapshot& snapshot, int64_t queue_id);
// It has slots, and at that instant none of them is or will be on sale, unless an administrator changes one.
bool sale_is_over(const spi::FreshSnapshot& snapshot, int64_t queue_id, Time at);
void require_exists(int64_t queue_id);
// Writes down what a round has found, under the queue's lock: the sale is over since then, or goes on since then.
// Written down unless another transaction has the row of the queue, which is not waited for: then the next round does it.
void set_over(int64_t queue_id, Time since);
void set_on_sale_again(int64_t queue_id, Time at);
// Notes that the draw took place.
void set_drawn(int64_t queue_id, Time at);
// The seed of its draw.
std::string seed(int64_t queue_id);

// The queue's part of the board, built from the tables where it is missing. Without a handle: the library is not
// preloaded (board::available() tells), or the board has no place for the queue, which is served from the tables, or no
// room for those who wait in it, or another process builds it at this instant.
struct OnBoard {
    std::optional<board::Handle> handle{};
    bool no_place = false, no_room = false;
};
OnBoard on_board(int64_t queue_id);
// The same for a round, which has the queue's lock: where many wait it takes the place of a queue in which few do.
OnBoard on_board_for_round(int64_t queue_id);
[[noreturn]] void raise_no_room(int64_t queue_id);
// Where this transaction's changes of the queue are to be noted, to be asked before they are made. Nothing: the library is
// not preloaded.
std::optional<board::Handle> handle_for_notes(int64_t queue_id);

} // namespace boxoffice::queue
