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
    echo 'starting the gateway, the relay and nginx'
    if [[ -n $swagger ]]; then
        # the private folder's workers may be unable to read the checkout
        mkdir -p "$BOXOFFICE_PRIVATE/swagger"
        cp "$swagger"/swagger-ui-bundle.js "$swagger"/swagger-ui.css "$BOXOFFICE_PRIVATE/swagger"
        chmod -R a+rX "$BOXOFFICE_PRIVATE/swagger"
        limits+=(--swagger "$BOXOFFICE_PRIVATE/swagger")
    fi
    start_gateway "${limits[@]}"
}

# The hall is sold out: something to hold for people who look around, with a queue of its own.
open_encore() {
    psql --no-psqlrc --quiet --tuples-only --no-align --field-separator ' ' --set ON_ERROR_STOP=1 <<'SQL'
SELECT boxoffice.create_queue(name => 'Encore', max_active => 10) AS queue_id \gset
SELECT boxoffice.create_event(title => 'Encore') AS event_id \gset
SELECT boxoffice.create_slot(event_id => :event_id, starts_at => clock_timestamp() + interval '1 day', queue_id => :queue_id) AS slot_id \gset
SELECT boxoffice.add_numbered_seats(slot_id => :slot_id, count => 100, price => 4500) \g /dev/null
SELECT :queue_id, :event_id, :slot_id;
SQL
}

# A test pastes these lines, too, twice.
tell_about_http() {
    local me admin
    me=$(mint_token me --valid-for 86400)
    admin=$(mint_token root --role boxoffice_admin --valid-for 86400)
    cat <<TEXT

$url is up, with an encore to buy. You are the user "me"; \$admin is the token of an administrator. Paste these lines, as often as you like:

  url=$url
  me=$me
  admin=$admin
  curl -s -H "Authorization: Bearer \$admin" --json '{"user_id":"me","amount":10000}' \$url/v1/balance/credits; echo
  curl -s \$url/v1/events/$event_id/slots; echo
  curl -sN -H 'Accept: text/event-stream' \$url/v1/live/slots/$slot_id & listener=\$!
  place=\$(curl -s -X POST -H "Authorization: Bearer \$me" \$url/v1/queues/$queue_id/tokens | sed -E 's/.*"token":"([^"]+)".*/\1/')
  hold=\$(curl -s -H "Authorization: Bearer \$me" -H "Queue-Token: \$place" --json '{"quantity":2}' \$url/v1/slots/$slot_id/holds); echo "\$hold"
  reservation=\$(sed -E 's/.*"reservation_id":([0-9]+).*/\1/' <<<"\$hold")
  sleep 1   # so that the listener hears of the hold by itself
  curl -s -X POST -H "Authorization: Bearer \$me" \$url/v1/reservations/\$reservation/payment; echo
  curl -s -H "Authorization: Bearer \$me" \$url/v1/balance; echo
  sleep 1; kill \$listener

The administrator gives you money, you take a place in the queue, hold two seats and pay for them; the listener hears both at once.
TEXT
    [[ -z $swagger ]] || echo "Every request there is, to read and to try out with these tokens: $url/docs"
}

tell_about_sql() {
    cat <<TEXT

And the same in SQL, once you are in psql:

  SELECT event_id, title FROM boxoffice.list_events();
  SELECT status, count(*) FROM boxoffice.seat_map(slot_id => 1) GROUP BY status;
  SELECT name, mode, waiting, active FROM boxoffice.stat_queue;
  SELECT outcome, balance FROM boxoffice.credit_balance(user_id => 'me', amount => 10000);
  SELECT token FROM boxoffice.join_queue(queue_id => $queue_id, user_id => 'me') \\gset
  SELECT outcome, reservation_id, seat_ids FROM boxoffice.hold_best_seats(slot_id => $slot_id, user_id => 'me', quantity => 2, queue_token => :'token') \\gset
  SELECT outcome, amount, balance FROM boxoffice.pay_reservation(reservation_id => :reservation_id, user_id => 'me');
  SELECT check_name, detail FROM boxoffice.verify();
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
        read -r queue_id event_id slot_id < <(open_encore)
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
