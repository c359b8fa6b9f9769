#!/bin/sh
# Runs a Docker engine in mount and process namespaces of its own, by enter.sh, until it ends or until whoever started
# this has gone, however that happened: standard input is at its end then. Leaves nothing on the machine.
#   guard.sh <tree> <state folder> <repository> <name of its network bridge and control group>
set -u
state=$2 name=$4
exec 3<&0

unshare --mount --propagation private --pid --fork \
  sh "$(dirname "$0")/enter.sh" "$@" </dev/null 3<&- &
engine=$!
echo "$engine" > "$state/pid"
# The first process of the namespace takes all others with it.
(cat <&3 >/dev/null; kill -KILL $(ps -o pid= --ppid "$engine")) &
watch=$!
wait "$engine"

kill "$watch"
ip link delete "$name"
find /sys/fs/cgroup -type d -path "*/$name*" -delete
rm -rf "$state"
