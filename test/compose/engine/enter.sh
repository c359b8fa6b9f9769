#!/bin/sh
# Makes a tree of packages the root folder of this mount and process namespace, and becomes a Docker engine in it. All
# that is mounted here, by this script or by the engine, is gone with its last process.
#   enter.sh <tree> <state folder, seen as /state> <repository, seen as /repository> <cgroup>
set -eu
tree=$1 state=$2 repository=$3 cgroup=$4

# The engine's data lie in a file, where that can be: it is removed at once, while as many files take most of a minute.
mkdir -p "$state/data"
truncate -s 20G "$state/disk"
if ! { mkfs.ext4 -q -O ^has_journal "$state/disk" && mount -o loop,noatime "$state/disk" "$state/data"; }; then
  echo "no loop device: the data lie in a folder"
fi

# The tree itself stays as it is: it is in a cache.
upper=$state/root work=$state/work
mkdir -p "$upper" "$work" "$state/merged"
mount -t overlay overlay -o "lowerdir=$tree,upperdir=$upper,workdir=$work" "$state/merged"
cd "$state/merged"

mkdir -p state repository old etc/ssl/certs
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount --rbind "$state" state
mount --bind -o ro "$repository" repository
for file in etc/resolv.conf etc/hosts etc/ssl/certs/ca-certificates.crt; do
  if [ -r "/$file" ]; then cat "/$file" > "$file"; fi
done

pivot_root . old
# No firewall rules and no bridge of its own: nothing of it is left on the machine's network. What is published goes
# through docker-proxy. docker-init reaps what the containers leave behind.
exec chroot . /usr/bin/sh -c '
  umount -l /old
  export PATH=/usr/sbin:/usr/bin
  exec docker-init -s -- dockerd --data-root /state/data --exec-root /run/docker --pidfile /run/docker.pid \
    -H unix:///state/docker.sock --bridge none --iptables=false --ip6tables=false --ip-forward=false --cgroup-parent "/$0"
' "$cgroup"
