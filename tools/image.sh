#!/usr/bin/env bash
# Builds chancery:local with the engine that works here; BUILD_ARGS goes to it as it is.
set -euo pipefail

read -ra arguments <<<"${BUILD_ARGS:-}"
if docker info >/dev/null 2>&1; then
  exec docker build "${arguments[@]}" --tag chancery:local .
elif command -v podman >/dev/null; then
  # Only the docker format keeps HEALTHCHECK.
  exec podman build --format docker "${arguments[@]}" --tag chancery:local .
elif command -v buildah >/dev/null; then
  exec buildah build --format docker "${arguments[@]}" --tag chancery:local .
fi
echo "make image needs a running Docker, podman or buildah: apt-get install podman" >&2
exit 1
