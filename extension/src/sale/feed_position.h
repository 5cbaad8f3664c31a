// The position of a reader in the feed of sales, as the text that the reader keeps; see sale_feed.h.
#pragma once

#include "pg/visibility.h"

namespace boxoffice::sale_feed {

// A transaction with this id or a later one draws only numbers above this one.
struct Anchor {
    uint64_t transaction;
    int64_t number;
};

struct Position {
    std::string feed; // of which database
    Visibility told;  // all that is visible in it was told
    // While more is to be told than fits into one answer: what is told next, and up to which number it was.
    std::optional<Visibility> telling{};
    int64_t last = 0;
    std::vector<Anchor> anchors{}; // ascending

    // Nothing was told.
    static Position beginning(const std::string& feed);
    // Raises 22023 when it is no position.
    static Position parse(const std::string& text);
    std::string text() const;

    // Above which number everything lies that the target shows and that was not told.
    int64_t first_number(const Visibility& target) const;
    // Behind all that is visible in the target.
    Position moved_to(const Visibility& target) const;
    // The text of the position inside the target: what comes before the number up to which it was told, and after it.
    std::pair<std::string, std::string> telling_up_to_number(const Visibility& target) const;

private:
    int64_t anchor_of(uint64_t transaction) const;
    // Without what none of these needs: what is not told yet begins with a transaction that ran then, or with a new one.
    std::vector<Anchor> anchors_for(const std::vector<const Visibility*>& snapshots) const;
};

} // namespace boxoffice::sale_feed
