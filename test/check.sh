#!/usr/bin/env bash
# make check: every test there is, on a private server, ending in one line `N passed, N failed`.
#
#   test/check.sh [--lint]      --lint: only the checks that need no server
#
# One test is: a check of the sources, a file of test/sql, a spec of test/specs, or a test inside a file of test/t.
# Logs, diffs and actual results are left in build/check.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
output=$root/build/check
results=$output/results.txt
interrupted=no
harness=
built=yes

cplusplus_files() { find extension api test -name '*.cpp' -o -name '*.h' | sort; }

# $1 name, then the command; its output is shown only when it fails. The status is the command's.
check() {
    local name=$1 log
    shift
    log=$output/$(tr -cs "[:alnum:]+\n" - <<<"$name").log
    if "$@" >"$log" 2>&1; then
        echo "passed $name" >>"$results"
        echo "ok      $name"
    else
        echo "failed $name" >>"$results"
        echo "FAILED  $name"
        head -n 40 "$log" | sed 's/^/        /'
        return 1
    fi
}

compiler() { make --silent -j "$(nproc)" "$@" ${PG_CONFIG:+PG_CONFIG="$PG_CONFIG"}; }

builds() { compiler all && compiler build/crowd && compiler build/queue_histories && compiler build/sale_histories &&
    compiler build/boxofficed &&
    api/front/swagger.sh && installs_judges; }

# What judges the gateway from outside: npm packages, in the versions that test/api/package.json names.
installs_judges() {
    local folder=build/npm-test
    ! cmp -s test/api/package.json "$folder/package.json" || [[ ! -d $folder/node_modules ]] || return 0
    rm -rf "$folder"
    mkdir -p "$folder"
    cp test/api/package.json "$folder"
    npm install --prefix "$folder" --no-package-lock --ignore-scripts --no-audit --no-fund
    rm -f "$folder/node_modules/.package-lock.json"
}

compiles_with_clang() {
    compiler warnings CXX=clang++ || return 1
    local source
    for source in test/property/*.cpp test/property/*/*.cpp; do
        clang++ -std=c++20 -fsyntax-only -Wall -Wextra -Werror -Itest/property \
            -isystem "$("${PG_CONFIG:-pg_config}" --includedir)" "$source" || return 1
    done
    for source in test/extension/*.cpp; do
        clang++ -std=c++20 -fsyntax-only -Wall -Wextra -Werror -Iextension/src "$source" || return 1
    done
    printf '%s\0' api/src/*.cpp api/src/*/*.cpp test/api/*.cpp test/bench/*.cpp test/fuzz/*.cpp | xargs -0 -n 1 -P "$(nproc)" clang++ -std=c++20 \
        -fsyntax-only -Wall -Wextra -Werror -Iapi/src -Itest/fuzz -DRAPIDJSON_HAS_STDSTRING=1 '-DBOXOFFICE_VERSION=""' '-DBOXOFFICE_FUZZ_CORPUS=""' -isystem "$("${PG_CONFIG:-pg_config}" --includedir)"
}

is_formatted() {
    local files
    mapfile -t files < <(cplusplus_files)
    [[ ${#files[@]} -eq 0 ]] || clang-format --dry-run -Werror "${files[@]}"
}

is_assembled() { sql/assemble.sh boxoffice 1.0 | diff - sql/released/boxoffice--1.0.sql; }

scripts_parse() {
    local script
    for script in .ci/run sql/*.sh test/*.sh test/*/*.sh api/*/*.sh; do
        [[ ! -e $script ]] || bash -n "$script" || return 1
    done
    node --check test/api/browser.mjs
    python3 -m py_compile test/*.py test/*/*.py
}

