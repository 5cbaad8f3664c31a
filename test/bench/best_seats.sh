#!/usr/bin/env bash
# make bench: what the choice of the best seats takes in a stadium of 50,000, on a private server with durability on.
#
#   test/bench/best_seats.sh [SECONDS [ROUNDS]]     SECONDS is not looked at; rounds of 40 calls each, 5 by default
#
# Milliseconds of one call inside the server, without its commit, when none, half and nineteen in twenty of the seats are held,
# at random: for a pair, a pair of one category of 5,000 seats, and a party of ten; medians over the rounds of the median and of
# the worst of 40 calls. Then the first call of a connection, which must learn the hall.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/bench/measure.sh
source "$root/test/bench/measure.sh"

# Two tiers of five blocks of 5,000 seats in rows of 200, of which one block is dearer than the others.
prepare() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 >/dev/null <<'SQL'
CREATE EXTENSION boxoffice;
SELECT boxoffice.create_event(title => 'bench') AS event_id \gset
SELECT boxoffice.create_slot(event_id => :event_id, starts_at => '2100-01-01', hold_for => '1 day') AS slot_id \gset
INSERT INTO boxoffice.seat (slot_id, seat_id, price, seat_guid, zone, row_label, seat_label, category, x, y)
    SELECT :slot_id, n + 1, 100, 'seat ' || n, 'block ' || n / 5000, n / 200, n % 200 + 1, CASE WHEN n / 5000 = 2 THEN 'dear' ELSE 'cheap' END,
           n / 5000 % 5 * 4600 + n % 200 * 22, n / 25000 * 1000 + n / 200 % 25 * 30
        FROM generate_series(0, 49999) n;
CREATE FUNCTION sell(percent int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL boxoffice.busy_wait = 0;
    PERFORM setseed(0.5);
    PERFORM boxoffice.hold_seats(slot_id => 1, user_id => 'crowd' || n, seat_ids => seats) FROM (
        SELECT n / 500 AS n, array_agg(seat_id) AS seats FROM (
            SELECT seat_id, row_number() OVER (ORDER BY random()) - 1 AS n FROM boxoffice.seat) shuffled
        WHERE n < 50000 * percent / 100 AND seat_id NOT IN (SELECT unnest(seat_ids) FROM boxoffice.reservation)
        GROUP BY n / 500) part;
END $$;
-- One backend, one statement for each call, rolled back so that the hall stays as full as it is.
CREATE FUNCTION milliseconds(quantity int, category text, calls int) RETURNS SETOF float8 LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz;
    answer text;
BEGIN
    PERFORM outcome FROM boxoffice.hold_best_seats(slot_id => 1, user_id => 'warm', quantity => 1);
    FOR n IN 1..calls LOOP
        began := clock_timestamp();
        SELECT outcome INTO answer FROM boxoffice.hold_best_seats(slot_id => 1, user_id => 'buyer' || n, quantity => quantity, category => category);
        RETURN NEXT extract(epoch FROM clock_timestamp() - began) * 1000;
    END LOOP;
END $$;
SQL
}

# $1 percent sold, $2 quantity, $3 category
call() {
    psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --command "BEGIN;
        SELECT round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ms)::numeric, 2) || ' ' || round(max(ms)::numeric, 2)
            FROM milliseconds($2, $3, 40) ms; ROLLBACK"
}

# The first call of a connection, of which the plans of a hold of another slot are made already.
first_call() {
    psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 <<'SQL' | sed -n 's/^first //p'
SELECT outcome FROM boxoffice.hold_seats(slot_id => 1, user_id => 'warm', seat_ids => ARRAY[1]);
SELECT clock_timestamp() AS began \gset
SELECT outcome FROM boxoffice.hold_best_seats(slot_id => 1, user_id => 'first', quantity => 2);
SELECT 'first ' || round(extract(epoch FROM clock_timestamp() - :'began') * 1000, 1);
SQL
}

if [[ -n ${BOXOFFICE_PRIVATE:-} ]]; then
    rounds=$2
    cd "$BOXOFFICE_PRIVATE"
    prepare
    printf '%5s  %-12s %10s %10s\n' sold what 'median ms' 'worst ms'
    for percent in 0 50 95; do
        psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --command "SELECT sell($percent)" --command 'VACUUM ANALYZE' >/dev/null
        for what in '2 NULL pair' "2 'dear' dear_pair" '10 NULL ten'; do
            read -r quantity category name <<<"$what"
            rm -f medians
            for ((round = 0; round < rounds; round++)); do
                call "$percent" "$quantity" "$category" >>medians
            done
            printf '%4s%%  %-12s %10s %10s\n' "$percent" "$name" "$(cut -d' ' -f1 medians | median "$rounds")" "$(cut -d' ' -f2 medians | median "$rounds")"
        done
        for ((round = 0; round < rounds; round++)); do first_call; done >firsts
        printf '%4s%%  %-12s %10s\n' "$percent" 'first call' "$(median "$rounds" <firsts)"
    done
    psql --no-psqlrc --command 'SELECT * FROM boxoffice.verify()'
else
    "$root/test/setup.sh"
    exec "$root/test/harness.sh" -- "${BASH_SOURCE[0]}" "${1:-5}" "${2:-5}"
fi
