#include "queue/board/notes.h"

#include "pg/boundary.h"

#include <algorithm>

namespace boxoffice::board_notes {

using shared_memory::Hold;
using shared_memory::Queue;
using shared_memory::QueueState;

std::optional<Building> building;

namespace {

constexpr std::size_t most_kept = 1000;

std::vector<Note> notes;
std::vector<shared_memory::QueueRules> new_rules; // the number of a note of rules is an index here
bool wake = false;

void forget_number(Queue& queue, int64_t number) {
    if (queue.line.clear(shared_memory::pages(), number))
        pg_atomic_fetch_sub_u32(&shared_memory::board().tokens, 1);
    // a page that is still being filled looks as if nobody waited
    if (queue.state == QueueState::ready)
        queue.line.trim(shared_memory::pages(), queue.next_number);
}

void forget_token(const Uuid& token) {
    const uint32_t hash = shared_memory::token_hash(token);
    const Hold partition(shared_memory::token_lock(hash), LW_EXCLUSIVE);
    shared_memory::remove_token(token, hash);
}

// The queue of a handle with its lock held, unless the slot has another queue by now.
Queue* queue_of(const board::Handle& handle) {
    Queue& queue = shared_memory::queue(handle.slot);
    return queue.generation == handle.generation ? &queue : nullptr;
}

// A number is no longer in flight. What a transaction takes back it drew last, so the first number stays the first.
void land(Queue& queue, const Note& note) {
    shared_memory::InFlight& mine = queue.in_flight[backend_index()];
    if (note.kind == Kind::joined) {
        --mine.joins;
        queue.line.set_in_flight(shared_memory::pages(), note.number, false);
    }
    mine.admissions -= note.kind == Kind::admitted ? 1 : 0;
}

// With the queue's lock held.
void change(Queue& queue, const Note& note) {
    land(queue, note);
    switch (note.kind) {
    case Kind::joined:
        // it waits since it was drawn: whoever loses the queue keeps what is in flight
        if (queue.hungry && queue.state != QueueState::absent)
            queue.wanted = wake = true;
        break;
    case Kind::admitted:
        count_admission(queue, *note.at);
        // a round may have counted it twice, as in flight and as active
        if (queue.line.count() > 0)
            queue.wanted = wake = true;
        break;
    case Kind::not_waiting:
        forget_number(queue, note.number);
        if (note.at)
            count_admission(queue, *note.at);
        break;
    case Kind::place_free:
        queue.wanted = wake = true;
        break;
    case Kind::round:
        queue.room = static_cast<int32_t>(note.number);
        queue.hungry = note.hungry;
        // who joined meanwhile did not know that there was room
        if (note.hungry && queue.next_number != note.next_number)
            queue.wanted = wake = true;
        break;
    case Kind::lost:
        lose(queue);
        wake = true;
        break;
    case Kind::rules:
        // whoever is building it has read the old ones
        if (queue.state == QueueState::building)
            lose(queue);
        queue.rules = new_rules[static_cast<std::size_t>(note.number)];
        queue.room = 0;
        queue.hungry = queue.wanted = wake = true;
        break;
    case Kind::lock_held:
        wake = wake || queue.wanted;
        break;
    default:
        break;
    }
}

// False when the queue does not have this place.
bool apply_at(const board::Handle& place, const Note& note) {
    if (place.slot < 0)
        return false;
    const Hold hold(shared_memory::queue_lock(place.slot), LW_EXCLUSIVE);
    Queue* const queue = queue_of(place);
    if (queue != nullptr)
        change(*queue, note);
    return queue != nullptr;
}

// A queue may have lost its place since, or have got another: whoever builds it there may not have seen the change in the
// tables. Numbers that are in flight keep it where it is.
void apply_to_queue(const Note& note) {
    if (!apply_at(note.queue, note))
        apply_at(board::place_of(note.queue.key), note);
}

void apply(const Note& note) {
    switch (note.kind) {
    case Kind::joined:
        apply_to_queue(note);
        // who finds no entry is answered from the tables
        enter(note.queue, note.token, note.number, note.priority, *note.at);
        break;
    case Kind::drawn_from_tables:
        break;
    case Kind::all_lost:
        shared_memory::for_each_queue(note.table, LW_EXCLUSIVE, [](Queue& queue, int64_t) { lose(queue); });
        break;
    case Kind::not_waiting:
        apply_to_queue(note);
        forget_token(note.token);
        break;
    default:
        apply_to_queue(note);
        break;
    }
}

// What was drawn is nobody's.
void undo(const Note& note) {
    if (note.kind == Kind::all_lost || note.queue.slot < 0)
        return;
    const Hold hold(shared_memory::queue_lock(note.queue.slot), LW_EXCLUSIVE);
    Queue* const queue = queue_of(note.queue);
    if (queue == nullptr)
        return;
    land(*queue, note);
    if (note.kind == Kind::joined)
        forget_number(*queue, note.number);
    // others may have waited behind what was drawn
    if (note.kind == Kind::joined || note.kind == Kind::admitted)
        queue->wanted = true;
    wake = wake || queue->wanted;
}

void wake_if_asked() {
    if (std::exchange(wake, false))
        shared_memory::wake_worker();
}

extern "C" void boxoffice_transaction_event(XactEvent event, void*) {
    switch (event) {
    case XACT_EVENT_PRE_PREPARE:
        if (any())
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("cannot PREPARE a transaction that has changed a queue of boxoffice"),
                            errhint("Call the functions of queues in a transaction that commits in one phase.")));
        return;
    case XACT_EVENT_COMMIT:
        for (const Note& note : notes)
            apply(note);
        break;
    case XACT_EVENT_ABORT:
        for (const Note& note : notes)
            undo(note);
        break;
    default:
        return;
    }
    board::give_up_building();
    notes.clear();
    // a transaction of a million notes should not cost its memory for the life of the connection
    if (notes.capacity() > most_kept)
        std::vector<Note>().swap(notes);
    new_rules.clear();
    wake_if_asked();
}

