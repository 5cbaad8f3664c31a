#include "queue/board/shared_memory.h"

#include "pg/names.h"

namespace boxoffice::shared_memory {

int board_tokens = 262144;
int board_queues = 64;

namespace {

constexpr const char* tranche = "boxoffice";
constexpr int token_partitions = 64;

// the locks of the tranche, in this order; then one for each queue
enum LockNumber { directory_number, pages_number, worker_number, first_token_number };
constexpr int first_queue_number = first_token_number + token_partitions;

shmem_request_hook_type previous_request_hook = nullptr;
shmem_startup_hook_type previous_startup_hook = nullptr;

LWLockPadded* locks = nullptr;
Worker* worker_state = nullptr;
Board* board_state = nullptr;
QueueKey* keys = nullptr;
char* queues = nullptr;
WaitingLine::Pool* page_pool = nullptr;
HTAB* tokens = nullptr;

// Enough for all who wait even when each page has only a few of them.
int page_count() { return board_tokens / 64 + board_queues; }

Size queue_size() {
    return MAXALIGN(offsetof(Queue, in_flight) + sizeof(InFlight) * static_cast<std::size_t>(MaxBackends));
}

Size queues_size() { return mul_size(queue_size(), static_cast<Size>(board_queues)); }
Size keys_size() { return mul_size(sizeof(QueueKey), static_cast<Size>(board_queues)); }
Size pages_size() {
    return add_size(offsetof(WaitingLine::Pool, pages),
                    mul_size(sizeof(WaitingLine::Page), static_cast<Size>(page_count())));
}

template <typename Part>
Part* make(const char* name, Size size) {
    bool found;
    void* const memory = ShmemInitStruct(name, size, &found);
    if (!found)
        std::memset(memory, 0, size);
    return static_cast<Part*>(memory);
}

HTAB* make_tokens() {
    HASHCTL control{};
    control.keysize = sizeof(Uuid);
    control.entrysize = sizeof(Token);
    control.num_partitions = token_partitions;
    return ShmemInitHash("boxoffice tokens", board_tokens, board_tokens, &control,
                         HASH_ELEM | HASH_BLOBS | HASH_PARTITION | HASH_FIXED_SIZE);
}

// The hooks are called by the server and call only the server.

extern "C" void boxoffice_request_shared_memory() {
    if (previous_request_hook != nullptr)
        previous_request_hook();
    RequestAddinShmemSpace(sizeof(Worker));
    RequestAddinShmemSpace(sizeof(Board));
    RequestAddinShmemSpace(keys_size());
    RequestAddinShmemSpace(queues_size());
    RequestAddinShmemSpace(pages_size());
    RequestAddinShmemSpace(hash_estimate_size(board_tokens, sizeof(Token)));
    RequestNamedLWLockTranche(tranche, first_queue_number + board_queues);
}

extern "C" void boxoffice_make_shared_memory() {
    if (previous_startup_hook != nullptr)
        previous_startup_hook();
    LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
    locks = GetNamedLWLockTranche(tranche);
    worker_state = make<Worker>("boxoffice worker", sizeof(Worker));
    board_state = make<Board>("boxoffice board", sizeof(Board));
    keys = make<QueueKey>("boxoffice queue keys", keys_size());
    queues = make<char>("boxoffice queues", queues_size());
    page_pool = make<WaitingLine::Pool>("boxoffice pages", pages_size());
    tokens = make_tokens();
    if (board_state->generations == 0) {
        board_state->generations = 1;
        pg_atomic_init_u32(&board_state->tokens, 0);
        pg_atomic_init_u64(&board_state->visits_known_since, static_cast<uint64_t>(clock::now().microseconds));
        page_pool->prepare(&locks[pages_number].lock, page_count());
        for (int32_t slot = 0; slot < board_queues; ++slot)
            queue(slot).line.prepare();
    }
    LWLockRelease(AddinShmemInitLock);
}

} // namespace

void request() {
    previous_request_hook = shmem_request_hook;
    shmem_request_hook = boxoffice_request_shared_memory;
    previous_startup_hook = shmem_startup_hook;
    shmem_startup_hook = boxoffice_make_shared_memory;
}

bool present() { return board_state != nullptr; }

Worker* worker() { return worker_state; }
LWLock* worker_lock() { return &locks[worker_number].lock; }

void wake_worker() {
    const Hold hold(worker_lock(), LW_SHARED);
    if (worker_state->latch != nullptr && worker_state->database == MyDatabaseId)
        SetLatch(worker_state->latch);
}

Board& board() { return *board_state; }
LWLock* directory_lock() { return &locks[directory_number].lock; }
QueueKey& queue_key(int32_t slot) { return keys[slot]; }
Queue& queue(int32_t slot) { return *reinterpret_cast<Queue*>(queues + queue_size() * static_cast<std::size_t>(slot)); }
LWLock* queue_lock(int32_t slot) { return &locks[first_queue_number + slot].lock; }
WaitingLine::Pool& pages() { return *page_pool; }

Oid tokens_table() {
    return guarded([] { return table_oid("queue_token"); });
}

QueueKey key_of(int64_t queue_id) { return {MyDatabaseId, tokens_table(), queue_id}; }

int32_t slot_with(const QueueKey& key) {
    for (int32_t slot = 0; slot < board_queues; ++slot) {
        if (queue_key(slot) == key)
            return slot;
    }
    return -1;
}

uint32_t token_hash(const Uuid& token) { return get_hash_value(tokens, token.bytes.data()); }
LWLock* token_lock(uint32_t hash) {
    return &locks[first_token_number + static_cast<int>(hash % token_partitions)].lock;
}

Token* find_token(const Uuid& token, uint32_t hash) {
    return static_cast<Token*>(hash_search_with_hash_value(tokens, token.bytes.data(), hash, HASH_FIND, nullptr));
}

Token* enter_token(const Uuid& token, uint32_t hash) {
    return static_cast<Token*>(hash_search_with_hash_value(tokens, token.bytes.data(), hash, HASH_ENTER_NULL, nullptr));
}

void remove_token(const Uuid& token, uint32_t hash) {
    hash_search_with_hash_value(tokens, token.bytes.data(), hash, HASH_REMOVE, nullptr);
}

int64_t count_tokens() { return hash_get_num_entries(tokens); }

void sweep_tokens(bool (*wanted)(const Token&)) {
    for (uint32_t partition = 0; partition < token_partitions; ++partition)
        LWLockAcquire(token_lock(partition), LW_EXCLUSIVE);
    HASH_SEQ_STATUS scan;
    hash_seq_init(&scan, tokens);
    while (const auto* const token = static_cast<Token*>(hash_seq_search(&scan))) {
        if (!wanted(*token))
            remove_token(token->token, token_hash(token->token));
    }
    for (uint32_t partition = 0; partition < token_partitions; ++partition)
        LWLockRelease(token_lock(partition));
}

void define_settings() {
    const GucContext context = process_shared_preload_libraries_in_progress ? PGC_POSTMASTER : PGC_SIGHUP;
    DefineCustomIntVariable("boxoffice.board_tokens",
                            "How many users can wait in all queues together, when the library is preloaded.",
                            "About 130 bytes of shared memory each.", &board_tokens, board_tokens, 1024, 1 << 24,
                            context, 0, nullptr, nullptr, nullptr);
    DefineCustomIntVariable("boxoffice.board_queues",
                            "How many queues have a place on the board, when the library is preloaded.",
                            "About 80 kB of shared memory each.", &board_queues, board_queues, 1, 4096, context, 0,
                            nullptr, nullptr, nullptr);
}

} // namespace boxoffice::shared_memory
