#!/usr/bin/env bash
# Trains a study of six tiny language models on a real Slurm of two nodes, while one task is killed,
# one node goes down and one task is queued again, and compares it with the same study on this
# machine: the same bits, and one report. Skipped where there is no Slurm and none can be installed.
set -euo pipefail

cd "$(dirname "$0")/.."
skip() {
  echo "skipped: the test of studies on Slurm ($1)"
  exit 0
}
export PATH=$PATH:/usr/sbin
[ "$(uname)" = Linux ] || skip "no Linux"
[ "$(id -u)" = 0 ] || skip "starting Slurm's daemons needs root"
if ! command -v slurmctld > /dev/null || ! command -v munged > /dev/null; then
  command -v apt-get > /dev/null || skip "slurm-wlm and munge are not installed"
  env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \
    slurm-wlm munge > /dev/null 2>&1 || skip "slurm-wlm and munge cannot be installed"
fi

sparrow=$(realpath "${SPARROW:-.build/debug/sparrow}")
folder=$(mktemp -d)
fail() {
  echo "failed: $1" >&2
  [ ! -d "$folder/slurm-runs" ] || tail -n 5 "$folder"/slurm-runs/slurm/*.log >&2
  exit 1
}
finish() {
  [ ! -d "$folder/cluster" ] || Scripts/slurm-cluster.sh stop "$folder/cluster"
  [ -n "${KEEP:-}" ] || rm -rf "$folder"
}
trap finish EXIT

mkdir -p "$folder/data/text"
for _ in $(seq 40); do printf 'the cat sat on the mat\na dog ran to the cat\n'; done \
  > "$folder/data/text/train.txt"
printf 'the dog sat on the mat\na cat ran to the dog\n' > "$folder/data/text/valid.txt"
cat > "$folder/study.json" << 'EOF'
{
  "title": "Six tiny language models",
  "recipe": {
    "title": "",
    "frontEnd": {"kind": "language"},
    "embeddingWidth": 12,
    "layers": [
      {"kind": "gru", "units": 12}, {"kind": "gru", "units": 12}, {"kind": "dense", "outputs": 10}
    ],
    "batch": {"sequences": 2, "steps": 8, "variesSteps": false},
    "run": {
      "steps": STEPS, "seed": 1, "dropout": 0, "logEvery": 50, "validateEvery": 500,
      "checkpointEvery": 50
    },
    "optimization": {
      "learningRate": 0.002, "stateSpaceLearningRate": 0.002, "weightDecay": 0.02, "beta1": 0.9,
      "beta2": 0.99, "epsilon": 1e-8, "warmupFraction": 0.05, "clippingFactor": 2, "emaDecay": 0.99
    },
    "data": {"training": "text/train.txt", "validation": "text/valid.txt"}
  },
  "axes": [{"name": "units", "path": "/layers/0/units", "values": [8, 12]}],
  "seeds": [1, 2, 3],
  "data": ["data"],
  "steps": [{"evaluate": {"data": "text/valid.txt"}}],
  "slurm": {"time": "10", "memory": "500M", "restarts": 3}
}
EOF
sed -i "s/STEPS/${STEPS:-3000}/" "$folder/study.json"

start=$SECONDS
"$sparrow" study "$folder/study.json" --output "$folder/local" --local 2 --threads 1 \
  2> "$folder/local.log" || fail "the local study: $(cat "$folder/local.log")"
echo "local: $((SECONDS - start)) s"

cluster=$folder/cluster
Scripts/slurm-cluster.sh start "$cluster"
export SLURM_CONF=$cluster/slurm.conf
"$sparrow" study "$folder/study.json" --output "$folder/slurm-runs" --slurm
array=$(sed 's/.*"array":"\([0-9]*\)".*/\1/' "$folder/slurm-runs/slurm.json")

# Waits until a run that was not used yet is past its first checkpoint and trains; prints its path.
used=
in_the_middle() {
  local run
  for _ in $(seq 300); do
    for run in "$folder"/slurm-runs/runs/*/; do
      case $used in *"$run"*) continue ;; esac
      if [ -e "$run/checkpoint.safetensors" ] && [ ! -e "$run/trained.json" ] \
        && [ -n "$(trainer "${run%/}/recipe.json")" ]; then
        echo "$run"
        return 0
      fi
    done
    sleep 0.05
  done
  return 1
}
# Whether a process has a line in its environment.
environment() { tr '\0' '\n' < "/proc/$1/environ" 2> /dev/null | grep -qxF "$2"; }
# The process of the training in a run's folder.
trainer() { pgrep -f "train $1" | head -n 1; }

run=$(in_the_middle) || fail "no run began"
used=$run
kill -KILL "$(trainer "${run%/}/recipe.json")"
echo "killed the training of $(basename "$run")"

run=$(in_the_middle) || fail "no second run began"
used="$used $run"
task=
for _ in $(seq 300); do
  task=$(squeue --noheader --array --states=running --format=%K | head -n 1)
  [ -z "$task" ] || break
  sleep 0.05
done
scontrol requeue "${array}_$task"
echo "queued task $task again"

"$sparrow" study "$folder/study.json" --output "$folder/slurm-runs" --status --json \
  | grep -q '"slurm":"\(RUNNING\|PENDING\)"' || fail "the status shows no job"
"$sparrow" study "$folder/study.json" --output "$folder/slurm-runs" --slurm 2>&1 \
  | grep -q "are done or queued" || fail "runs were submitted twice"

run=$(in_the_middle) || fail "no third run began"
pid=$(trainer "${run%/}/recipe.json") || fail "$(basename "$run") has ended"
node=$(tr '\0' '\n' < "/proc/$pid/environ" | sed -n 's/^SLURMD_NODENAME=//p')
[ -n "$node" ] || fail "$(basename "$run") runs on no node"
lost=$run
# The node dies with everything on it: its daemon, and a job from the step daemon down.
kill -KILL "$(cat "$cluster/run/$node.pid")"
for run in "$folder"/slurm-runs/runs/*/; do
  pid=$(trainer "${run}recipe.json") || true
  if [ -n "$pid" ] && environment "$pid" "SLURMD_NODENAME=$node"; then
    chain=
    while [ "$(cat "/proc/$pid/comm" 2> /dev/null)" != "slurmstepd" ] && [ "$pid" -gt 1 ]; do
      chain="$pid $chain"
      pid=$(ps -o ppid= -p "$pid" | tr -d ' ')
    done
    # shellcheck disable=SC2086
    [ "$pid" -le 1 ] || kill -KILL $pid $chain
  fi
done
echo "took $node down, with $(basename "$lost")"
sleep 1
Scripts/slurm-cluster.sh node "$cluster" "$node"

for _ in $(seq 600); do
  [ -z "$(squeue --noheader)" ] && break
  sleep 0.2
done
"$sparrow" study "$folder/study.json" --output "$folder/slurm-runs" --status
echo "all: $((SECONDS - start)) s"
[ -e "$folder/slurm-runs/report/report.json" ] || fail "there is no report"
[ "$(cat "$folder"/slurm-runs/slurm/report-*.log | grep -c '^wrote')" = 1 ] \
  || fail "the report was not made once"
for run in "$folder"/local/runs/*/; do
  name=$(basename "$run")
  cmp "$run/network.safetensors" "$folder/slurm-runs/runs/$name/network.safetensors" \
    || fail "$name has other bits than the local run"
done
diff <(cat "$folder/local/report/report.md") <(cat "$folder/slurm-runs/report/report.md") \
  || fail "the reports differ"
echo "passed: six runs on Slurm, bit-equal to local ones, one report"
