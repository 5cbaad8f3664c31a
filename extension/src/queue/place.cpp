// Building a queue's part of the board from its tables.

#include "queue/lock.h"
#include "queue/queue.h"
#include "queue/token.h"
#include "write/patience.h"

namespace boxoffice::queue {

namespace {

constexpr int64_t batch = 10000;

// A batch in a session of its own, which frees its memory at the end. Returns the last number, or nothing.
std::optional<int64_t> add_batch(const spi::FreshSnapshot& snapshot, int64_t queue_id, int32_t priority, int64_t after,
                                 Time at, board::Added& added) {
    const spi::Session session;
    std::optional<int64_t> last;
    for (const auto& token : queue_token::find_waiting_after(snapshot, queue_id, priority, after, batch)) {
        added = board::add_waiting(token.token, token.number, priority, at);
        if (added != board::Added::ok)
            return std::nullopt;
        last = token.number;
    }
    return last;
}

OnBoard fill(int64_t queue_id) {
    // after the building has begun: what commits from now on is noted by others
    const spi::FreshSnapshot snapshot;
    const auto rules = find(snapshot, queue_id);
    const Time at = clock::now();
    board::Added added = board::Added::ok;
    for (int32_t priority = 0; priority < priorities; ++priority) {
        std::optional<int64_t> last = PG_INT64_MIN;
        while (last && added == board::Added::ok)
            last = add_batch(snapshot, queue_id, priority, *last, at, added);
    }
    if (added == board::Added::full) {
        board::give_up_building();
        return OnBoard{.no_room = true};
    }
    for (const Time admitted_at : queue_token::admitted_last_minute(snapshot, queue_id, at))
        board::add_admitted(admitted_at);
    const int64_t next = queue_token::last_number(snapshot, queue_id) + 1;
    return {.handle = board::finish_building(rules ? rules->for_board() : board::QueueRules{}, next)};
}

// With waiting, so many of whom there are, it may take the place of a queue with far fewer.
OnBoard build(int64_t queue_id, int64_t waiting = 0) {
    const bool take_place = !board::has_place(queue_id);
    if (take_place && waiting == 0 && !board::has_free_place())
        return {.no_place = true};
    // whoever draws numbers from the tables has it until the end
    if (take_place && !queue_lock::try_acquire(queue_id))
        return {};
    const auto [first, next] = [&] {
        const spi::FreshSnapshot snapshot;
        return queue_token::number_range(snapshot, queue_id);
    }();
    const auto begun = board::begin_building(queue_id, {first, next, take_place, waiting});
    if (take_place)
        queue_lock::release(queue_id);
    switch (begun) {
    case board::Begun::mine:
        return fill(queue_id);
    case board::Begun::no_place:
        return {.no_place = true};
    case board::Begun::no_room:
        return {.no_room = true};
    default:
        return {};
    }
}

// For how many of those who wait in a queue a place on the board would be another's loss; nothing: too few.
std::optional<int64_t> waiting_enough_for_place(int64_t queue_id) {
    const auto enough = board::waiting_for_place_of_another();
    if (!enough)
        return std::nullopt;
    const spi::FreshSnapshot snapshot;
    if (queue_token::count_waiting(snapshot, queue_id, *enough) < *enough)
        return std::nullopt;
    const int64_t room = board::free_tokens();
    const int64_t waiting = queue_token::count_waiting(snapshot, queue_id, room + 1);
    return waiting <= room ? std::optional(waiting) : std::nullopt;
}

} // namespace

OnBoard on_board(int64_t queue_id) {
    if (!board::available())
        return {};
    Patience patience;
    do {
        if (const auto handle = board::find(queue_id))
            return {.handle = handle};
        // this transaction would see what it has not committed
        if (board::has_notes_of(queue_id))
            return {.no_place = !board::has_place(queue_id)};
        if (const OnBoard built = build(queue_id); built.handle || built.no_place || built.no_room)
            return built;
    } while (patience.once_more());
    return {};
}

OnBoard on_board_for_round(int64_t queue_id) {
    OnBoard queue = on_board(queue_id);
    if (!queue.no_place || board::has_notes_of(queue_id))
        return queue;
    board::give_up_gone_queues();
    const auto waiting = waiting_enough_for_place(queue_id);
    if (!waiting)
        return queue;
    OnBoard built = build(queue_id, *waiting);
    if (built.handle)
        return built;
    // others have taken the room meanwhile
    board::give_up_place(queue_id);
    return queue;
}

void raise_no_room(int64_t queue_id) {
    throw Failure{ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, "the board has no room for queue " + std::to_string(queue_id),
                  "It takes " + std::to_string(shared_memory::board_tokens) + " waiting users in " +
                      std::to_string(shared_memory::board_queues) + " queues.",
                  "Raise boxoffice.board_tokens or boxoffice.board_queues and restart the server."};
}

std::optional<board::Handle> handle_for_notes(int64_t queue_id) {
    if (!board::available())
        return std::nullopt;
    // once this transaction has changed something it can no longer build, and may want to join
    const OnBoard queue = on_board(queue_id);
    return queue.handle ? *queue.handle : board::handle_of(queue_id);
}

} // namespace boxoffice::queue
