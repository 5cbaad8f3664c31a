// Coupons: a number of claims, first come, first served, each good for a discount on one payment.
//
// Owns      boxoffice.coupon and boxoffice.coupon_claim; a counter says what nobody has claimed, see counter.h.
// Invariant quantity = the counter + the claims, at every instant, in one snapshot. A user has a coupon at most once, and
//           each number from 1 to quantity is given to at most one claim: the stripes of the counter have the numbers one
//           stripe after the other and give theirs in ascending order, and nothing is ever put back. A claim is used for
//           one reservation at a time, and that one is paid.
// Locks     claiming: the user's lock; then one stripe that nobody has and that has some left, never waited for. Using
//           and giving back: the user's lock alone, under which all claims of the user are changed. Stopping: the coupon's
//           row, then every stripe, each waited for; nobody who has a stripe waits for another.
// Dies here a claim and what its stripe has left change in one transaction, as do a payment and the claim it was made with.
#pragma once

#include "write/perform.h"

namespace boxoffice::coupon {

struct Definition {
    std::string name;
    int32_t quantity;
    std::optional<int64_t> discount_amount;  // minor units
    std::optional<int32_t> discount_percent; // at most one of the two
    std::optional<Time> valid_from, valid_until;
    int64_t minimum_amount;
};

// For administrators: raises 22023 for a value out of range.
int64_t create(const Definition& definition);
// Ends the claiming for good; raises not_found.
void stop(int64_t coupon_id);

struct ClaimResult {
    Outcome outcome = Outcome::ok;
    std::optional<int64_t> claim_id{};
    std::optional<int32_t> claim_number{};
    std::optional<Time> expires_at{}; // nothing: never
    auto columns() { return std::tie(outcome, claim_id, claim_number, expires_at); }
    std::string explanation() const;

    static constexpr const char* type_name = "claim_coupon_result";
    static spi::Plan<JsonDatum>& from_json();
};

struct ClaimRequest {
    int64_t coupon_id;
    std::string user_id;
    std::optional<std::string> idempotency_key;
};

// Refusals: not_found, not_on_sale, already_claimed (with the claim that the user has), sold_out, seat_busy,
// idempotency_mismatch.
ClaimResult claim(const ClaimRequest& request);

// For paying, under the user's lock.

struct Claim {
    int64_t claim_id;
    bool used;
    std::optional<int64_t> discount_amount;
    std::optional<int32_t> discount_percent;
    std::optional<Time> valid_from, valid_until;
    int64_t minimum_amount;
};

// The user's claim as of now; none when it does not exist or belongs to another.
std::optional<Claim> find_claim(int64_t claim_id, const std::string& user_id);
// Why it cannot be used at this time for a reservation of this amount: not_found, claim_used, claim_not_valid.
std::optional<Outcome> refuse_unless_usable(const std::optional<Claim>& claim, int64_t gross, Time at);
// What it takes off, at most all; a part of a hundred is rounded down.
int64_t discount_on(const Claim& claim, int64_t gross);
void mark_used(int64_t claim_id, int64_t reservation_id, Time at);
void give_back(int64_t claim_id);

} // namespace boxoffice::coupon
