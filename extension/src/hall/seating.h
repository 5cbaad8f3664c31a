// The seats of a slot as this backend knows them: what does not change in a sale is kept, what does is read again.
//
// Owns      nothing in the database. Memory of the backend: the slots used last, up to most_kept seats together.
// Invariant what is kept is of one version of the slot's seats, boxoffice.slot.seats_version: a random uuid, another one
//           whenever seats are added, so it is right in every transaction, after a rollback and after the extension was
//           made anew. What is read is what the snapshot shows; see table_pages.h. A seat that is no longer where it was
//           is looked for by its key.
// Locks     none.
// By hand   blocked and everything that a sale changes may be changed by hand. Who adds seats or changes category,
//           zone, row_label, x or y by hand must give the slot another seats_version.
#pragma once

#include "hall/best_seats.h"
#include "pg/table_pages.h"

#include <memory>

namespace boxoffice::seating {

// Seats are named by their index in the order of seat_id.
class Seats {
public:
    const best_seats::Hall& hall() const { return *geometry; }
    int32_t size() const { return static_cast<int32_t>(ids.size()); }
    int32_t seat_id(int32_t seat) const { return ids[static_cast<std::size_t>(seat)]; }
    // Nothing: there is no such seat.
    std::optional<int32_t> find(int32_t seat_id) const;

    // The number of a category; nothing: no seat is of it.
    std::optional<int32_t> category_named(const std::string& name) const;
    int32_t category(int32_t seat) const { return categories[static_cast<std::size_t>(seat)]; }

    // As the snapshot read last shows them.
    bool is_taken(int32_t seat, Time at) const { return statuses[static_cast<std::size_t>(seat)].taken_until > at; }
    // Another transaction has it at this instant.
    bool is_busy(int32_t seat) const { return statuses[static_cast<std::size_t>(seat)].busy; }
    RowAddress address(int32_t seat) const { return statuses[static_cast<std::size_t>(seat)].address; }
    int64_t price(int32_t seat) const { return statuses[static_cast<std::size_t>(seat)].price; }

private:
    struct Status {
        int64_t price;
        Time taken_until;
        int32_t page; // of those below; none: it is not on any of them
        RowAddress address;
        bool busy;
    };
    struct Page {
        TablePages::Version version;
        std::vector<int32_t> seats;
    };
    friend class Builder;
    friend class Keeper;

    Uuid version;
    int64_t slot_id;
    Oid file;
    std::vector<int32_t> ids;
    std::vector<int32_t> categories;
    std::vector<std::string> category_names;
    std::optional<best_seats::Hall> geometry;
    std::vector<Status> statuses;
    std::vector<Page> pages;
    int32_t missing = 0; // seats that are on none of the pages
};

// The slot's seats as the snapshot shows them, seen from its focal point. The slot exists. A later call, also one that a
// trigger makes meanwhile, may read the same seats again or forget them; what is held here stays.
std::shared_ptr<const Seats> read(const spi::FreshSnapshot& snapshot, int64_t slot_id);

// More seats than one slot may have; some 90 bytes each.
inline constexpr std::size_t most_kept = 300000;

} // namespace boxoffice::seating
