#!/usr/bin/env bash
# Makes a desktop bundle: build.sh BINARY OUT.mcpb
#
# BINARY must run on this machine: its own default list is what the manifest tells of the tools. The official packer
# validates the manifest, packs, and opens the result again.
set -euo pipefail

if [ $# -ne 2 ] || [ ! -x "$1" ]; then
  echo "usage: $0 BINARY OUT.mcpb, where BINARY is frontdesk for this machine" >&2
  exit 2
fi
binary=$(realpath "$1")
mkdir -p "$(dirname "$2")"
out=$(realpath "$(dirname "$2")")/$(basename "$2")
cd "$(dirname "$0")"

mcpb=node_modules/@anthropic-ai/mcpb/dist/cli/cli.js
[ -f "$mcpb" ] || npm ci --no-fund --no-audit

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/bundle/server" "$work/home"

# Neither the settings nor the configuration file of whoever builds may change what the manifest says.
for setting in "${!FRONTDESK_@}" "${!INTERCOM_@}"; do unset "$setting"; done
FRONTDESK_HOME="$work/home" "$binary" tools list --json >"$work/tools.json"

case "$binary" in *.exe) program=frontdesk.exe ;; *) program=frontdesk ;; esac
install -m 755 "$binary" "$work/bundle/server/$program"
install -m 644 icon.png ../../LICENSE "$work/bundle"
node manifest.mjs "$work/tools.json" "$program" >"$work/bundle/manifest.json"

node "$mcpb" validate "$work/bundle/manifest.json"
rm -f "$out"
node "$mcpb" pack "$work/bundle" "$out"
node "$mcpb" info "$out"
node "$mcpb" unpack "$out" "$work/opened" >/dev/null
diff -r "$work/bundle" "$work/opened"
[ -x "$work/opened/server/$program" ] || { echo "the program lost its right to run" >&2; exit 1; }
echo "made $out"
