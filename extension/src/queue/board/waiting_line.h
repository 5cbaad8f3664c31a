// Who waits in one queue, as bits in shared memory: how many are before a number is a matter of adding up.
//
// Numbers are kept in pages of 4096, each with one bitmap per priority, and a directory with the counts of each page. A
// number only ever goes from unknown to waiting to gone: changes may come twice and in any order, and the last word is
// the same. That is what lets the line be filled from the tables while others go on changing it.
//
// Nothing here locks or fails by an error: the caller has the queue's lock, and what does not fit is answered false.
#pragma once

#include "pg/pg.h"

namespace boxoffice {

inline constexpr int priorities = 4;

class WaitingLine {
public:
    static constexpr int64_t page_numbers = 4096;
    static constexpr int64_t most_pages = 4096;

    struct Page {
        static constexpr int words = page_numbers / 64;
        uint64_t waiting[priorities][words];
        uint64_t gone[words];
        uint64_t in_flight[words]; // drawn by a transaction that has not ended
        int32_t next_free;
    };

    // Pages that no queue uses at present; shared by all queues, under a lock of its own.
    struct Pool {
        LWLock* lock;
        int32_t first_free; // index, -1: none
        Page pages[FLEXIBLE_ARRAY_MEMBER];

        void prepare(LWLock* pool_lock, int32_t count);
        int32_t take();
        void give(int32_t page);
    };

    void prepare();
    // Makes room for these numbers; false when there are no pages left, or the oldest who waits is too far behind.
    // Smaller ones than the first page has are gone for good, and get no room, but by reopen.
    [[nodiscard]] bool cover(Pool& pool, int64_t first, int64_t last);
    [[nodiscard]] bool reopen(Pool& pool, int64_t first, int64_t last);
    // The number waits from now on, unless it is gone already; true when that is news.
    bool set(Pool& pool, int64_t number, int priority);
    // A number in flight has not committed; it is kept when all others are forgotten.
    void set_in_flight(Pool& pool, int64_t number, bool in_flight);
    // The number is gone; true when it was waiting.
    bool clear(Pool& pool, int64_t number);
    bool is_waiting(const Pool& pool, int64_t number, int priority) const;
    // How many are admitted before this one: all of higher priorities, and smaller numbers of its own.
    int64_t before(const Pool& pool, int64_t number, int priority) const;
    int64_t count() const;
    // Gives back the pages at the front that nobody waits on, up to that of the next number to be drawn.
    void trim(Pool& pool, int64_t next_number);
    void drop(Pool& pool);
    // Forgets all but those in flight.
    void keep_in_flight(Pool& pool);
    bool covers(int64_t number) const { return page_of(number) >= first_page && page_of(number) < end_page; }

private:
    struct Entry {
        int32_t page;
        uint16_t waiting[priorities];
    };

    static int64_t page_of(int64_t number) { return number >> 12; }
    Entry& entry(int64_t page) { return directory[static_cast<uint64_t>(page) % most_pages]; }
    const Entry& entry(int64_t page) const { return directory[static_cast<uint64_t>(page) % most_pages]; }

    bool is_free(int64_t page) const;

    static constexpr int64_t unused = PG_INT64_MIN; // the first page, before anything was covered
    int64_t first_page, end_page;
    int64_t total[priorities];
    Entry directory[most_pages];
};

} // namespace boxoffice
