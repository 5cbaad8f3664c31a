#include "queue/token.h"

namespace boxoffice::queue_token {

namespace {

int own_changes = 0;

#define BOXOFFICE_TOKEN_COLUMNS                                                                                        \
    "token, queue_id, number, user_id, priority::integer, status, last_seen_at, lapses_at, expires_at, ctid"

constinit spi::Plan<int64_t> find_by_hash{"SELECT " BOXOFFICE_TOKEN_COLUMNS " FROM boxoffice.queue_token"
                                          " WHERE pg_catalog.uuid_hash_extended(token, 0) = $1"};
constinit spi::Plan<int64_t, std::string> find_by_user{"SELECT " BOXOFFICE_TOKEN_COLUMNS " FROM boxoffice.queue_token"
                                                       " WHERE queue_id = $1 AND user_id = $2 AND ended_at IS NULL"};
constinit spi::Plan<int64_t, int64_t, int64_t> find_first{
    "SELECT " BOXOFFICE_TOKEN_COLUMNS " FROM boxoffice.queue_token"
    " WHERE queue_id = $1 AND status = 'waiting' AND number < $2 ORDER BY queue_token.priority DESC, number LIMIT $3"};
constinit spi::Plan<int64_t, int32_t, int64_t, int64_t> find_waiting{
    "SELECT token, number, last_seen_at, ctid FROM boxoffice.queue_token"
    " WHERE queue_id = $1 AND status = 'waiting' AND priority = $2 AND number > $3 ORDER BY number LIMIT $4"};
constinit spi::Plan<int64_t, int64_t> find_by_number{"SELECT " BOXOFFICE_TOKEN_COLUMNS " FROM boxoffice.queue_token"
                                                     " WHERE queue_id = $1 AND number = $2"};

constinit spi::Plan<int64_t, int64_t> waiting_count{
    "SELECT count(*) FROM (SELECT FROM boxoffice.queue_token WHERE queue_id = $1 AND status = 'waiting'"
    "   ORDER BY priority DESC, number LIMIT $2) waiting"};
constinit spi::Plan<int64_t, int32_t, int64_t> before_count{
    "SELECT (SELECT count(*) FROM boxoffice.queue_token WHERE queue_id = $1 AND status = 'waiting' AND priority > $2)"
    "     + (SELECT count(*) FROM boxoffice.queue_token WHERE queue_id = $1 AND status = 'waiting' AND priority = $2"
    "         AND number < $3)"};
constinit spi::Plan<int64_t> active_count{
    "SELECT count(*) FROM boxoffice.queue_token WHERE queue_id = $1 AND status = 'active'"};
constinit spi::Plan<int64_t, Time> admitted_since{
    "SELECT count(*) FROM boxoffice.queue_token WHERE queue_id = $1 AND admitted_at > $2"};
// In whole seconds, as the board counts them.
constinit spi::Plan<int64_t, Time> admitted_in_minute{"SELECT count(*) FROM boxoffice.queue_token WHERE queue_id = $1"
                                                      " AND admitted_at >= date_trunc('second', $2) - interval '59 s'"
                                                      " AND admitted_at < date_trunc('second', $2) + interval '1 s'"};
constinit spi::Plan<int64_t, Time> admitted_lately{
    "SELECT admitted_at FROM boxoffice.queue_token"
    " WHERE queue_id = $1 AND admitted_at >= date_trunc('second', $2) - interval '59 s'"};
constinit spi::Plan<int64_t> greatest_number{"SELECT max(number) FROM boxoffice.queue_token WHERE queue_id = $1"};
constinit spi::Plan<int64_t> numbers_waiting{
    "SELECT coalesce(min(first.number), last.number + 1), last.number + 1"
    " FROM (SELECT greatest(0, (SELECT max(number) FROM boxoffice.queue_token WHERE queue_id = $1)) AS number) last"
    " LEFT JOIN (SELECT (SELECT min(number) FROM boxoffice.queue_token"
    "     WHERE queue_id = $1 AND status = 'waiting' AND priority = p) AS number"
    "   FROM generate_series(0, 3) p) first ON true"
    " GROUP BY last.number"};

constinit spi::Plan<int64_t, int64_t, Uuid, std::string, int32_t, std::string, Time, std::optional<Time>,
                    std::optional<Time>, std::optional<Time>>
    insert_token{"INSERT INTO boxoffice.queue_token (queue_id, number, token, user_id, priority, status, joined_at,"
                 "   last_seen_at, admitted_at, lapses_at, expires_at)"
                 " VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10) RETURNING ctid"};
constinit spi::Plan<int64_t, int64_t, Time> set_seen{
    "UPDATE boxoffice.queue_token SET last_seen_at = $3 WHERE queue_id = $1 AND number = $2"};
constinit spi::Plan<int64_t, int64_t> set_claimed{
    "UPDATE boxoffice.queue_token SET lapses_at = expires_at WHERE queue_id = $1 AND number = $2"};
constinit spi::Plan<int64_t, int64_t, std::string, Time> set_ended{
    "UPDATE boxoffice.queue_token SET status = $3, ended_at = $4 WHERE queue_id = $1 AND number = $2"};
// Joined to the numbers, so that each is looked up by its key, whatever the table was like when this was planned.
constinit spi::Plan<int64_t, Numbers, Time, Time, Time> set_active{
    "UPDATE boxoffice.queue_token t SET status = 'active', admitted_at = $3, lapses_at = $4, expires_at = $5"
    " FROM unnest($2) AS wanted(number) WHERE t.queue_id = $1 AND t.number = wanted.number"};
constinit spi::Plan<int64_t, Numbers, Time> set_expired{
    "UPDATE boxoffice.queue_token t SET status = 'expired', ended_at = $3"
    " FROM unnest($2) AS wanted(number) WHERE t.queue_id = $1 AND t.number = wanted.number"};
constinit spi::Plan<int64_t, std::string, Time> set_order{
    "UPDATE boxoffice.queue_token t SET number = drawn.number FROM ("
    "   SELECT number AS joined_as, row_number() OVER (ORDER BY"
    "       pg_catalog.sha256(pg_catalog.convert_to($2, 'UTF8') || pg_catalog.sha256(pg_catalog.uuid_send(token))))"
    "     - 1 - count(*) OVER () AS number"
    "   FROM boxoffice.queue_token WHERE queue_id = $1 AND status = 'waiting' AND joined_at < $3) drawn"
    " WHERE t.queue_id = $1 AND t.number = drawn.joined_as",
    spi::Access::whole_tables};
// What lapsed was over at that instant, however late it is written down.
constinit spi::Plan<int64_t, Numbers> set_lapsed{
    "UPDATE boxoffice.queue_token SET status = 'expired', ended_at = lapses_at"
    " WHERE queue_id = $1 AND number = ANY ($2)"};
constinit spi::Plan<int64_t> find_last_joined{
    "SELECT max(joined_at) FROM boxoffice.queue_token WHERE queue_id = $1 AND status = 'waiting'"};
constinit spi::Plan<int64_t, Time> find_lapsed{
    "SELECT number, ctid FROM boxoffice.queue_token WHERE queue_id = $1 AND status = 'active' AND lapses_at <= $2"
    " ORDER BY lapses_at"};

// One probe of an index for each queue: subqueries with a limit are never turned into a scan of all tokens.
#define BOXOFFICE_FIRST_LAPSE                                                                                          \
    "(SELECT t.lapses_at FROM boxoffice.queue_token t WHERE t.queue_id = q.queue_id AND t.status = 'active'"           \
    " ORDER BY t.lapses_at LIMIT 1)"
constinit spi::Plan<> queues_with_living{
    "SELECT queue_id FROM boxoffice.queue q WHERE " BOXOFFICE_FIRST_LAPSE " IS NOT NULL"
    " OR (SELECT t.number FROM boxoffice.queue_token t WHERE t.queue_id = q.queue_id AND t.status = 'waiting'"
    "   ORDER BY t.priority DESC, t.number LIMIT 1) IS NOT NULL"};
constinit spi::Plan<Time> queues_due{"SELECT queue_id FROM boxoffice.queue q WHERE " BOXOFFICE_FIRST_LAPSE " <= $1"
                                     " OR (q.join_before <= $1 AND q.drawn_at IS NULL)"};
constinit spi::Plan<> first_due{"SELECT min(least(" BOXOFFICE_FIRST_LAPSE
                                ", CASE WHEN q.drawn_at IS NULL THEN q.join_before END)) FROM boxoffice.queue q"};

Token token_from(const spi::Row& row) {
    Token token;
    std::tie(token.token, token.queue_id, token.number, token.user_id, token.priority, token.status, token.last_seen_at,
             token.lapses_at, token.expires_at, token.address) =
        row.columns<Uuid, int64_t, int64_t, std::string, int32_t, std::string, Time, std::optional<Time>,
                    std::optional<Time>, RowAddress>();
    return token;
}

std::optional<Token> first_of(const spi::Rows& rows) {
    return rows.empty() ? std::nullopt : std::optional(token_from(rows[0]));
}

int64_t hash_of(const Uuid& token) {
    return guarded([&] {
        return DatumGetInt64(DirectFunctionCall2(uuid_hash_extended, Codec<Uuid>::to_datum(token), Int64GetDatum(0)));
    });
}

// Takes as long for a wrong first byte as for a wrong last one.
bool equal_in_constant_time(const Uuid& a, const Uuid& b) {
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.bytes.size(); ++i)
        difference |= static_cast<unsigned>(a.bytes[i] ^ b.bytes[i]);
    return difference == 0;
}

template <typename Value>
std::vector<Value> firsts_of(const spi::Rows& rows) {
    std::vector<Value> values;
    for (const spi::Row row : rows)
        values.push_back(row.first<Value>());
    return values;
}

} // namespace

