// Rounds of admission; see admission.h.

#include "queue/admission.h"
#include "queue/lock.h"

#include <algorithm>

namespace boxoffice::admission {

using queue_token::Token;

namespace {

// Bounds the memory and the locks of one statement, and of one round.
constexpr int64_t most_at_once = 1000, most_per_round = 10000;
// How many of those who wait are looked at in one round whether they have gone silent.
constexpr int64_t most_looked_at = 5000;
// How long those who wait keep their places when the sale is over: it may be over by a mistake.
constexpr Duration kept_for{USECS_PER_HOUR};

// A round in one queue, under its lock.
struct Round {
    int64_t queue_id;
    queue::Rules rules;
    std::optional<board::Handle> handle;
    board::Frontier frontier;
    Time at;
};

bool is_idle(const Round& round, const Uuid& token, Time recorded) {
    const Time unrecorded = board::available() ? board::visits_known_since() : recorded;
    // who heard that the sale is over had no reason to stay
    const Time known = std::max(recorded, round.rules.on_sale_again_at.value_or(recorded));
    const Time seen_at = std::max(known, board::last_seen(token).value_or(unrecorded));
    return board::is_idle(seen_at, round.rules.idle_for.microseconds, round.at);
}

void note_not_waiting(const Round& round, const std::vector<Token>& tokens, std::optional<Time> admitted_at) {
    if (!round.handle)
        return;
    for (const Token& token : tokens)
        board::note_not_waiting(*round.handle, token.token, token.number, admitted_at);
}

Numbers numbers_of(const std::vector<Token>& tokens) {
    Numbers numbers;
    for (const Token& token : tokens)
        numbers.push_back(token.number);
    return numbers;
}

// Locks them all, but for those that another transaction keeps beyond busy_wait, which are somebody who is just leaving:
// these become busy. False when the rows are to be read again.
bool lock_present(const spi::FreshSnapshot& snapshot, std::vector<Token>& tokens, Numbers& busy, Patience& patience) {
    for (;;) {
        const RowLocks locks = queue_token::lock_all(snapshot, tokens);
        if (locks.state == RowLock::locked)
            return true;
        if (patience.once_more())
            return false;
        busy.push_back(tokens[locks.failed_at].number);
        tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(locks.failed_at));
    }
}

void expire(const Round& round, const std::vector<Token>& tokens) {
    if (tokens.empty())
        return;
    queue_token::expire(round.queue_id, numbers_of(tokens), round.at);
    note_not_waiting(round, tokens, std::nullopt);
}

void admit(const Round& round, const std::vector<Token>& tokens) {
    if (tokens.empty())
        return;
    const Time expires_at = round.at + round.rules.active_for;
    const Time claim_until = round.at + round.rules.claim_for;
    queue_token::admit(round.queue_id, numbers_of(tokens), {round.at, std::min(claim_until, expires_at), expires_at});
    note_not_waiting(round, tokens, round.at);
}

// Admits the next, for so many places; returns how many. Nobody is left who could be when it is fewer.
int64_t admit_next(const Round& round, int64_t room) {
    int64_t admitted = 0;
    Numbers busy;
    Patience patience;
    while (admitted < room) {
        const spi::FreshSnapshot snapshot;
        const int64_t wanted = std::min(room - admitted, most_at_once) + static_cast<int64_t>(busy.size());
        auto tokens = queue_token::find_next(snapshot, round.queue_id, round.frontier.below, wanted);
        const bool all = static_cast<int64_t>(tokens.size()) < wanted;
        std::erase_if(tokens, [&](const Token& token) {
            return std::find(busy.begin(), busy.end(), token.number) != busy.end();
        });
        if (!lock_present(snapshot, tokens, busy, patience))
            continue;
        const auto silent = std::stable_partition(tokens.begin(), tokens.end(), [&](const Token& token) {
            return !is_idle(round, token.token, token.last_seen_at);
        });
        expire(round, {silent, tokens.end()});
        tokens.erase(silent, tokens.end());
        admit(round, tokens);
        admitted += static_cast<int64_t>(tokens.size());
        if (all)
            break;
    }
    return admitted;
}

// Passes over who has gone silent, a part of the queue in each round: this process remembers where it was.
void pass_over_silent(const Round& round) {
    struct Place {
        int64_t queue_id;
        int32_t priority;
        int64_t number;
    };
    static std::vector<Place> places;
    auto place = std::find_if(places.begin(), places.end(),
                              [&](const Place& known) { return known.queue_id == round.queue_id; });
    if (place == places.end())
        place = places.insert(places.end(), Place{round.queue_id, 0, PG_INT64_MIN});
    int64_t looked_at = 0;
    for (int32_t turn = 0; turn <= priorities && looked_at < most_looked_at; ++turn) {
        const spi::FreshSnapshot snapshot;
        std::vector<Token> silent;
        const auto tokens = queue_token::find_waiting_after(snapshot, round.queue_id, place->priority, place->number,
                                                            most_looked_at - looked_at);
        for (const Token& token : tokens) {
            place->number = token.number;
            // one whose row somebody has is not silent
            if (is_idle(round, token.token, token.last_seen_at) && queue_token::lock(snapshot, token))
                silent.push_back(token);
        }
        looked_at += static_cast<int64_t>(tokens.size());
        expire(round, silent);
        if (looked_at < most_looked_at)
            *place = Place{round.queue_id, (place->priority + 1) % priorities, PG_INT64_MIN};
    }
}

// Puts those who joined before the draw in the order of the draw; false when one of them may still be joining. Their
// numbers become negative, so they stay before all who came later.
bool hold_draw(const Round& round) {
    if (round.frontier.joining_since < clock::wall(*round.rules.join_before))
        return false;
    queue_token::shuffle(round.queue_id, queue::seed(round.queue_id), *round.rules.join_before);
    queue::set_drawn(round.queue_id, round.at);
    if (round.handle)
        board::note_lost(*round.handle);
    return true;
}

// Whether the sale is over; writes down when a round finds that this has changed. The time that a slot's sale closes at does
// not tell since when it is over: it may have been set just now.
bool find_over(Round& round) {
    const bool over = [&] {
        const spi::FreshSnapshot snapshot;
        return queue::sale_is_over(snapshot, round.queue_id, round.at);
    }();
    if (over == round.rules.over_since.has_value())
        return over;
    if (over) {
        queue::set_over(round.queue_id, round.at);
        round.rules.over_since = round.at;
    } else {
        queue::set_on_sale_again(round.queue_id, round.at);
        round.rules.over_since.reset();
        round.rules.on_sale_again_at = round.at;
    }
    if (round.handle)
        board::note_rules(*round.handle, round.rules.for_board());
    return over;
}

// Nobody is admitted to a sale that is over; and who still waits when it has been for kept_for has waited in vain. Until
// then an administrator may sell on, and everyone has kept the place.
void end_waiting(const Round& round) {
    if (round.at < *round.rules.over_since + kept_for)
        return;
    // who joined since then knew of a sale, even if no round has come upon it
    const auto joined = [&] {
        const spi::FreshSnapshot snapshot;
        return queue_token::last_joined(snapshot, round.queue_id);
    }();
    if (!joined || round.at < *joined + kept_for)
        return;
    int64_t ended = 0;
    int64_t found = most_at_once;
    while (found == most_at_once && ended < most_per_round) {
        const spi::FreshSnapshot snapshot;
        auto tokens = queue_token::find_next(snapshot, round.queue_id, round.frontier.below, most_at_once);
        found = static_cast<int64_t>(tokens.size());
        // one whose row somebody has is just leaving
        std::erase_if(tokens, [&](const Token& token) { return !queue_token::lock(snapshot, token); });
        expire(round, tokens);
        ended += found;
    }
}

int64_t admit_by_rules(Round& round) {
    if (round.rules.mode == "paused")
        return 0;
    const bool bypass = round.rules.mode == "bypass";
    int64_t room = most_per_round;
    if (!bypass) {
        const spi::FreshSnapshot snapshot;
        // after the snapshot: a place is given at a later instant than that at which it became free
        round.at = clock::now();
        room = queue_token::count_room(snapshot, round.queue_id, round.rules, round.at) - round.frontier.admissions;
    }
    const int64_t wanted = std::clamp(room, int64_t{0}, most_per_round);
    const int64_t admitted = admit_next(round, wanted);
    if (round.handle) {
        const int64_t left = bypass ? 0 : std::max(room - admitted, int64_t{0});
        board::note_round(*round.handle, admitted < wanted ? left : 0, left > 0 || bypass, round.frontier.next_number);
        // a full round may have left some
        if (admitted == most_per_round)
            board::note_place_free(*round.handle);
    }
    return admitted;
}

// The board is a copy that nothing should bring out of step; should it happen all the same, it is built again.
void compare_with_table(int64_t queue_id, const board::Handle& handle) {
    if (board::has_notes_of(queue_id) || !board::take_comparison(handle, clock::now()))
        return;
    const auto before = board::count_at_rest(handle);
    const int64_t counted = [&] {
        const spi::FreshSnapshot snapshot;
        return queue_token::count_waiting(snapshot, queue_id, PG_INT64_MAX);
    }();
    // whatever changes meanwhile tells nothing
    if (!before || *before == counted || board::count_at_rest(handle) != before)
        return;
    guarded([&] {
        ereport(LOG, (errmsg("boxoffice builds the board of queue %lld again", static_cast<long long>(queue_id)),
                      errdetail("The board has %lld waiting, the table %lld.", static_cast<long long>(*before),
                                static_cast<long long>(counted))));
    });
    board::note_lost(handle);
}

} // namespace

