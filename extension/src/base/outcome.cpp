#include "base/outcome.h"

#include "pg/spi.h"

#include <array>

namespace boxoffice {

bool raise_refusals = false;

namespace {

// in the order of the enumeration
const std::array<std::string, 20> names = {
    "ok",
    "seat_taken",
    "seat_busy",
    "sold_out",
    "limit_exceeded",
    "not_on_sale",
    "queue_token_required",
    "queue_token_invalid",
    "queue_full",
    "queue_closed",
    "hold_expired",
    "not_held",
    "already_paid",
    "too_late",
    "insufficient_balance",
    "idempotency_mismatch",
    "not_found",
    "already_claimed",
    "claim_used",
    "claim_not_valid",
};

constinit spi::Plan<std::string> find_outcome{
    "SELECT sqlstate, title, retryable FROM boxoffice.outcome WHERE outcome = $1"};

} // namespace

std::string naming_seats(const std::optional<SeatIds>& seat_ids) {
    if (!seat_ids)
        return "";
    std::string text;
    for (const int32_t seat_id : *seat_ids)
        text += (text.empty() ? "" : ", ") + std::to_string(seat_id);
    return "Seats: " + text + ".";
}

const std::string& name_of(Outcome outcome) { return names[static_cast<std::size_t>(outcome)]; }

Outcome outcome_named(const std::string& name) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i] == name)
            return static_cast<Outcome>(i);
    }
    throw Failure{ERRCODE_DATA_CORRUPTED, "unknown outcome \"" + name + "\"", "",
                  "The library is older than what is stored: reconnect after an upgrade."};
}

Failure refusal(Outcome outcome, const std::string& detail) {
    const spi::Session session;
    const spi::FreshSnapshot snapshot;
    const spi::Rows rows = find_outcome.read(snapshot, name_of(outcome));
    if (rows.empty())
        return Failure{ERRCODE_DATA_CORRUPTED, "boxoffice.outcome has no row for \"" + name_of(outcome) + "\""};
    const auto [sqlstate, title, retryable] = rows[0].columns<std::string, std::string, bool>();
    const int code = MAKE_SQLSTATE(sqlstate[0], sqlstate[1], sqlstate[2], sqlstate[3], sqlstate[4]);
    return Failure{code, name_of(outcome) + ": " + title, detail, retryable ? "Try again." : ""};
}

void raise_not_found(const char* what, int64_t id) {
    Failure failure = refusal(Outcome::not_found, "");
    failure.message = name_of(Outcome::not_found) + ": there is no " + what + " " + std::to_string(id);
    throw failure;
}

} // namespace boxoffice