OwnChange::OwnChange() { ++own_changes; }
OwnChange::~OwnChange() { --own_changes; }
bool change_is_own() { return own_changes > 0; }

std::optional<Token> find(const spi::FreshSnapshot& snapshot, const Uuid& token) {
    std::optional<Token> found;
    for (const spi::Row row : find_by_hash.read(snapshot, hash_of(token))) {
        Token candidate = token_from(row);
        if (equal_in_constant_time(candidate.token, token))
            found = std::move(candidate);
    }
    return found;
}

std::optional<Token> find_living(const spi::FreshSnapshot& snapshot, int64_t queue_id, const std::string& user_id) {
    return first_of(find_by_user.read(snapshot, queue_id, user_id));
}

std::vector<Token> find_next(const spi::FreshSnapshot& snapshot, int64_t queue_id, int64_t below, int64_t most) {
    std::vector<Token> tokens;
    for (const spi::Row row : find_first.read(snapshot, queue_id, below, most))
        tokens.push_back(token_from(row));
    return tokens;
}

std::vector<Token> find_waiting_after(const spi::FreshSnapshot& snapshot, int64_t queue_id, int32_t priority,
                                      int64_t after, int64_t most) {
    const spi::Rows rows = find_waiting.read(snapshot, queue_id, priority, after, most);
    std::vector<Token> tokens;
    tokens.reserve(rows.size());
    for (const spi::Row row : rows) {
        const auto [token, number, last_seen_at, address] = row.columns<Uuid, int64_t, Time, RowAddress>();
        tokens.push_back({.token = token,
                          .queue_id = queue_id,
                          .number = number,
                          .user_id = {},
                          .priority = priority,
                          .status = "waiting",
                          .last_seen_at = last_seen_at,
                          .lapses_at = {},
                          .expires_at = {},
                          .address = address});
    }
    return tokens;
}

