#!/usr/bin/env bash
# The tests that need a server; test/check.sh runs it through the harness, which has made one.
#
#   test/suites.sh OUTPUT RESULTS
#
# Appends one line `passed NAME` or `failed NAME` per test to RESULTS and leaves what failing tests wrote below OUTPUT.
# Everything runs on a copy of test/ and expected/ in the private folder: the checkout may be closed to the server's
# user, and stays clean.
set -euo pipefail

output=$1
results=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
postgres_tests=$(dirname "$("$PG_CONFIG" --pgxs)")/../test
# A test that hangs must not hang the others; generous, because it bounds a whole suite.
suite_seconds=360
file_seconds=300

record() {
    printf '%s %s\n' "$1" "$2" >>"$results"
    if [[ $1 == passed ]]; then echo "ok      $2"; else echo "FAILED  $2"; fi
}

names_of() { find "$root/test/$1" -maxdepth 1 -name "*.$2" -printf '%f\n' 2>/dev/null | sed "s/\.$2\$//" | sort; }

# The layout of the repository, in a folder of its own per suite.
copy_tests() {
    local folder=$BOXOFFICE_PRIVATE/$1
    mkdir -p "$folder/expected"
    cp -r "$root/test" "$folder/test"
    [[ ! -d $root/expected ]] || cp -r "$root/expected" "$folder"
    # the documentation is tested, too
    cp -r "$root/docs" "$root/README.md" "$folder"
    echo "$folder"
}

