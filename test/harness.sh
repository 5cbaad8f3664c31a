#!/usr/bin/env bash
# The one harness of the demo, the tests and the benchmarks: builds boxoffice, installs it into a private copy of the
# PostgreSQL installation, starts a private server with it, runs a command against that server, and leaves nothing.
#
#   test/harness.sh [--keep] [--config NAME=VALUE]... -- COMMAND [ARGUMENT]...
#
# --keep leaves the server up after the command and prints how to reach and how to stop it; a signal still stops it.
# --config adds a line to postgresql.conf.
#
# The command runs as the caller, in the caller's folder, with PGHOST, PGPORT, PGUSER, PGDATABASE (an empty database
# boxoffice), PATH and PG_CONFIG of the private installation, and with
#   BOXOFFICE_PRIVATE       the private folder; whatever is written there is removed with it
#   BOXOFFICE_SERVER_USER   who runs the server: the caller, or postgres when the caller is root
# From the caller it takes BOXOFFICE_SERVER_ENVIRONMENT, NAME=VALUE for the server alone (a sanitizer's runtime).
#
# Nothing listens on the network, and the folder is closed to everyone else. PostgreSQL finds its library and share
# folders relative to its programs, so copied programs beside links to the rest are an installation of their own: the
# system's is not written to, and no root rights are needed.
set -euo pipefail

# The server's user must be able to read what is installed.
umask 022

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
keep=no
settings=()
private=
command_pid=

fail() {
    printf 'harness: %s\n' "$@" >&2
    exit 1
}

