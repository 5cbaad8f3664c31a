# What the benchmarks share; to be sourced.

# Prepared statements, or transactions of several, per second: of how many clients, for how many seconds, then what
# pgbench is to run.
rate() {
    local clients=$1 seconds=$2
    shift 2
    pgbench --no-vacuum --protocol=prepared --client="$clients" --jobs=2 --time="$seconds" "$@" 2>/dev/null |
        sed -nE 's/^tps = ([0-9]+).*/\1/p'
}

# Of so many numbers, one in a line.
median() { sort -n | sed -n "$((($1 + 1) / 2))p"; }
