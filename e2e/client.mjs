// The official MCP client of either era, and what a tool answered.
import assert from "node:assert/strict";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";

export const ERAS = { "2025-11-25": "legacy", "2026-07-28": { pin: "2026-07-28" } };

/** Connects over HTTP with a bearer token. */
export async function overHttp(url, token, era) {
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
    requestInit: { headers: { authorization: `Bearer ${token}` } },
  });
  return connect(transport, era);
}

/** Connects to a program over its standard input and output. */
export async function overStdio(command, args, env, era) {
  return connect(new StdioClientTransport({ command, args, env: { ...process.env, ...env } }), era);
}

async function connect(transport, era) {
  const client = new Client({ name: "frontdesk-e2e", version: "1.0.0" }, { versionNegotiation: { mode: ERAS[era] } });
  await client.connect(transport);
  return client;
}

/** Calls a tool that must succeed, and gives its structured answer. */
export async function call(client, name, args = {}) {
  const result = await client.callTool({ name, arguments: args });
  assert.ok(!result.isError, `${name}: ${result.content?.[0]?.text}`);
  return result.structuredContent ?? JSON.parse(result.content[0].text);
}

/** Calls a tool that must fail, and gives what it says. */
export async function refused(client, name, args = {}) {
  const result = await client.callTool({ name, arguments: args });
  assert.ok(result.isError, `${name} succeeded: ${JSON.stringify(result)}`);
  return result.content[0].text;
}
