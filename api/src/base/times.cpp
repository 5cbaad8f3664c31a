#include "base/times.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace boxoffice::api {

namespace {

bool is_digit(char character) { return character >= '0' && character <= '9'; }

// Whether the text has the form of the pattern, where 9 stands for a digit and all else for itself.
bool has_form(std::string_view text, std::string_view pattern) {
    return text.size() == pattern.size() &&
           std::equal(text.begin(), text.end(), pattern.begin(),
                      [](char is, char form) { return form == '9' ? is_digit(is) : is == form; });
}

// Two digits as a number; they are known to be digits.
int two_digits(std::string_view text) { return (text[0] - '0') * 10 + (text[1] - '0'); }

// Takes up to `most` digits off the front; how many there were.
std::size_t take_digits(std::string_view& text, std::size_t most) {
    const auto end = std::find_if_not(
        text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(most, text.size())), is_digit);
    const auto count = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(count);
    return count;
}

// Takes a fraction off the front, if there is one: a point and 1 to 9 digits. False: a point without, or more digits.
bool take_fraction(std::string_view& text) {
    if (!text.starts_with('.')) {
        return true;
    }
    text.remove_prefix(1);
    return take_digits(text, 9) > 0 && (text.empty() || !is_digit(text.front()));
}

// Whether there is such a day and such a time of day: "2027-02-29T00:00:00" is none. A second 60 is a leap second.
bool is_on_the_clock(std::string_view text) {
    const int year = two_digits(text) * 100 + two_digits(text.substr(2));
    const auto month = static_cast<unsigned>(two_digits(text.substr(5)));
    const auto day = static_cast<unsigned>(two_digits(text.substr(8)));
    const bool is_day =
        std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)).ok();
    return year > 0 && is_day && two_digits(text.substr(11)) < 24 && two_digits(text.substr(14)) < 60 &&
           two_digits(text.substr(17)) <= 60;
}

// PostgreSQL knows no zone further from UTC than this.
constexpr int zone_hours_most = 15;

bool is_zone(std::string_view text) {
    if (text == "Z") {
        return true;
    }
    return (has_form(text, "+99:99") || has_form(text, "-99:99")) && two_digits(text.substr(1)) <= zone_hours_most &&
           two_digits(text.substr(4)) < 60;
}

// Takes what is measured in these units, each at most once and in this order, off the front: "1Y2M". Of so many digits
// none overflows PostgreSQL's interval.
bool take_units(std::string_view& text, std::string_view units) {
    constexpr std::size_t digits_most = 8;
    bool any = false;
    while (!text.empty() && text.front() != 'T') {
        if (take_digits(text, digits_most) == 0) {
            return false;
        }
        const bool fraction = text.starts_with('.');
        if (!take_fraction(text) || text.empty() || (fraction && text.front() != 'S')) {
            return false;
        }
        const std::size_t unit = units.find(text.front());
        if (unit == std::string_view::npos) {
            return false;
        }
        units.remove_prefix(unit + 1);
        text.remove_prefix(1);
        any = true;
    }
    return any;
}

} // namespace

bool is_time(std::string_view text) {
    if (text == "infinity") {
        return true;
    }
    constexpr std::string_view form = "9999-99-99T99:99:99";
    const std::string_view clock = text.substr(0, form.size());
    if (!has_form(clock, form) || !is_on_the_clock(clock)) {
        return false;
    }
    text.remove_prefix(form.size());
    return take_fraction(text) && is_zone(text);
}

bool is_interval(std::string_view text) {
    if (!text.starts_with('P')) {
        return false;
    }
    text.remove_prefix(1);
    if (!text.starts_with('T') && !take_units(text, "YMWD")) {
        return false;
    }
    if (text.empty()) {
        return true;
    }
    text.remove_prefix(1);
    return take_units(text, "HMS") && text.empty();
}

} // namespace boxoffice::api
