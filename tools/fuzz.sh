#!/usr/bin/env bash
# schemathesis against the live server that tools/with_server.py started: each seed as each actor.
set -euo pipefail

: "${BASE_URL:?run this by make fuzz}" "${OWNER_TOKEN:?the service printed no owner token}"
bin=.venv/bin
config=tests/contract/schemathesis.toml
mkdir -p build/fuzz

declare -A tokens=([owner]=$OWNER_TOKEN [anonymous]="")
for role in committee manager reader; do
  tokens[$role]=$("$bin/chancery" token create --name "Fuzz" --role "$role" --program demo)
done

failed=()
for seed in ${SEEDS:-1 2 3}; do
  for actor in ${ACTORS:-anonymous reader committee manager owner}; do
    echo "== seed $seed, $actor"
    headers=() OWN=""
    if [ -n "${tokens[$actor]}" ]; then
      headers=(--header "Authorization: Bearer ${tokens[$actor]}")
      OWN=$("$bin/python" -m tests.contract.own "$BASE_URL" "${tokens[$actor]}")
    fi
    export OWN
    "$bin/schemathesis" --config-file "$config" run "$BASE_URL/openapi.json" \
      --seed "$seed" --max-examples "${EXAMPLES:-300}" --generation-database none \
      --report junit --report-junit-path "build/fuzz/$actor-$seed.xml" \
      "${headers[@]}" || failed+=("$actor/$seed")
  done
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "failed: ${failed[*]}" >&2
  exit 1
fi
