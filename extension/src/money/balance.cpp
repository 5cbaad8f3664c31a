#include "money/balance.h"

#include "base/settings.h"
#include "base/validate.h"

namespace boxoffice::balance {

namespace {

constinit spi::Plan<std::string> find_by_user{"SELECT account_id, balance FROM boxoffice.account WHERE user_id = $1"};

constinit spi::Plan<std::string> open_for_user{
    "INSERT INTO boxoffice.account (user_id, balance) VALUES ($1, 0) RETURNING account_id, balance"};

constinit spi::Plan<int64_t, int64_t, int64_t, std::optional<std::string>, std::optional<int64_t>, Time> post_entry{
    "WITH moved AS ("
    "   UPDATE boxoffice.account SET balance = balance + $3 WHERE account_id = $1 RETURNING balance)"
    " INSERT INTO boxoffice.ledger_entry"
    "   (account_id, counter_account_id, amount, balance, reason, reservation_id, created_at)"
    " SELECT $1, $2, $3, moved.balance, $4, $5, $6 FROM moved"
    " RETURNING balance"};

constinit spi::Plan<JsonDatum> balance_from_json{
    "SELECT outcome, balance FROM pg_catalog.jsonb_to_record($1) AS answer (outcome text, balance bigint)"};

} // namespace

void check(const Movement& movement) {
    validate::user_id(movement.user_id);
    validate::amount(movement.amount);
    validate::text(movement.reason, "reason", 1000);
    validate::idempotency_key(movement.idempotency_key);
}

namespace {

// The request as the idempotency key remembers it. Whoever asks, moving money in or out is for the house to do.
Request request_for(const char* operation, const Movement& movement) {
    check(movement);
    return Request{operation, movement.user_id, movement.idempotency_key,
                   std::to_string(movement.amount) + ", " + movement.reason.value_or(""), ChosenBy::house};
}

Account account_from(const spi::Row& row) {
    const auto [account_id, balance] = row.columns<int64_t, int64_t>();
    return Account{account_id, balance};
}

} // namespace

std::string explained(const std::optional<int64_t>& balance) {
    return balance ? "The balance is " + std::to_string(*balance) + "." : "";
}

std::string BalanceResult::explanation() const { return explained(balance); }

spi::Plan<JsonDatum>& CreditResult::from_json() { return balance_from_json; }
spi::Plan<JsonDatum>& DebitResult::from_json() { return balance_from_json; }

std::optional<Account> find_account(const std::string& user_id) {
    const spi::FreshSnapshot snapshot;
    const spi::Rows rows = find_by_user.read(snapshot, user_id);
    if (rows.empty())
        return std::nullopt;
    return account_from(rows[0]);
}

Account open_account(const std::string& user_id) {
    if (const auto account = find_account(user_id))
        return *account;
    return account_from(open_for_user.write(user_id)[0]);
}

bool has_room(const Account& account, int64_t amount) { return account.balance <= validate::largest_number - amount; }

int64_t post(const Posting& posting) {
    return post_entry
        .write(posting.account.account_id, static_cast<int64_t>(posting.counterpart), posting.amount, posting.reason,
               posting.reservation_id, posting.at)[0]
        .first<int64_t>();
}

CreditResult credit(const Movement& movement) {
    return perform<CreditResult>(request_for("credit_balance", movement), [&] {
        const Account account = open_account(movement.user_id);
        if (!has_room(account, movement.amount))
            return CreditResult{{Outcome::limit_exceeded, account.balance}};
        const int64_t balance =
            post({account, House::top_up, movement.amount, movement.reason, std::nullopt, clock::now()});
        return CreditResult{{Outcome::ok, balance}};
    });
}

DebitResult debit(const Movement& movement) {
    return perform<DebitResult>(request_for("debit_balance", movement), [&] {
        const auto account = find_account(movement.user_id);
        const int64_t available = account ? account->balance : 0;
        if (available < movement.amount)
            return DebitResult{{Outcome::insufficient_balance, available}};
        const int64_t balance =
            post({*account, House::top_up, -movement.amount, movement.reason, std::nullopt, clock::now()});
        return DebitResult{{Outcome::ok, balance}};
    });
}

CurrentBalance current(const std::string& user_id) {
    validate::user_id(user_id);
    const spi::Rows rows = find_by_user.read(user_id);
    return CurrentBalance{Outcome::ok, rows.empty() ? 0 : account_from(rows[0]).balance, settings::currency()};
}

void refuse_ledger_change(const char* attempted) {
    throw Failure{ERRCODE_RESTRICT_VIOLATION, "ledger entries are final",
                  std::string(attempted) + " of boxoffice.ledger_entry is refused.",
                  "Correct a balance with credit_balance or debit_balance, which add an entry."};
}

} // namespace boxoffice::balance
