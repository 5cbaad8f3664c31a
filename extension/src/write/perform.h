// One write on behalf of one user: the user's lock, the idempotency key, and what makes the answer durable.
#pragma once

#include "write/durability.h"
#include "write/idempotency.h"
#include "write/patience.h"
#include "write/row_lock.h"
#include "write/subtransaction.h"
#include "write/user_lock.h"

namespace boxoffice {

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
