#include "write/idempotency.h"

#include "write/row_lock.h"

namespace boxoffice {

namespace {

constinit spi::Plan<std::string, std::string, Time, bool> find_key{
    "SELECT request, answer, created_at > $3 - interval '24 hours', ctid FROM boxoffice.idempotency_key"
    " WHERE user_id = $1 AND by_house = $4 AND idempotency_key = $2"};

constinit spi::Plan<std::string, std::string, bool> forget_key{
    "DELETE FROM boxoffice.idempotency_key WHERE user_id = $1 AND by_house = $3 AND idempotency_key = $2"};

constinit spi::Plan<std::string, bool, std::string, std::string, JsonDatum, Time> store_key{
    "INSERT INTO boxoffice.idempotency_key (user_id, by_house, idempotency_key, request, answer, created_at)"
    " VALUES ($1, $2, $3, $4, $5, $6)"};

constinit spi::Plan<Time, int64_t> forget_keys{
    "DELETE FROM boxoffice.idempotency_key WHERE ctid = ANY (ARRAY("
    "   SELECT ctid FROM boxoffice.idempotency_key WHERE created_at <= $1 - interval '24 hours'"
    "   ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED))"};

std::string text_of(const Request& request) { return std::string(request.operation) + "(" + request.arguments + ")"; }

bool is_by_house(const Request& request) { return request.chosen_by == ChosenBy::house; }

} // namespace

idempotency::Stored idempotency::find(const Request& request) {
    const spi::FreshSnapshot snapshot;
    const spi::Rows rows =
        find_key.read(snapshot, request.user_id, *request.idempotency_key, clock::now(), is_by_house(request));
    if (rows.empty())
        return Stored{};
    const auto [stored_request, answer, current] = rows[0].columns<std::string, JsonDatum, bool>();
    if (!current)
        return Stored{.lapsed = true};
    return Stored{stored_request == text_of(request) ? Outcome::ok : Outcome::idempotency_mismatch, answer};
}

bool idempotency::forget_lapsed(const Request& request) {
    const spi::FreshSnapshot snapshot;
    const spi::Rows rows =
        find_key.read(snapshot, request.user_id, *request.idempotency_key, clock::now(), is_by_house(request));
    if (rows.empty())
        return true;
    const RowAddress address = std::get<3>(rows[0].columns<std::string, JsonDatum, bool, RowAddress>());
    // upkeep may be about to do the same: its lock is not waited for
    if (!lock_one("idempotency_key", address, snapshot))
        return false;
    forget_key.write(request.user_id, *request.idempotency_key, is_by_house(request));
    return true;
}

void idempotency::store(const Request& request, JsonDatum answer) {
    store_key.write(request.user_id, is_by_house(request), *request.idempotency_key, text_of(request), answer,
                    clock::now());
}

int64_t idempotency::forget_old(int64_t most) {
    return static_cast<int64_t>(forget_keys.write(clock::now(), most).size());
}

} // namespace boxoffice
