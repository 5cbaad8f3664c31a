#include "sale/seat_block.h"

#include "base/validate.h"
#include "outbox/outbox.h"
#include "pg/lookup.h"
#include "write/perform.h"

#include <algorithm>

namespace boxoffice::seat_block {

namespace {

// Bounds the work and the locks of one call, and one message to browsers.
constexpr std::size_t most_per_call = 10000;

constinit Lookup<Key<int64_t, int32_t>, RowAddress, bool, bool, std::optional<Time>> read_seat{
    "seat", "seat_pkey", {"ctid", "sold", "blocked", "held_until"}};

constinit spi::Plan<RowAddresses, bool> set_blocked{"UPDATE boxoffice.seat SET blocked = $2 WHERE ctid = ANY ($1)"};

constinit spi::Plan<int64_t, SeatIds, std::optional<std::string>, Time> keep_reason{
    "INSERT INTO boxoffice.seat_block (slot_id, seat_id, reason, blocked_at) SELECT $1, unnest($2), $3, $4"
    " ON CONFLICT (slot_id, seat_id) DO UPDATE SET reason = coalesce(excluded.reason, seat_block.reason)"};

constinit spi::Plan<int64_t, SeatIds> forget_reason{
    "DELETE FROM boxoffice.seat_block WHERE ctid = ANY (ARRAY(SELECT reason.ctid"
    "   FROM unnest($2) AS wanted(seat_id), LATERAL (SELECT ctid FROM boxoffice.seat_block"
    "     WHERE slot_id = $1 AND seat_id = wanted.seat_id LIMIT 1) reason))"};

constinit spi::Plan<int64_t> blocked_seats{
    "SELECT seat_id, seat_guid, zone, row_label, seat_label, category, price, reason, blocked_at"
    " FROM boxoffice.seat LEFT JOIN boxoffice.seat_block USING (slot_id, seat_id)"
    " WHERE slot_id = $1 AND blocked ORDER BY seat_id"};

// The seats as the snapshot shows them: what refuses the call, and what there is to do.
struct View {
    SeatIds missing, taken;
    RowAddresses addresses; // of all that are there, in the order of seat_id
    SeatIds changing;
    RowAddresses changing_addresses;
};

View view_of(const spi::FreshSnapshot& snapshot, const BlockRequest& request, Time at) {
    View view;
    decltype(read_seat)::Open lookup(read_seat, snapshot);
    for (const int32_t seat_id : request.seat_ids) {
        const auto row = lookup.find(request.slot_id, seat_id);
        if (!row) {
            view.missing.push_back(seat_id);
            continue;
        }
        const auto& [address, sold, blocked, held_until] = *row;
        view.addresses.push_back(address);
        if (blocked == request.blocked)
            continue;
        view.changing.push_back(seat_id);
        view.changing_addresses.push_back(address);
        if (request.blocked && (sold || (held_until && *held_until > at)))
            view.taken.push_back(seat_id);
    }
    return view;
}

BlockResult refuse(Outcome outcome, SeatIds seat_ids) { return BlockResult{outcome, std::move(seat_ids)}; }

void write(const BlockRequest& request, const View& view, Time at) {
    if (!view.changing.empty()) {
        require_all(set_blocked.write(view.changing_addresses, request.blocked), view.changing_addresses);
        outbox::write(request.blocked ? "blocked" : "unblocked", request.slot_id, std::nullopt, view.changing, at);
    }
    if (request.blocked)
        keep_reason.write(request.slot_id, request.seat_ids, request.reason, at);
    else
        forget_reason.write(request.slot_id, request.seat_ids);
    make_durable();
}

// One attempt; seat_busy when another transaction has a seat or has changed it.
BlockResult try_block(const BlockRequest& request) {
    const spi::FreshSnapshot snapshot;
    // A hold that has run out by now stays so: nothing but another hold, which would change the row, gives its seat away.
    const Time at = clock::now();
    const View view = view_of(snapshot, request, at);
    if (!view.missing.empty())
        return refuse(Outcome::not_found, view.missing);
    if (!view.taken.empty())
        return refuse(Outcome::seat_taken, view.taken);
    if (view.changing.empty() && !request.reason)
        return BlockResult{Outcome::ok, std::nullopt, 0};
    Subtransaction attempt;
    const RowLocks locks = lock_rows("seat", view.addresses, snapshot);
    if (locks.state != RowLock::locked) {
        attempt.roll_back();
        return refuse(Outcome::seat_busy, {request.seat_ids[locks.failed_at]});
    }
    write(request, view, at);
    attempt.commit();
    return BlockResult{Outcome::ok, std::nullopt, static_cast<int32_t>(view.changing.size())};
}

} // namespace

BlockResult block(const BlockRequest& unchecked) {
    require_writing("block_seats");
    validate::text(unchecked.reason, "reason", 1000);
    const BlockRequest request{unchecked.slot_id, validate::seat_ids(unchecked.seat_ids, most_per_call),
                               unchecked.blocked, unchecked.reason};
    Patience patience;
    for (;;) {
        const BlockResult result = try_block(request);
        if (result.outcome != Outcome::seat_busy || !patience.once_more())
            return result;
    }
}

spi::Rows list(int64_t slot_id) { return blocked_seats.read(slot_id); }

} // namespace boxoffice::seat_block
