#!/usr/bin/env bash
# make demo: a crowd of buyers fights for the seats of a real hall, on a private server.
#
#   test/demo.sh [--keep] [OPTION OF THE CROWD]...     --keep leaves the server up, with what was sold
#
# The exit status is the crowd's: not zero when a seat was sold twice or boxoffice.verify() finds anything.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Inside the harness.
sell_the_hall() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --command 'CREATE EXTENSION boxoffice'
    "$root/build/crowd" --plan "$root/test/data/riethsporthalle.plan.json" "$@" || exit
    [[ ${keeps:-no} == no ]] || cat <<'TEXT'

to look around once you are in psql:
  SELECT * FROM boxoffice.list_events();
  SELECT * FROM boxoffice.list_slots(event_id => 1);
  SELECT status, count(*) FROM boxoffice.seat_map(slot_id => 1) GROUP BY status;
  SELECT * FROM boxoffice.stat_queue;
  SELECT place.status, hold.outcome, hold.refused_seat_ids FROM boxoffice.join_queue(queue_id => 1, user_id => 'me') place,
    boxoffice.hold_seats(slot_id => 1, user_id => 'me', seat_ids => ARRAY[1, 2], queue_token => place.token) hold;
  SELECT * FROM boxoffice.verify();
TEXT
}

main() {
    if [[ -n ${BOXOFFICE_PRIVATE:-} ]]; then
        sell_the_hall "$@"
        exit
    fi
    local argument harness_options=() crowd_options=()
    for argument in "$@"; do
        if [[ $argument == --keep ]]; then
            harness_options+=(--keep)
            export keeps=yes
        else
            crowd_options+=("$argument")
        fi
    done
    "$root/test/setup.sh"
    echo 'building boxoffice and starting a private server'
    make --silent --no-print-directory -C "$root" build/crowd
    # a mistake in the options should not wait for a server
    "$root/build/crowd" ${crowd_options[@]+"${crowd_options[@]}"} --help >"$root/build/crowd-help.txt" || exit 2
    if [[ " $* " == *' --help '* ]]; then
        cat "$root/build/crowd-help.txt"
        exit 0
    fi
    # the background worker admits those who wait
    exec "$root/test/harness.sh" --config boxoffice.database=boxoffice ${harness_options[@]+"${harness_options[@]}"} -- \
        "${BASH_SOURCE[0]}" ${crowd_options[@]+"${crowd_options[@]}"}
}

main "$@"
