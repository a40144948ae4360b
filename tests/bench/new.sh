#!/usr/bin/env bash
# How long it takes from `dragon-cli new` to a served page, with all crates in cargo's cache and no
# network: the first app of a machine, which compiles all dependencies, and the next one, for which
# they are compiled (where projects share a target folder), and a restart. Figures are printed, and
# asserted nowhere.
#
#     tests/bench/new.sh [DRAGON-CLI]      or      tests/run bench

set -eu -o pipefail
cli=$(realpath "${1:-target/debug/dragon-cli}")
work=$(mktemp -d)
app=''
trap '[ -z "$app" ] || kill "$app" 2>/dev/null; rm -rf "$work"' EXIT
export CARGO_NET_OFFLINE=true CARGO_TARGET_DIR=$work/target DRAGON_ADDR=127.0.0.1:0
unset DATABASE_URL REDIS_URL DRAGON_URL DRAGON_ORIGINS || true

now() { date +%s%N; }
seconds() { printf '%d.%02d' $((($2 - $1) / 1000000000)) $((($2 - $1) / 10000000 % 100)); }

# Starts the app in this folder, waits until its page is served, and stops it.
serve() {
    local said=$work/said url='' line
    : >"$said"
    cargo run --quiet >"$said" 2>"$said.err" &
    app=$!
    until url=$(grep -ao 'http://[0-9.:]*' "$said"); do
        kill -0 "$app" 2>/dev/null || { cat "$said.err" >&2; exit 1; }
        sleep 0.01
    done
    exec 3<>"/dev/tcp/127.0.0.1/${url##*:}"
    printf 'GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
    read -r line <&3
    exec 3>&-
    case $line in *' 200 '*) ;; *) echo "no page: $line" >&2; exit 1 ;; esac
    served=$(now)
    kill "$app"
    wait "$app" || true
    app=''
}

# round NAME OPTIONS...
round() {
    local name=$1 start written built
    shift
    cd "$work"
    start=$(now)
    "$cli" new "$name" "$@" >/dev/null
    written=$(now)
    cd "$name"
    cargo build --quiet
    built=$(now)
    serve
    row "$name" "$(seconds "$start" "$written")" "$(seconds "$written" "$built")" \
        "$(seconds "$built" "$served")" "$(seconds "$start" "$served")"
}

row() { printf '%-28s %9s %9s %9s %9s\n' "$@"; }

echo "$(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo unknown); seconds:"
row '' new build serve together
round first
round second
start=$(now)
serve
row 'second, started again' - - "$(seconds "$start" "$served")" "$(seconds "$start" "$served")"
