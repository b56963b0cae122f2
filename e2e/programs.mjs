// Starts Frontdesk's programs for a test and stops them with it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const BINARY = process.env.FRONTDESK_BIN ?? new URL("../target/release/frontdesk", import.meta.url).pathname;

/** Starts `frontdesk ARGS…`; the answer holds the addresses that its first lines name. */
export async function start(args, { env = {}, addresses = 1 } = {}) {
  const home = mkdtempSync(join(tmpdir(), "frontdesk-e2e-"));
  const child = spawn(BINARY, args, {
    env: { ...process.env, FRONTDESK_HOME: home, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  const found = [];
  const ready = new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      const url = line.match(/https?:\/\/[\w.:[\]-]+/)?.[0];
      if (url && found.length < addresses) found.push(url);
      if (found.length === addresses) resolve();
    });
    child.once("exit", (code) => reject(new Error(`frontdesk ${args[0]} ended with ${code} before it was ready`)));
  });
  await ready;
  for (const url of found) await untilReady(url);
  return {
    url: found[0],
    urls: found,
    home,
    pid: child.pid,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        await once(child, "exit");
      }
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function untilReady(url) {
  const answer = await fetch(`${url}/readyz`);
  if (answer.status !== 200) throw new Error(`${url}/readyz answered ${answer.status}`);
}

/** Calls a tool in the stateless protocol. */
export function callTool(url, token, name, args = {}) {
  const version = "2026-07-28";
  const meta = { "io.modelcontextprotocol/protocolVersion": version, "io.modelcontextprotocol/clientCapabilities": {} };
  return fetch(`${url}/mcp`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": version,
      "mcp-method": "tools/call",
      "mcp-name": name,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args, _meta: meta } }),
    signal: AbortSignal.timeout(120_000),
  });
}

/** Counts named steps; a failed one ends the program with its name. */
export class Steps {
  #done = 0;
  #failed = 0;

  async step(name, work) {
    try {
      const value = await work();
      this.#done += 1;
      return value;
    } catch (error) {
      this.#failed += 1;
      console.error(`FAILED ${name}: ${error.stack ?? error}`);
      throw error;
    }
  }

  /** Prints the count in a form that test readers know. */
  report(title) {
    console.log(`${title}:`);
    console.log(`${this.#done} passed, ${this.#failed} failed`);
  }
}
