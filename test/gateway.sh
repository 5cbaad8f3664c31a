#!/usr/bin/env bash
# The way in from the network, on a private server: boxofficed serve, live and relay, and nginx before them, started and
# stopped together. For whatever runs inside the harness: the demo, tests and benchmarks.
#
# Sourced, it gives
#   start_gateway [OPTION OF api/front/nginx.sh]...   starts the four before the database of the environment and waits until
#                       they answer. Without options the front has no limits. Afterwards, exported:
#     url               where clients come in, http://127.0.0.1:PORT
#     gateway_url       the gateway itself, without the front
#     BOXOFFICE_JWT_KEYS  the file with the key of tokens, made freshly; only the caller can read it
#   mint_token USER [OPTION OF boxofficed token]...   prints a token
#   stop_gateway        stops the four and waits for their end
# Called, `test/gateway.sh stop FOLDER` stops what runs in this private folder, if anything does; the harness does this before it
# removes the folder.
#
# Everything is in BOXOFFICE_PRIVATE/gateway: gateway.log, live.log, relay.log, front.log, front/error.log. The gateway logs in as a role of its
# own. Settings of boxofficed can be given by its environment variables (BOXOFFICE_CACHE_MS=0). The extension must be there, and
# build/api/boxofficed built.
#
# The four have a session of their own, so that Ctrl-C ends the caller first, which then stops them, and so that they outlive a
# terminal where they are to be kept. They are stopped by their process ids, and only if these are still theirs: each has the
# folder on its command line.

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# $1 process id, $2 folder
runs_in() { tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF "$2/"; }

# $1 name, then the command
start_process() {
    local name=$1
    shift
    setsid "$@" </dev/null >"$gateway_folder/$name.log" 2>&1 &
    echo "$!" >"$gateway_folder/$name.pid"
}

# $1 name, then the condition that says that it has started; up to 20 seconds.
await_process() {
    local name=$1 pid attempt
    shift
    pid=$(<"$gateway_folder/$name.pid")
    for attempt in {1..200}; do
        ! "$@" >/dev/null 2>&1 || return 0
        [[ -e /proc/$pid ]] || break
        sleep 0.1
    done
    echo "gateway.sh: $name does not start" >&2
    tail -n 20 "$gateway_folder/$name.log" >&2
    stop_gateway
    return 1
}

prepare_gateway() {
    gateway_folder=$BOXOFFICE_PRIVATE/gateway
    rm -rf "$gateway_folder"
    mkdir -m 0711 "$gateway_folder"
    mkdir -m 0700 "$gateway_folder/front"
    cp -r "$gateway_root/api/front" "$gateway_folder/files"
    if [[ $(id -u) -eq 0 ]]; then
        # nginx's workers run as the owner of its folder, and may be unable to read the checkout
        chown -R "$BOXOFFICE_SERVER_USER" "$gateway_folder/front" "$gateway_folder/files"
    fi
    (umask 077 && printf '{"keys":[{"kty":"oct","kid":"private","alg":"HS256","k":"%s"}]}\n' \
        "$(head -c 32 /dev/urandom | base64 --wrap=0 | tr '+/' '-_' | tr -d '=')" >"$gateway_folder/keys.json")
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 >/dev/null <<'SQL'
SELECT 'CREATE ROLE gateway LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'gateway') \gexec
SELECT boxoffice.grant_access(role => 'gateway', level => 'admin');
SQL
}

start_front() {
    local port publisher=$1
    shift
    [[ $# -gt 0 ]] || set -- --no-limits
    port=$(free_port)
    "$gateway_folder/files/nginx.sh" --directory "$gateway_folder/front" --listen "127.0.0.1:$port" \
        --gateway "${gateway_url#http://}" --live "$publisher" "$@" >"$gateway_folder/nginx.conf" || return
    start_process front env "PATH=$PATH:/usr/sbin" nginx -e "$gateway_folder/front/error.log" -c "$gateway_folder/nginx.conf" \
        -g 'daemon off;'
    export url=http://127.0.0.1:$port
    await_process front curl --silent --fail "$url/readyz"
}

start_gateway() {
    prepare_gateway || return
    local publisher=unix:$gateway_folder/front/live
    export BOXOFFICE_JWT_KEYS=$gateway_folder/keys.json
    start_process gateway env PGUSER=gateway BOXOFFICE_DRAIN_MS=0 "BOXOFFICE_LOG_REQUESTS=${BOXOFFICE_LOG_REQUESTS:-false}" \
        "$gateway_root/build/api/boxofficed" serve --listen 127.0.0.1:0 --jwt-keys "$BOXOFFICE_JWT_KEYS"
    await_process gateway grep -q '"listening on ' "$gateway_folder/gateway.log" || return
    gateway_url=http://$(sed -nE 's/.*"listening on ([0-9.:]+)".*/\1/p' "$gateway_folder/gateway.log")
    export gateway_url
    start_process live "$gateway_root/build/api/boxofficed" live --publisher "$publisher"
    start_front "$publisher" "$@" || return
    start_process relay env PGUSER=gateway "$gateway_root/build/api/boxofficed" relay --publisher "$publisher"
}

mint_token() {
    local user=$1
    shift
    "$gateway_root/build/api/boxofficed" token --jwt-keys "$BOXOFFICE_JWT_KEYS" --user "$user" "$@"
}

# $1 folder, $2 name. Ten seconds to end by itself; then it is killed, and its children first: those of nginx would stay.
stop_process() {
    local file=$1/$2.pid pid attempt
    [[ -e $file ]] || return 0
    pid=$(<"$file")
    rm -f "$file"
    runs_in "$pid" "$1" || return 0
    kill -TERM "$pid" 2>/dev/null || true
    for attempt in {1..100}; do
        runs_in "$pid" "$1" || return 0
        sleep 0.1
    done
    # shellcheck disable=SC2046
    kill -KILL $(cat "/proc/$pid/task"/*/children 2>/dev/null) "$pid" 2>/dev/null || true
}

# $1 folder
stop_processes() {
    stop_process "$1" front
    stop_process "$1" relay
    stop_process "$1" live
    stop_process "$1" gateway
}

stop_gateway() { [[ -z ${gateway_folder:-} ]] || stop_processes "$gateway_folder"; }

gateway_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    set -euo pipefail
    if [[ $# -ne 2 || $1 != stop ]]; then
        echo 'usage: test/gateway.sh stop FOLDER; its first lines say what else it is for' >&2
        exit 2
    fi
    stop_processes "$2/gateway"
fi
