#!/usr/bin/env bash
# make bench: what the gateway carries through nginx, beside what PostgreSQL does for pgbench, in the same minutes, on a
# private server with durability on. Everything, also what makes the load, shares this machine's processors.
#
#   test/bench/gateway.sh [SECONDS [ROUNDS]]     per measurement, 5 by default; rounds, 5 by default
#
#   polls     GET /v1/queue-token of tokens that wait, 64 connections; then at half that rate, for its latency
#   holds     POST /v1/slots/../holds of one free seat each, 128 connections
#   places    POST /v1/pools/../holds of one place of one single pool, 128 connections
#   claims    POST /v1/coupons/../claims of one coupon after the other, each by every user once, 128 connections
#   credits   POST /v1/balance/credits of one single user, 128 connections
#   update    pgbench, 32 clients: UPDATE of random rows of 100,000
#   one row   pgbench, 32 clients: UPDATE of one row
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/bench/measure.sh
source "$root/test/bench/measure.sh"
# shellcheck source=test/gateway.sh
source "$root/test/gateway.sh"

users=2000
slots=2
# more than can be claimed in one round
coupons=100

prepare() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 >/dev/null <<SQL
CREATE EXTENSION boxoffice;
ALTER SYSTEM SET boxoffice.database = '$PGDATABASE';
SELECT pg_reload_conf();
SELECT boxoffice.create_queue(name => 'polls', max_active => 1, active_for => '1 day', claim_for => '1 day', idle_for => '1 day');
SELECT outcome FROM generate_series(1, 1001) number, boxoffice.join_queue(queue_id => 1, user_id => 'user' || number);
SELECT boxoffice.add_numbered_seats(slot_id => boxoffice.create_slot(event_id => boxoffice.create_event(title => 'bench'), starts_at => '2100-01-01',
    hold_for => '1 day'), count => 250000, price => 100) FROM generate_series(1, $slots);
SELECT boxoffice.add_pool(slot_id => 1, name => 'bench', capacity => 100000000, price => 100);
SELECT boxoffice.create_coupon(name => 'bench', quantity => $users + 1000) FROM generate_series(1, $((rounds * coupons)));
CREATE TABLE plain (id int PRIMARY KEY, changed int NOT NULL DEFAULT 0) WITH (fillfactor = 70);
INSERT INTO plain SELECT generate_series(1, 100000);
VACUUM ANALYZE;
SQL
    psql --no-psqlrc --tuples-only --no-align --command \
        "SELECT token FROM boxoffice.queue_token WHERE status = 'waiting'" >tokens
    printf '%s\n' '\set id random(1, 100000)' 'UPDATE plain SET changed = changed + 1 WHERE id = :id;' >update
    echo 'UPDATE plain SET changed = changed + 1 WHERE id = 1;' >one
}

# $1 script, $2 connections; prints answers per second, or stops where an answer was not what was asked for.
answers() {
    local log
    log=$(wrk --threads 1 --connections "$2" --duration "${seconds}s" --timeout 10s --script "$root/test/bench/$1.lua" "$url")
    if grep -q 'Non-2xx' <<<"$log"; then
        echo "gateway.sh: $1 got other answers than asked for: $log" >&2
        return 1
    fi
    sed -nE 's/^Requests\/sec: +([0-9]+).*/\1/p' <<<"$log"
}

# The 99th percentile, in tenths of a millisecond, of polls at a rate of $1 per second.
latency() {
    hey -z "${seconds}s" -c 50 -q "$(($1 / 50))" -H "Queue-Token: $(head -n 1 tokens)" "$url/v1/queue-token" |
        sed -nE 's/^ +99% in ([0-9.]+) secs/\1/p' | awk '{ printf "%d\n", $1 * 10000 }'
}

# Everything once, so that a slow minute of the machine falls on all alike.
measure() {
    local polls
    rate 32 "$seconds" --file=update >>rate.update
    rate 32 "$seconds" --file=one >>rate.one
    polls=$(answers polls 64)
    echo "$polls" >>rate.polls
    latency $((polls / 2)) >>latency.polls
    SLOT=$((1 + round % slots)) FIRST=$((1 + round / slots * 80000)) answers holds 128 >>rate.holds
    POOL=1 answers places 128 >>rate.places
    COUPON=$((1 + round * coupons)) answers claims 128 >>rate.claims
    answers credits 128 >>rate.credits
}

middle() { median "$rounds" <"$1"; }

# $1 and $2 as a ratio with two decimals
ratio() { awk -v one="$1" -v other="$2" 'BEGIN { printf "%.2f", one / other }'; }

report() {
    local polls holds places claims credits update one
    polls=$(middle rate.polls) holds=$(middle rate.holds) places=$(middle rate.places)
    claims=$(middle rate.claims) credits=$(middle rate.credits)
    update=$(middle rate.update) one=$(middle rate.one)
    printf '%-30s %8s/s\n' 'polls through nginx' "$polls" 'holds through nginx' "$holds" \
        'places of one pool' "$places" 'claims of one coupon' "$claims" 'credits of one user' "$credits" \
        'pgbench: UPDATE random rows' "$update" 'pgbench: UPDATE one row' "$one"
    printf 'p99 of polls at half that rate: %s ms\n' "$(ratio "$(middle latency.polls)" 10)"
    printf 'holds are %s times the updates of random rows\n' "$(ratio "$holds" "$update")"
    printf 'places are %s, claims %s and credits %s times the updates of one row\n' \
        "$(ratio "$places" "$one")" "$(ratio "$claims" "$one")" "$(ratio "$credits" "$one")"
    echo "all rounds: polls $(xargs <rate.polls), holds $(xargs <rate.holds), places $(xargs <rate.places)," \
        "claims $(xargs <rate.claims), credits $(xargs <rate.credits)," \
        "update $(xargs <rate.update), one row $(xargs <rate.one), p99 in 0.1 ms $(xargs <latency.polls)"
}

if [[ -n ${BOXOFFICE_PRIVATE:-} ]]; then
    seconds=$1 rounds=$2
    mkdir "$BOXOFFICE_PRIVATE/bench"
    cd "$BOXOFFICE_PRIVATE/bench"
    prepare
    start_gateway
    # shellcheck disable=SC2046
    "$root/build/api/boxofficed" token $(printf -- '--user user%s ' $(seq "$users")) >bearers
    BEARER=$(mint_token administrator --role boxoffice_admin)
    export BEARER BEARERS=$PWD/bearers TOKENS=$PWD/tokens
    for ((round = 0; round < rounds; round++)); do
        measure
    done
    report
    psql --no-psqlrc --command 'SELECT * FROM boxoffice.verify()'
else
    "$root/test/setup.sh"
    exec "$root/test/harness.sh" -- "${BASH_SOURCE[0]}" "${1:-5}" "${2:-5}"
fi
