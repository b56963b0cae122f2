#!/usr/bin/env bash
# The official conformance suite, all required server scenarios of both eras, with an empty list of expected failures.
#
# The suite calls fixture tools, so this runs a build with the feature `fixtures`, through the same door, key and
# transport as every other. FIXTURES_BINARY names one that is built already.
set -euo pipefail
cd "$(dirname "$0")"

[ -d node_modules/@modelcontextprotocol/conformance ] || npm ci --no-fund --no-audit
export PATH="$PWD/node_modules/.bin:$PATH"

binary=${FIXTURES_BINARY:-}
if [ -z "$binary" ]; then
  # As the tests are built, or the dependencies would be built anew.
  (cd .. && cargo test --quiet --no-run --locked --workspace --test it --features frontdesk/fixtures)
  binary=${CARGO_TARGET_DIR:-$PWD/../target}/debug/frontdesk
fi

work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT

: >"$work/out" # before anybody looks into it
FRONTDESK_TOKEN=conformance FRONTDESK_HOME="$work" FRONTDESK_LOG=error \
  "$binary" demo --listen 127.0.0.1:0 --sandbox-listen 127.0.0.1:0 >"$work/out" 2>"$work/err" &
server=$!
for _ in $(seq 100); do
  address=$(head -n 1 "$work/out") # http://127.0.0.1:PORT
  [ -z "$address" ] || break
  kill -0 "$server" 2>/dev/null || { cat "$work/err" >&2; exit 1; }
  sleep 0.1
done
# The suite wants a local name, and can send no header: the token goes into the path.
url="http://localhost:${address##*:}/mcp/conformance"

failed=0
for revision in 2026-07-28 2025-11-25; do
  echo "-- $revision"
  if conformance server --url "$url" --requirements "$revision" --expected-failures "$PWD/expected-failures.yaml" \
    -o "$work/$revision" >"$work/$revision.txt" 2>&1; then
    sed -n '/=== SUMMARY/,$p' "$work/$revision.txt"
  else
    cat "$work/$revision.txt"
    failed=1
  fi
done
exit "$failed"
