#!/bin/sh
# kubehop collect: what this machine's network is, as the tools of the machine print it.
#
# It reads and changes nothing, and sends nothing anywhere. Run it as root, or the tools leave out what only root may see:
#
#   kubehop collect | sudo sh                 # makes HOSTNAME.kubehop.tar in this folder
#   kubehop collect | sudo sh -s -- -         # prints it as one text
#   kubehop collect | ssh NODE sudo sh -s -- - > NODE.txt
#
# Then: kubehop trace FILE… [manifests…] --from … --to …
set -u
PATH=/usr/sbin:/sbin:/usr/bin:/bin:$PATH
LC_ALL=C
export PATH LC_ALL

machine=${KUBEHOP_MACHINE:-$(uname -n)}
# Seconds that one tool may take, and lines of connections that are printed.
patience=${KUBEHOP_PATIENCE:-20}
connections=${KUBEHOP_CONNECTIONS:-20000}

within() {
  if command -v timeout >/dev/null 2>&1; then timeout "$patience" "$@"; else "$@"; fi
}

# What one tool prints in the namespace that we are in, below a line that says so. A tool that is not there prints nothing.
say() {
  command -v "$2" >/dev/null 2>&1 || return 0
  namespace=$1
  shift
  printf '# kubehop: machine=%s netns=%s command=%s\n' "$machine" "$namespace" "$*"
  within $prefix "$@" 2>/dev/null | sed -e 's/^# kubehop:/#kubehop:/'
}

# All of one namespace.
namespace() {
  say "$1" ip -d addr
  say "$1" ip route show table all
  say "$1" ip rule
  say "$1" ip neigh
  say "$1" bridge fdb
  say "$1" bridge -d link
  say "$1" bridge vlan
  say "$1" sysctl -a | grep -e '^# kubehop:' -e '^net\.' | grep -v -i -e key -e secret -e cookie
  say "$1" iptables-save -c
  say "$1" ip6tables-save -c
  say "$1" nft list ruleset
  say "$1" ipset save
  say "$1" conntrack -L | head -n "$connections"
  say "$1" ss -lntup
}

all() {
  prefix=
  namespace root
  # Namespaces that have names, and those of processes that have none: of each the first.
  seen=" $(readlink /proc/self/ns/net 2>/dev/null) "
  for path in /run/netns/* /var/run/netns/* /run/docker/netns/*; do
    [ -e "$path" ] || continue
    inode=net:[$(stat -L -c %i "$path" 2>/dev/null)]
    case $seen in *" $inode "*) continue ;; esac
    seen="$seen$inode "
    prefix="nsenter --net=$path"
    namespace "$(basename "$path")"
  done
  for path in /proc/[0-9]*/ns/net; do
    inode=$(readlink "$path" 2>/dev/null) || continue
    case $seen in *" $inode "*) continue ;; esac
    seen="$seen$inode "
    process=${path#/proc/}
    prefix="nsenter --net=$path"
    namespace "pid-${process%%/*}"
  done
}

if [ "${1:-}" = - ]; then
  all
else
  folder=$(mktemp -d) || exit 1
  trap 'rm -rf "$folder"' EXIT
  all >"$folder/$machine.txt"
  tar -C "$folder" -cf "$machine.kubehop.tar" "$machine.txt" && printf '%s\n' "$machine.kubehop.tar"
fi
