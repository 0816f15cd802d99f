#!/usr/bin/env bash
# Installs what only a measurement needs: PostgreSQL, the rival, and setpriv, which starts it as
# another user. No server of the system is started or touched; `bench` runs one of its own.
set -euo pipefail

say() { printf 'prerequisites: %s\n' "$*" >&2; }

packages=()
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || packages+=(postgresql)
command -v setpriv >/dev/null 2>&1 || packages+=(util-linux)
if [ "${#packages[@]}" -eq 0 ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo -n)
fi
if ! command -v apt-get >/dev/null 2>&1 || ! "${as_root[@]}" true 2>/dev/null; then
  say "please install ${packages[*]} as Debian packages, then run this again"
  exit 1
fi
say "installing ${packages[*]}"
export DEBIAN_FRONTEND=noninteractive
# Without a cluster of the system: only the programs are wanted.
"${as_root[@]}" mkdir -p /etc/postgresql-common/createcluster.d
echo 'create_main_cluster = false' |
  "${as_root[@]}" tee /etc/postgresql-common/createcluster.d/bench.conf >/dev/null
"${as_root[@]}" apt-get update -q
"${as_root[@]}" apt-get install -q -y --no-install-recommends "${packages[@]}"
