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

std::string facts_about(const Look& look, double refusals_per_second) {
    char facts[120];
    std::snprintf(facts, sizeof facts, "%5s sold %5s held %5s free %6s refusals/s", grouped(look.sold).c_str(),
                  grouped(look.held).c_str(), grouped(look.free).c_str(),
                  grouped(static_cast<std::int64_t>(refusals_per_second)).c_str());
    return facts;
}

std::string facts_about(const QueueLook& queue, double admissions_per_second) {
    char facts[120];
    std::snprintf(facts, sizeof facts, " %6s waiting %5s active %4s admitted/s", grouped(queue.waiting).c_str(),
                  grouped(queue.active).c_str(), grouped(static_cast<std::int64_t>(admissions_per_second)).c_str());
    return facts;
}

// "[####++....] ", as wide as there is room.
std::string bar(const Look& look, int room) {
    const int total = look.sold + look.held + look.free + look.blocked;
    const int width = std::clamp(room, narrowest_bar, widest_bar);
    std::string bar(static_cast<std::size_t>(width), '.');
    std::fill(bar.begin(), bar.begin() + characters_up_to(look.sold + look.held, total, width), '+');
    std::fill(bar.begin(), bar.begin() + characters_up_to(look.sold, total, width), '#');
    return "[" + bar + "] ";
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

void Progress::Rate::measure(std::int64_t new_count, double elapsed) {
    per_second = static_cast<double>(new_count - count) / elapsed;
    count = new_count;
}

void Progress::show(const Look& look, const std::optional<QueueLook>& queue, std::int64_t refusals,
                    double seconds_since_start) {
    const double elapsed = seconds_since_start - rates_since_;
    const bool second_is_over = elapsed >= rate_window_seconds;
    if (second_is_over) {
        refusals_.measure(refusals, elapsed);
        admissions_.measure(queue ? queue->admitted : 0, elapsed);
        rates_since_ = seconds_since_start;
    }
    const std::string seats = facts_about(look, refusals_.per_second);
    const std::string waiting = queue ? facts_about(*queue, admissions_.per_second) : "";
    char seconds[24];
    std::snprintf(seconds, sizeof seconds, " %4.0f s", seconds_since_start);
    if (terminal_) {
        const std::string first = seats + seconds;
        const std::string drawn = bar(look, terminal_columns() - static_cast<int>(first.size()) - 4);
        std::vector<std::string> lines{drawn + first};
        if (queue) {
            lines.push_back(std::string(drawn.size(), ' ') + waiting);
        }
        draw(lines);
    } else if (second_is_over) {
        std::printf("%s%s%s\n", seats.c_str(), waiting.c_str(), seconds);
        std::fflush(stdout);
    }
}

void Progress::draw(const std::vector<std::string>& lines) {
    if (lines_drawn_ > 1) {
        std::printf("\033[%zuA", lines_drawn_ - 1); // up to the first line
    }
    for (std::size_t index = 0; index < lines.size(); ++index) {
        // Back to the start of the line, and clear what a longer line has left behind.
        std::printf("%s\r%s\033[K", index == 0 ? "" : "\n", lines[index].c_str());
    }
    std::fflush(stdout);
    lines_drawn_ = lines.size();
}

Progress::~Progress() {
    if (lines_drawn_ > 0) {
        std::printf("\n");
        std::fflush(stdout);
    }
}

} // namespace boxoffice::crowd
