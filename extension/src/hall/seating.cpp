#include "hall/seating.h"

#include "hall/seats_by_key.h"
#include "pg/lookup.h"

#include <algorithm>
#include <list>
#include <map>
#include <memory>

namespace boxoffice::seating {

namespace {

constinit Lookup<Key<int64_t>, Uuid, std::optional<double>, std::optional<double>> read_slot{
    "slot", "slot_pkey", {"seats_version", "focal_x", "focal_y"}};

constinit spi::Plan<int64_t, SeatIds> find_seats{"SELECT seat.ctid FROM " BOXOFFICE_SEATS_BY_KEY("$1", "$2")};

constexpr int32_t no_page = -1;
constexpr Time for_good{DT_NOEND};

// The columns of boxoffice.seat by number.
struct Columns {
    explicit Columns(const TablePages& table)
        : slot_id(table.number_of("slot_id")), seat_id(table.number_of("seat_id")), price(table.number_of("price")),
          held_until(table.number_of("held_until")), sold(table.number_of("sold")), blocked(table.number_of("blocked")),
          zone(table.number_of("zone")), row_label(table.number_of("row_label")), category(table.number_of("category")),
          x(table.number_of("x")), y(table.number_of("y")) {}
    AttrNumber slot_id, seat_id, price, held_until, sold, blocked, zone, row_label, category, x, y;
};

// The bytes of a text; of one that lies compressed or elsewhere, which is rare, by a copy.
std::string_view bytes_of(Datum datum) {
    const auto* plain = reinterpret_cast<const text*>(DatumGetPointer(datum));
    if (VARATT_IS_EXTENDED(plain) && !VARATT_IS_SHORT(plain))
        plain = guarded([&] { return DatumGetTextPP(datum); });
    return {VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain)};
}

// Gives texts that are equal, inside what is equal, too, one number, from 0; null is another text than ''. Seats come in
// the order of the plan, so most are like the one before.
class Numbering {
public:
    int32_t number_of(NullableValue text, int32_t inside = 0) {
        const std::string_view wanted = text.is_null ? std::string_view("\0", 1) : bytes_of(text.value);
        if (last == nullptr || last->first.inside != inside || last->first.text != wanted)
            last = &*numbers.try_emplace(Key{inside, std::string(wanted)}, static_cast<int32_t>(numbers.size())).first;
        return last->second;
    }
    std::vector<std::string> texts() const {
        std::vector<std::string> all(numbers.size());
        for (const auto& [key, number] : numbers)
            all[static_cast<std::size_t>(number)] = key.text;
        return all;
    }

private:
    struct Key {
        int32_t inside;
        std::string text;
        auto operator<=>(const Key&) const = default;
    };
    std::map<Key, int32_t> numbers;
    const std::pair<const Key, int32_t>* last = nullptr;
};

// What of a row decides whether its seat is free; value gives a column by its number.
template <typename Value>
Time taken_until(const Columns& columns, Value&& value) {
    if (DatumGetBool(value(columns.sold).value) || DatumGetBool(value(columns.blocked).value))
        return for_good;
    const NullableValue held_until = value(columns.held_until);
    return held_until.is_null ? Time{DT_NOBEGIN} : Codec<Time>::from_datum(held_until.value);
}

} // namespace

// Reads everything, for a slot that is not known yet.
class Builder {
public:
    Builder(TablePages& table_pages, int64_t slot_id)
        : table(table_pages), columns(table), values(static_cast<std::size_t>(table.column_count())),
          nulls(std::make_unique<bool[]>(values.size())) {
        seats.slot_id = slot_id;
    }

    Seats build(const Uuid& version) {
        for (const BlockNumber block : table.find_blocks("seat_pkey", seats.slot_id)) {
            seats.pages.push_back(Seats::Page{{block}, {}});
            (void)table.read_changed(seats.pages.back().version);
            for (const TablePages::Row& row : table.rows()) {
                table.columns(row, values.data(), nulls.get());
                if (DatumGetInt64(value(columns.slot_id).value) == seats.slot_id)
                    add(row);
            }
        }
        finish(version);
        return std::move(seats);
    }

private:
    NullableValue value(AttrNumber number) const {
        return {values[static_cast<std::size_t>(number - 1)], nulls[static_cast<std::size_t>(number - 1)]};
    }