# $1 suite, $2 program, then the names of its tests. pg_regress gives up where an expected output is missing; against
# an empty one the test fails alone and shows what it printed.
compare_outputs() {
    local suite=$1 program=$2 folder name
    shift 2
    [[ $# -gt 0 ]] || return 0
    folder=$(copy_tests "$suite")
    # what a server answers that does not preload the library; this one does
    rm -f "$folder"/expected/*_1.out
    for name in "$@"; do
        [[ -e $folder/expected/$name.out ]] || touch "$folder/expected/$name.out"
    done
    (cd "$folder" && timeout "$suite_seconds" "$program" --bindir= --inputdir=test --outputdir=. \
        --load-extension=boxoffice --dbname="boxoffice_$suite" "$@") >"$output/$suite.log" 2>&1 || true
    for name in "$@"; do
        # 15 prints "test name ... ok 12 ms", 16 and later "ok 1 - name 12 ms".
        if grep -qE "^test $name +\.\.\. ok |^ok [0-9]+ +- $name " "$output/$suite.log"; then
            record passed "$suite $name"
        else
            record failed "$suite $name"
        fi
    done
    cp -r "$folder/results" "$folder/regression.diffs" "$output" 2>/dev/null || true
    mv "$output/regression.diffs" "$output/$suite.diffs" 2>/dev/null || true
}

# As the user that runs the server, because each file starts servers of its own.
prove_file() {
    local folder=$1 name=$2 as_server=(env)
    [[ $BOXOFFICE_SERVER_USER == "$(id -un)" ]] || as_server=(runuser -u "$BOXOFFICE_SERVER_USER" --)
    (cd "$folder" && timeout "$file_seconds" "${as_server[@]}" env PG_REGRESS="$postgres_tests/regress/pg_regress" \
        TESTDIR="$folder" TMPDIR="$folder/sockets" prove --verbose --merge -I "$postgres_tests/perl" -I test/t \
        "test/t/$name.pl") >"$output/tap-$name.log" 2>&1
}

# One result per test of the file, that is per line of its outermost level.
count_tap() {
    local name=$1 status=$2 line seen=no
    while read -r line; do
        seen=yes
        case $line in
        *'# TODO'* | *'# SKIP'*) record failed "tap $name: ${line#*- }" ;;
        ok*) record passed "tap $name: ${line#*- }" ;;
        *)
            seen=failed
            record failed "tap $name: ${line#*- }"
            ;;
        esac
    done < <(grep -E '^(not )?ok [0-9]+' "$output/tap-$name.log" || true)
    # Died, planned other than it ran, ran out of time, or ran nothing.
    if [[ $status -ne 0 && $seen != failed ]]; then
        record failed "tap $name: exit status $status"
    fi
}

run_tap() {
    [[ $# -gt 0 ]] || return 0
    local folder name status
    folder=$(copy_tests tap)
    mkdir -p "$folder/sockets" "$folder/build"
    cp "$root/build/queue_histories" "$root/build/sale_histories" "$root/build/crowd" "$root/build/api/boxofficed" "$folder/build"
    # where test/gateway.sh looks for it
    mkdir -p "$folder/build/api"
    ln -s ../boxofficed "$folder/build/api/boxofficed"
    cp -r "$root/api" "$folder"
    cp -r "$root/build/npm" "$root/build/npm-test" "$folder/build"
    [[ $BOXOFFICE_SERVER_USER == "$(id -un)" ]] || chown -R "$BOXOFFICE_SERVER_USER" "$folder"
    for name in "$@"; do
        status=0
        prove_file "$folder" "$name" || status=$?
        count_tap "$name" "$status"
        [[ $status -eq 0 ]] || cp -r "$folder/tmp_check/log" "$output/tap-$name.servers" 2>/dev/null || true
    done
}

# $1 suite: gateway or extension. Its parts, each by itself: one result per GoogleTest.
run_unit_tests() {
    local suite=$1 log=$output/$1.log status=0 line
    timeout "$suite_seconds" "$root/build/api/${suite}_tests" --gtest_brief=0 >"$log" 2>&1 || status=$?
    while read -r line; do
        case $line in
        '[       OK ]'*) record passed "$suite $(awk '{ print $4 }' <<<"$line")" ;;
        '[  FAILED  ]'*) record failed "$suite $(awk '{ print $4 }' <<<"$line")" ;;
        '[  SKIPPED ]'*) record failed "$suite $(awk '{ print $4 }' <<<"$line"), which was skipped" ;;
        esac
    done < <(sed '/Global test environment tear-down/,$d' "$log" | grep -E '^\[ +(OK|FAILED|SKIPPED) +\]')
    # Died, or ran nothing.
    [[ $status -eq 0 ]] || grep -q '^\[  FAILED' "$log" || record failed "$suite: exit status $status"
    grep -q '^\[==========\] .* ran\.' "$log" || record failed "$suite tests did not come to their end"
}

# $1 what must be noticed, $2 how the crowd says it; reads the sabotage, as SQL.
crowd_notices() {
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 >>"$output/crowd.log" 2>&1
    if timeout "$file_seconds" "${crowd[@]}" >"$output/crowd-sabotaged.log" 2>&1 ||
        ! grep -qE "^(FAILED|verify): .*$2" "$output/crowd-sabotaged.log"; then
        record failed "crowd notices $1"
    else
        record passed "crowd notices $1"
    fi
    cat "$output/crowd-sabotaged.log" >>"$output/crowd.log"
    rm "$output/crowd-sabotaged.log"
}

# $1 name, then the crowd
crowd_sells() {
    local name=$1 log=$output/crowd-selling.log
    shift
    if timeout "$file_seconds" "$@" >"$log" 2>&1 && grep -q 'verify: no violations' "$log"; then
        record passed "$name"
    else
        record failed "$name"
    fi
    cat "$log" >>"$output/crowd.log"
    rm "$log"
}

# Through the gateway and nginx.
crowd_sells_over_http() {
    # shellcheck source=test/gateway.sh
    source "$root/test/gateway.sh"
    if start_gateway >>"$output/crowd.log" 2>&1; then
        crowd_sells 'crowd sells a hall over HTTP' "${crowd[@]}" --http "$url" --keys "$BOXOFFICE_JWT_KEYS"
        stop_gateway
    else
        record failed 'crowd sells a hall over HTTP'
    fi
    cat "$gateway_folder"/*.log "$gateway_folder/front/error.log" >>"$output/crowd.log" 2>/dev/null || true
}

# The crowd of the demo, small and fast: it must sell the hall through the queue, in SQL and over HTTP, and it must notice when
# the data is not what it was told, or not what a queue may do. One sabotage dates every third admission back, so that it comes
# before some that had the smaller number; one takes back a seat that was sold; one writes down less than was paid.
run_crowd() {
    local crowd=("$root/build/crowd" --plan "$root/test/data/riethsporthalle.plan.json" --buyers 250 --connections 16
        --arrive-within 0 --think-for 0 --hold-for 0.5 --max-active 20 --active-for 1 --impatience 20)
    # the worker comes over to this database
    psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 >"$output/crowd.log" 2>&1 <<<"CREATE EXTENSION boxoffice;
        ALTER SYSTEM SET boxoffice.database = '$PGDATABASE'; SELECT pg_reload_conf();"
    crowd_sells 'crowd sells a hall' "${crowd[@]}"
    crowd_sells_over_http
    crowd_notices 'an admission out of order' 'admitted out of order' <<'SQL'
CREATE FUNCTION date_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.admitted_at := greatest(NEW.joined_at, NEW.admitted_at - interval '300 ms');
    RETURN NEW;
END $$;
CREATE TRIGGER sabotage BEFORE UPDATE ON boxoffice.queue_token FOR EACH ROW
    WHEN (OLD.status = 'waiting' AND NEW.status = 'active' AND NEW.number % 3 = 0) EXECUTE FUNCTION date_back();
SQL
    crowd_notices 'a seat that was lost' 'seats read sold' <<'SQL'
DROP TRIGGER sabotage ON boxoffice.queue_token;
CREATE FUNCTION lose_a_seat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE boxoffice.seat SET sold = false, reservation_id = NULL WHERE reservation_id = NEW.reservation_id;
    RETURN NEW;
END $$;
CREATE TRIGGER sabotage AFTER INSERT ON boxoffice.payment FOR EACH ROW EXECUTE FUNCTION lose_a_seat();
SQL
    crowd_notices 'books that do not agree' 'stat_sale has' <<'SQL'
DROP TRIGGER sabotage ON boxoffice.payment;
CREATE FUNCTION write_down_less() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE boxoffice.payment SET gross = gross - 1 WHERE payment_id = NEW.payment_id;
    RETURN NEW;
END $$;
CREATE TRIGGER sabotage AFTER INSERT ON boxoffice.payment FOR EACH ROW EXECUTE FUNCTION write_down_less();
SQL
}

mapfile -t regress < <(names_of sql sql)
mapfile -t isolation < <(names_of specs spec)
mapfile -t tap < <(names_of t pl)
compare_outputs regress "$postgres_tests/regress/pg_regress" ${regress[@]+"${regress[@]}"}
compare_outputs isolation "$postgres_tests/isolation/pg_isolation_regress" ${isolation[@]+"${isolation[@]}"}
run_unit_tests gateway
run_unit_tests extension
run_tap ${tap[@]+"${tap[@]}"}
run_crowd
