// A remote server added by its address alone, as Claude, ChatGPT and VS Code add one: the official SDK of either line does
// the whole way (discovery, registration or a metadata document, authorization, tokens, renewal) while a scripted browser
// signs a person in. Then the official conformance suite's scenarios for authorization servers.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as current from "@modelcontextprotocol/client";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { BINARY, Steps, start } from "./programs.mjs";

const EMAIL = "ana@acme.example";
const PASSWORD = "a long enough password";
const steps = new Steps();

/** A browser: it keeps cookies, follows no redirect by itself, and fills the consent form in. */
class Browser {
  #cookies = new Map();

  async open(url, init = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { ...init, redirect: "manual", headers: { ...init.headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split("=");
      this.#cookies.set(name, value);
    }
    return response;
  }

  /** Signs the person in and lets the client in; the answer is where the browser is sent. */
  async allow(url) {
    const page = await this.open(url);
    const html = await page.text();
    assert.equal(page.status, 200, html.replace(/<style>.*<\/style>/s, ""));
    assert.match(page.headers.get("content-security-policy"), /frame-ancestors 'none'/);
    const request = html.match(/name="request" value="([^"]+)"/)[1];
    const form = { request, email: EMAIL, password: PASSWORD, write: "yes", action: "allow" };
    const sent = await this.open(new URL("consent", url), {
      method: "POST",
      body: new URLSearchParams(form),
      headers: { origin: new URL(url).origin, "sec-fetch-site": "same-origin" },
    });
    assert.equal(sent.status, 303, await sent.text());
    return new URL(sent.headers.get("location"));
  }
}

