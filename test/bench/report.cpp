// The table at the end, and the verdict. What was sold comes from the data; what it took comes from the buyers.
#include "report.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "progress.h"

namespace boxoffice::crowd {
namespace {

// Of many lines of a kind the first few tell the story.
constexpr std::size_t most_lines_shown = 5;

void print_row(const std::string& label, const std::string& value, const std::string& remark = "") {
    std::printf("  %-24s%10s%s%s\n", label.c_str(), value.c_str(), remark.empty() ? "" : "   ", remark.c_str());
}

std::string milliseconds(std::optional<double> number) {
    if (!number) {
        return "-";
    }
    char text[32];
    std::snprintf(text, sizeof text, "%.2f ms", *number);
    return text;
}

std::string seconds(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f s", number);
    return text;
}

void print_rate(const std::string& label, const PerSecond& counts, double seconds) {
    const auto mean = static_cast<std::int64_t>(static_cast<double>(counts.total()) / seconds);
    print_row(label, grouped(mean), "busiest second " + grouped(counts.peak()));
}

void print_latencies(const std::string& label, Tally& tally, Operation operation, Answer answer) {
    print_row(label + " p50", milliseconds(tally.percentile_ms(operation, answer, 0.50)));
    print_row(label + " p99", milliseconds(tally.percentile_ms(operation, answer, 0.99)));
}

void print_queue(const Options& options, Tally& tally, const QueueFindings& queue) {
    print_row("tokens of the queue", grouped(queue.tokens),
              grouped(tally.closed_pages()) + " buyers went away while they waited");
    print_row("admitted", grouped(queue.admitted), "the place of " + grouped(queue.expired) + " ran out");
    print_row("admitted out of order", grouped(queue.out_of_order));
    print_row("peak active", grouped(queue.peak_active), "of max " + grouped(options.max_active));
    print_row("waited, p50", seconds(queue.median_wait_seconds), "longest " + seconds(queue.longest_wait_seconds));
    print_row("polls of the queue", grouped(tally.answers(Operation::status)));
}

std::vector<std::string> queue_failures(const Options& options, const QueueFindings& queue) {
    std::vector<std::string> lines;
    if (queue.out_of_order > 0) {
        lines.push_back("admitted out of order: " + grouped(queue.out_of_order));
    }
    if (queue.peak_active > options.max_active) {
        lines.push_back("peak active: " + grouped(queue.peak_active) + ", more than " + grouped(options.max_active));
    }
    if (queue.held_outside > 0) {
        lines.push_back("reservations of buyers who were not active: " + grouped(queue.held_outside));
    }
    return lines;
}

std::vector<std::string> book_failures(const Findings& findings) {
    const Books& books = findings.books;
    std::int64_t paid = 0;
    for (const auto& [reservation_id, reservation] : findings.paid) {
        paid += reservation.amount;
    }
    std::vector<std::string> lines;
    const auto compare = [&](const char* book, std::int64_t amount) {
        if (amount != paid) {
            lines.push_back(std::string(book) + " has " + grouped(amount) + ", but " + grouped(paid) + " was paid");
        }
    };
    compare("the ledger", books.ledger);
    compare("sales_report", books.report);
    compare("stat_sale", books.view);
    compare("next_sales", books.feed);
    if (books.sales_fed != static_cast<std::int64_t>(findings.paid.size())) {
        lines.push_back("next_sales told " + grouped(books.sales_fed) + " sales");
    }
    return lines;
}

// What must not have happened, one line each.
std::vector<std::string> failures(const Options& options, const Look& look, const Tally& tally,
                                  const Findings& findings) {
    std::vector<std::string> lines;
    std::int64_t seats_paid = 0;
    for (const auto& [reservation_id, paid] : findings.paid) {
        seats_paid += static_cast<std::int64_t>(paid.seat_ids.size());
    }
    if (seats_paid != look.sold) {
        lines.push_back(grouped(look.sold) + " seats read sold, but " + grouped(seats_paid) + " are paid for");
    }
    if (findings.oversold > 0) {
        lines.push_back("oversold seats: " + grouped(findings.oversold));
    }
    if (findings.held_twice > 0) {
        lines.push_back("seats held by two reservations at one instant: " + grouped(findings.held_twice));
    }
    if (const std::int64_t seats = seats_acknowledged_twice(tally.sales()); seats > 0) {
        lines.push_back("seats acknowledged as paid to two buyers: " + grouped(seats));
    }
    const std::vector<std::string> all = disagreements(tally.sales(), findings);
    const std::size_t shown = std::min(all.size(), most_lines_shown);
    lines.insert(lines.end(), all.begin(), all.begin() + static_cast<std::ptrdiff_t>(shown));
    if (all.size() > shown) {
        lines.push_back("and " + grouped(static_cast<std::int64_t>(all.size() - shown)) +
                        " more reservations like these");
    }
    const std::vector<std::string> books = book_failures(findings);
    lines.insert(lines.end(), books.begin(), books.end());
    if (findings.queue) {
        const std::vector<std::string> more = queue_failures(options, *findings.queue);
        lines.insert(lines.end(), more.begin(), more.end());
    }
    for (const auto& [error, errors] : tally.errors()) {
        lines.push_back("unexpected, " + grouped(errors.count) + " times: " + error);
        if (!errors.first_full_text.empty() && errors.first_full_text != error) {
            lines.back() += "; the first:\n" + errors.first_full_text;
        }
    }
    return lines;
}

} // namespace

bool report(const Options& options, const Look& look, double seconds, Tally& tally, const Findings& findings) {
    std::printf("\n%s buyers on %s connections, %.1f s\n\n", grouped(options.buyers).c_str(),
                grouped(options.connections).c_str(), seconds);
    print_row("seats", grouped(look.sold + look.held + look.free + look.blocked));
    print_row("sold", grouped(look.sold), "in " + grouped(static_cast<std::int64_t>(findings.paid.size())) + " sales");
    print_row("taken, by the ledger", grouped(findings.books.ledger),
              book_failures(findings).empty() ? "as sales_report, stat_sale and next_sales have it"
                                              : "but its books do not agree");
    print_row("oversold", grouped(findings.oversold));
    print_row("still held, free", grouped(look.held) + ", " + grouped(look.free));
    print_row("holds expired", grouped(findings.expired_holds), grouped(tally.walked_away()) + " buyers walked away");
    print_row("expired seats resold", grouped(findings.resold_seats));
    if (findings.queue) {
        print_queue(options, tally, *findings.queue);
    }
    print_row("attempts to hold", grouped(tally.answers(Operation::hold)));
    for (const auto& [refusal, count] : tally.refusals()) {
        print_row("refused: " + refusal, grouped(count));
    }
    print_rate("attempts/s", tally.attempts_per_second(), seconds);
    print_rate("sales/s", tally.sales_per_second(), seconds);
    print_latencies("hold granted,", tally, Operation::hold, Answer::granted);
    print_latencies("hold refused,", tally, Operation::hold, Answer::refused);
    print_latencies("pay,", tally, Operation::pay, Answer::granted);
    if (findings.queue) {
        print_latencies("join,", tally, Operation::join, Answer::granted);
        print_latencies("poll,", tally, Operation::status, Answer::granted);
    }
    std::printf("\n");
    if (findings.violations.empty()) {
        std::printf("verify: no violations\n");
    }
    for (const std::string& violation : findings.violations) {
        std::printf("verify: %s\n", violation.c_str());
    }
    const std::vector<std::string> lines = failures(options, look, tally, findings);
    for (const std::string& line : lines) {
        std::printf("FAILED: %s\n", line.c_str());
    }
    std::fflush(stdout);
    return lines.empty() && findings.violations.empty();
}

} // namespace boxoffice::crowd
