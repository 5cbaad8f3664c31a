#include "boxoffice/queue_progress.h"

#include "boxoffice/board_notes.h"

namespace boxoffice::queue_progress {

namespace {

constinit spi::Plan<> all_queues{"SELECT queue_id FROM boxoffice.queue", spi::Access::whole_tables};

// The waiting are counted only where the board has not done it.
constinit spi::Plan<Numbers, Numbers> progress{
    "SELECT q.queue_id, q.mode, coalesce(board.waiting, (SELECT count(*) FROM boxoffice.queue_token t"
    "     WHERE t.queue_id = q.queue_id AND t.status = 'waiting')),"
    "   (SELECT count(*) FROM boxoffice.queue_token t WHERE t.queue_id = q.queue_id AND t.status = 'active')"
    " FROM boxoffice.queue q LEFT JOIN unnest($1, $2) AS board(queue_id, waiting) USING (queue_id)"
    " ORDER BY q.queue_id"};

std::optional<int64_t> count_on_board(int64_t queue_id) {
    const auto handle = board::find(queue_id);
    if (!handle)
        return std::nullopt;
    const shared_memory::Hold hold(shared_memory::queue_lock(handle->slot), LW_SHARED);
    const shared_memory::Queue* const queue = board::ready(*handle);
    return queue == nullptr ? std::nullopt : std::optional(queue->line.count());
}

} // namespace

spi::Rows read() {
    Numbers queue_ids, waiting;
    if (board::available()) {
        for (const spi::Row row : all_queues.read()) {
            const auto queue_id = row.first<int64_t>();
            if (const auto count = count_on_board(queue_id)) {
                queue_ids.push_back(queue_id);
                waiting.push_back(*count);
            }
        }
    }
    return progress.read(queue_ids, waiting);
}

} // namespace boxoffice::queue_progress
