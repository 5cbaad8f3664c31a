#!/usr/bin/env bash
# make check-asan: the tests of the extension and of the gateway once more, compiled with AddressSanitizer and
# UndefinedBehaviorSanitizer; then libFuzzer, for a minute, on what of the gateway reads strangers' text, and mutated
# seating plans for the server. The last line is `N passed, N failed`; a report of a sanitizer fails the run.
#
#   test/check_sanitized.sh [PART]...     parts: extension, gateway, fuzz; default: all
#
# Everything is built in a copy of the sources, in build/sanitized, so that the ordinary build stays; warnings are no
# errors there, because instrumented code confuses the compiler. The server itself is Debian's and not instrumented; the
# runtime of the sanitizer is loaded into it before all else. What PostgreSQL's memory contexts give out is not watched,
# what C++ allocates is. Leaks are not looked for: a backend gives back nothing on its
# way out.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
copy=$root/build/sanitized
output=$root/build/check-sanitized
reports=$output/reports
# The TAP files of the extension that run here: many processes at once, restarts, and the board at its limits. The others measure,
# are about files and dumps, or take too long under a sanitizer.
extension_tap=(001_crowd 002_restart 006_storm 009_queue_worker 010_queue_restart 014_worker_life 015_queue_board)

fuzz_seconds=60
fuzz_targets=(json shapes address request token keys)

copy_sources() {
    mkdir -p "$copy"
    (cd "$root" && find Makefile CMakeLists.txt META.json README.md .clang-format extension sql api test expected docs -type f \
        ! -name '*.[od]' -print0 | tar -cf - --null --files-from -) | tar -xf - -C "$copy"
}

build() {
    make --silent -C "$root" build/crowd build/queue_histories build/sale_histories
    mkdir -p "$copy/build/api"
    cp "$root/build/crowd" "$root/build/queue_histories" "$root/build/sale_histories" "$copy/build"
    cp -r "$root/build/npm" "$root/build/npm-test" "$copy/build"
    cp "$root/build/api/boxofficed" "$copy/build/api"
    [[ " $* " != *' fuzz '* ]] || build_fuzzer
    [[ " $* " == *' gateway '* ]] || return 0
    cmake -S "$copy" -B "$copy/build/api" -DSANITIZERS=address,undefined -DWARNINGS_ARE_ERRORS=OFF \
        -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS=-O1 >"$output/build.log" &&
        make --silent -j "$(nproc)" -C "$copy/build/api" boxofficed gateway_tests extension_tests >>"$output/build.log" 2>&1 || {
        tail -n 40 "$output/build.log"
        exit 1
    }
}

# libFuzzer is clang's.
build_fuzzer() {
    cmake -S "$copy" -B "$copy/build/fuzz" -DCMAKE_CXX_COMPILER=clang++ -DSANITIZERS=fuzzer-no-link,address,undefined \
        -DWARNINGS_ARE_ERRORS=OFF -DCMAKE_BUILD_TYPE=Debug \
        "-DCMAKE_CXX_FLAGS=-O1 -fno-sanitize-recover=undefined -fsanitize-ignorelist=$copy/test/fuzz/ignored.txt" >"$output/fuzz-build.log" &&
        make --silent -j "$(nproc)" -C "$copy/build/fuzz" gateway_fuzz >>"$output/fuzz-build.log" 2>&1 || {
        tail -n 40 "$output/fuzz-build.log"
        exit 1
    }
}

