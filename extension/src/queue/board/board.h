// The board: who waits in which queue, in shared memory, so that a poll costs no look at a table.
//
// It is a copy: the tables decide, and it can be lost at any time and built again. What a transaction changes in the
// tables it notes here, and the notes take effect in the callback of its commit, before the client hears of it. Only
// numbers are drawn at once, and are then "in flight" until the transaction ends: they count as waiting, nobody drawn
// later is admitted before them, and those of an aborted transaction vanish.
//
// Two rules make it exact although snapshots and callbacks are not of one instant:
//   - who admits reads what is in flight first and takes the snapshot afterwards: what it finds in flight may be
//     counted twice, but nothing is missed (frontier);
//   - a number only goes from unknown to waiting to gone, so notes that come twice or late change nothing
//     (waiting_line.h).
#pragma once

#include "queue/board/shared_memory.h"

namespace boxoffice::board {

using shared_memory::QueueRules;

// A queue and its place on the board, until that is given to another queue; it stays the same when the queue is built
// again. A queue that has none is served from the tables. What is noted for a queue counts in the place that it has when
// the note takes effect.
struct Handle {
    int32_t slot; // below 0: none
    uint64_t generation;
    shared_memory::QueueKey key;
};

// Positions come from the board: the library is preloaded, and this is no standby.
bool available();
// This transaction has notes, so the board is not what this transaction would see.
bool has_notes();
// It has some that concern this queue: it cannot build it, because it sees what is not committed.
bool has_notes_of(int64_t queue_id);
// It has let somebody go from this queue or changed its rules: positions are not what this transaction would see.
bool has_departures_of(int64_t queue_id);
// The queue, ready for use, or nothing: it is not on the board, or is being built.
std::optional<Handle> find(int64_t queue_id);

// For what is noted of a queue, whether or not it is on the board at present.
Handle handle_of(int64_t queue_id);

// Which of the two ways numbers of a queue are drawn depends on whether it has a place, and never both at once:
//   - whoever draws from the tables has the queue's lock until the transaction ends, and looks under it that the queue
//     has no place
//   - a queue is given a place only by a process that has its lock at that instant, so that all who drew from the tables
//     have ended; the snapshot from which it is then built shows them
//   - a queue loses its place only when no number that was drawn on it is in flight
bool has_place(int64_t queue_id);
// There is one that nobody uses, or of a queue in which nobody waits.
bool has_free_place();
// Takes the places of dropped databases and installations away.
void give_up_gone_queues();
// This transaction has drawn numbers of the queue from the tables.
void note_drawn_from_tables(int64_t queue_id);
bool has_drawn_from_tables(int64_t queue_id);

// A queue with so many waiting may take the place of one with far fewer, which can be served from the tables as well.
// Nothing: every other place is in use.
std::optional<int64_t> waiting_for_place_of_another();
// How many more can wait on the board in all queues together.
int64_t free_tokens();
// Takes the queue off the board, where nobody waits in it or uses it.
void give_up_place(int64_t queue_id);
// Visits of those who wait in queues without a place before this instant may not have been written down.
Time visits_known_since();

// Building a queue's part of the board from the tables, while others go on changing them:
//   begin      from now on the notes of others take effect
//   add        each token that a snapshot taken after begin shows waiting, in any order
//   finish     it is ready
// An error or a rollback in between leaves the queue not on the board.

enum class Begun {
    mine,     // this process builds
    others,   // another process is building, or has taken the place
    no_place, // users wait in boxoffice.board_queues other queues
    no_room,  // boxoffice.board_tokens is too small
};
// Numbers first to last are those that may be waiting. With may_take, for which the queue's lock is needed, it is given a
// place where it has none; with waiting, so many, also that of a queue with far fewer.
struct Wanted {
    int64_t first, last;
    bool may_take;
    int64_t waiting;
};
Begun begin_building(int64_t queue_id, const Wanted& wanted);
enum class Added {
    ok,
    lost, // the tables were changed by hand meanwhile: begin again
    full, // boxoffice.board_tokens is too small
};
Added add_waiting(const Uuid& token, int64_t number, int priority, Time seen_at);
void add_admitted(Time at);
void give_up_building();
// Nothing when it was lost meanwhile.
std::optional<Handle> finish_building(const QueueRules& rules, int64_t next_number);

// Joining: draws the number and the instant under one short lock, so that numbers and times have one order.
enum class Drawn {
    waiting,
    admitted, // nobody waits and there was room
    full,     // max_waiting wait, or the board has no room
    lost,     // the queue is not on the board under this handle at present: find it again
};
struct Draw {
    Drawn drawn;
    int64_t number;
    Time at;
};
enum class Door { wait_only, if_room, wide_open };
Draw draw(const Handle& queue, const Uuid& token, int priority, std::optional<int32_t> max_waiting, Door door);
// Nobody waits, and nobody has looked yet for how many there is room: counting is worth it.
bool wants_counting(const Handle& queue);
// So many may be admitted at joining, from now on. Only with the queue's lock, and without notes.
void set_room(const Handle& queue, int64_t room);

// Notes, for when this transaction commits:
// a token no longer waits; admitted_at when it was admitted
void note_not_waiting(const Handle& queue, const Uuid& token, int64_t number, std::optional<Time> admitted_at);
// a place became free
void note_place_free(const Handle& queue);
// a round has been made, with so much room left; it knew of the numbers before this one
void note_round(const Handle& queue, int64_t room, bool hungry, int64_t next_number);
// whoever held the queue's lock has ended: if a round was wanted meanwhile, the worker makes it
void note_lock_held(const Handle& queue);
void note_rules(const Handle& queue, const QueueRules& rules);
// the queue is built again
void note_lost(const Handle& queue);
// the tables were changed by hand: all queues of this installation are built again
void note_all_lost();

// What must not be overtaken, for a round at this instant; takes back all room for admissions at joining.
struct Frontier {
    int64_t below;             // only smaller numbers may be admitted
    int32_t admissions;        // admitted at joining, not committed yet
    int64_t next_number;       // the next to be drawn
    TimestampTz joining_since; // since when the oldest who is joining at this instant does; DT_NOEND: nobody is
};
Frontier frontier(const Handle& queue);
// True about once a minute: time to compare its count with the tables.
bool take_comparison(const Handle& queue, Time at);
// How many wait; nothing while somebody is joining.
std::optional<int64_t> count_at_rest(const Handle& queue);
// A round could not be made now: the worker is to make one.
void want_round(const Handle& queue);
// The queues of this database for which a round is wanted; takes the wishes.
std::vector<int64_t> take_wanted();
bool any_wanted();

// What a poll is answered from.
struct Standing {
    int64_t before;
    int64_t admitted_last_minute;
    QueueRules rules;
};
// The standing of a token that waits, which is seen at this instant; nothing when the board does not know it.
std::optional<Standing> poll(const Uuid& token, Time at);
// The same for a number known to wait.
std::optional<Standing> standing(const Handle& queue, int64_t number, int priority, Time at);
// A waiting token is seen at this instant; false when the board does not know it.
bool see(const Uuid& token, int64_t idle_for, Time at);
// When a waiting token was seen last; nothing when the board does not know it.
std::optional<Time> last_seen(const Uuid& token);

// Whether a visit at this instant is worth recording, and whether one who was seen then is to be passed over now.
bool worth_recording(Time seen_at, int64_t idle_for, Time at);
bool is_idle(Time seen_at, int64_t idle_for, Time at);

} // namespace boxoffice::board