/** What an MCP host keeps for its client. */
class Host {
  constructor(redirectUrl, { clientMetadataUrl, name = "Host" } = {}) {
    this.redirectUrl = redirectUrl;
    this.clientMetadataUrl = clientMetadataUrl;
    this.clientMetadata = {
      client_name: name,
      redirect_uris: [redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    };
    this.kept = {};
  }
  state = () => "state-of-the-host";
  clientInformation = () => this.kept.client;
  saveClientInformation = (client) => void (this.kept.client = client);
  tokens = () => this.kept.tokens;
  saveTokens = (tokens) => void (this.kept.tokens = tokens);
  saveCodeVerifier = (verifier) => void (this.kept.verifier = verifier);
  codeVerifier = () => this.kept.verifier;
  saveDiscoveryState = (state) => void (this.kept.discovery = state);
  discoveryState = () => this.kept.discovery;
  redirectToAuthorization = (url) => void (this.authorizationUrl = url);
}

const LINES = {
  "sdk 1": {
    refused: UnauthorizedError,
    client: () => new LegacyClient({ name: "e2e", version: "1" }),
    transport: (url, authProvider) => new LegacyTransport(new URL(url), { authProvider }),
    finish: (transport, back) => transport.finishAuth(back.searchParams.get("code")),
  },
  "sdk 2": {
    refused: current.UnauthorizedError,
    client: () =>
      new current.Client({ name: "e2e", version: "1" }, { versionNegotiation: { mode: { pin: "2026-07-28" } } }),
    transport: (url, authProvider) => new current.StreamableHTTPClientTransport(new URL(url), { authProvider }),
    finish: (transport, back) => transport.finishAuth(back.searchParams),
  },
};

/** Adds a server by its address; afterwards the host is let in, and its client is connected. */
async function add(line, url, host) {
  const transport = line.transport(url, host);
  await assert.rejects(line.client().connect(transport), line.refused);
  const back = await new Browser().allow(host.authorizationUrl);
  assert.ok(back.href.startsWith(host.redirectUrl), back.href);
  assert.equal(back.searchParams.get("state"), "state-of-the-host");
  await line.finish(transport, back);
  const client = line.client();
  await client.connect(line.transport(url, host));
  return client;
}

/** A call that must succeed; unlike a list, its answer is never kept by the client. */
async function call(client) {
  const answer = await client.callTool({ name: "find_unassigned_conversations", arguments: { limit: 1 } });
  assert.ok(!answer.isError, JSON.stringify(answer));
}

/** A web site with a metadata document, over https with a certificate of its own authority. */
async function publish(folder) {
  const at = (name) => join(folder, name);
  const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  const fresh = ["-newkey", "rsa:2048", "-nodes", "-days", "2"];
  openssl("req", "-x509", ...fresh, "-subj", "/CN=Test authority", "-keyout", "ca.key", "-out", "ca.pem");
  openssl("req", ...fresh, "-subj", "/CN=localhost", "-keyout", "key.pem", "-out", "request.pem");
  writeFileSync(at("names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n");
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "names", "-days", "2"];
  openssl("x509", "-req", "-in", "request.pem", ...signed, "-out", "certificate.pem");
  const tls = { key: readFileSync(at("key.pem")), cert: readFileSync(at("certificate.pem")) };
  const site = createServer(tls, (request, response) => {
    const document = {
      client_id: `https://localhost:${site.address().port}${request.url}`,
      client_name: "Host with a document",
      // As Claude Code and VS Code publish theirs: without the port that they will listen on.
      redirect_uris: ["http://127.0.0.1/callback", "http://localhost/callback", "https://vscode.dev/redirect"],
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(document));
  });
  site.listen(0, "127.0.0.1");
  await once(site, "listening");
  return { site, authority: at("ca.pem"), url: `https://localhost:${site.address().port}/client.json` };
}

/** The conformance suite asks for a browser by a line of its output; ours goes there. */
async function conformance(url, client, resource) {
  const port = 34567;
  const cli = new URL("node_modules/@modelcontextprotocol/conformance/dist/index.js", import.meta.url).pathname;
  const args = ["authorization", "--url", url, "--client-id", client(port), "--resource", resource, "--port", port];
  const child = spawn(process.execPath, [cli, ...args.map(String)], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  let opened = false;
  child.stdout.setEncoding("utf8").on("data", async (text) => {
    output += text;
    const asked = output.match(/^(http\S+\/authorize\?\S+)$/m);
    if (asked && !opened) {
      opened = true;
      const back = await new Browser().allow(asked[1]);
      await fetch(back);
    }
  });
  const [code] = await once(child, "exit");
  console.log(output.slice(output.lastIndexOf("===")));
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /SKIPPED|FAILURE|WARNING/, output);
}

const folder = mkdtempSync(join(tmpdir(), "frontdesk-authorization-"));
const published = await publish(folder);
const sandbox = await start(["sandbox", "--listen", "127.0.0.1:0"]);
const env = {
  INTERCOM_ACCESS_TOKEN: "",
  INTERCOM_BASE_URL: sandbox.url,
  FRONTDESK_OUTBOUND_ALLOW: "127.0.0.1,::1",
  SSL_CERT_FILE: published.authority,
};
const server = await start(["serve", "--listen", "127.0.0.1:0"], { env });

/** One `frontdesk admin` command on the server's database. */
function admin(args, input = "") {
  const whole = { ...process.env, ...env, FRONTDESK_HOME: server.home };
  return execFileSync(BINARY, ["admin", ...args], { env: whole, input, encoding: "utf8" });
}

try {
  admin(["tenants", "create", "acme"]);
  admin(["tenants", "add-user", "acme", "ana", "--email", EMAIL]);
  admin(["tenants", "set-password", "acme", "ana"], PASSWORD);
  const [connection] = admin(["connections", "create", "acme"], "sandbox-token").split(" ");
  const make = ["endpoints", "create", "acme", "--connection", connection, "--sign-in", "--name", "Inbox"];
  const [endpoint] = admin(make).split(" ");
  const address = `${server.url}/mcp/${endpoint}`;

  const registered = {
    Claude: "https://claude.ai/api/mcp/auth_callback",
    ChatGPT: "https://chatgpt.com/connector_platform_oauth_redirect",
    "VS Code": "http://127.0.0.1:33418/",
    Cursor: "cursor://anysphere.cursor-retrieval/oauth/callback",
  };
  for (const [name, line] of Object.entries(LINES)) {
    for (const [product, redirect] of Object.entries(registered)) {
      await steps.step(`${name}: ${product}'s redirect, by registration`, async () => {
        const host = new Host(redirect, { name: product });
        const client = await add(line, address, host);
        assert.match(host.kept.client.client_id, /^fdc_/);
        const { tools } = await client.listTools();
        assert.ok(tools.length > 5, JSON.stringify(tools));
        await call(client);
        await client.close();
      });
    }
    await steps.step(`${name}: a metadata document, and a port of the moment`, async () => {
      const host = new Host("http://127.0.0.1:51234/callback", { clientMetadataUrl: published.url });
      const client = await add(line, address, host);
      assert.equal(host.kept.client.client_id, published.url);
      assert.ok((await client.listTools()).tools.length > 5);
      // The access token is over: the SDK renews it by itself, and the call goes on.
      const before = host.kept.tokens;
      host.kept.tokens = { ...before, access_token: "fda_over" };
      await call(client);
      assert.notEqual(host.kept.tokens.access_token, before.access_token);
      assert.notEqual(host.kept.tokens.refresh_token, before.refresh_token);
      // The refresh token from before is used up; who brings it again ends the whole grant, and the person is asked anew.
      host.kept.tokens = { ...before, access_token: "fda_over" };
      host.authorizationUrl = undefined;
      await assert.rejects(call(client));
      await client.close();
    });
    await steps.step(`${name}: the server's own address`, async () => {
      const host = new Host("http://127.0.0.1:51234/callback");
      const client = await add(line, `${server.url}/mcp`, host);
      assert.ok((await client.listTools()).tools.length > 5);
      await client.close();
    });
  }

  await steps.step("official conformance: authorization server", async () => {
    const redirect = (port) => `http://127.0.0.1:${port}/callback`;
    const answer = await fetch(`${server.url}/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ client_name: "Conformance", redirect_uris: [redirect(1)] }),
    });
    const { client_id } = await answer.json();
    await conformance(server.url, () => client_id, address);
  });
  steps.report("authorization");
} finally {
  await server.stop();
  await sandbox.stop();
  published.site.close();
  rmSync(folder, { recursive: true, force: true });
}
