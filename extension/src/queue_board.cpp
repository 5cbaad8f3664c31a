// Building a queue's part of the board from its tables.

#include "boxoffice/queue.h"
#include "boxoffice/queue_token.h"

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
        return OnBoard{std::nullopt, true};
    }
    for (const Time admitted_at : queue_token::admitted_last_minute(snapshot, queue_id, at))
        board::add_admitted(admitted_at);
    const int64_t next = queue_token::last_number(snapshot, queue_id) + 1;
    return {board::finish_building(rules ? rules->for_board() : board::QueueRules{}, next), false};
}

OnBoard build(int64_t queue_id) {
    const auto [first, next] = [&] {
        const spi::FreshSnapshot snapshot;
        return queue_token::number_range(snapshot, queue_id);
    }();
    switch (board::begin_building(queue_id, first, next)) {
    case board::Begun::mine:
        return fill(queue_id);
    case board::Begun::no_room:
        return {std::nullopt, true};
    default:
        return {};
    }
}

} // namespace

OnBoard on_board(int64_t queue_id) {
    if (!board::available())
        return {};
    Patience patience;
    do {
        if (const auto handle = board::find(queue_id))
            return {handle, false};
        // this transaction would see what it has not committed
        if (board::has_notes_of(queue_id))
            return {};
        if (const OnBoard built = build(queue_id); built.handle || built.no_room)
            return built;
    } while (patience.once_more());
    return {};
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
    return queue.handle ? queue.handle : board::slot_for_notes(queue_id);
}

} // namespace boxoffice::queue