std::vector<Time> admitted_last_minute(const spi::FreshSnapshot& snapshot, int64_t queue_id, Time at) {
    return firsts_of<Time>(admitted_lately.read(snapshot, queue_id, at));
}

RowLocks lock_all(const spi::FreshSnapshot& snapshot, const std::vector<Token>& tokens) {
    std::vector<RowAddress> addresses;
    for (const Token& token : tokens)
        addresses.push_back(token.address);
    return lock_rows("queue_token", addresses, snapshot);
}

bool lock(const spi::FreshSnapshot& snapshot, const Token& token) {
    return lock_one("queue_token", token.address, snapshot);
}

int64_t count_waiting(const spi::FreshSnapshot& snapshot, int64_t queue_id, int64_t most) {
    return waiting_count.read(snapshot, queue_id, most)[0].first<int64_t>();
}

int64_t count_before(const spi::FreshSnapshot& snapshot, const Token& token) {
    return before_count.read(snapshot, token.queue_id, token.priority, token.number)[0].first<int64_t>();
}

int64_t count_admitted_last_minute(const spi::FreshSnapshot& snapshot, int64_t queue_id, Time at) {
    return admitted_in_minute.read(snapshot, queue_id, at)[0].first<int64_t>();
}

int64_t count_room(const spi::FreshSnapshot& snapshot, int64_t queue_id, const queue::Rules& rules, Time at) {
    int64_t room = rules.max_active - active_count.read(snapshot, queue_id)[0].first<int64_t>();
    if (rules.admit_per_minute) {
        const Time minute_ago{at.microseconds - USECS_PER_MINUTE};
        const auto admitted = admitted_since.read(snapshot, queue_id, minute_ago)[0].first<int64_t>();
        room = std::min(room, *rules.admit_per_minute - admitted);
    }
    return room;
}

