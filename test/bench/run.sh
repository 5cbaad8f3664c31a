#!/usr/bin/env bash
# make bench: what a refusal costs, measured against the cheapest statement there is, on a private server.
#
#   test/bench/run.sh [SECONDS]     per measurement; 10 by default
#
# Refusals are the common case of a rush. A hall of 1,000 seats is held by one user; then clients
# ask for held seats only. The numbers are statements per second over all connections, prepared.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Statements per second of the script on standard input.
rate() {
    local clients=$1 seconds=$2
    pgbench --no-vacuum --protocol=prepared --client="$clients" --jobs=2 --time="$seconds" --file=- 2>/dev/null |
        sed -nE 's/^tps = ([0-9]+).*/\1/p'
}

# Prints the slot whose every seat is held.
prepare() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 <<'SQL'
CREATE EXTENSION boxoffice;
SELECT boxoffice.create_slot(event_id => boxoffice.create_event(title => 'refusals'),
                             starts_at => clock_timestamp() + interval '1 day', hold_for => interval '1 hour') AS slot_id \gset
SELECT boxoffice.add_numbered_seats(slot_id => :slot_id, count => 1000, price => 0) AS seats_added \gset
SELECT outcome FROM boxoffice.hold_seats(slot_id => :slot_id, user_id => 'holder',
                                         seat_ids => ARRAY(SELECT generate_series(1, 1000))) \gset
\echo :slot_id
SQL
}

measure() {
    local seconds=$1 clients select refusal slot_id
    slot_id=$(prepare)
    printf '%8s %12s %12s %8s\n' clients 'SELECT 1/s' 'refusals/s' ratio
    for clients in 1 8 32; do
        select=$(rate "$clients" "$seconds" <<<'SELECT 1;')
        refusal=$(rate "$clients" "$seconds" <<SQL
\set seat random(1, 1000)
\set buyer random(1, 1000000)
SELECT outcome FROM boxoffice.hold_seats(slot_id => $slot_id, user_id => 'buyer ' || :buyer, seat_ids => ARRAY[:seat]::int[]);
SQL
        )
        printf '%8s %12s %12s %7s%%\n' "$clients" "$select" "$refusal" $((100 * refusal / select))
    done
}

if [[ -n ${BOXOFFICE_PRIVATE:-} ]]; then
    measure "$@"
else
    "$root/test/setup.sh"
    exec "$root/test/harness.sh" -- "${BASH_SOURCE[0]}" "${1:-10}"
fi