# A test that no list names never runs, and nobody notices: each file must be where it is looked for, each expected
# output must belong to a test, and no two tests may share one.
every_test_is_scheduled() {
    local file name complaints=0
    complain() {
        echo "$*"
        complaints=$((complaints + 1))
    }
    while read -r file; do
        complain "$file: not where tests are looked for (test/sql/*.sql, test/specs/*.spec, test/t/*.pl)"
    done < <(find test \( -name '*.sql' -o -name '*.spec' -o -name '*.pl' \) ! -path 'test/sql/*' \
        ! -path 'test/specs/*' ! -path 'test/t/*' ! -path 'test/bench/*' ! -path 'test/data/*')
    while read -r file; do
        complain "$file: is in no list of the Makefile"
    done < <(comm -23 <(find test/sql test/specs -type f 2>/dev/null | sort) <(make --silent scheduled | sort))
    while read -r name; do
        complain "$name: names both a file of test/sql and a spec, which would share expected/$name.out"
    done < <(find test/sql test/specs -type f -printf '%f\n' 2>/dev/null | sed 's/\.[a-z]*$//' | sort | uniq -d)
    while read -r name; do
        [[ -e expected/$name.out ]] || complain "$name: expected/$name.out is missing"
    done < <(find test/sql test/specs -type f -printf '%f\n' 2>/dev/null | sed 's/\.[a-z]*$//')
    for file in expected/*.out; do
        [[ -e $file ]] || continue
        name=$(basename "$file" .out)
        [[ -e test/sql/$name.sql || -e test/sql/${name%_[0-9]}.sql || -e test/specs/$name.spec ||
            -e test/specs/${name%_[0-9]}.spec ]] || complain "$file: belongs to no test"
    done
    while read -r file; do
        complain "$file: prove runs only test/t/*.pl"
    done < <(find test/t -type f ! -name '*.pl' ! -name '*.pm' 2>/dev/null)
    [[ $complaints -eq 0 ]]
}

check_sources() {
    check 'builds with g++, warnings are errors' builds || built=no
    check 'compiles with clang++, warnings are errors' compiles_with_clang || true
    check 'C++ is formatted (make format)' is_formatted || true
    check 'scripts parse' scripts_parse || true
    check 'the install script is what its parts make' is_assembled || true
    check 'a file includes only what is below it' test/include_order.py extension/src api/src || true
    check 'META.json is JSON' perl -MJSON::PP -0777 -ne 'decode_json($_)' META.json || true
    check 'every test is scheduled' every_test_is_scheduled || true
}

# Durability is no matter here: the tests that kill servers start their own.
run_suites() {
    local before after
    if [[ $built == no ]]; then
        echo 'failed no test ran on a server, because nothing was built' >>"$results"
        return
    fi
    before=$(wc -l <"$results")
    echo 'starting a private server: pg_regress, isolation, TAP (about a minute)'
    # In the background, so that a signal reaches us at once and we can pass it on.
    env --default-signal=INT,QUIT -- test/harness.sh --config fsync=off --config log_min_messages=warning -- \
        test/suites.sh "$output" "$results" &
    harness=$!
    wait "$harness" || echo 'failed the run on a private server' >>"$results"
    harness=
    after=$(wc -l <"$results")
    [[ $after -gt $before ]] || echo 'failed no test ran on a server' >>"$results"
}

show_failures() {
    local log
    for log in "$output"/*.diffs; do
        [[ ! -s $log ]] || { printf '\n%s\n' "$log" && head -n 200 "$log"; }
    done
    sed -nE -e 's/^failed (regress|isolation|gateway|extension|crowd) .*/\1/p' -e 's/^failed tap ([^ :]*).*/tap-\1/p' "$results" |
        sort -u | while read -r log; do
        [[ ! -e $output/$log.log ]] || { printf '\n%s\n' "$output/$log.log" && tail -n 40 "$output/$log.log"; }
    done
}

# Whatever happened, the last line says how it went.
conclude() {
    local status=$? passed failed
    trap '' INT TERM HUP
    exec >&3 # a signal may come while a check has the output
    if [[ -n $harness ]]; then
        kill -TERM "$harness" 2>/dev/null || true
        wait "$harness" || true
    fi
    [[ $status -eq 0 && $interrupted == no ]] || echo 'failed the run was cut short' >>"$results"
    passed=$(grep -c '^passed ' "$results" || true)
    failed=$(grep -c '^failed ' "$results" || true)
    [[ $failed -eq 0 ]] || grep '^failed ' "$results" | sed 's/^/  /'
    echo "$passed passed, $failed failed" | tee "$output/summary.txt"
    [[ $failed -eq 0 && $passed -gt 0 ]] || exit 1
}

main() {
    case ${1:-} in
    '' | --lint) ;;
    *)
        echo "check: there is no option $1, only --lint" >&2
        exit 2
        ;;
    esac
    exec 3>&1
    rm -rf "$output"
    mkdir -p "$output"
    : >"$results"
    trap conclude EXIT
    trap 'interrupted=yes; exit 130' INT
    trap 'interrupted=yes; exit 143' TERM
    trap 'interrupted=yes; exit 129' HUP
    test/setup.sh
    check_sources
    [[ ${1:-} == --lint ]] && return
    run_suites
    show_failures
}

main "$@"
