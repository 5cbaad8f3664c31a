// What every function checks of its arguments before it looks at anything: mistakes of the caller raise, with class 22.
#pragma once

#include "pg/codec.h"

namespace boxoffice::validate {

// Ids and amounts stay below 2^53, so that they survive JSON.
inline constexpr int64_t largest_number = (int64_t{1} << 53) - 1;

// 22023: an argument that has a value it cannot have.
[[noreturn]] void raise_invalid(const std::string& message, const std::string& detail, const std::string& hint);

// A pseudonym of 1 to 255 bytes.
void user_id(const std::string& value);
// A key of 1 to 255 characters.
void idempotency_key(const std::optional<std::string>& value);
// An amount that is moved: 1 to 2^53 - 1; 22003 above.
void amount(int64_t value);
// A price: 0 to 2^53 - 1; 22003 above.
void price(int64_t value, const char* name);
// Seats of a slot, 1 to most of them and each once; returns them ascending, the order in which seats are locked.
SeatIds seat_ids(SeatIds value, std::size_t most);
// The number of rows of a list: 1 to 1000.
void max_rows(int32_t value);
// A text for people that is not empty and at most so many bytes.
void text(const std::optional<std::string>& value, const char* name, std::size_t most_bytes);

// What a caller gave as a duration, a day as 24 hours; raises for months and years.
std::optional<Duration> exact(const std::optional<Interval>& value, const char* name);
// How long something lasts: above 0 and at most 8784 hours, which are 366 days.
void duration(Duration value, const char* name, const std::string& meaning);

} // namespace boxoffice::validate
