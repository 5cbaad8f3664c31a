// One write on behalf of one user: the user's lock, the idempotency key, and what makes the answer durable.
//
// Owns      boxoffice.idempotency_key.
// Invariant a key stands for one request, with one effect and one answer, for 24 hours; it belongs to a user and to who
//           chose it, the user or the house. Only ok answers of calls that wrote something are kept: what was refused, or
//           was so before, left nothing behind and may be asked again.
// Locks     the user's lock first. A key's row is written under it, so two calls with the same key never meet.
//           Old keys are forgotten with SKIP LOCKED.
#pragma once

#include "base/row.h"
#include "write/locks.h"

namespace boxoffice {

// Who has chosen an idempotency key: calls that a user makes and calls of the house about that user may use the same one.
enum class ChosenBy { user, house };

struct Request {
    const char* operation; // name of the SQL function
    std::string user_id;
    std::optional<std::string> idempotency_key;
    std::string arguments; // what is asked for, in one canonical form: another form is another request
    ChosenBy chosen_by = ChosenBy::user;
};

namespace idempotency {

// What the request's key stands for already.
struct Stored {
    std::optional<Outcome> outcome{}; // nothing: it stands for nothing; ok: repeat the answer; idempotency_mismatch
    JsonDatum answer{};
    bool lapsed = false; // a row older than 24 hours is in the way
};
Stored find(const Request& request);
// Takes the lapsed row away, inside a subtransaction of the caller; false when upkeep has it at this instant.
bool forget_lapsed(const Request& request);
// Keeps an answer under the request's key.
void store(const Request& request, JsonDatum answer);

// Forgets keys older than 24 hours, at most so many; returns how many.
int64_t forget_old(int64_t most);

} // namespace idempotency

// The result as jsonb, by the column names of the SQL type.
JsonDatum to_json(Datum record);
// Raises 25006 in a read-only transaction or on a standby.
void require_writing(const char* operation);

// Results that can be kept under an idempotency key.
template <typename Result>
concept Keyed = requires {
    Result::type_name;
    Result::from_json();
};

// Whether an ok result was written by this call; one that only tells of an earlier one says so by a member repeated.
template <typename Result>
bool was_written(const Result& result) {
    if constexpr (requires { result.repeated; })
        return result.outcome == Outcome::ok && !result.repeated;
    return result.outcome == Outcome::ok;
}

// Runs body under a key that stands for nothing yet, and keeps its answer when something was written. A lapsed row goes
// with what is written or not at all, so both are in one subtransaction then.
template <Keyed Result, typename Body>
Result perform_and_keep(const Request& request, bool lapsed, Body&& body) {
    std::optional<Subtransaction> attempt;
    if (lapsed)
        attempt.emplace();
    Result result = body();
    if (was_written(result) && lapsed && !idempotency::forget_lapsed(request))
        result = Result{Outcome::seat_busy};
    if (was_written(result))
        idempotency::store(request, to_json(record_of(Result::type_name, result)));
    if (attempt)
        attempt->end(was_written(result));
    return result;
}

// Runs body as one write of the user and returns its result. Result needs outcome, columns(), and for a request
// that may have a key type_name (its SQL type) and from_json (a plan that turns stored jsonb into its columns). A
// refusal, and an answer that is only repeated, gives the user's lock back at once.
template <typename Result, typename Body>
Result perform(const Request& request, Body&& body) {
    require_writing(request.operation);
    UserLock lock(request.user_id);
    if (!lock.acquire())
        return Result{Outcome::seat_busy};
    bool lapsed = false;
    if constexpr (Keyed<Result>) {
        const auto stored = request.idempotency_key ? idempotency::find(request) : idempotency::Stored{};
        if (stored.outcome == Outcome::ok)
            return result_from<Result>(Result::from_json().read(stored.answer)[0]);
        if (stored.outcome)
            return Result{*stored.outcome};
        lapsed = stored.lapsed;
    }
    Result result = [&] {
        if constexpr (Keyed<Result>) {
            if (request.idempotency_key)
                return perform_and_keep<Result>(request, lapsed, body);
        }
        return Result{body()};
    }();
    if (was_written(result)) {
        make_durable();
        lock.keep();
    }
    return result;
}

} // namespace boxoffice
