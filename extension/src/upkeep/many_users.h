// One thing for many users, in as many transactions as it takes: a promotion, a queue that is moved from elsewhere.
//
// Owns      nothing: for each user it calls the SQL function for one user, as the role that calls it.
// Invariant a batch is committed before the next begins, so no transaction locks more users than a batch has. What was
//           committed stays; called again with the same arguments it does again what is idempotent, and goes on.
// Locks     those of the function, of all users of a batch until it is committed. Credits go by user_id, so two such calls
//           cannot deadlock with each other; who joins a queue goes in the order given, which is that of joining.
// Dies here the batch under way is undone, those before it stay: call again.
#pragma once

#include "pg/codec.h"

namespace boxoffice::many_users {

// Raises 25001 where the transaction is not the procedure's own to commit.
void require_commits(FunctionCallInfo call, const char* procedure);

struct Credits {
    UserIds user_ids;
    int64_t amount;
    std::string idempotency_key;
    std::optional<std::string> reason;
};
// Credits each user once, however often the list has it. Raises the first refusal, with the user that it is about.
void credit(const Credits& credits);

struct Joiners {
    int64_t queue_id;
    UserIds user_ids;
    int32_t priority;
};
// Joins each user in the order given; who has a place keeps it. Raises the first refusal, too.
void join(const Joiners& joiners);

} // namespace boxoffice::many_users
