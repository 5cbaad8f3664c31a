#include "write/counter.h"

#include "base/settings.h"
#include "pg/lookup.h"

#include <algorithm>
#include <array>

namespace boxoffice::counter {

namespace {

// A stripe with less than this is not worth a row.
constexpr int64_t least_per_stripe = 4;

constinit spi::Plan<> draw_id{"SELECT nextval('boxoffice.counter_id')"};
constinit spi::Plan<int64_t, int64_t, int64_t> insert_stripe{
    "INSERT INTO boxoffice.counter_stripe (counter_id, stripe, value) VALUES ($1, $2, $3)"};
// Its number is above those of all that are made with a counter.
constinit spi::Plan<int64_t, int64_t> insert_another{"INSERT INTO boxoffice.counter_stripe (counter_id, stripe, value)"
                                                     " VALUES ($1, nextval('boxoffice.counter_another_stripe'), $2)"};
constinit Lookup<Key<int64_t, int64_t>, int64_t, RowAddress> find_one{
    "counter_stripe", "counter_stripe_pkey", {"value", "ctid"}};
constinit Lookup<Key<int64_t>, int64_t, int64_t, RowAddress> find_all{
    "counter_stripe", "counter_stripe_pkey", {"stripe", "value", "ctid"}};
// Waits for each; one that is made meanwhile is not among them and stays.
constinit spi::Plan<int64_t> take_all{"DELETE FROM boxoffice.counter_stripe WHERE counter_id = $1 RETURNING value"};
constinit spi::Plan<int64_t> renew_all{"UPDATE boxoffice.counter_stripe SET value = value WHERE counter_id = $1"};
constinit spi::Plan<int64_t, int64_t, int64_t> change_stripe{
    "UPDATE boxoffice.counter_stripe SET value = value + $3 WHERE counter_id = $1 AND stripe = $2"};
constinit spi::Plan<int64_t, int64_t> delete_stripe{
    "DELETE FROM boxoffice.counter_stripe WHERE counter_id = $1 AND stripe = $2"};

// Where this backend found something last, for the counters that it used last: who stays with one stripe finds it
// without looking at the others, and leaves those to them.
struct Habit {
    int64_t counter_id = 0;
    int64_t stripe = 0;
};
std::array<Habit, 64> habits;

Habit& habit_of(int64_t counter_id) { return habits[static_cast<std::size_t>(counter_id) % habits.size()]; }

int64_t usual_stripe(const Counter& counter) {
    const Habit& habit = habit_of(counter.counter_id);
    return habit.counter_id == counter.counter_id ? habit.stripe : backend_index() % counter.stripes;
}

// What stripe k of so many holds of a number when it is made.
int64_t share_of(int64_t value, int32_t stripes, int32_t stripe) {
    return value / stripes + (stripe < value % stripes ? 1 : 0);
}

void insert_shares(const Counter& counter, int64_t value) {
    for (int32_t stripe = 0; stripe < counter.stripes; ++stripe) {
        if (const int64_t share = share_of(value, counter.stripes, stripe); share > 0)
            insert_stripe.write(counter.counter_id, stripe, share);
    }
}

} // namespace

int32_t stripes_for(int64_t value) {
    return static_cast<int32_t>(std::clamp<int64_t>(value / least_per_stripe, 1, settings::pool_stripes()));
}

int64_t last_number_of(int64_t value, int32_t stripes, int32_t stripe) {
    // the first of them have one more
    const int64_t until = int64_t{stripe} + 1;
    return until * (value / stripes) + std::min(until, value % stripes);
}

Counter create(int64_t value) {
    const Counter counter{draw_id.write()[0].first<int64_t>(), stripes_for(value)};
    insert_shares(counter, value);
    return counter;
}

std::optional<Stripe> lock_usual(const spi::FreshSnapshot& snapshot, const Counter& counter, int64_t least) {
    const int64_t stripe = usual_stripe(counter);
    const auto row = find_one.find(snapshot, counter.counter_id, stripe);
    if (!row)
        return std::nullopt;
    const auto [value, address] = *row;
    if (value < least || !lock_one("counter_stripe", address, snapshot))
        return std::nullopt;
    return Stripe{stripe, value};
}

std::vector<Stripe> lock_enough(const spi::FreshSnapshot& snapshot, const Counter& counter, int64_t wanted) {
    const auto all = find_all.find_all(snapshot, counter.counter_id);
    const auto is_usual = [usual = usual_stripe(counter)](const auto& row) { return std::get<0>(row) >= usual; };
    const auto begin = std::find_if(all.begin(), all.end(), is_usual) - all.begin();
    std::vector<Stripe> locked;
    for (std::size_t i = 0; i < all.size() && wanted > 0; ++i) {
        const auto& [stripe, value, address] = all[(static_cast<std::size_t>(begin) + i) % all.size()];
        if (!lock_one("counter_stripe", address, snapshot))
            continue;
        locked.push_back({stripe, value});
        wanted -= value;
    }
    if (!locked.empty())
        habit_of(counter.counter_id) = {counter.counter_id, locked.back().stripe};
    return locked;
}

int64_t take(const Counter& counter, const std::vector<Stripe>& stripes, int64_t wanted) {
    for (const Stripe& stripe : stripes) {
        const int64_t taken = std::min(stripe.value, wanted);
        if (taken > 0 && taken == stripe.value)
            delete_stripe.write(counter.counter_id, stripe.stripe);
        else if (taken > 0)
            change_stripe.write(counter.counter_id, stripe.stripe, -taken);
        wanted -= taken;
    }
    return wanted;
}

void add(int64_t counter_id, int64_t amount) {
    const spi::FreshSnapshot snapshot;
    const auto stripes = find_all.find_all(snapshot, counter_id);
    for (std::size_t i = 0; i < stripes.size(); ++i) {
        // each backend begins with another
        const auto& [stripe, value, address] =
            stripes[(static_cast<std::size_t>(backend_index()) + i) % stripes.size()];
        if (lock_one("counter_stripe", address, snapshot)) {
            change_stripe.write(counter_id, stripe, amount);
            return;
        }
    }
    insert_another.write(counter_id, amount);
}

int64_t read(const spi::FreshSnapshot& snapshot, int64_t counter_id) {
    int64_t sum = 0;
    for (const auto& [stripe, value, address] : find_all.find_all(snapshot, counter_id))
        sum += value;
    return sum;
}

void renew(int64_t counter_id) { renew_all.write(counter_id); }

Counter resize(int64_t counter_id, int32_t stripes, const std::function<int64_t(int64_t)>& change) {
    int64_t value = 0;
    for (const spi::Row row : take_all.write(counter_id))
        value += row.first<int64_t>();
    const Counter counter{counter_id, stripes};
    insert_shares(counter, change(value));
    return counter;
}

} // namespace boxoffice::counter
