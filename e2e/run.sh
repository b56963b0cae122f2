#!/usr/bin/env bash
# Frontdesk against programs that its authors did not write. Installs what it needs (Node 22, the SDKs, Python's SDK)
# into this folder, and runs every suite on the release binary; `./run.sh NAME…` runs some of them.
set -euo pipefail
cd "$(dirname "$0")"

suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(inspector conformance sdk-javascript sdk-python workflows burst bundle)

[ -d node_modules/intercom-client ] || npm ci --no-fund --no-audit
export PATH="$PWD/node_modules/.bin:$PATH"

for suite in "${suites[@]}"; do
  echo "== $suite"
  case "$suite" in
    inspector | workflows | bundle) node "$suite.mjs" ;;
    sdk-javascript) node sdk-javascript.mjs ;;
    sdk-python)
      [ -x .venv/bin/python ] || python3 -m venv .venv
      .venv/bin/python -c 'import intercom' 2>/dev/null || .venv/bin/pip install --quiet --requirement requirements.txt
      .venv/bin/python sdk_python.py
      ;;
    burst) node burst.mjs 6000 ;;
    burst-long) node burst.mjs 20000 ;;
    conformance) ./conformance.sh ;;
    *)
      echo "no suite is called $suite" >&2
      exit 2
      ;;
  esac
done