int64_t serve(int64_t queue_id, bool everybody) {
    if (!queue_lock::try_acquire(queue_id)) {
        if (const auto handle = board::available() ? board::find(queue_id) : std::nullopt)
            board::want_round(*handle);
        return 0;
    }
    const auto [on_board, no_place, no_room] = queue::on_board_for_round(queue_id);
    if (!on_board && board::available() && !no_place && !no_room) {
        queue_lock::release(queue_id);
        return 0;
    }
    if (on_board && everybody)
        compare_with_table(queue_id, *on_board);
    // where the board has no place or no room those who wait are admitted from the tables; with the queue's lock, so
    // nobody draws from them meanwhile, and it gets no place
    const auto handle = on_board || !board::available() ? on_board : std::optional(board::handle_of(queue_id));
    if (handle)
        board::note_lock_held(*handle);
    // in this order: whoever joined before this instant is in flight, or else the snapshots show it
    const Time before = clock::now();
    const board::Frontier frontier =
        on_board ? board::frontier(*on_board) : board::Frontier{PG_INT64_MAX, 0, PG_INT64_MAX, DT_NOEND};
    const auto rules = [&] {
        const spi::FreshSnapshot snapshot;
        return queue::find(snapshot, queue_id);
    }();
    if (!rules)
        return 0;
    Round round{queue_id, *rules, handle, frontier, clock::now()};
    const bool over = find_over(round);
    queue_token::expire_lapsed(queue_id, round.at);
    if (everybody && !over)
        pass_over_silent(round);
    // also for a sale that is over, so that it does not stay due
    const bool before_draw = rules->draw_pending() && (before < *rules->join_before || !hold_draw(round));
    if (over) {
        end_waiting(round);
        return 0;
    }
    if (before_draw)
        return 0;
    return admit_by_rules(round);
}

int64_t admit_waiting(int64_t queue_id) {
    require_writing("admit_waiting");
    queue::require_exists(queue_id);
    return serve(queue_id, false);
}

} // namespace boxoffice::admission