read_arguments() {
    while [[ $# -gt 0 ]]; do
        case $1 in
        --keep) keep=yes ;;
        --config)
            [[ ${2:-} == *=* ]] || fail '--config wants NAME=VALUE'
            settings+=("$2")
            shift
            ;;
        --)
            shift
            break
            ;;
        *) fail "unknown option $1; usage: test/harness.sh [--keep] [--config NAME=VALUE]... -- COMMAND..." ;;
        esac
        shift
    done
    [[ $# -gt 0 ]] || fail 'no command given; usage: test/harness.sh [--keep] [--config NAME=VALUE]... -- COMMAND...'
    command=("$@")
}

find_server() {
    local debian=/usr/lib/postgresql/15/bin/pg_config
    PG_CONFIG=${PG_CONFIG:-$debian}
    command -v "$PG_CONFIG" >/dev/null || fail "$PG_CONFIG is not installed: run make setup"
    programs=$("$PG_CONFIG" --bindir)
    libraries=$("$PG_CONFIG" --pkglibdir)
    shared_files=$("$PG_CONFIG" --sharedir)
    include_files=$("$PG_CONFIG" --includedir)
    [[ -x $programs/initdb ]] || fail "the server of $PG_CONFIG is not installed: run make setup"
    server_user=$(id -un)
    as_server=(env)
    if [[ $(id -u) -eq 0 ]]; then
        # PostgreSQL refuses to run as root.
        server_user=postgres
        as_server=(runuser -u postgres --)
    fi
}

# The path must be short, because the kernel allows a socket's path about a hundred bytes, and open to the server's user.
make_private_folder() {
    local base
    for base in "${TMPDIR:-/tmp}" /tmp; do
        [[ ${#base} -le 60 ]] || continue
        private=$(cd / && "${as_server[@]}" mktemp -d "$base/boxoffice.XXXXXX" 2>/dev/null) && break
    done
    [[ -n $private ]] || fail "user $server_user cannot make a folder in ${TMPDIR:-/tmp} nor in /tmp"
}

# With the path to a private folder of one's own in front, each path is what it is in the system.
build_installation() {
    local installed=$private/installed
    mkdir -p "$installed$programs" "$installed$libraries" "$installed$shared_files/extension" \
        "$installed${include_files%/*}"
    cp -a "$programs/." "$installed$programs"
    ln -s "$libraries"/* "$installed$libraries"
    find "$shared_files" -mindepth 1 -maxdepth 1 ! -name extension -exec ln -s -t "$installed$shared_files" {} +
    ln -s "$shared_files/extension"/* "$installed$shared_files/extension"
    ln -s "$include_files" "$installed${include_files%/*}"
    # A boxoffice installed in the system is another one.
    rm -f "$installed$libraries"/boxoffice.so "$installed$shared_files/extension"/boxoffice*
    "$installed$programs/postgres" --version >/dev/null ||
        fail "programs cannot run in $private: set TMPDIR to a folder where they can"
    build_extension "$installed"
    PATH=$installed$programs:$PATH
    PG_CONFIG=$installed$programs/pg_config
}

# Two harnesses in one checkout build one after the other.
build_extension() {
    local log=$root/build/build.log
    mkdir -p "$root/build"
    (
        flock 9
        make --silent -C "$root" -j "$(nproc)" all PG_CONFIG="$PG_CONFIG" >"$log" 2>&1 &&
            make --silent -C "$root" install PG_CONFIG="$PG_CONFIG" DESTDIR="$1" >>"$log" 2>&1
    ) 9>"$root/build/lock" || {
        head -n 40 "$log" >&2
        fail "boxoffice does not build; all of what the compiler says is in $log"
    }
}

# The server is in its private folder and under its own user, wherever and whoever the caller is.
server() { (cd "$private" && "${as_server[@]}" env ${BOXOFFICE_SERVER_ENVIRONMENT:-} "$@"); }

choose_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 30000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

start_server() {
    local variable setting
    for variable in $(compgen -e PG); do
        [[ $variable == PG_* ]] || unset "$variable"
    done
    export PATH PG_CONFIG
    export PGHOST=$private/socket PGUSER=postgres PGDATABASE=boxoffice PGPORT
    export BOXOFFICE_PRIVATE=$private BOXOFFICE_SERVER_USER=$server_user
    PGPORT=$(choose_port)
    server mkdir -m 0700 "$private/socket"
    server initdb --pgdata="$private/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
        --no-instructions >"$private/initdb.log" 2>&1 || fail "initdb failed" "$(cat "$private/initdb.log")"
    {
        printf '%s\n' "listen_addresses = ''" "port = $PGPORT" "unix_socket_directories = '$private/socket'" \
            "unix_socket_permissions = 0700" "shared_preload_libraries = 'boxoffice'" 'max_connections = 400' \
            "shared_buffers = '256MB'" "timezone = 'UTC'" "log_line_prefix = '%m [%p] %u@%d '"
        for setting in ${settings[@]+"${settings[@]}"}; do
            printf "%s = '%s'\n" "${setting%%=*}" "${setting#*=}"
        done
    } >>"$private/data/postgresql.conf"
    server pg_ctl --pgdata="$private/data" --log="$private/server.log" --silent --wait start >/dev/null || {
        cat "$private/server.log" >&2
        fail 'the private server did not start'
    }
    createdb "$PGDATABASE"
}

# In the background, so that a signal reaches the harness at once; yet in the terminal's foreground group and with
# Ctrl-C in force, so that an interactive command works.
run_command() {
    env --default-signal=INT,QUIT -- "${command[@]}" <&0 &
    command_pid=$!
    local status=0
    wait "$command_pid" || status=$?
    command_pid=
    return "$status"
}

descendants() {
    local child
    for child in $(cat /proc/"$1"/task/*/children 2>/dev/null || true); do
        descendants "$child"
        echo "$child"
    done
}

# Five seconds to leave by itself.
stop_command() {
    [[ -n $command_pid ]] || return 0
    local pids attempt
    mapfile -t pids < <(descendants "$command_pid" && echo "$command_pid")
    kill -TERM "${pids[@]}" 2>/dev/null || true
    for attempt in {1..50}; do
        kill -0 "$command_pid" 2>/dev/null || return 0
        sleep 0.1
    done
    kill -KILL "${pids[@]}" 2>/dev/null || true
}

# What was started before the server, and every server below the private folder: also one that a test left behind.
stop_servers() {
    local pid_file
    "$root/test/gateway.sh" stop "$private" || true
    while read -r pid_file; do
        server pg_ctl --pgdata="${pid_file%/*}" --mode=immediate --silent --wait stop >/dev/null 2>&1 || true
    done < <(find "$private" -path "$private/installed" -prune -o -name postmaster.pid -print)
}

clean_up() {
    local status=$?
    trap '' INT TERM HUP
    stop_command
    if [[ -n $private ]]; then
        stop_servers
        rm -rf "$private"
    fi
    exit "$status"
}

interrupted() {
    printf '\nharness: interrupted, stopping the private server\n' >&2
    exit "$1"
}

leave_it_up() {
    trap - EXIT
    local stop="$private/installed$programs/pg_ctl --pgdata=$private/data --mode=fast --silent stop"
    [[ $server_user == "$(id -un)" ]] || stop="runuser -u $server_user -- $stop"
    printf '#!/bin/sh\n# Stops the private server of boxoffice, and what was started before it, and removes its folder, with all data.\n%s\n%s\n' \
        "$(printf '%q ' "$root/test/gateway.sh" stop "$private")" "cd $private && $stop; cd / && rm -rf $private" >"$private/stop"
    chmod 700 "$private/stop"
    printf '\nThe server is still up.\n  to look:  psql -h %s -p %s -U %s %s\n  to stop:  %s\n' \
        "$PGHOST" "$PGPORT" "$PGUSER" "$PGDATABASE" "$private/stop"
}

main() {
    read_arguments "$@"
    trap clean_up EXIT
    trap 'interrupted 130' INT
    trap 'interrupted 143' TERM
    trap 'interrupted 129' HUP
    find_server
    make_private_folder
    build_installation
    start_server
    local status=0
    run_command || status=$?
    [[ $keep == no ]] || leave_it_up
    exit "$status"
}

main "$@"
