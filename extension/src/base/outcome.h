// How an operation answers: ok, or a refusal. Refusals are values, not errors.
//
// The names here are those of the table boxoffice.outcome, which is the one catalogue of their SQLSTATE, HTTP status
// and title; a test compares the two.
#pragma once

#include "pg/codec.h"

namespace boxoffice {

enum class Outcome {
    ok,
    seat_taken,
    seat_busy,
    sold_out,
    limit_exceeded,
    not_on_sale,
    queue_token_required,
    queue_token_invalid,
    queue_full,
    queue_closed,
    hold_expired,
    not_held,
    already_paid,
    too_late,
    insufficient_balance,
    idempotency_mismatch,
    not_found,
    already_claimed,
    claim_used,
    claim_not_valid,
};

// "Seats: 1, 2.", for the detail of a refusal; empty where there are none to name.
std::string naming_seats(const std::optional<SeatIds>& seat_ids);

const std::string& name_of(Outcome outcome);
Outcome outcome_named(const std::string& name);

template <>
struct Codec<Outcome> {
    static constexpr Oid oid = TEXTOID;
    static Datum to_datum(Outcome outcome) { return Codec<std::string>::to_datum(name_of(outcome)); }
    static Outcome from_datum(Datum datum) { return outcome_named(Codec<std::string>::from_datum(datum)); }
};

// With boxoffice.raise_refusals a refusal becomes an ERROR with the SQLSTATE of the catalogue.
extern bool raise_refusals;

// The ERROR for a refusal: SQLSTATE and title from boxoffice.outcome, detail from the caller. Used for every refusal
// under raise_refusals, and always by catalogue functions, which return no outcome.
Failure refusal(Outcome outcome, const std::string& detail);
// Raises not_found for a thing that an administrator named by its id.
[[noreturn]] void raise_not_found(const char* what, int64_t id);

} // namespace boxoffice
