#!/usr/bin/env bash
# Tests the server as it is run: two processes behind HAProxy, clients in Python that go on after
# lost connections, one process that is killed and one that is restarted. All outputs have to be the
# command's, byte for byte. Where HAProxy or Python's websockets are missing and cannot be
# installed, the test says so and is left out.
#
# usage: Scripts/test-server.sh [SPARROW]
#
# SPARROW: the command, with sparrow-serve beside it.
set -euo pipefail
cd "$(dirname "$0")/.."
source Scripts/python-environment.sh

sparrow=${1:-$(swift build -c release --show-bin-path)/sparrow}
fail() { echo "test-server: $1" >&2; exit 1; }
[ -x "$(dirname "$sparrow")/sparrow-serve" ] || fail "there is no sparrow-serve beside $sparrow"
Scripts/setup.sh server
if ! command -v haproxy > /dev/null; then
  echo "test-server: skipped, as HAProxy is missing"
  exit 0
fi
make_environment .build/server-test websockets==15.0.1
work=$(mktemp -d)
pids=()
end() {
  for pid in "${pids[@]}"; do
    kill -KILL "$pid" 2> /dev/null || true
    wait "$pid" 2> /dev/null || true
  done
  rm -rf "$work"
}
trap end EXIT

# waits CONDITION...: for up to ten seconds.
waits() {
  for _ in $(seq 100); do
    if "$@"; then return; fi
    sleep 0.1
  done
  fail "this did not happen: $*"
}

# serve NAME PORT [ARGUMENT...]: starts a server; its process is in the variable of that name.
serve() {
  local name=$1 port=$2
  shift 2
  "$sparrow" serve --port "$port" --capacity 16 "$@" > "$work/$name" 2>&1 &
  printf -v "$name" %s $!
  pids+=($!)
  waits grep -qs listening "$work/$name"
}
port() { sed -n 's/^listening on .*:\([0-9]*\)$/\1/p' "$work/$1"; }
get() {
  python3 -c 'import sys, urllib.request
print(urllib.request.urlopen(sys.argv[1]).read().decode())' "$1"
}

serve first 0
serve second 0 --drain-seconds 1
first_port=$(port first)
bind=$(python3 -c 'import socket
with socket.create_server(("127.0.0.1", 0)) as one:
    print(one.getsockname()[1])')
BIND=127.0.0.1:$bind FIRST=127.0.0.1:$first_port SECOND=127.0.0.1:$(port second) \
  haproxy -q -db -f Server/haproxy.cfg > "$work/haproxy" 2>&1 &
pids+=($!)
healthy() { get "http://127.0.0.1:$bind/health" 2> /dev/null | grep -q ok; }
waits healthy

# Clients of sounds of their own.
export WEBSOCKETS_BACKOFF_INITIAL_DELAY=0.2 WEBSOCKETS_BACKOFF_MIN_DELAY=0.2
Scripts/sound.py make "$work/sound" 16000 1 6
for i in 1 2 3 4 5 6; do
  # Another sound for each, and tails that are no whole hop.
  tail -c +$((1 + 2000 * i)) "$work/sound.raw" > "$work/$i.noisy"
  "$sparrow" denoise - - < "$work/$i.noisy" > "$work/$i.expected" 2> /dev/null
done
clients=()
for i in 1 2 3 4 5 6; do
  .build/server-test/bin/python Examples/ServerClient/denoise.py \
    "ws://127.0.0.1:$bind/v1/denoise" < "$work/$i.noisy" > "$work/$i.clean" &
  clients+=($!)
done

# A process that is killed, in mid-stream; another one takes its port.
sleep 1
# shellcheck disable=SC2154
kill -KILL "$first"
wait "$first" 2> /dev/null || true
serve third "$first_port"
# One that ends in order.
# shellcheck disable=SC2154
kill -TERM "$second"
wait "$second" || fail "a server that is told to end has the status $?"

for i in "${!clients[@]}"; do
  wait "${clients[$i]}" || fail "client $((i + 1)) failed"
  cmp "$work/$((i + 1)).clean" "$work/$((i + 1)).expected" \
    || fail "client $((i + 1)) has other samples than the command"
done
get "http://127.0.0.1:$first_port/metrics" > "$work/metrics"
resumed=$(sed -n 's/^sparrow_resumed_total{kind="denoise",rate="16000"} //p' "$work/metrics")
[ "$resumed" -ge 1 ] || fail "no stream went on at the last server"
echo "6 streams go on over a killed and a restarted server, with the command's samples"
