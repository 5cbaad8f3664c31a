#include "queue/board/waiting_line.h"

#include <bit>

namespace boxoffice {

namespace {

struct Bit {
    int word;
    uint64_t mask;
};

Bit bit_of(int64_t number) {
    const auto offset = static_cast<uint64_t>(number) % WaitingLine::page_numbers;
    return {static_cast<int>(offset / 64), uint64_t{1} << (offset % 64)};
}

} // namespace

void WaitingLine::Pool::prepare(LWLock* pool_lock, int32_t count) {
    lock = pool_lock;
    first_free = -1;
    for (int32_t page = count - 1; page >= 0; --page) {
        pages[page].next_free = first_free;
        first_free = page;
    }
}

int32_t WaitingLine::Pool::take() {
    LWLockAcquire(lock, LW_EXCLUSIVE);
    const int32_t page = first_free;
    if (page >= 0)
        first_free = pages[page].next_free;
    LWLockRelease(lock);
    if (page >= 0)
        pages[page] = Page{};
    return page;
}

void WaitingLine::Pool::give(int32_t page) {
    LWLockAcquire(lock, LW_EXCLUSIVE);
    pages[page].next_free = first_free;
    first_free = page;
    LWLockRelease(lock);
}

void WaitingLine::prepare() {
    first_page = end_page = unused;
    for (int64_t& count : total)
        count = 0;
}

bool WaitingLine::cover(Pool& pool, int64_t first, int64_t last) {
    if (first_page == unused)
        first_page = end_page = page_of(first);
    while (end_page <= page_of(last)) {
        if (end_page - first_page >= most_pages)
            return false;
        const int32_t page = pool.take();
        if (page < 0)
            return false;
        entry(end_page) = Entry{page, {}};
        ++end_page;
    }
    return true;
}

bool WaitingLine::reopen(Pool& pool, int64_t first, int64_t last) {
    if (!cover(pool, first, last))
        return false;
    while (first_page > page_of(first)) {
        const int32_t page = end_page - first_page < most_pages ? pool.take() : -1;
        if (page < 0)
            return false;
        --first_page;
        entry(first_page) = Entry{page, {}};
    }
    return true;
}

void WaitingLine::set_in_flight(Pool& pool, int64_t number, bool in_flight) {
    if (!covers(number))
        return;
    const Bit bit = bit_of(number);
    uint64_t& word = pool.pages[entry(page_of(number)).page].in_flight[bit.word];
    word = in_flight ? word | bit.mask : word & ~bit.mask;
}

bool WaitingLine::set(Pool& pool, int64_t number, int priority) {
    if (!covers(number))
        return false;
    Entry& counts = entry(page_of(number));
    Page& page = pool.pages[counts.page];
    const Bit bit = bit_of(number);
    if (((page.gone[bit.word] | page.waiting[priority][bit.word]) & bit.mask) != 0)
        return false;
    page.waiting[priority][bit.word] |= bit.mask;
    ++counts.waiting[priority];
    ++total[priority];
    return true;
}

bool WaitingLine::clear(Pool& pool, int64_t number) {
    if (!covers(number))
        return false;
    Entry& counts = entry(page_of(number));
    Page& page = pool.pages[counts.page];
    const Bit bit = bit_of(number);
    page.gone[bit.word] |= bit.mask;
    for (int priority = 0; priority < priorities; ++priority) {
        if ((page.waiting[priority][bit.word] & bit.mask) != 0) {
            page.waiting[priority][bit.word] &= ~bit.mask;
            --counts.waiting[priority];
            --total[priority];
            return true;
        }
    }
    return false;
}

bool WaitingLine::is_waiting(const Pool& pool, int64_t number, int priority) const {
    if (!covers(number))
        return false;
    const Bit bit = bit_of(number);
    return (pool.pages[entry(page_of(number)).page].waiting[priority][bit.word] & bit.mask) != 0;
}

int64_t WaitingLine::before(const Pool& pool, int64_t number, int priority) const {
    int64_t count = 0;
    for (int higher = priority + 1; higher < priorities; ++higher)
        count += total[higher];
    for (int64_t page = first_page; page < page_of(number); ++page)
        count += entry(page).waiting[priority];
    const Bit bit = bit_of(number);
    const auto& words = pool.pages[entry(page_of(number)).page].waiting[priority];
    for (int word = 0; word < bit.word; ++word)
        count += std::popcount(words[word]);
    return count + std::popcount(words[bit.word] & (bit.mask - 1));
}

int64_t WaitingLine::count() const {
    int64_t sum = 0;
    for (const int64_t count : total)
        sum += count;
    return sum;
}

bool WaitingLine::is_free(int64_t page) const {
    for (const uint16_t waiting : entry(page).waiting) {
        if (waiting > 0)
            return false;
    }
    return true;
}

void WaitingLine::trim(Pool& pool, int64_t next_number) {
    for (; first_page < end_page && first_page < page_of(next_number) && is_free(first_page); ++first_page)
        pool.give(entry(first_page).page);
}

void WaitingLine::keep_in_flight(Pool& pool) {
    for (int64_t& count : total)
        count = 0;
    for (int64_t number = first_page; number < end_page; ++number) {
        Entry& counts = entry(number);
        Page& page = pool.pages[counts.page];
        counts = Entry{counts.page, {}};
        for (int word = 0; word < Page::words; ++word) {
            page.gone[word] = 0;
            for (int priority = 0; priority < priorities; ++priority) {
                page.waiting[priority][word] &= page.in_flight[word];
                const int kept = std::popcount(page.waiting[priority][word]);
                counts.waiting[priority] = static_cast<uint16_t>(counts.waiting[priority] + kept);
                total[priority] += kept;
            }
        }
    }
}

void WaitingLine::drop(Pool& pool) {
    for (; first_page < end_page; ++first_page)
        pool.give(entry(first_page).page);
    prepare();
}

} // namespace boxoffice
