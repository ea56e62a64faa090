#!/usr/bin/env bash
# Tests sparrow.ray with a cluster of two nodes on this machine, in a network of its own with
# loopback alone: Ray would take the machine's address for the nodes'. Installs Ray, some 300 MB, in
# .build/ray-test.
#
# usage: Scripts/test-ray.sh
set -euo pipefail
cd "$(dirname "$0")/.."
source Scripts/python-environment.sh

if [ "${1:-}" = inside ]; then
  shift
  "$1" - <<'END'
import fcntl, socket, struct
with socket.socket() as one:
    # SIOCSIFFLAGS, IFF_UP | IFF_RUNNING
    fcntl.ioctl(one, 0x8914, struct.pack("16sh14x", b"lo", 0x41))
END
  shift
  exec "$@"
fi

wheel=$(echo .build/wheel/sparrow-*.whl)
[ -f "$wheel" ] || { echo "test-ray: there is no wheel; run make wheel" >&2; exit 1; }
options=
for options in --net "--net --map-root-user" none; do
  # shellcheck disable=SC2086
  [ "$options" = none ] || ! unshare $options true 2> /dev/null || break
done
if [ "$options" = none ]; then
  echo "test-ray: skipped, as this system has no namespaces for a network of its own" >&2
  exit 0
fi
make_environment .build/ray-test 'ray[data]' numpy
python=$PWD/.build/ray-test/bin/python
"$python" -m pip install --quiet --disable-pip-version-check --no-deps --force-reinstall "$wheel"
folder=$(mktemp -d /tmp/sparrow-ray.XXXXXX)
end() {
  # Processes of this cluster alone, which its folder tells.
  for process in /proc/[0-9]*; do
    if tr '\0' ' ' < "$process/cmdline" 2> /dev/null | grep -q -- "$folder/"; then
      kill -9 "${process#/proc/}" 2> /dev/null || true
    fi
  done
  rm -rf "$folder"
}
trap end EXIT
export RAY_DISABLE_IMPORT_WARNING=1 RAY_USAGE_STATS_ENABLED=0 RAY_DATA_DISABLE_PROGRESS_BARS=1
test=$PWD/Bindings/Python/tests/ray_cluster.py
# shellcheck disable=SC2086
unshare $options "$PWD/Scripts/test-ray.sh" inside "$python" "$python" "$test" "$folder"
