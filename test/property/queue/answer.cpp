// Answers and rows of tokens: compared field by field and printed.
#include "answer.h"

#include <algorithm>

namespace boxoffice::histories {
namespace {

// The server's clock was read up to a call's time after the instant that the model gave the call.
bool same_time(const std::optional<Instant>& expected, const std::optional<Instant>& actual) {
    if (!expected || !actual) {
        return expected.has_value() == actual.has_value();
    }
    return *actual >= *expected && *actual < *expected + call_window;
}

std::string time_text(const std::optional<Instant>& instant) { return instant ? describe(*instant) : "null"; }

bool same_row(const TokenRow& expected, const TokenRow& actual) {
    if (expected.user != actual.user || expected.priority != actual.priority || expected.status != actual.status ||
        !same_time(expected.admitted_at, actual.admitted_at)) {
        return false;
    }
    // until when an ended token would have run is history
    return expected.status != "active" ||
           (same_time(expected.lapses_at, actual.lapses_at) && same_time(expected.expires_at, actual.expires_at));
}

} // namespace

std::string describe(const Answer& answer) {
    std::string text = answer.outcome.empty() ? "done" : answer.outcome;
    const auto append = [&](const char* name, const auto& value) {
        if (value) {
            text += std::string(", ") + name + " " + std::to_string(*value);
        }
    };
    append("token", answer.token);
    if (answer.status) {
        text += ", " + *answer.status;
    }
    append("position", answer.position);
    append("eta_seconds", answer.eta_seconds);
    append("poll_after_ms", answer.poll_after_ms);
    if (answer.expires_at) {
        text += ", expires_at " + describe(*answer.expires_at);
    }
    append("admitted", answer.admitted);
    return text;
}

std::string describe(const TokenRow& row) {
    std::string text = "user" + std::to_string(row.user) + ", priority " + std::to_string(row.priority) + ", " +
                       row.status + ", admitted_at " + time_text(row.admitted_at);
    if (row.status == "active") {
        text += ", lapses_at " + time_text(row.lapses_at) + ", expires_at " + time_text(row.expires_at);
    }
    return text;
}

std::string difference(const Answer& expected, const Answer& actual) {
    const bool same = expected.outcome == actual.outcome && expected.token == actual.token &&
                      expected.status == actual.status && expected.position == actual.position &&
                      expected.eta_seconds == actual.eta_seconds && expected.poll_after_ms == actual.poll_after_ms &&
                      expected.admitted == actual.admitted && same_time(expected.expires_at, actual.expires_at);
    return same ? "" : "expected: " + describe(expected) + "\n  actual: " + describe(actual);
}

std::string difference(const std::vector<TokenRow>& expected, const std::vector<TokenRow>& actual) {
    const std::size_t rows = std::max(expected.size(), actual.size());
    for (std::size_t row = 0; row < rows; ++row) {
        const bool both = row < expected.size() && row < actual.size();
        if (!both || !same_row(expected[row], actual[row])) {
            const std::string nothing = "no such row";
            return "row of token " + std::to_string(row) +
                   "\nexpected: " + (row < expected.size() ? describe(expected[row]) : nothing) +
                   "\n  actual: " + (row < actual.size() ? describe(actual[row]) : nothing);
        }
    }
    return "";
}

std::string kind_of(const Answer& answer) {
    if (answer.admitted) {
        return *answer.admitted > 0 ? "admitted" : "admitted none";
    }
    const std::string kind = answer.status ? *answer.status : answer.outcome;
    return kind.empty() ? "done" : kind;
}

} // namespace boxoffice::histories