extern "C" void boxoffice_subtransaction_event(SubXactEvent event, SubTransactionId mine, SubTransactionId parent,
                                               void*) {
    std::size_t first = notes.size();
    while (first > 0 && notes[first - 1].subtransaction == mine)
        --first;
    if (event == SUBXACT_EVENT_COMMIT_SUB) {
        for (std::size_t i = first; i < notes.size(); ++i)
            notes[i].subtransaction = parent;
    } else if (event == SUBXACT_EVENT_ABORT_SUB) {
        for (std::size_t i = first; i < notes.size(); ++i)
            undo(notes[i]);
        notes.erase(notes.begin() + static_cast<std::ptrdiff_t>(first), notes.end());
        board::give_up_building();
        wake_if_asked();
    }
}

} // namespace

void reserve() {
    if (notes.size() == notes.capacity())
        notes.reserve(notes.empty() ? 16 : 2 * notes.size());
}

void add(Note note) noexcept {
    note.subtransaction = GetCurrentSubTransactionId();
    notes.push_back(note);
}

void add_rules(const board::Handle& queue, const shared_memory::QueueRules& rules) {
    reserve();
    new_rules.push_back(rules);
    add({.kind = Kind::rules, .queue = queue, .number = static_cast<int64_t>(new_rules.size()) - 1});
}

bool any() { return !notes.empty(); }

bool any_of(const shared_memory::QueueKey& key, bool departures) {
    for (const Note& note : notes) {
        if (note.kind == Kind::all_lost)
            return true;
        if (departures && note.kind != Kind::not_waiting && note.kind != Kind::rules)
            continue;
        if (note.queue.key == key)
            return true;
    }
    return false;
}

bool has_drawn_from_tables(const shared_memory::QueueKey& key) {
    return std::any_of(notes.begin(), notes.end(),
                       [&](const Note& note) { return note.kind == Kind::drawn_from_tables && note.queue.key == key; });
}

bool enter(const board::Handle& handle, const Uuid& token, int64_t number, int priority, Time seen_at) {
    const uint32_t hash = shared_memory::token_hash(token);
    const Hold partition(shared_memory::token_lock(hash), LW_EXCLUSIVE);
    const Hold hold(shared_memory::queue_lock(handle.slot), LW_SHARED);
    const Queue& queue = shared_memory::queue(handle.slot);
    // who was admitted in the meantime must not come back; a queue that was lost is filled again from the tables
    if (queue.generation != handle.generation || queue.state == QueueState::absent ||
        !queue.line.is_waiting(shared_memory::pages(), number, priority))
        return true;
    shared_memory::Token* const entry = shared_memory::enter_token(token, hash);
    if (entry == nullptr)
        return false;
    entry->queue = handle.slot;
    entry->generation = handle.generation;
    entry->number = number;
    entry->priority = priority;
    pg_atomic_init_u64(&entry->last_seen, static_cast<uint64_t>(seen_at.microseconds));
    return true;
}

void count_admission(Queue& queue, Time at) {
    const int64_t second = at.microseconds / USECS_PER_SEC;
    const auto bucket = static_cast<uint64_t>(second) % 64;
    if (queue.admitted_second[bucket] != second)
        queue.admitted[bucket] = 0;
    queue.admitted_second[bucket] = second;
    ++queue.admitted[bucket];
}

void lose(Queue& queue) {
    const int64_t before = queue.line.count();
    if (before > 0)
        pg_atomic_write_u64(&shared_memory::board().visits_known_since,
                            static_cast<uint64_t>(clock::now().microseconds));
    queue.line.keep_in_flight(shared_memory::pages());
    pg_atomic_fetch_sub_u32(&shared_memory::board().tokens, static_cast<int32>(before - queue.line.count()));
    queue.state = QueueState::absent;
    queue.room = 0;
}

void watch_transactions() {
    RegisterXactCallback(boxoffice_transaction_event, nullptr);
    RegisterSubXactCallback(boxoffice_subtransaction_event, nullptr);
}

} // namespace boxoffice::board_notes
