#include "sale/feed_position.h"

#include "base/validate.h"

#include <algorithm>
#include <charconv>

// feed/told/telling/last/anchors: snapshots as PostgreSQL writes them, anchors as transaction-number with commas between.
namespace boxoffice::sale_feed {

namespace {

// More than any server has connections.
constexpr std::size_t most_text = 1 << 20;

[[noreturn]] void refuse() {
    validate::raise_invalid("after is no position of next_sales", "",
                            "Pass the position of the last row that you were given, or null to begin.");
}

template <typename Number>
Number number_from(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || text.front() == '-')
        refuse();
    return number;
}

// Takes what comes before the separator off the front of the text, and the separator.
std::string_view take(std::string_view& text, char separator) {
    const std::size_t end = text.find(separator);
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return part;
}

std::string text_of(const Visibility& visibility) {
    std::string text = std::to_string(visibility.end) + ":";
    for (const uint64_t transaction : visibility.running)
        text += (text.back() == ':' ? "" : ",") + std::to_string(transaction);
    return text;
}

Visibility visibility_from(std::string_view text) {
    Visibility visibility{number_from<uint64_t>(take(text, ':')), {}};
    while (!text.empty())
        visibility.running.push_back(number_from<uint64_t>(take(text, ',')));
    const bool ascending = std::is_sorted(visibility.running.begin(), visibility.running.end());
    if (!ascending || (!visibility.running.empty() && visibility.running.back() >= visibility.end))
        refuse();
    return visibility;
}

std::string text_of(const std::vector<Anchor>& anchors) {
    std::string text;
    for (const Anchor& anchor : anchors)
        text += (text.empty() ? "" : ",") + std::to_string(anchor.transaction) + "-" + std::to_string(anchor.number);
    return text;
}

std::vector<Anchor> anchors_from(std::string_view text) {
    std::vector<Anchor> anchors;
    while (!text.empty()) {
        std::string_view anchor = take(text, ',');
        const auto transaction = number_from<uint64_t>(take(anchor, '-'));
        anchors.push_back({transaction, number_from<int64_t>(anchor)});
    }
    return anchors;
}

} // namespace

Position Position::beginning(const std::string& feed) { return Position{feed, Visibility::nothing()}; }

Position Position::parse(const std::string& whole) {
    if (whole.size() > most_text || std::count(whole.begin(), whole.end(), '/') != 4)
        refuse();
    std::string_view text = whole;
    Position position{std::string(take(text, '/')), visibility_from(take(text, '/'))};
    if (const std::string_view telling = take(text, '/'); !telling.empty())
        position.telling = visibility_from(telling);
    position.last = number_from<int64_t>(take(text, '/'));
    position.anchors = anchors_from(text);
    return position;
}

std::string Position::text() const {
    return feed + "/" + text_of(told) + "/" + (telling ? text_of(*telling) : "") + "/" + std::to_string(last) + "/" +
           text_of(anchors);
}

int64_t Position::anchor_of(uint64_t transaction) const {
    int64_t number = 0;
    for (const Anchor& anchor : anchors) {
        if (anchor.transaction <= transaction)
            number = std::max(number, anchor.number);
    }
    return number;
}

int64_t Position::first_number(const Visibility& target) const {
    int64_t first = anchor_of(told.end);
    for (const uint64_t transaction : told.running) {
        const bool still_runs = std::binary_search(target.running.begin(), target.running.end(), transaction);
        if (!still_runs)
            first = std::min(first, anchor_of(transaction));
    }
    return std::max(first, last);
}

std::vector<Anchor> Position::anchors_for(const std::vector<const Visibility*>& snapshots) const {
    std::vector<Anchor> needed;
    const auto need = [&](uint64_t transaction) {
        const Anchor* best = nullptr;
        for (const Anchor& anchor : anchors) {
            if (anchor.transaction <= transaction && (best == nullptr || anchor.transaction > best->transaction))
                best = &anchor;
        }
        if (best != nullptr)
            needed.push_back(*best);
    };
    for (const Visibility* const snapshot : snapshots) {
        need(snapshot->end);
        std::for_each(snapshot->running.begin(), snapshot->running.end(), need);
    }
    // for those that are still to come
    if (!anchors.empty())
        needed.push_back(anchors.back());
    const auto earlier = [](const Anchor& one, const Anchor& other) { return one.transaction < other.transaction; };
    const auto same = [](const Anchor& one, const Anchor& other) { return one.transaction == other.transaction; };
    std::sort(needed.begin(), needed.end(), earlier);
    needed.erase(std::unique(needed.begin(), needed.end(), same), needed.end());
    return needed;
}

Position Position::moved_to(const Visibility& target) const {
    return Position{feed, target, std::nullopt, 0, anchors_for({&target})};
}

std::pair<std::string, std::string> Position::telling_up_to_number(const Visibility& target) const {
    return {feed + "/" + text_of(told) + "/" + text_of(target) + "/", "/" + text_of(anchors_for({&told, &target}))};
}

} // namespace boxoffice::sale_feed