    std::optional<double> coordinate(AttrNumber number) const {
        const NullableValue datum = value(number);
        return datum.is_null ? std::nullopt : std::optional(DatumGetFloat8(datum.value));
    }

    struct Found {
        best_seats::Seat seat;
        int32_t category;
        Seats::Status status;
    };

    void add(const TablePages::Row& row) {
        const int32_t zone = zones.number_of(value(columns.zone));
        best_seats::Seat seat{DatumGetInt32(value(columns.seat_id).value), zone,
                              rows.number_of(value(columns.row_label), zone), std::nullopt};
        const auto x = coordinate(columns.x), y = coordinate(columns.y);
        if (x && y)
            seat.position = best_seats::Point{*x, *y};
        const Time until = taken_until(columns, [&](AttrNumber number) { return value(number); });
        found.push_back({seat,
                         categories.number_of(value(columns.category)),
                         {DatumGetInt64(value(columns.price).value), until,
                          static_cast<int32_t>(seats.pages.size()) - 1, table.address_of(row), row.busy}});
    }

    void finish(const Uuid& version) {
        const auto by_id = [](const Found& one, const Found& other) { return one.seat.seat_id < other.seat.seat_id; };
        if (!std::is_sorted(found.begin(), found.end(), by_id))
            std::sort(found.begin(), found.end(), by_id);
        std::vector<best_seats::Seat> plan;
        plan.reserve(found.size());
        seats.statuses.reserve(found.size());
        for (const Found& one : found) {
            seats.pages[static_cast<std::size_t>(one.status.page)].seats.push_back(static_cast<int32_t>(plan.size()));
            plan.push_back(one.seat);
            seats.ids.push_back(one.seat.seat_id);
            seats.categories.push_back(one.category);
            seats.statuses.push_back(one.status);
        }
        seats.version = version;
        seats.file = table.file();
        seats.category_names = categories.texts();
        seats.geometry.emplace(plan);
    }

    TablePages& table;
    const Columns columns;
    std::vector<Datum> values;
    std::unique_ptr<bool[]> nulls;
    Seats seats;
    Numbering zones, rows, categories;
    std::vector<Found> found;
};

// Keeps seats and brings them up to a snapshot.
class Keeper {
public:
    std::shared_ptr<const Seats> read(const spi::FreshSnapshot& snapshot, int64_t slot_id) {
        const auto [version, x, y] = *read_slot.find(snapshot, slot_id);
        TablePages table("seat", snapshot);
        const std::shared_ptr<Seats> shared = find(table, slot_id, version);
        Seats& seats = *shared;
        seats.geometry->look_from(x && y ? std::optional(best_seats::Point{*x, *y}) : std::nullopt);
        const Columns columns(table);
        for (std::size_t page = 0; page < seats.pages.size(); ++page)
            refresh(seats, table, columns, static_cast<int32_t>(page));
        if (seats.missing > 0)
            look_for_missing(snapshot, seats, table, columns);
        return shared;
    }

private:
    // To the front of the list; the last ones go when there are too many.
    std::shared_ptr<Seats> find(TablePages& table, int64_t slot_id, const Uuid& version) {
        const auto is_it = [&](const std::shared_ptr<Seats>& seats) { return seats->slot_id == slot_id; };
        const auto known = std::find_if(kept.begin(), kept.end(), is_it);
        if (known != kept.end() && (*known)->version == version && (*known)->file == table.file()) {
            kept.splice(kept.begin(), kept, known);
            return kept.front();
        }
        if (known != kept.end())
            kept.erase(known);
        kept.push_front(std::make_shared<Seats>(Builder(table, slot_id).build(version)));
        std::size_t total = kept.front()->ids.size();
        for (auto other = std::next(kept.begin()); other != kept.end();) {
            total += (*other)->ids.size();
            other = total > most_kept ? kept.erase(other) : std::next(other);
        }
        return kept.front();
    }

