#!/usr/bin/env bash
# Skaffold's custom builder for machines without a Docker engine: `skaffold dev -p buildah`. Skaffold sets IMAGE,
# BUILD_CONTEXT and PUSH_IMAGE; skaffold.yaml sets SERVICE and TARGET. BUILDAH_BUILD_ARGS and BUILDAH_PUSH_ARGS add options.
set -euo pipefail
read -ra build_args <<<"${BUILDAH_BUILD_ARGS:-}"
read -ra push_args <<<"${BUILDAH_PUSH_ARGS:-}"
buildah build --layers "${build_args[@]}" --build-arg "SERVICE=$SERVICE" --target "$TARGET" --tag "$IMAGE" "$BUILD_CONTEXT"
if [[ ${PUSH_IMAGE:-} == true ]]; then buildah push "${push_args[@]}" "$IMAGE"; fi
