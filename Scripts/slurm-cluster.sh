#!/usr/bin/env bash
# Starts a Slurm cluster of two nodes on this machine, in a folder of its own and without systemd:
#   Scripts/slurm-cluster.sh start FOLDER    then: export SLURM_CONF=FOLDER/slurm.conf
#   Scripts/slurm-cluster.sh node FOLDER n1  starts a node again
#   Scripts/slurm-cluster.sh stop FOLDER
# Needs slurmctld, slurmd and munged (Debian: slurm-wlm, munge), and root.
set -euo pipefail

export PATH=$PATH:/usr/sbin:/usr/local/sbin
action=$1
folder=$(realpath -m "$2")
export SLURM_CONF=$folder/slurm.conf

start_node() {
  slurmd -D -N "$1" > "$folder/log/slurmd-$1.out" 2>&1 &
  echo $! > "$folder/run/$1.pid"
}

start() {
  mkdir -p "$folder"/{state,spool-n1,spool-n2,log,run}
  local host port
  host=$(hostname -s)
  # Several clusters on a machine do not meet.
  port=$((20000 + $$ % 20000))
  # A munge of its own: a key, a socket and a process, and nothing of the system's.
  dd if=/dev/urandom of="$folder/munge.key" bs=1024 count=1 2> /dev/null
  chmod 600 "$folder/munge.key"
  munged --force --foreground --socket="$folder/munge.socket" --key-file="$folder/munge.key" \
    --pid-file="$folder/run/munged.lock" --log-file="$folder/log/munged.log" \
    --seed-file="$folder/run/munged.seed" > "$folder/log/munged.out" 2>&1 &
  echo $! > "$folder/run/munged.pid"
  cat > "$SLURM_CONF" << EOF
ClusterName=sparrow
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket,cred_expire=5
RequeueExit=75
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort=$port
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool-%n
SlurmctldPidFile=$folder/run/slurmctld.lock
SlurmdPidFile=$folder/run/slurmd-%n.lock
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0,requeue_delay=1
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
JobRequeue=1
SlurmctldTimeout=10
SlurmdTimeout=5
KillWait=2
MessageTimeout=5
SlurmdParameters=config_overrides
NodeName=n1 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 1)) CPUs=1 RealMemory=4000
NodeName=n2 NodeHostname=$host NodeAddr=127.0.0.1 Port=$((port + 2)) CPUs=1 RealMemory=4000
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
EOF
  for _ in $(seq 50); do
    [ -S "$folder/munge.socket" ] && break
    sleep 0.1
  done
  slurmctld -D > "$folder/log/slurmctld.out" 2>&1 &
  echo $! > "$folder/run/slurmctld.pid"
  start_node n1
  start_node n2
  for _ in $(seq 100); do
    [ "$(sinfo --noheader --states=idle --format=%D 2> /dev/null | head -n 1)" = 2 ] && return 0
    sleep 0.1
  done
  echo "the nodes did not come up; see $folder/log" >&2
  return 1
}

case $action in
  start) start ;;
  node) start_node "$3" ;;
  stop)
    scancel --user="$(id -un)" 2> /dev/null || true
    # Nothing of the cluster is to be kept.
    for name in n1 n2 slurmctld munged; do
      if pid=$(cat "$folder/run/$name.pid" 2> /dev/null); then kill -KILL "$pid" || true; fi
    done
    ;;
  *)
    echo "what is $action? expected start, node or stop" >&2
    exit 1
    ;;
esac