    static void refresh(Seats& seats, TablePages& table, const Columns& columns, int32_t number) {
        Seats::Page& page = seats.pages[static_cast<std::size_t>(number)];
        if (!table.read_changed(page.version))
            return;
        // should this fail half way, it is read again
        const bool settled = std::exchange(page.version.settled, false);
        for (const int32_t seat : page.seats) {
            Seats::Status& status = seats.statuses[static_cast<std::size_t>(seat)];
            // unless it has been found elsewhere
            if (status.page == number) {
                status = {0, for_good, no_page, {}, false};
                ++seats.missing;
            }
        }
        page.seats.clear();
        for (const TablePages::Row& row : table.rows())
            take_over(seats, table, columns, row, number);
        page.version.settled = settled;
    }

    static void take_over(Seats& seats, const TablePages& table, const Columns& columns, const TablePages::Row& row,
                          int32_t page) {
        if (DatumGetInt64(table.column(row, columns.slot_id).value) != seats.slot_id)
            return;
        const auto seat = seats.find(DatumGetInt32(table.column(row, columns.seat_id).value));
        if (!seat)
            return;
        const Time until = taken_until(columns, [&](AttrNumber number) { return table.column(row, number); });
        seats.pages[static_cast<std::size_t>(page)].seats.push_back(*seat);
        Seats::Status& status = seats.statuses[static_cast<std::size_t>(*seat)];
        if (status.page == no_page)
            --seats.missing;
        status = {DatumGetInt64(table.column(row, columns.price).value), until, page, table.address_of(row), row.busy};
    }

    // By their keys: on pages that are not known yet. What is not found has been deleted and stays taken.
    static void look_for_missing(const spi::FreshSnapshot& snapshot, Seats& seats, TablePages& table,
                                 const Columns& columns) {
        SeatIds missing;
        for (int32_t seat = 0; seat < seats.size(); ++seat) {
            if (seats.statuses[static_cast<std::size_t>(seat)].page == no_page)
                missing.push_back(seats.seat_id(seat));
        }
        for (const spi::Row row : find_seats.read(snapshot, seats.slot_id, missing)) {
            const RowAddress address = row.first<RowAddress>();
            const BlockNumber block = ItemPointerGetBlockNumber(&address.value);
            const auto is_it = [&](const Seats::Page& page) { return page.version.block == block; };
            auto page = std::find_if(seats.pages.begin(), seats.pages.end(), is_it);
            if (page == seats.pages.end())
                page = seats.pages.insert(page, Seats::Page{{block}, {}});
            refresh(seats, table, columns, static_cast<int32_t>(page - seats.pages.begin()));
        }
    }

    std::list<std::shared_ptr<Seats>> kept;
};

std::optional<int32_t> Seats::find(int32_t seat_id) const {
    // most slots number their seats from 1 without a gap
    const auto likely = static_cast<std::size_t>(static_cast<uint32_t>(seat_id) - 1);
    if (likely < ids.size() && ids[likely] == seat_id)
        return static_cast<int32_t>(likely);
    const auto place = std::lower_bound(ids.begin(), ids.end(), seat_id);
    if (place == ids.end() || *place != seat_id)
        return std::nullopt;
    return static_cast<int32_t>(place - ids.begin());
}

std::optional<int32_t> Seats::category_named(const std::string& name) const {
    const auto place = std::find(category_names.begin(), category_names.end(), name);
    if (place == category_names.end())
        return std::nullopt;
    return static_cast<int32_t>(place - category_names.begin());
}

std::shared_ptr<const Seats> read(const spi::FreshSnapshot& snapshot, int64_t slot_id) {
    static Keeper keeper;
    return keeper.read(snapshot, slot_id);
}

} // namespace boxoffice::seating
