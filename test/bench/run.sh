#!/usr/bin/env bash
# make bench: what selling costs, as ratios to plain SQL in the same run, on a private server with durability on.
#
#   test/bench/run.sh [SECONDS [ROUNDS]]     per measurement, 5 by default; rounds, 5 by default
#
# Each round measures everything once, so that a slow minute of the machine falls on all alike; medians are shown.
# Numbers are prepared statements per second over all connections, pgbench included, on the same processors.
#   refusal   a seat that is held is asked for, against SELECT 1
#   sold_out  a place of a pool of which nothing is left is asked for, against SELECT 1
#   gone      a coupon of which nothing is left is claimed, against SELECT 1
#   hold      one seat of 200,000 is held, by one of a million users, against UPDATE of one row of 200,000
#   place     one place of one pool is held, by one of a million users, against UPDATE of one single row: a counter
#   claim     one coupon is claimed, each time by another user, against the same counter
#   credit    the balance of one of a million users grows, against the same UPDATE
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/bench/measure.sh
source "$root/test/bench/measure.sh"

declare -A scripts=(
    [select]='SELECT 1;'
    [update]='\set row random(1, 200000)
UPDATE bench_row SET value = value + 1 WHERE row_id = :row;'
    [counter]='UPDATE bench_row SET value = value - 1 WHERE row_id = 1;'
    [sold_out]='\set buyer random(1, 1000000)
SELECT outcome FROM boxoffice.hold_places(pool_id => 1, user_id => (:buyer)::text, quantity => 1);'
    [place]='\set buyer random(1, 1000000)
SELECT outcome FROM boxoffice.hold_places(pool_id => 2, user_id => (:buyer)::text, quantity => 1);'
    [refusal]='\set seat random(1, 1000)
\set buyer random(1, 1000000)
SELECT outcome FROM boxoffice.hold_seats(slot_id => 1, user_id => (:buyer)::text, seat_ids => ARRAY[:seat]::int[]);'
    [hold]='\set seat random(1, 200000)
\set buyer random(1, 1000000)
SELECT outcome FROM boxoffice.hold_seats(slot_id => 2, user_id => (:buyer)::text, seat_ids => ARRAY[:seat]::int[]);'
    [credit]='\set buyer random(1, 1000000)
SELECT outcome FROM boxoffice.credit_balance(user_id => (:buyer)::text, amount => 1);'
    [claim]='\set claimer random(1, 1000000000000000)
SELECT outcome FROM boxoffice.claim_coupon(coupon_id => 2, user_id => (:claimer)::text);'
    [gone]='\set claimer random(1, 1000000000000000)
SELECT outcome FROM boxoffice.claim_coupon(coupon_id => 1, user_id => (:claimer)::text);'
)

# Slot 1 is held, every seat of it and all places of pool 1; the holds of slot 2 run out at once, so that there is always a free seat.
prepare() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 >/dev/null <<'SQL'
CREATE EXTENSION boxoffice;
CREATE TABLE bench_row (row_id integer PRIMARY KEY, value integer NOT NULL) WITH (fillfactor = 70);
INSERT INTO bench_row SELECT generate_series(1, 200000), 0;
SELECT boxoffice.create_event(title => 'bench') AS event_id \gset
SELECT boxoffice.create_slot(event_id => :event_id, starts_at => clock_timestamp() + interval '1 day', hold_for => '6 hours');
SELECT boxoffice.create_slot(event_id => :event_id, starts_at => clock_timestamp() + interval '1 day', hold_for => '1 us');
SELECT boxoffice.add_numbered_seats(slot_id => 1, count => 1000, price => 0);
SELECT boxoffice.add_numbered_seats(slot_id => 2, count => 200000, price => 0);
SELECT outcome FROM boxoffice.hold_seats(slot_id => 1, user_id => 'holder', seat_ids => ARRAY(SELECT generate_series(1, 1000)));
SELECT boxoffice.add_pool(slot_id => 1, name => 'sold out', capacity => 1000, price => 0);
SELECT boxoffice.add_pool(slot_id => 1, name => 'large', capacity => 1000000000, price => 0);
SELECT outcome FROM boxoffice.hold_places(pool_id => 1, user_id => 'holder', quantity => 1000);
SELECT boxoffice.create_coupon(name => 'sold out', quantity => 1);
SELECT boxoffice.create_coupon(name => 'large', quantity => 10000000);
SELECT outcome FROM boxoffice.claim_coupon(coupon_id => 1, user_id => 'holder');
VACUUM ANALYZE;
SQL
}

# How many calls were not refused, ever.
given() {
    psql --no-psqlrc --tuples-only --no-align --command \
        "SELECT (SELECT count(*) FROM boxoffice.reservation) + (SELECT count(*) FROM boxoffice.ledger_entry)
            + (SELECT count(*) FROM boxoffice.coupon_claim)"
}

# For one number of clients: every round into files, then the medians.
compare() {
    local clients=$1 seconds=$2 rounds=$3 round script pair before
    rm -f "$BOXOFFICE_PRIVATE"/rate.* "$BOXOFFICE_PRIVATE"/given.*
    for ((round = 0; round < rounds; round++)); do
        for script in select refusal sold_out gone update counter hold place claim credit; do
            before=$(given)
            rate "$clients" "$seconds" --file=- <<<"${scripts[$script]}" >>"$BOXOFFICE_PRIVATE/rate.$script"
            echo $((($(given) - before) / seconds)) >>"$BOXOFFICE_PRIVATE/given.$script"
        done
    done
    for pair in refusal:select sold_out:select gone:select hold:update credit:update place:counter claim:counter; do
        local ours theirs successes
        successes=$(median "$rounds" <"$BOXOFFICE_PRIVATE/given.${pair%:*}")
        ours=$(median "$rounds" <"$BOXOFFICE_PRIVATE/rate.${pair%:*}")
        theirs=$(median "$rounds" <"$BOXOFFICE_PRIVATE/rate.${pair#*:}")
        printf '%8s  %-8s %8s/s %8s/s  %-7s %8s/s  %5s%%\n' "$clients" "${pair%:*}" "$ours" "$successes" \
            "${pair#*:}" "$theirs" $((100 * ours / theirs))
    done
}

if [[ -n ${BOXOFFICE_PRIVATE:-} ]]; then
    prepare
    printf '%8s  %-19s %10s  %-18s  %6s\n' clients 'calls' 'of them ok' 'against' ratio
    for clients in 1 8 32; do
        compare "$clients" "$@"
    done
    psql --no-psqlrc --command 'SELECT * FROM boxoffice.verify()'
else
    "$root/test/setup.sh"
    exec "$root/test/harness.sh" -- "${BASH_SOURCE[0]}" "${1:-5}" "${2:-5}"
fi
