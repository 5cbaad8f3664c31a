#!/usr/bin/env bash
# Installs from Debian what building and testing boxoffice need, and only what is missing.
#
# It leaves every existing PostgreSQL cluster alone: a fresh server package creates and starts no cluster, and an
# installation that would replace the server under a running cluster is refused. Root rights are taken for the
# installation only, by sudo where the caller is not root. When nothing is missing it does and prints nothing.
set -euo pipefail

packages=(
    postgresql-15 postgresql-client-15 postgresql-server-dev-15 libpq-dev libicu-dev pkg-config
    g++ clang clang-format make cmake perl libipc-run-perl librapidcheck-dev
    # the gateway and its front
    libpistache-dev rapidjson-dev libcjose-dev libcli11-dev libspdlog-dev libtoml11-dev prometheus-cpp-dev
    libcurl4-openssl-dev libssl-dev libgtest-dev libgmock-dev pkg-config nginx-light curl openssl
    # what attacks and measures them
    slowhttptest wrk hey python3 chromium
    # what stands between others and their database
    pgbouncer
)
# Node.js is taken as it is found, because it may have been installed by other means than Debian's packages.
command -v npm >/dev/null || packages+=(npm)

# With nchan nginx wants the folders that Debian's service makes when root starts it first, though the front names others.
nginx_folders=(/var/lib/nginx/{body,proxy,fastcgi,uwsgi,scgi})

# While the packages are installed these two files speak for us; both are removed again.
no_cluster=/etc/postgresql-common/createcluster.d/boxoffice-setup.conf
no_services=/usr/sbin/policy-rc.d
no_services_mark='# boxoffice: no service is started while packages are installed'

say() { printf 'setup: %s\n' "$*"; }

fail() {
    printf 'setup: %s\n' "$@" >&2
    exit 1
}

missing_packages() {
    local package
    for package in "${packages[@]}"; do
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
            printf '%s\n' "$package"
    done
}

missing_folders() {
    local folder
    for folder in "${nginx_folders[@]}"; do
        [[ -d $folder ]] || printf '%s\n' "$folder"
    done
}

# Replacing the package of a server stops its clusters, and the administrator decides when that may happen.
refuse_to_stop_clusters() {
    command -v pg_lsclusters >/dev/null || return 0
    local replaced version online
    replaced=$(LC_ALL=C apt-get --simulate --no-install-recommends install "$@" |
        sed -nE 's/^(Inst|Remv) postgresql-([0-9]+) \[.*/\2/p' | sort -u)
    for version in $replaced; do
        online=$(pg_lsclusters --no-header | awk -v version="$version" '$1 == version && $4 ~ /^online/ { print $2 }')
        [[ -z $online ]] || fail \
            "installing $* would replace the package postgresql-$version and so restart its running cluster: ${online//$'\n'/, }" \
            "nothing was changed; at a moment that suits that cluster, run: apt-get install $* postgresql-$version"
    done
}

# Debian's server package would create a cluster `main`, and starting `postgresql` starts all clusters there are.
forbid_clusters_and_services() {
    trap restore EXIT
    mkdir -p "${no_cluster%/*}"
    echo 'create_main_cluster = false' > "$no_cluster"
    if [[ ! -e $no_services ]]; then
        printf '#!/bin/sh\n%s\nexit 101\n' "$no_services_mark" > "$no_services"
        chmod 755 "$no_services"
    fi
}

restore() {
    rm -f "$no_cluster"
    rmdir --ignore-fail-on-non-empty "${no_cluster%/*}" /etc/postgresql-common 2>/dev/null || true
    if grep -qsxF "$no_services_mark" "$no_services"; then
        rm -f "$no_services"
    fi
}

# Runs as root.
install_missing() {
    [[ $# -eq 0 ]] || install_packages "$@"
    mkdir -p "${nginx_folders[@]}"
}

install_packages() {
    export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
    say 'reading the package lists (apt-get update)'
    apt-get -qq update
    refuse_to_stop_clusters "$@"
    forbid_clusters_and_services
    say "installing $*"
    local log
    log=$(mktemp)
    apt-get -qq --yes --no-install-recommends -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold \
        install "$@" </dev/null >"$log" 2>&1 || fail 'apt-get failed:' "$(tail -n 40 "$log")"
    rm -f "$log"
    say 'done'
}

main() {
    if [[ ${1:-} == --install ]]; then
        shift
        install_missing "$@"
        return
    fi
    command -v apt-get >/dev/null || fail 'this is not Debian: install PostgreSQL 15 with its headers, g++, clang, clang-format and IPC::Run'
    local missing folders
    mapfile -t missing < <(missing_packages)
    mapfile -t folders < <(missing_folders)
    [[ ${#missing[@]} -gt 0 || ${#folders[@]} -gt 0 ]] || return 0
    say 'missing:' "${missing[@]}" "${folders[@]}"
    if [[ $(id -u) -eq 0 ]]; then
        install_missing "${missing[@]}"
    elif command -v sudo >/dev/null; then
        sudo bash "${BASH_SOURCE[0]}" --install "${missing[@]}"
    else
        fail "as root, run: apt-get install --no-install-recommends ${missing[*]}; mkdir -p ${nginx_folders[*]}"
    fi
}

main "$@"
