# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What bench/miss, bench/await and bench/concurrency share: httpd + mod_v8ssr and a Node server that
# give the same page, measured in turns.  They set name, root, rounds, seconds,
# url and connections, and call in this order:
#   pair_begin FILE          a folder $run with what httpd's children need, and FILE
#   pair_httpd CONF DEFINE...
#   pair_node COMMAND...     the port is added
#   pair_compare TITLE       waits for both, then the rounds; prints a line each

declare -A port pid

pair_stop() {
    trap - EXIT
    kill "${pid[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$run"
}

pair_begin() {
    local tool
    node=${NODE:-node}
    build=${BUILD:-$root/build}
    for tool in wrk "$node"; do
        command -v "$tool" > /dev/null ||
            { echo "$name: no $tool; run apxs-build/deps --test" >&2; exit 1; }
    done
    [ -n "${BUILD:-}" ] || "$root/apxs-build/build" "$build" > /dev/null
    run=$(mktemp -d "${TMPDIR:-/tmp}/v8ssr-bench.XXXXXX")
    trap pair_stop EXIT
    trap 'exit 130' INT TERM
    chmod 755 "$run"
    # httpd's children are another user's: copies they can read
    cp "$1" "$run/"
    cp -L "$build/.libs/mod_v8ssr.so" "$build/.libs/libv8pool.so.0" "$build/.libs/v8ssr" "$run"
    chmod a+rX "$run"/*
    httpd=$(sed -n 's/^HTTPD = //p' "$build/Makefile")
}

# NAME CONF DEFINE...: one httpd; a RUN of its own may be among the last
pair_start() {
    local s=$1 conf=$2 define defines=()
    shift 2
    port[$s]=$(free_port)
    for define in "PORT ${port[$s]}" \
        "MODULES $(sed -n 's/^moduledir = //p' "$build/Makefile")" "$@"; do
        defines+=(-C "Define $define")
    done
    LD_LIBRARY_PATH=$run "$httpd" -f "$conf" -DFOREGROUND "${defines[@]}" &
    pid[$s]=$!
}

pair_httpd() {
    local conf=$1
    shift
    pair_start httpd "$conf" "RUN $run" "$@"
}

pair_node() {
    port[node]=$(free_port)
    NODE_ENV=production "$node" "$@" "${port[node]}" &
    pid[node]=$!
}

pair_page() { echo "http://127.0.0.1:${port[$1]}$url"; }

pair_answers() {
    for _ in $(seq 100); do
        curl -sf -o "$run/$1.html" "$(pair_page "$1")" && return
        sleep 0.1
    done
    echo "$name: $1 does not answer" >&2
    exit 1
}

pair_wait() {
    pair_answers httpd
    pair_answers node
    cmp "$run/httpd.html" "$run/node.html" || { echo "$name: the servers' pages differ" >&2; exit 1; }
}

pair_column() { awk -v c="$2" '{print $c}' "$run/$1.rounds" | median; }

pair_compare() {
    local s
    local -A rate memory
    pair_wait
    echo "# $1, $(wc -c < "$run/httpd.html") bytes, $connections connections, $rounds rounds of ${seconds} s each, $(nproc) cores"
    echo "# httpd: $("$httpd" -v | sed -n 's/Server version: //p'), $("$build/v8ssr" --version); node: $("$node" --version)"
    for s in httpd node; do wrk -t1 -c"$connections" -d3 "$(pair_page $s)" > /dev/null; done
    for _ in $(seq "$rounds"); do
        for s in httpd node; do
            measure "${pid[$s]}" -c"$connections" -d"$seconds" "$(pair_page $s)" >> "$run/$s.rounds"
        done
    done
    printf '%-8s %10s %10s %10s %14s %12s\n' server req/s 'p50 us' 'p99 us' 'CPU us/request' 'memory KiB'
    for s in httpd node; do
        rate[$s]=$(pair_column $s 1)
        memory[$s]=$(memory_kb "${pid[$s]}")
        printf '%-8s %10s %10s %10s %14s %12s\n' $s "${rate[$s]}" "$(pair_column $s 2)" \
            "$(pair_column $s 3)" "$(pair_column $s 4)" "${memory[$s]}"
    done
    awk -v a="${rate[httpd]}" -v b="${rate[node]}" -v c="${memory[httpd]}" -v d="${memory[node]}" \
        'BEGIN { printf "ratio    %10.2f x node%32s %.2f x node\n", a / b, "memory", c / d }'
}
