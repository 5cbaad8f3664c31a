#!/usr/bin/env bash
# make bench: what selling costs, as ratios to plain SQL in the same run, on a private server with durability on.
#
#   test/bench/run.sh [SECONDS [ROUNDS]]     per measurement, 5 by default; rounds, 5 by default
#
# Each round measures everything once, so that a slow minute of the machine falls on all alike; medians are shown.
# Numbers are prepared statements per second over all connections, pgbench included, on the same processors.
#   refusal   a seat that is held is asked for, against SELECT 1
#   hold      one seat of 200,000 is held, by one of a million users, against UPDATE of one row of 200,000
#   credit    the balance of one of a million users grows, against the same UPDATE
#   claim     one coupon is claimed, each time by another user, against UPDATE of one single row; claimed is how many of
#             these calls were answered ok
#   sold_out  a coupon is claimed of which none is left, against SELECT 1
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/bench/measure.sh
source "$root/test/bench/measure.sh"

declare -A scripts=(
    [select]='SELECT 1;'
    [update]='\set row random(1, 200000)
UPDATE bench_row SET value = value + 1 WHERE row_id = :row;'
    [refusal]='\set seat random(1, 1000)
\set buyer random(1, 1000000)
SELECT outcome FROM boxoffice.hold_seats(slot_id => 1, user_id => (:buyer)::text, seat_ids => ARRAY[:seat]::int[]);'
    [hold]='\set seat random(1, 200000)
\set buyer random(1, 1000000)
SELECT outcome FROM boxoffice.hold_seats(slot_id => 2, user_id => (:buyer)::text, seat_ids => ARRAY[:seat]::int[]);'
    [credit]='\set buyer random(1, 1000000)
SELECT outcome FROM boxoffice.credit_balance(user_id => (:buyer)::text, amount => 1);'
    [counter]='UPDATE bench_counter SET free = free - 1 WHERE counter_id = 1;'
    [claim]='\set claimer random(1, 1000000000000000)
SELECT outcome FROM boxoffice.claim_coupon(coupon_id => 1, user_id => (:claimer)::text);'
    [sold_out]='\set claimer random(1, 1000000000000000)
SELECT outcome FROM boxoffice.claim_coupon(coupon_id => 2, user_id => (:claimer)::text);'
)

# Slot 1 is held, every seat of it; the holds of slot 2 run out at once, so that there is always a free seat.
prepare() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 >/dev/null <<'SQL'
CREATE EXTENSION boxoffice;
CREATE TABLE bench_row (row_id integer PRIMARY KEY, value integer NOT NULL) WITH (fillfactor = 70);
INSERT INTO bench_row SELECT generate_series(1, 200000), 0;
CREATE TABLE bench_counter (counter_id integer PRIMARY KEY, free bigint NOT NULL) WITH (fillfactor = 10);
INSERT INTO bench_counter VALUES (1, 1000000000);
SELECT boxoffice.create_event(title => 'bench') AS event_id \gset
SELECT boxoffice.create_slot(event_id => :event_id, starts_at => clock_timestamp() + interval '1 day', hold_for => '6 hours');
SELECT boxoffice.create_slot(event_id => :event_id, starts_at => clock_timestamp() + interval '1 day', hold_for => '1 us');
SELECT boxoffice.add_numbered_seats(slot_id => 1, count => 1000, price => 0);
SELECT boxoffice.add_numbered_seats(slot_id => 2, count => 200000, price => 0);
SELECT outcome FROM boxoffice.hold_seats(slot_id => 1, user_id => 'holder', seat_ids => ARRAY(SELECT generate_series(1, 1000)));
SELECT boxoffice.create_coupon(name => 'bench', quantity => 10000000);
SELECT boxoffice.create_coupon(name => 'none left', quantity => 1);
SELECT outcome FROM boxoffice.claim_coupon(coupon_id => 2, user_id => 'claimer');
VACUUM ANALYZE;
SQL
}

# How many claims there are.
claims() { psql --no-psqlrc --no-align --tuples-only --command 'SELECT count(*) FROM boxoffice.coupon_claim'; }

# For one number of clients: every round into files, then the medians.
compare() {
    local clients=$1 seconds=$2 rounds=$3 round script pair before
    rm -f "$BOXOFFICE_PRIVATE"/rate.*
    for ((round = 0; round < rounds; round++)); do
        before=$(claims)
        for script in select refusal update hold credit counter claim sold_out; do
            rate "$clients" "$seconds" --file=- <<<"${scripts[$script]}" >>"$BOXOFFICE_PRIVATE/rate.$script"
        done
        echo "$((($(claims) - before) / seconds))" >>"$BOXOFFICE_PRIVATE/rate.claimed"
    done
    for pair in refusal:select hold:update credit:update claim:counter claimed:counter sold_out:select; do
        local ours theirs
        ours=$(median "$rounds" <"$BOXOFFICE_PRIVATE/rate.${pair%:*}")
        theirs=$(median "$rounds" <"$BOXOFFICE_PRIVATE/rate.${pair#*:}")
        printf '%8s  %-8s %8s/s  %-7s %8s/s  %5s%%\n' "$clients" "${pair%:*}" "$ours" "${pair#*:}" "$theirs" \
            $((100 * ours / theirs))
    done
}

if [[ -n ${BOXOFFICE_PRIVATE:-} ]]; then
    prepare
    printf '%8s  %-19s  %-18s  %6s\n' clients 'what' 'against' ratio
    for clients in 1 8 32; do
        compare "$clients" "$@"
    done
    psql --no-psqlrc --command 'SELECT * FROM boxoffice.verify()'
else
    "$root/test/setup.sh"
    exec "$root/test/harness.sh" -- "${BASH_SOURCE[0]}" "${1:-5}" "${2:-5}"
fi
