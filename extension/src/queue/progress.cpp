#include "queue/progress.h"

#include "base/validate.h"
#include "queue/board/notes.h"

namespace boxoffice::queue_progress {

namespace {

constinit spi::Plan<> all_queues{"SELECT queue_id FROM boxoffice.queue", spi::Access::whole_tables};

constinit spi::Plan<std::optional<int64_t>, int32_t> page_of_queues{
    "SELECT queue_id FROM boxoffice.queue WHERE queue_id < coalesce($1, 9223372036854775807)"
    " ORDER BY queue_id DESC LIMIT $2"};

// The waiting are counted only where the board has not done it.
#define BOXOFFICE_PROGRESS                                                                                             \
    "coalesce(board.waiting, (SELECT count(*) FROM boxoffice.queue_token t"                                            \
    "     WHERE t.queue_id = q.queue_id AND t.status = 'waiting')),"                                                   \
    "   (SELECT count(*) FROM boxoffice.queue_token t WHERE t.queue_id = q.queue_id AND t.status = 'active')"

constinit spi::Plan<Numbers, Numbers> progress{
    "SELECT q.queue_id, q.mode, " BOXOFFICE_PROGRESS
    " FROM boxoffice.queue q LEFT JOIN unnest($1, $2) AS board(queue_id, waiting) USING (queue_id)"
    " ORDER BY q.queue_id"};

constinit spi::Plan<Numbers, Numbers, Numbers, Time> queues{
    "SELECT q.queue_id, q.name, q.mode, " BOXOFFICE_PROGRESS ", q.max_active, q.active_for, q.max_waiting,"
    "   q.admit_per_minute, q.claim_for, q.idle_for, q.join_before, q.shuffle_sha256, q.drawn_at,"
    "   CASE WHEN q.drawn_at IS NOT NULL THEN"
    "     (SELECT seed.shuffle_seed FROM boxoffice.queue_seed seed WHERE seed.queue_id = q.queue_id) END,"
    "   EXISTS (SELECT FROM boxoffice.slot s WHERE s.queue_id = q.queue_id) AND NOT EXISTS (SELECT FROM boxoffice.slot "
    "s"
    "     WHERE s.queue_id = q.queue_id AND coalesce(s.sale_closes_at, s.starts_at) > $4)"
    " FROM unnest($1) WITH ORDINALITY AS wanted(queue_id, place) JOIN boxoffice.queue q USING (queue_id)"
    " LEFT JOIN unnest($2, $3) AS board(queue_id, waiting) USING (queue_id) ORDER BY wanted.place"};

std::optional<int64_t> count_on_board(int64_t queue_id) {
    const auto handle = board::find(queue_id);
    if (!handle)
        return std::nullopt;
    const shared_memory::Hold hold(shared_memory::queue_lock(handle->slot), LW_SHARED);
    const shared_memory::Queue* const queue = board::ready(*handle);
    return queue == nullptr ? std::nullopt : std::optional(queue->line.count());
}

struct Counts {
    Numbers queue_ids, waiting;
};

Counts counts_on_board(const Numbers& queue_ids) {
    Counts counts;
    if (!board::available())
        return counts;
    for (const int64_t queue_id : queue_ids) {
        if (const auto count = count_on_board(queue_id)) {
            counts.queue_ids.push_back(queue_id);
            counts.waiting.push_back(*count);
        }
    }
    return counts;
}

Numbers ids_of(const spi::Rows& rows) {
    Numbers queue_ids;
    for (const spi::Row row : rows)
        queue_ids.push_back(row.first<int64_t>());
    return queue_ids;
}

spi::Rows described(const Numbers& queue_ids) {
    const Counts counts = counts_on_board(queue_ids);
    return queues.read(queue_ids, counts.queue_ids, counts.waiting, clock::now());
}

} // namespace

spi::Rows read() {
    const Counts counts = board::available() ? counts_on_board(ids_of(all_queues.read())) : Counts{};
    return progress.read(counts.queue_ids, counts.waiting);
}

spi::Rows list(const Page& page) {
    validate::max_rows(page.max_rows);
    return described(ids_of(page_of_queues.read(page.before_id, page.max_rows)));
}

spi::Rows get(int64_t queue_id) { return described({queue_id}); }

} // namespace boxoffice::queue_progress
