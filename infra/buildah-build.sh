#!/usr/bin/env bash
# Skaffold's custom builder where there is no Docker engine: `skaffold dev -p buildah`. Skaffold sets IMAGE, BUILD_CONTEXT
# and PUSH_IMAGE, and skaffold.yaml SERVICE and TARGET. BUILDAH_BUILD_ARGS and BUILDAH_PUSH_ARGS are for what a machine needs.
set -euo pipefail
read -ra build_args <<<"${BUILDAH_BUILD_ARGS:-}"
read -ra push_args <<<"${BUILDAH_PUSH_ARGS:-}"
buildah build --layers "${build_args[@]}" --build-arg "SERVICE=$SERVICE" --target "$TARGET" --tag "$IMAGE" "$BUILD_CONTEXT"
if [[ ${PUSH_IMAGE:-} == true ]]; then buildah push "${push_args[@]}" "$IMAGE"; fi