# Each target for its share of the time, from its corpus. What it finds is left in OUTPUT/fuzz-TARGET-*; mended, it goes
# into the corpus.
run_fuzzer() {
    local target found
    for target in "${fuzz_targets[@]}"; do
        found=$output/fuzz-$target
        mkdir -p "$found"
        if BOXOFFICE_FUZZ=$target timeout 600 "$copy/build/fuzz/gateway_fuzz" -max_total_time=$((fuzz_seconds / ${#fuzz_targets[@]})) \
            -max_len=8192 -timeout=20 -detect_leaks=0 -artifact_prefix="$found-" "$found" "$copy/test/fuzz/corpus/$target" >"$found.log" 2>&1; then
            record passed "fuzz $target"
        else
            record failed "fuzz $target"
        fi
    done
}

# The server, with the sanitized extension, lives on after mutated plans, and finds nothing wrong in its tables.
run_plans() {
    local log=$output/fuzz-plans.log
    psql --no-psqlrc --quiet --command='CREATE EXTENSION IF NOT EXISTS boxoffice'
    "$copy/test/fuzz/plans.py" "$RANDOM" 300 "$copy"/test/data/*.plan.json | psql --no-psqlrc --quiet >"$log" 2>&1 || true
    if [[ $(psql --no-psqlrc --tuples-only --no-align --command='SELECT count(*) FROM boxoffice.verify()') == 0 ]] &&
        ! grep -q 'server closed the connection\|internal error\|XX000' "$log"; then
        record passed 'fuzz seating plans'
    else
        record failed 'fuzz seating plans'
    fi
}

# AddressSanitizer looks for a function that Swift brings and, where there is none, clears the error by dlerror(), which
# takes a lock of the C library. In Debian's server it does so inside the constructor of a library that holds that lock,
# and hangs for ever: so there is one.
build_runtime() {
    echo 'char *swift_demangle(const char *, unsigned long, char *, unsigned long *, unsigned) { return nullptr; }' |
        sed 's/^/extern "C" /' | g++ -x c++ -shared -fPIC -o "$copy/build/swift_demangle.so" -
    echo "$(g++ -print-file-name=libasan.so):$copy/build/swift_demangle.so"
}

# Inside the harness of the copy.
run_parts() {
    local part
    # shellcheck source=/dev/null
    source <(sed '/^mapfile -t regress/,$d' "$copy/test/suites.sh") "$output" "$results"
    root=$copy
    suite_seconds=3000
    file_seconds=900
    for part in "$@"; do
        case $part in
        extension)
            export LD_PRELOAD=$BOXOFFICE_SANITIZER
            mapfile -t regress < <(names_of sql sql)
            mapfile -t isolation < <(names_of specs spec)
            compare_outputs regress "$postgres_tests/regress/pg_regress" "${regress[@]}"
            compare_outputs isolation "$postgres_tests/isolation/pg_isolation_regress" "${isolation[@]}"
            run_tap "${extension_tap[@]}"
            unset LD_PRELOAD
            ;;
        gateway)
            run_unit_tests gateway
            run_unit_tests extension
            mapfile -t tap < <(names_of t pl | grep -E 'gateway|push')
            # the servers of these tests load the sanitized extension, too
            export LD_PRELOAD=$BOXOFFICE_SANITIZER
            run_tap ${tap[@]+"${tap[@]}"}
            unset LD_PRELOAD
            ;;
        fuzz)
            run_plans
            run_fuzzer
            ;;
        esac
    done
}

main() {
    if [[ -n ${BOXOFFICE_PRIVATE:-} ]]; then
        output=$1 results=$2
        shift 2
        run_parts "$@"
        exit
    fi
    [[ $# -gt 0 ]] || set -- extension gateway fuzz
    "$root/test/setup.sh"
    rm -rf "$output"
    mkdir -p "$reports"
    chmod 1777 "$reports"
    : >"$output/results.txt"
    copy_sources
    build "$@"
    export BOXOFFICE_SANITIZER
    BOXOFFICE_SANITIZER=$(build_runtime)
    export ASAN_OPTIONS="log_path=$reports/report:detect_leaks=0:abort_on_error=1:detect_stack_use_after_return=0"
    export UBSAN_OPTIONS="log_path=$reports/report:print_stacktrace=1"
    BOXOFFICE_SERVER_ENVIRONMENT="LD_PRELOAD=$BOXOFFICE_SANITIZER" SANITIZERS=address,undefined WERROR= "$copy/test/harness.sh" --config fsync=off \
        --config log_min_messages=warning -- "$root/test/check_sanitized.sh" "$output" "$output/results.txt" "$@" || true
    local report
    for report in "$reports"/*; do
        [[ -s $report ]] || continue
        echo "failed no report of a sanitizer: ${report##*/}" >>"$output/results.txt"
        head -n 30 "$report"
    done
    grep '^failed ' "$output/results.txt" || true
    local passed failed
    passed=$(grep -c '^passed ' "$output/results.txt" || true)
    failed=$(grep -c '^failed ' "$output/results.txt" || true)
    echo "$passed passed, $failed failed"
    [[ $failed -eq 0 && $passed -gt 0 ]]
}

main "$@"
