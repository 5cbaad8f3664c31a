// Users' balances and the ledger.
//
// Owns      boxoffice.account and boxoffice.ledger_entry.
// Invariant no balance is below zero; a balance is the sum of its entries; every entry has a house account on its other
//           side, so the ledger sums to zero. Entries are only ever added.
// Locks     the user's lock, always; then only the user's own account row, which nobody else touches. House accounts
//           are never written: they are the sums of their entries, so no row is hot.
#pragma once

#include "write/perform.h"

namespace boxoffice::balance {

struct BalanceResult {
    Outcome outcome = Outcome::ok;
    std::optional<int64_t> balance{};
    auto columns() { return std::tie(outcome, balance); }
    std::string explanation() const;
};

struct CreditResult : BalanceResult {
    static constexpr const char* type_name = "credit_balance_result";
    static spi::Plan<JsonDatum>& from_json();
};

struct DebitResult : BalanceResult {
    static constexpr const char* type_name = "debit_balance_result";
    static spi::Plan<JsonDatum>& from_json();
};

struct CurrentBalance {
    Outcome outcome = Outcome::ok;
    std::optional<int64_t> balance{};
    std::optional<std::string> currency{};
    auto columns() { return std::tie(outcome, balance, currency); }
    std::string explanation() const { return ""; }
};

// An amount that the caller wants to move, and under which key.
struct Movement {
    std::string user_id;
    int64_t amount; // minor units, above 0
    std::optional<std::string> reason;
    std::optional<std::string> idempotency_key;
};

// Raises what is malformed.
void check(const Movement& movement);
// Adds the amount. Refusals: limit_exceeded (the balance would reach 2^53), idempotency_mismatch.
CreditResult credit(const Movement& movement);
// Takes the amount. Refusals: insufficient_balance, idempotency_mismatch.
DebitResult debit(const Movement& movement);
// 0 for a user never seen.
CurrentBalance current(const std::string& user_id);

// For other domains, under the user's lock.

// The house's accounts, by the ids that the install script gives them.
enum class House : int64_t { top_up = 1, sale = 2, discount = 3 };

struct Account {
    int64_t account_id;
    int64_t balance;
};

// The user's account as of now; a user never seen has none.
std::optional<Account> find_account(const std::string& user_id);
// The user's account, opened if there is none.
Account open_account(const std::string& user_id);

struct Posting {
    Account account;
    House counterpart;
    int64_t amount; // what the user gains, negative for what the user pays; never 0
    std::optional<std::string> reason;
    std::optional<int64_t> reservation_id;
    Time at;
};

// Whether the balance stays below 2^53 when so much is added.
bool has_room(const Account& account, int64_t amount);
// Moves the amount and returns the user's new balance. The caller has checked that there is enough, and room.
int64_t post(const Posting& posting);
// What a refusal tells of a balance.
std::string explained(const std::optional<int64_t>& balance);

// The ledger's rows are final: raises, whatever was tried.
[[noreturn]] void refuse_ledger_change(const char* attempted);

} // namespace boxoffice::balance
