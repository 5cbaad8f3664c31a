#include "base/validate.h"

#include <algorithm>

#include "base/text.h"
#include "pg/boundary.h"

namespace boxoffice::validate {

void raise_invalid(const std::string& message, const std::string& detail, const std::string& hint) {
    throw Failure{ERRCODE_INVALID_PARAMETER_VALUE, message, detail, hint};
}

namespace {

[[noreturn]] void raise_too_large(const std::string& name, int64_t value) {
    throw Failure{ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, name + " is too large",
                  "It is " + std::to_string(value) + "; the largest is " + std::to_string(largest_number) + ".",
                  "Amounts are in minor units of one currency."};
}

} // namespace

void user_id(const std::string& value) {
    if (value.empty() || value.size() > 255)
        raise_invalid("user_id must have 1 to 255 bytes", "It has " + std::to_string(value.size()) + " bytes.",
                      "Pass the application's pseudonym of the user, for example the sub of a JWT.");
}

void idempotency_key(const std::optional<std::string>& value) {
    if (!value)
        return;
    const int characters =
        guarded([&] { return pg_mbstrlen_with_len(value->data(), static_cast<int>(value->size())); });
    if (characters < 1 || characters > 255)
        raise_invalid("idempotency_key must have 1 to 255 characters",
                      "It has " + std::to_string(characters) + " characters.",
                      "Pass for example a random UUID for each intended request, or null.");
}

void amount(int64_t value) {
    if (value <= 0)
        raise_invalid("amount must be above 0", "It is " + std::to_string(value) + ".",
                      "credit_balance adds, debit_balance takes; both want a positive amount.");
    if (value > largest_number)
        raise_too_large("amount", value);
}

void price(int64_t value, const char* name) {
    if (value < 0)
        raise_invalid(std::string(name) + " must not be negative", "It is " + std::to_string(value) + ".",
                      "Prices are in minor units and may be 0.");
    if (value > largest_number)
        raise_too_large(name, value);
}

SeatIds seat_ids(SeatIds value, std::size_t most) {
    if (value.empty() || value.size() > most)
        raise_invalid("seat_ids must name 1 to " + std::to_string(most) + " seats",
                      "It names " + std::to_string(value.size()) + ".",
                      value.empty() ? "Name at least one seat." : "Name the others in further calls.");
    std::sort(value.begin(), value.end());
    const auto twice = std::adjacent_find(value.begin(), value.end());
    if (twice != value.end())
        raise_invalid("seat_ids must not name a seat twice", "It names seat " + std::to_string(*twice) + " twice.",
                      "Name each seat once.");
    return value;
}

void max_rows(int32_t value) {
    if (value < 1 || value > 1000)
        raise_invalid("max_rows must be 1 to 1000", "It is " + std::to_string(value) + ".",
                      "Ask for more by the page, with before_id.");
}

void text(const std::optional<std::string>& value, const char* name, std::size_t most_bytes) {
    if (!value)
        return;
    const char* const hint = "Pass a text, or null where that is allowed.";
    if (value->empty() || value->size() > most_bytes)
        raise_invalid(std::string(name) + " must have 1 to " + std::to_string(most_bytes) + " bytes",
                      "It has " + std::to_string(value->size()) + " bytes.", hint);
    // folded, so that wide and no-break spaces are spaces and what nobody sees is nothing
    if (text::folded(*value).find_first_not_of(" \t\r\n") == std::string::npos)
        raise_invalid(std::string(name) + " must not be blank", "It is only white space.", hint);
}

namespace {

std::string shown(Interval interval) {
    return guarded([&] { return DatumGetCString(DirectFunctionCall1(interval_out, IntervalPGetDatum(&interval))); });
}

constexpr Duration longest{366 * USECS_PER_DAY};

} // namespace

std::optional<Duration> exact(const std::optional<Interval>& value, const char* name) {
    if (!value)
        return std::nullopt;
    const auto duration = duration_of(*value);
    if (!duration)
        raise_invalid(std::string(name) + " must not be in months or years", "It is " + shown(*value) + ".",
                      "How long a month lasts depends on the date: write days, which count as 24 hours, or hours.");
    return duration;
}

void duration(Duration value, const char* name, const std::string& meaning) {
    if (value > Duration{0} && value <= longest)
        return;
    raise_invalid(std::string(name) + " must be above 0 and at most 8784 hours (366 days)",
                  "It is " + shown({.time = value.microseconds, .day = 0, .month = 0}) + ".",
                  meaning + " For example '5 minutes'.");
}

} // namespace boxoffice::validate
