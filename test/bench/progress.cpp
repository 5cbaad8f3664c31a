// What is shown while the rush goes on. Plain ASCII: a demo must look right on any terminal.
#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace boxoffice::crowd {
namespace {

// A little less than a second: the looks at the hall come at a rhythm of their own.
constexpr double rate_window_seconds = 0.9;
constexpr int narrowest_bar = 10;
constexpr int widest_bar = 60;

int terminal_columns() {
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// How many characters of a bar this part of the whole takes, so that the parts of a bar add up to its width.
int characters_up_to(int part, int whole, int width) {
    return whole == 0 ? 0 : static_cast<int>(static_cast<std::int64_t>(part) * width / whole);
}

} // namespace

std::string grouped(std::int64_t number) {
    const std::string digits = std::to_string(number);
    std::string text;
    for (std::size_t index = 0; index < digits.size(); ++index) {
        if (index > 0 && digits[index - 1] != '-' && (digits.size() - index) % 3 == 0) {
            text += ',';
        }
        text += digits[index];
    }
    return text;
}

Progress::Progress() : terminal_(isatty(STDOUT_FILENO) != 0) {}

void Progress::show(const Look& look, std::int64_t refusals, double seconds_since_start) {
    const double elapsed = seconds_since_start - rate_since_;
    const bool second_is_over = elapsed >= rate_window_seconds;
    if (second_is_over) {
        refusals_per_second_ = static_cast<double>(refusals - rate_refusals_) / elapsed;
        rate_since_ = seconds_since_start;
        rate_refusals_ = refusals;
    }
    char facts[160];
    std::snprintf(facts, sizeof facts, "%5s sold %5s held %5s free %7s refusals/s %4.0f s", grouped(look.sold).c_str(),
                  grouped(look.held).c_str(), grouped(look.free).c_str(),
                  grouped(static_cast<std::int64_t>(refusals_per_second_)).c_str(), seconds_since_start);
    if (terminal_) {
        draw_bar(look, facts);
        anything_drawn_ = true;
    } else if (second_is_over) {
        std::printf("%s\n", facts);
        std::fflush(stdout);
    }
}

void Progress::draw_bar(const Look& look, const std::string& facts) {
    const int total = look.sold + look.held + look.free + look.blocked;
    const int room = terminal_columns() - static_cast<int>(facts.size()) - 4;
    const int width = std::clamp(room, narrowest_bar, widest_bar);
    const int sold_until = characters_up_to(look.sold, total, width);
    const int held_until = characters_up_to(look.sold + look.held, total, width);
    std::string bar(static_cast<std::size_t>(width), '.');
    std::fill(bar.begin(), bar.begin() + held_until, '+');
    std::fill(bar.begin(), bar.begin() + sold_until, '#');
    // Back to the start of the line, and clear what a longer line has left behind.
    std::printf("\r[%s] %s\033[K", bar.c_str(), facts.c_str());
    std::fflush(stdout);
}

void Progress::finish() {
    if (terminal_ && anything_drawn_) {
        std::printf("\n");
        std::fflush(stdout);
    }
}

} // namespace boxoffice::crowd
