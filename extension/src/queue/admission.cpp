#include "queue/admission.h"

#include "base/validate.h"

#include <algorithm>

namespace boxoffice::admission {

using queue_token::Token;

namespace {

constexpr int64_t least_poll_ms = 1000, most_poll_ms = 120000;

// Rounded up; the product may be larger than either fits.
int64_t multiply_and_divide(int64_t value, int64_t factor, int64_t divisor) {
    const auto product = static_cast<__int128>(value) * factor;
    return static_cast<int64_t>(std::min((product + divisor - 1) / divisor, static_cast<__int128>(PG_INT32_MAX)));
}

// Seconds until so many have been admitted. Those of the last minute tell the rate; but fewer may just have come: even
// if everybody stays as long as allowed, max_active places become free in active_for.
int32_t eta_seconds(int64_t position, const board::Standing& standing) {
    const board::QueueRules& rules = standing.rules;
    int64_t seconds = multiply_and_divide(position, rules.active_for, rules.max_active * USECS_PER_SEC);
    if (standing.admitted_last_minute > 0)
        seconds = std::min(seconds, multiply_and_divide(position, 60, standing.admitted_last_minute));
    if (rules.admit_per_minute > 0)
        seconds = std::max(seconds, multiply_and_divide(position, 60, rules.admit_per_minute));
    return static_cast<int32_t>(seconds);
}

int32_t poll_after(int64_t eta_seconds) {
    return static_cast<int32_t>(std::clamp(std::min(eta_seconds, int64_t{1000000}) * 100, least_poll_ms, most_poll_ms));
}

QueueResult before_draw(QueueResult result, const board::QueueRules& rules, Time at) {
    result.poll_after_ms = poll_after((rules.draw_at.microseconds - at.microseconds) / USECS_PER_SEC);
    return result;
}

QueueResult waiting(const Uuid& token, const board::Standing& standing, Time at) {
    QueueResult result{.token = token, .status = "waiting"};
    if (standing.rules.draw_pending)
        return before_draw(std::move(result), standing.rules, at);
    result.position = standing.before + 1;
    const int32_t eta = eta_seconds(*result.position, standing);
    if (!standing.rules.paused)
        result.eta_seconds = eta;
    result.poll_after_ms = poll_after(eta);
    return result;
}

// The position of one who waits, from the board where it knows the number, else by counting. Nothing: the board is being
// built at this instant, and will know soon.
std::optional<board::Standing> standing_of(const spi::FreshSnapshot& snapshot, const Token& token, Time at) {
    const queue::OnBoard queue = queue::on_board(token.queue_id);
    if (queue.handle && !board::has_departures_of(token.queue_id)) {
        if (const auto standing = board::standing(*queue.handle, token.number, token.priority, at))
            return standing;
    } else if (!queue.handle && board::available() && !queue.no_place && !queue.no_room && !board::has_notes()) {
        return std::nullopt;
    }
    const auto rules = queue::find(snapshot, token.queue_id);
    return board::Standing{queue_token::count_before(snapshot, token),
                           queue_token::count_admitted_last_minute(snapshot, token.queue_id, at),
                           rules ? rules->for_board() : board::QueueRules{}};
}

bool may_write() { return !XactReadOnly && !RecoveryInProgress(); }

// Writes down that a waiting user is there: on the board, or in the table where the board does not know the token. A call
// that meets another on the row leaves it to that one.
void see(const spi::FreshSnapshot& snapshot, const Token& token, int64_t idle_for, Time at) {
    if (board::see(token.token, idle_for, at) || !may_write() ||
        !board::worth_recording(token.last_seen_at, idle_for, at))
        return;
    if (queue_token::lock(snapshot, token))
        queue_token::see(token, at);
}

QueueResult still_waiting(const spi::FreshSnapshot& snapshot, const Token& token, Time at) {
    const auto standing = standing_of(snapshot, token, at);
    if (!standing)
        return QueueResult{.token = token.token, .status = "waiting", .poll_after_ms = least_poll_ms};
    see(snapshot, token, standing->rules.idle_for, at);
    return waiting(token.token, *standing, at);
}

// An admitted user shows up, under the user's lock.
QueueResult show_up(const Uuid& secret) {
    Patience patience;
    do {
        const spi::FreshSnapshot snapshot;
        const auto token = queue_token::find(snapshot, secret);
        if (!token)
            return QueueResult{Outcome::queue_token_invalid};
        const Time at = clock::now();
        if (!token->is_active(at) || token->is_claimed() || claim(snapshot, *token))
            return describe(snapshot, *token, at);
    } while (patience.once_more());
    return QueueResult{Outcome::seat_busy};
}

} // namespace

std::optional<QueueResult> status_on_board(const Uuid& token) {
    // what this transaction has changed is not on the board yet
    if (!board::available() || board::has_notes())
        return std::nullopt;
    const Time at = clock::now();
    const auto standing = board::poll(token, at);
    return standing ? std::optional(waiting(token, *standing, at)) : std::nullopt;
}

QueueResult describe(const spi::FreshSnapshot& snapshot, const Token& token, Time at) {
    if (token.status == "waiting")
        return still_waiting(snapshot, token, at);
    if (token.is_active(at))
        return QueueResult{.token = token.token, .status = "active", .expires_at = token.expires_at};
    // a lapsed one is expired, whether or not that was written down
    return QueueResult{.token = token.token, .status = token.status == "active" ? "expired" : token.status};
}

QueueResult status(const Uuid& secret) {
    std::string user_id;
    {
        const spi::FreshSnapshot snapshot;
        const auto token = queue_token::find(snapshot, secret);
        if (!token)
            return QueueResult{Outcome::queue_token_invalid};
        const Time at = clock::now();
        if (!token->is_active(at) || token->is_claimed() || !may_write())
            return describe(snapshot, *token, at);
        user_id = token->user_id;
    }
    return perform<QueueResult>({"queue_status", user_id, std::nullopt, ""}, [&] { return show_up(secret); });
}

OutcomeResult leave(const Uuid& secret) {
    std::string user_id;
    {
        const spi::FreshSnapshot snapshot;
        const auto token = queue_token::find(snapshot, secret);
        if (!token)
            return OutcomeResult{Outcome::queue_token_invalid};
        user_id = token->user_id;
    }
    return perform<OutcomeResult>({"leave_queue", user_id, std::nullopt, ""}, [&] {
        Patience patience;
        do {
            const spi::FreshSnapshot snapshot;
            const auto token = queue_token::find(snapshot, secret);
            const Time at = clock::now();
            if (!token || (token->status != "waiting" && !token->is_active(at)))
                return OutcomeResult{Outcome::ok, true};
            const auto handle = queue::handle_for_notes(token->queue_id);
            if (!queue_token::lock(snapshot, *token))
                continue;
            queue_token::end(*token, "left", at);
            if (handle && token->status == "waiting")
                board::note_not_waiting(*handle, token->token, token->number, std::nullopt);
            else if (handle)
                board::note_place_free(*handle);
            return OutcomeResult{};
        } while (patience.once_more());
        return OutcomeResult{Outcome::seat_busy};
    });
}

Permit permit(const spi::FreshSnapshot& snapshot, int64_t queue_id, const std::optional<Uuid>& secret,
              const std::string& user_id, Time at) {
    if (!secret)
        return Permit{Outcome::queue_token_required};
    const auto token = queue_token::find(snapshot, *secret);
    if (!token || token->queue_id != queue_id || token->user_id != user_id || !token->is_active(at))
        return Permit{Outcome::queue_token_invalid};
    return Permit{Outcome::ok, token};
}

bool claim(const spi::FreshSnapshot& snapshot, const Token& token) {
    if (!queue_token::lock(snapshot, token))
        return false;
    queue_token::claim(token);
    return true;
}

} // namespace boxoffice::admission
