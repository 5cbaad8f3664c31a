#!/usr/bin/env bash
# make bench: what a queue costs, small and large, on a private server with durability on.
#
#   test/bench/queue.sh [SECONDS [ROUNDS]]     per measurement, 5 by default; rounds, 5 by default
#
# Two queues: in the small one 1,000 users have joined, and all but 60 wait. In the large one a million have joined:
# 110,000 wait, 60 are active, the others have been and gone. A third is as large and has 6,000 active.
#   poll    queue_status of a user who waits; one of 64, spread over the queue
#   count   the position by a plain count(*) instead, in the middle of the large queue
#   join    join_queue of a new user, durable
#   admit   an active user leaves and admit_waiting gives the place to the next, durable: two statements
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=test/bench/measure.sh
source "$root/test/bench/measure.sh"

queues=(small large crowded)

prepare() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 >/dev/null <<'SQL'
CREATE EXTENSION boxoffice;
SELECT boxoffice.create_queue(name => name, max_active => active, active_for => '1 day', claim_for => '1 day', idle_for => '1 day')
    FROM (VALUES (1, 'small', 60), (2, 'large', 60), (3, 'crowded', 6000)) queue(queue_id, name, active) ORDER BY queue_id;
INSERT INTO boxoffice.queue_token (queue_id, number, token, user_id, priority, status, joined_at, last_seen_at, admitted_at, lapses_at,
        expires_at, ended_at)
    SELECT queue_id, number, gen_random_uuid(), 'gone' || number, 0, 'completed', at, at, at, at, at, at
    FROM generate_series(2, 3) queue_id, generate_series(1, 1000000 - 110000 - CASE queue_id WHEN 2 THEN 60 ELSE 6000 END) number,
        (VALUES (now() - interval '1 hour')) past(at);
-- a transaction keeps a lock for each of its users
DO $$
DECLARE
    users constant integer[] := ARRAY[1000, 110060, 116000];
BEGIN
    FOR queue IN 1..3 LOOP
        FOR start IN 1..users[queue] BY 1000 LOOP
            PERFORM boxoffice.join_queue(queue_id => queue, user_id => 'user' || number)
                FROM generate_series(start, least(start + 999, users[queue])) number;
            COMMIT;
        END LOOP;
    END LOOP;
END $$;
VACUUM ANALYZE;
SQL
}

write_scripts() {
    local queue token number=0
    for queue in 1 2 3; do
        cat >"join.$queue" <<SQL
\set user random(1, 1000000000000)
SELECT outcome FROM boxoffice.join_queue(queue_id => $queue, user_id => 'new' || :user);
SQL
        cat >"admit.$queue" <<SQL
SELECT outcome FROM boxoffice.leave_queue(token => (SELECT token FROM boxoffice.queue_token
    WHERE queue_id = $queue AND status = 'active' ORDER BY lapses_at LIMIT 1));
SELECT boxoffice.admit_waiting(queue_id => $queue);
SQL
        # among those who are not admitted while we measure
        for token in $(psql --no-psqlrc --tuples-only --no-align --command \
            "SELECT token FROM (SELECT token FROM boxoffice.queue_token WHERE queue_id = $queue AND status = 'waiting'
                ORDER BY number DESC LIMIT CASE $queue WHEN 1 THEN 500 ELSE 90000 END) late ORDER BY random() LIMIT 64"); do
            echo "SELECT outcome, status, position, eta_seconds, poll_after_ms FROM boxoffice.queue_status(token => '$token');" \
                >"poll.$queue.$((++number))"
        done
    done
    echo 'SELECT 1;' >select
    echo "SELECT count(*) FROM boxoffice.queue_token WHERE queue_id = 3 AND status = 'waiting' AND priority = 0 AND number < 945000;" >count
}

files() { printf -- '--file=%s ' "$@"; }

# Everything once, so that a slow minute of the machine falls on all alike.
measure() {
    local seconds=$1 queue clients
    for clients in 1 32; do
        rate "$clients" "$seconds" --file=select >>"rate.select.$clients"
        rate "$clients" "$seconds" --file=count >>"rate.count.$clients"
        for queue in 1 2 3; do
            # shellcheck disable=SC2046
            rate "$clients" "$seconds" $(files poll."$queue".*) >>"rate.poll.$queue.$clients"
            rate "$clients" "$seconds" --file="join.$queue" >>"rate.join.$queue.$clients"
        done
    done
    # the small queue has not enough for more
    for queue in 1 2 3; do
        rate 1 1 --file="admit.$queue" >>"rate.admit.$queue.1"
    done
}

middle() { median "$rounds" <"rate.$1"; }

report() {
    local clients queue
    printf '%-8s %7s  %12s %12s %12s\n' what clients "${queues[@]}"
    for clients in 1 32; do
        for what in poll join admit; do
            [[ -e rate.$what.1.$clients ]] || continue
            printf '%-8s %7s ' "$what" "$clients"
            for queue in 1 2 3; do
                printf ' %10s/s' "$(middle "$what.$queue.$clients")"
            done
            echo
        done
        printf 'poll in the crowded queue, %s clients: %s%% of SELECT 1 (%s/s), %s times count(*) (%s/s)\n' "$clients" \
            $((100 * $(middle "poll.3.$clients") / $(middle "select.$clients"))) "$(middle "select.$clients")" \
            $(($(middle "poll.3.$clients") / $(middle "count.$clients"))) "$(middle "count.$clients")"
    done
}

if [[ -n ${BOXOFFICE_PRIVATE:-} ]]; then
    seconds=$1 rounds=$2
    mkdir "$BOXOFFICE_PRIVATE/queue"
    cd "$BOXOFFICE_PRIVATE/queue"
    prepare
    write_scripts
    for ((round = 0; round < rounds; round++)); do
        measure "$seconds"
    done
    report
    psql --no-psqlrc --command 'SELECT * FROM boxoffice.verify()'
else
    "$root/test/setup.sh"
    # room for all who join while we measure
    exec "$root/test/harness.sh" --config boxoffice.board_tokens=4194304 -- "${BASH_SOURCE[0]}" "${1:-5}" "${2:-5}"
fi
