// Idempotency keys: a key stands for one request, with one effect and one answer.
//
// Owns      boxoffice.idempotency_key.
// Invariant a key stands for its request for 24 hours; it belongs to a user and to who
//           chose it, the user or the house. Only ok answers of calls that wrote something are kept: what was refused, or
//           was so before, left nothing behind and may be asked again.
// Locks     a key's row is written under the user's lock, so two calls with the same key never meet.
//           Old keys are forgotten with SKIP LOCKED.
#pragma once

#include "base/row.h"

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

} // namespace boxoffice
