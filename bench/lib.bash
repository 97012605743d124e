# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the benchmarks share: free ports, what a server's processes
# used, and numbers out of wrk and out of lists.

free_port() {
    perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

# a server's processes: the one started and all that descend from it
family() {
    local p
    echo "$1"
    for p in $(cat /proc/"$1"/task/*/children 2>/dev/null); do family "$p"; done
}

# microseconds of CPU the family used so far
cpu_us() {
    local p ticks=0
    for p in $(family "$1"); do
        ticks=$((ticks + $(sed 's/.*) //' "/proc/$p/stat" | awk '{print $12 + $13}')))
    done
    echo $((ticks * 1000000 / $(getconf CLK_TCK)))
}

# KiB: proportional set size, so that what processes share counts once
memory_kb() {
    local p sum=0
    for p in $(family "$1"); do
        sum=$((sum + $(awk '/^Pss:/ {print $2}' "/proc/$p/smaps_rollup")))
    done
    echo $sum
}

# wrk's "1.23ms" in microseconds
to_us() { awk -v t="$1" 'BEGIN { u = t; sub(/[0-9.]+/, "", u); sub(/[a-z]+$/, "", t);
    print t * (u == "us" ? 1 : u == "ms" ? 1000 : 1000000) }'; }

# the median of the numbers, one a line
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

# measure PID WRK-ARGUMENT...: "req/s p50 p99 CPU/request" of one round of wrk
measure() {
    local family=$1 before after out
    shift
    before=$(cpu_us "$family")
    out=$(wrk -t1 --latency "$@")
    after=$(cpu_us "$family")
    if grep -E 'Non-2xx|Socket errors' <<< "$out" >&2; then return 1; fi
    echo "$(awk '/Requests\/sec/ {print $2}' <<< "$out")" \
        "$(to_us "$(awk '$1 == "50%" {print $2}' <<< "$out")")" \
        "$(to_us "$(awk '$1 == "99%" {print $2}' <<< "$out")")" \
        "$(awk -v us=$((after - before)) '/requests in/ { printf "%.1f", us / $1 }' <<< "$out")"
}