int64_t last_number(const spi::FreshSnapshot& snapshot, int64_t queue_id) {
    return std::max(int64_t{0},
                    greatest_number.read(snapshot, queue_id)[0].first<std::optional<int64_t>>().value_or(0));
}

NumberRange number_range(const spi::FreshSnapshot& snapshot, int64_t queue_id) {
    const auto [first, next] = numbers_waiting.read(snapshot, queue_id)[0].columns<int64_t, int64_t>();
    return {first, next};
}

Uuid draw_secret() {
    return Codec<Uuid>::from_datum(guarded([] { return DirectFunctionCall1(gen_random_uuid, Datum{0}); }));
}

RowAddress insert(const Token& token, Time at) {
    const OwnChange own;
    return insert_token
        .write(token.queue_id, token.number, token.token, token.user_id, token.priority, token.status, at,
               token.status == "active" ? std::optional(at) : std::nullopt, token.lapses_at, token.expires_at)[0]
        .first<RowAddress>();
}

void see(const Token& token, Time at) {
    const OwnChange own;
    set_seen.write(token.queue_id, token.number, at);
}

void claim(const Token& token) {
    const OwnChange own;
    set_claimed.write(token.queue_id, token.number);
}

void end(const Token& token, const char* status, Time at) {
    const OwnChange own;
    set_ended.write(token.queue_id, token.number, status, at);
}

void admit(int64_t queue_id, const Numbers& numbers, const Admission& admission) {
    const OwnChange own;
    set_active.write(queue_id, numbers, admission.at, admission.lapses_at, admission.expires_at);
}

void expire(int64_t queue_id, const Numbers& numbers, Time at) {
    const OwnChange own;
    set_expired.write(queue_id, numbers, at);
}

void shuffle(int64_t queue_id, const std::string& seed, Time joined_before) {
    const OwnChange own;
    set_order.write(queue_id, seed, joined_before);
}

std::optional<Time> last_joined(const spi::FreshSnapshot& snapshot, int64_t queue_id) {
    return find_last_joined.read(snapshot, queue_id)[0].first<std::optional<Time>>();
}

void expire_lapsed(int64_t queue_id, Time at) {
    const spi::FreshSnapshot snapshot;
    const Numbers lapsed = lock_free("queue_token", find_lapsed.read(snapshot, queue_id, at), snapshot);
    if (lapsed.empty())
        return;
    const OwnChange own;
    set_lapsed.write(queue_id, lapsed);
}

void complete(int64_t queue_id, int64_t number, const std::string& user_id, Time at) {
    const spi::FreshSnapshot snapshot;
    const auto token = first_of(find_by_number.read(snapshot, queue_id, number));
    if (!token || token->status != "active" || token->user_id != user_id)
        return;
    // its user's lock is ours, so only a round that expires it can have the row
    // a payment has seats and money locked: it does not build the board
    const auto handle = board::available() ? std::optional(board::handle_of(queue_id)) : std::nullopt;
    if (!lock(snapshot, *token))
        return;
    end(*token, "completed", at);
    if (handle)
        board::note_place_free(*handle);
}

std::vector<int64_t> living_queues() { return firsts_of<int64_t>(queues_with_living.read()); }
std::vector<int64_t> due_queues(Time at) { return firsts_of<int64_t>(queues_due.read(at)); }
std::optional<Time> next_due() { return first_due.read()[0].first<std::optional<Time>>(); }

} // namespace boxoffice::queue_token
