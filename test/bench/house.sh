#!/usr/bin/env bash
# make bench: what the house's calls in the middle of a sale take, as ratios to plain SQL on as many rows in the same run, on a
# private server with durability on.
#
#   test/bench/house.sh [SECONDS [ROUNDS]]     SECONDS is not looked at; rounds of 10 calls each, 5 by default
#
# A hall of 5,000 seats, of which 3,000 are sold in 1,500 sales, in a house with 4,000 sales more. Milliseconds of one call
# inside the server, without its commit; medians of the rounds' medians.
#   block     block_seats of 500 seats, then back, against UPDATE of 500 rows
#   prices    set_seat_prices of all 5,000 seats, against UPDATE of 5,000 rows
#   feed      the next 1,000 of next_sales, against SELECT of 1,000 payments with their reservations
#   report    sales_report of the hall, against sums over all payments and reservations of the house
#   view      stat_sale of all slots, against the same
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/bench/measure.sh
source "$root/test/bench/measure.sh"

# $1 is the number of the call.
declare -A statements=(
    [block]="SELECT boxoffice.block_seats(slot_id => 1, seat_ids => ARRAY(SELECT generate_series(4001, 4500)), blocked => \$1 % 2 = 1)"
    [block_sql]="UPDATE bench_seat SET blocked = \$1 % 2 = 1 WHERE slot_id = 1 AND seat_id = ANY (ARRAY(SELECT generate_series(4001, 4500)))"
    [prices]="SELECT boxoffice.set_seat_prices(slot_id => 1, prices => to_jsonb(1000 + \$1))"
    [prices_sql]="UPDATE bench_seat SET price = 1000 + \$1 WHERE slot_id = 1"
    [feed]="SELECT count(*), \$1 FROM boxoffice.next_sales()"
    [feed_sql]="SELECT count(*), max(x::text), \$1 FROM (SELECT * FROM boxoffice.payment JOIN boxoffice.reservation USING (reservation_id)
        ORDER BY payment_id LIMIT 1000) x"
    [report]="SELECT count(*), \$1 FROM boxoffice.sales_report(slot_id => 1)"
    [view]="SELECT sum(net), \$1 FROM boxoffice.stat_sale"
    [sums_sql]="SELECT slot_id, sum(p.amount), sum(quantity), \$1 FROM boxoffice.payment p JOIN boxoffice.reservation r USING (reservation_id)
        GROUP BY slot_id"
)

prepare() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 >/dev/null <<'SQL'
CREATE EXTENSION boxoffice;
SELECT boxoffice.create_event(title => 'bench') AS event_id \gset
SELECT boxoffice.create_slot(event_id => :event_id, starts_at => '2100-01-01', hold_for => '1 day') FROM generate_series(1, 5);
SELECT boxoffice.add_numbered_seats(slot_id => slot_id, count => CASE slot_id WHEN 1 THEN 5000 ELSE 2000 END, price => 1000)
    FROM boxoffice.slot ORDER BY slot_id;
CREATE PROCEDURE sell(slot bigint, sales int) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN 0..sales - 1 LOOP
        PERFORM boxoffice.credit_balance(user_id => 'user' || n, amount => 2000);
        PERFORM paid.outcome FROM boxoffice.hold_seats(slot_id => slot, user_id => 'user' || n, seat_ids => ARRAY[2 * n + 1, 2 * n + 2]) held,
            boxoffice.pay_reservation(reservation_id => held.reservation_id, user_id => 'user' || n) paid;
        IF n % 500 = 499 THEN COMMIT; END IF; -- a transaction keeps a lock for each of its users
    END LOOP;
END $$;
CALL sell(1, 1500);
CALL sell(2, 1000);
CALL sell(3, 1000);
CALL sell(4, 1000);
CALL sell(5, 1000);
CREATE TABLE bench_seat (LIKE boxoffice.seat INCLUDING INDEXES INCLUDING STORAGE) WITH (fillfactor = 70);
INSERT INTO bench_seat SELECT * FROM boxoffice.seat;
CREATE FUNCTION milliseconds(statement text, calls int) RETURNS SETOF float8 LANGUAGE plpgsql AS $$
DECLARE
    began timestamptz;
BEGIN
    EXECUTE statement USING 0;
    FOR n IN 1..calls LOOP
        began := clock_timestamp();
        EXECUTE statement USING n;
        RETURN NEXT extract(epoch FROM clock_timestamp() - began) * 1000;
    END LOOP;
END $$;
SQL
}

# In microseconds, as a whole number; rolled back, so that the hall stays as it is.
call() {
    psql --no-psqlrc --quiet --tuples-only --no-align --set ON_ERROR_STOP=1 --set statement="$1" <<'SQL'
BEGIN;
SELECT (percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) * 1000)::bigint FROM milliseconds(:'statement', 10) ms;
ROLLBACK;
SQL
}

in_milliseconds() { printf '%d.%02d' $(($1 / 1000)) $(($1 % 1000 / 10)); }

if [[ -n ${BOXOFFICE_PRIVATE:-} ]]; then
    rounds=$2
    cd "$BOXOFFICE_PRIVATE"
    prepare
    for ((round = 0; round < rounds; round++)); do
        psql --no-psqlrc --quiet --command 'VACUUM ANALYZE'
        for name in "${!statements[@]}"; do call "${statements[$name]}" >>"house.$name"; done
    done
    printf '%-8s %10s %14s %7s\n' call 'median ms' 'plain SQL ms' ratio
    for pair in block:block_sql prices:prices_sql feed:feed_sql report:sums_sql view:sums_sql; do
        ours=$(median "$rounds" <"house.${pair%:*}")
        theirs=$(median "$rounds" <"house.${pair#*:}")
        printf '%-8s %10s %14s %6s%%\n' "${pair%:*}" "$(in_milliseconds "$ours")" "$(in_milliseconds "$theirs")" $((100 * ours / theirs))
    done
    psql --no-psqlrc --command 'SELECT * FROM boxoffice.verify()'
else
    "$root/test/setup.sh"
    exec "$root/test/harness.sh" -- "${BASH_SOURCE[0]}" "${1:-5}" "${2:-5}"
fi
