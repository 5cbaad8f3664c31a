#include "upkeep/many_users.h"

#include "money/balance.h"
#include "queue/admission.h"

#include <algorithm>

namespace boxoffice::many_users {

namespace {

// Few enough that nobody waits long for a user of the batch, many enough that the commits do not count.
constexpr int most_per_batch = 1000;

using Text = std::optional<std::string>;

// Every name is qualified, and the parameters are of the very types: whatever search_path the caller has, these are our
// functions. The users come in their order, because a function for each of them leaves no other plan.
constinit spi::Plan<UserIds, int64_t, Text, std::string> credit_batch{
    "SELECT u.user_id, c.outcome FROM pg_catalog.unnest($1) AS u (user_id)"
    " CROSS JOIN LATERAL boxoffice.credit_balance(u.user_id, $2, $3, $4) AS c"
    " WHERE c.outcome OPERATOR(pg_catalog.<>) 'ok' LIMIT 1"};

constinit spi::Plan<UserIds, int64_t, int32_t> join_batch{
    "SELECT u.user_id, j.outcome FROM pg_catalog.unnest($1) AS u (user_id)"
    " CROSS JOIN LATERAL boxoffice.join_queue($2, u.user_id, $3) AS j"
    " WHERE j.outcome OPERATOR(pg_catalog.<>) 'ok' LIMIT 1"};

// do_batch(user_ids) returns a row for the first user who was refused.
template <typename DoBatch>
void do_all(const UserIds& user_ids, DoBatch&& do_batch) {
    spi::Session session(spi::Session::Kind::with_commits);
    const auto batch_size = static_cast<std::size_t>(std::min(most_per_batch, locks::most_users));
    for (std::size_t done = 0; done < user_ids.size(); done += batch_size) {
        const auto first = user_ids.begin() + static_cast<std::ptrdiff_t>(done);
        const auto last = first + static_cast<std::ptrdiff_t>(std::min(batch_size, user_ids.size() - done));
        const spi::Rows refused = do_batch(UserIds(first, last));
        if (!refused.empty()) {
            const auto [user_id, outcome] = refused[0].columns<std::string, std::string>();
            throw refusal(outcome_named(outcome), "It is about user \"" + user_id + "\". The first " +
                                                      std::to_string(done) + " of " + std::to_string(user_ids.size()) +
                                                      " users are done.");
        }
        session.commit();
    }
}

} // namespace

void require_commits(FunctionCallInfo call, const char* procedure) {
    const bool called = call->context != nullptr && IsA(call->context, CallContext);
    if (called && !reinterpret_cast<const CallContext*>(call->context)->atomic)
        return;
    throw Failure{
        ERRCODE_ACTIVE_SQL_TRANSACTION, std::string(procedure) + " cannot run inside a transaction block or a function",
        "It commits batch by batch.", "CALL it by itself, or from a DO block or a procedure that may commit."};
}

void credit(const Credits& credits) {
    for (const std::string& user_id : credits.user_ids)
        balance::check({user_id, credits.amount, credits.reason, credits.idempotency_key});
    UserIds user_ids = credits.user_ids;
    std::sort(user_ids.begin(), user_ids.end());
    user_ids.erase(std::unique(user_ids.begin(), user_ids.end()), user_ids.end());
    do_all(user_ids, [&](const UserIds& batch) {
        return credit_batch.write(batch, credits.amount, credits.reason, credits.idempotency_key);
    });
}

void join(const Joiners& joiners) {
    for (const std::string& user_id : joiners.user_ids)
        admission::check(user_id, joiners.priority);
    do_all(joiners.user_ids,
           [&](const UserIds& batch) { return join_batch.write(batch, joiners.queue_id, joiners.priority); });
}

} // namespace boxoffice::many_users
