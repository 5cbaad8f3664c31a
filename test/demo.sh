#!/usr/bin/env bash
# make demo: a crowd of buyers fights for the seats of a real hall, on a private server, over HTTP: through nginx and the gateway.
#
#   test/demo.sh [--keep] [--sql] [OPTION OF THE CROWD]...
#
#   --keep   leaves everything up, with what was sold, and tells how to look around
#   --sql    without gateway and nginx: the buyers speak SQL
#
# The exit status is the crowd's: not zero when a seat was sold twice or boxoffice.verify() finds anything.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=test/gateway.sh
source "$root/test/gateway.sh"

# To nginx the whole crowd is at one address, and one administrator's token credits everybody: with the limits meant for strangers it
# would be refused as a single rude client. These are far above what it does, and the limiting itself still takes place.
limits=(--user-rate 10000 --address-rate 100000 --connections 2000)

# Swagger UI for /docs, which is a page to look at: where everything goes away at the end nobody does, and a demo
# must not fail because a package could not be fetched.
install_documentation() {
    swagger=
    [[ $keeps == yes ]] || return 0
    swagger=$("$root/api/front/swagger.sh" 2>"$root/build/swagger.log") ||
        echo "Swagger UI could not be fetched (build/swagger.log says why), so there is no /docs"
}

start_selling() {
    install_documentation
    echo 'starting the gateway, what pushes changes, and nginx'
    if [[ -n $swagger ]]; then
        # the private folder's workers may be unable to read the checkout
        mkdir -p "$BOXOFFICE_PRIVATE/swagger"
        cp "$swagger"/swagger-ui-bundle.js "$swagger"/swagger-ui.css "$BOXOFFICE_PRIVATE/swagger"
        chmod -R a+rX "$BOXOFFICE_PRIVATE/swagger"
        limits+=(--swagger "$BOXOFFICE_PRIVATE/swagger")
    fi
    start_gateway "${limits[@]}"
}

# The hall is sold out: something to hold for who looks around, with a queue of its own.
open_encore() {
    psql --no-psqlrc --quiet --tuples-only --no-align --field-separator ' ' --set ON_ERROR_STOP=1 <<'SQL'
SELECT boxoffice.create_queue(name => 'Encore', max_active => 10) AS queue_id \gset
SELECT boxoffice.create_slot(event_id => boxoffice.create_event('Encore'), starts_at => clock_timestamp() + interval '1 day',
    queue_id => :queue_id) AS slot_id \gset
SELECT boxoffice.add_numbered_seats(slot_id => :slot_id, count => 100, price => 4500) \g /dev/null
SELECT :queue_id, :slot_id;
SQL
}

tell_about_http() {
    local token queue_id slot_id
    token=$(mint_token me --valid-for 86400)
    read -r queue_id slot_id < <(open_encore)
    cat <<TEXT

$url is up, with an encore to buy: slot $slot_id, through queue $queue_id. You are the user "me". Paste this, line by line:

  url=$url me=$token
  curl -s \$url/v1/events/2/slots; echo
  curl -sN -H 'Accept: text/event-stream' \$url/v1/live/slots/$slot_id &
  place=\$(curl -s -X POST -H "Authorization: Bearer \$me" \$url/v1/queues/$queue_id/tokens | grep -oE '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'); curl -s -H "Authorization: Bearer \$me" -H "Queue-Token: \$place" --json '{"seat_ids":[7,8]}' \$url/v1/slots/$slot_id/holds; echo

The second listens, in the background, and hears at once what the third holds; \`kill %1\` ends it.
TEXT
    [[ -z $swagger ]] || echo "Every request there is, to read and to try out: $url/docs"
}

tell_about_sql() {
    cat <<'TEXT'

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

# Inside the harness.
sell_the_hall() {
    local place=()
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --command 'CREATE EXTENSION boxoffice'
    if [[ $way == http ]]; then
        trap stop_gateway EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM
        start_selling
        place=(--http "$url" --keys "$BOXOFFICE_JWT_KEYS")
    fi
    "$root/build/crowd" --plan "$root/test/data/riethsporthalle.plan.json" ${place[@]+"${place[@]}"} "$@" || exit
    if [[ $keeps == yes ]]; then
        trap - EXIT
        [[ $way == sql ]] || tell_about_http
        tell_about_sql
    fi
}

main() {
    if [[ -n ${BOXOFFICE_PRIVATE:-} ]]; then
        sell_the_hall "$@"
        exit
    fi
    local argument harness_options=() crowd_options=()
    export keeps=no way=http
    for argument in "$@"; do
        case $argument in
        --keep)
            harness_options+=(--keep)
            keeps=yes
            ;;
        --sql) way=sql ;;
        *) crowd_options+=("$argument") ;;
        esac
    done
    "$root/test/setup.sh"
    echo 'building boxoffice and starting a private server'
    make --silent --no-print-directory -C "$root" -j "$(nproc)" build/crowd
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
