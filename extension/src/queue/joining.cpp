// Joining a queue; see admission.h.

#include "base/validate.h"
#include "queue/admission.h"
#include "queue/lock.h"

namespace boxoffice::admission {

using queue_token::Token;

namespace {

struct Joining {
    int64_t queue_id;
    const std::string& user_id;
    int32_t priority;
    bool patient; // rather tries again than to wait in line while another call counts the room
    queue::Rules rules;
};

// Before a draw nobody is admitted, whatever the mode.
bool admits_at_joining(const queue::Rules& rules) { return rules.mode == "open" && !rules.draw_pending(); }
bool is_bypassed(const queue::Rules& rules) { return rules.mode == "bypass" && !rules.draw_pending(); }

// Counts for how many there is room, for this joiner and those who come next, by the rules as they are under the lock.
// False when another call has it.
bool count_room(const Joining& joining, const board::Handle& handle) {
    // what this transaction has changed would count, and may yet be undone
    if (!board::wants_counting(handle) || board::has_notes_of(joining.queue_id))
        return true;
    if (!queue_lock::try_acquire(joining.queue_id))
        return false;
    const board::Frontier frontier = board::frontier(handle);
    const spi::FreshSnapshot snapshot;
    const auto rules = queue::find(snapshot, joining.queue_id);
    if (rules && admits_at_joining(*rules))
        board::set_room(handle, queue_token::count_room(snapshot, joining.queue_id, *rules, clock::now()) -
                                    frontier.admissions);
    queue_lock::release(joining.queue_id);
    return true;
}

board::Draw draw_on_board(const Joining& joining, const board::Handle& handle, const Uuid& secret) {
    const bool if_room = admits_at_joining(joining.rules);
    if (if_room && !count_room(joining, handle) && joining.patient)
        return {board::Drawn::lost, 0, {}};
    const auto door = is_bypassed(joining.rules) ? board::Door::wide_open
                      : if_room                  ? board::Door::if_room
                                                 : board::Door::wait_only;
    return board::draw(handle, secret, joining.priority, joining.rules.max_waiting, door);
}

// For a queue without a place on the board: under the queue's lock, until the transaction ends, and by the rules as they
// are then. Whoever gives it a place waits for that end; see board.h.
board::Draw draw_under_lock(const Joining& joining) {
    const spi::FreshSnapshot snapshot;
    const Time at = clock::now();
    const auto rules = queue::find(snapshot, joining.queue_id);
    if (!rules)
        return {board::Drawn::lost, 0, at};
    const int64_t number = queue_token::last_number(snapshot, joining.queue_id) + 1;
    if (is_bypassed(*rules))
        return {board::Drawn::admitted, number, at};
    const int64_t waiting = queue_token::count_waiting(snapshot, joining.queue_id, rules->max_waiting.value_or(1));
    if (waiting == 0 && admits_at_joining(*rules) &&
        queue_token::count_room(snapshot, joining.queue_id, *rules, at) > 0)
        return {board::Drawn::admitted, number, at};
    if (rules->max_waiting && waiting >= *rules->max_waiting)
        return {board::Drawn::full, 0, at};
    return {board::Drawn::waiting, number, at};
}

board::Draw draw_from_tables(const Joining& joining) {
    if (!queue_lock::try_acquire(joining.queue_id))
        return {board::Drawn::lost, 0, {}};
    const bool on_board = board::available() && board::has_place(joining.queue_id);
    const board::Draw draw = on_board ? board::Draw{board::Drawn::lost, 0, {}} : draw_under_lock(joining);
    if (draw.drawn == board::Drawn::lost || draw.drawn == board::Drawn::full)
        queue_lock::release(joining.queue_id);
    else if (board::available())
        board::note_drawn_from_tables(joining.queue_id);
    return draw;
}

// Nothing: the number could not be drawn at this instant.
std::optional<QueueResult> take_place(const Joining& joining) {
    const queue::OnBoard queue = queue::on_board(joining.queue_id);
    if (queue.no_room)
        queue::raise_no_room(joining.queue_id);
    if (!queue.handle && board::available() && !queue.no_place)
        return std::nullopt;
    const Uuid secret = queue_token::draw_secret();
    const board::Draw draw = queue.handle ? draw_on_board(joining, *queue.handle, secret) : draw_from_tables(joining);
    if (draw.drawn == board::Drawn::lost)
        return std::nullopt;
    if (draw.drawn == board::Drawn::full)
        return QueueResult{Outcome::queue_full};
    const bool admitted = draw.drawn == board::Drawn::admitted;
    const auto expires_at = admitted ? std::optional(draw.at + joining.rules.active_for) : std::nullopt;
    Token token{.token = secret,
                .queue_id = joining.queue_id,
                .number = draw.number,
                .user_id = joining.user_id,
                .priority = joining.priority,
                .status = admitted ? "active" : "waiting",
                .last_seen_at = draw.at,
                .lapses_at = expires_at,
                .expires_at = expires_at,
                .address = {}};
    token.address = queue_token::insert(token, draw.at);
    // taken now, so that it shows the row
    const spi::FreshSnapshot snapshot;
    return describe(snapshot, token, clock::now());
}

// The place that the user has already, under the user's lock. Nothing: it has lapsed, or another transaction has the
// row at this instant (then busy).
std::optional<QueueResult> place_of(const spi::FreshSnapshot& snapshot, const Token& token, Time at, bool& busy) {
    if (token.status == "waiting" || token.is_active(at)) {
        busy = token.is_active(at) && !token.is_claimed() && !claim(snapshot, token);
        return busy ? std::nullopt : std::optional(describe(snapshot, token, at));
    }
    busy = !queue_token::lock(snapshot, token);
    if (!busy)
        queue_token::end(token, "expired", *token.lapses_at);
    return std::nullopt;
}

// Nothing: another transaction was in the way.
std::optional<QueueResult> try_join(int64_t queue_id, const std::string& user_id, int32_t priority, bool patient) {
    const spi::FreshSnapshot snapshot;
    const auto rules = queue::find(snapshot, queue_id);
    if (!rules)
        return QueueResult{Outcome::not_found};
    const auto own = queue_token::find_living(snapshot, queue_id, user_id);
    // a lapsed token is ended together with the new one, or not at all
    std::optional<Subtransaction> attempt;
    if (own) {
        const Time at = clock::now();
        if (own->status == "active" && !own->is_active(at))
            attempt.emplace();
        bool busy = false;
        auto place = place_of(snapshot, *own, at, busy);
        if (place || busy) {
            if (attempt)
                attempt->roll_back();
            return place;
        }
    }
    const bool closed = rules->mode == "closed" || queue::sale_is_over(snapshot, queue_id, clock::now());
    std::optional<QueueResult> result =
        closed ? QueueResult{Outcome::queue_closed} : take_place({queue_id, user_id, priority, patient, *rules});
    if (attempt)
        attempt->end(result && result->outcome == Outcome::ok);
    return result;
}

} // namespace

void check(const std::string& user_id, int32_t priority) {
    validate::user_id(user_id);
    if (priority < 0 || priority >= priorities)
        validate::raise_invalid("priority must be 0 to " + std::to_string(priorities - 1),
                                "It is " + std::to_string(priority) + ".", "3 is admitted first; most users have 0.");
}

QueueResult join(int64_t queue_id, const std::string& user_id, int32_t priority) {
    check(user_id, priority);
    return perform<QueueResult>({"join_queue", user_id, std::nullopt, ""}, [&] {
        if (const auto result = patiently([&] { return try_join(queue_id, user_id, priority, true); }))
            return *result;
        return try_join(queue_id, user_id, priority, false).value_or(QueueResult{Outcome::seat_busy});
    });
}

} // namespace boxoffice::admission
