#!/usr/bin/env bash
# Installs two peers into .peers for `cargo bench -p frontdesk --bench road -- --peers`: servers that make MCP tools
# out of an OpenAPI description. FRONTDESK_DESCRIPTIONS names the folder that holds Intercom's official 2.14.yaml.
set -euo pipefail
cd "$(dirname "$0")"
descriptions=$(cd "${FRONTDESK_DESCRIPTIONS:-../../shared/intercom/openapi}" && pwd)

mkdir -p .peers
[ -x .peers/venv/bin/python ] || python3 -m venv .peers/venv
.peers/venv/bin/pip install --quiet 'fastmcp==4.1.*' pyyaml
npm install --silent --no-fund --no-audit --no-save --prefix .peers @ivotoby/openapi-mcp-server@1 node@22
.peers/venv/bin/python -c 'import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), open(sys.argv[2], "w"), default=str)' \
  "$descriptions/2.14.yaml" .peers/description.json

cat >.peers/fastmcp_server.py <<'PY'
import json, os, socket
import httpx2
from fastmcp import FastMCP

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
print(f"http://127.0.0.1:{port}", flush=True)
description = json.load(open(os.path.join(os.path.dirname(__file__), "description.json")))
client = httpx2.AsyncClient(base_url=os.environ["UPSTREAM"], headers={"authorization": "Bearer bench"})
server = FastMCP.from_openapi(openapi_spec=description, client=client, validate_output=False)
server.run(transport="http", host="127.0.0.1", port=port, stateless_http=True, json_response=True, show_banner=False, log_level="error")
PY

cat >.peers/ivotoby.sh <<'SH'
#!/bin/sh
cd "$(dirname "$0")"
exec node_modules/.bin/node node_modules/@ivotoby/openapi-mcp-server/bin/mcp-server.js --api-base-url "$UPSTREAM" \
  --openapi-spec ./description.json --headers "authorization:Bearer bench" --name bench
SH
chmod +x .peers/ivotoby.sh

contact='{"contact_id":"66f0aa00bb11cc22dd33ee55"}'
tab=$(printf '\t')
here=$PWD/.peers
{
  echo "FastMCP from_openapi (Python)${tab}http${tab}ShowContact${tab}${contact}${tab}$here/venv/bin/python $here/fastmcp_server.py 2>/dev/null"
  echo "@ivotoby/openapi-mcp-server (TypeScript)${tab}stdio${tab}show-contact${tab}${contact}${tab}$here/ivotoby.sh"
} >.peers/list
echo "installed: $(cut -f 1 .peers/list | paste -sd, -)"
