// Several `frontdesk serve` over one Postgres and one Redis: what is taken away is gone on all within a second, within a
// second nobody is let in while the database is cut off or the audit log takes nothing, and together they use a connection's allowance without a 429, also when one is
// killed. `node replicas.mjs [CALLS]`; 24,000 is the whole proof, two minutes more.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, callTool, start, Steps } from "./programs.mjs";

const CALLS = Number(process.argv[2] ?? 24_000);
const CALLERS = 12;
/** What the sandbox allows in ten seconds: a sixth of 10,000. */
const WINDOW = 1666;
const POSTGRES = process.env.E2E_POSTGRES ?? "postgres://root@127.0.0.1:5432";
const REDIS = process.env.E2E_REDIS ?? "redis://127.0.0.1:6379";

for (const [name, url] of [["Postgres", POSTGRES], ["Redis", REDIS]]) {
  if (!(await listens(new URL(url)))) {
    console.log(`skipped: no ${name} at ${new URL(url).host}`);
    process.exit(0);
  }
}

const name = `frontdesk_e2e_${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), "frontdesk-keys-"));
sql(`CREATE DATABASE ${name}`);
const sandbox = await start(["sandbox", "--listen", "127.0.0.1:0", "--rate-limit", "10000"]);
const env = {
  FRONTDESK_DATABASE: `${POSTGRES}/${name}`,
  FRONTDESK_REDIS: REDIS,
  FRONTDESK_KEY_FILE: join(folder, "keys"),
  FRONTDESK_UPSTREAM_TIMEOUT: "60",
  INTERCOM_ACCESS_TOKEN: "",
  INTERCOM_BASE_URL: sandbox.url,
};
const replicas = [];
let complaints = 0;
/** Calls that were told to come again, because they could not be recorded in time. */
let turnedAway = 0;
const steps = new Steps();

try {
  for (let i = 0; i < 3; i += 1) replicas.push(await start(["serve", "--listen", "127.0.0.1:0"], { env }));
  admin(["tenants", "create", "acme"]);
  const [connection] = admin(["connections", "create", "acme"], "sandbox-token").split(" ");
  const key = () => admin(["api-keys", "create", "--tenant", "acme", "--role", "owner"]).match(/token: (\S+)/)[1];
  const owner = key();
  const made = async (path, body) => {
    const answer = await api(replicas[0], owner, "POST", path, body);
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    return answer.body;
  };
  const endpoint = (more = {}) => made("/endpoints", { name: "e2e", connection, settings: { toolsets: ["all"] }, ...more });

  await steps.step("an endpoint that is deleted is gone on all three within a second", async () => {
    const { id, token } = await endpoint();
    await goneOnAll((replica) => call(replica, token), () => api(replicas[0], owner, "DELETE", `/endpoints/${id}`));
  });
  await steps.step("a session that is revoked", async () => {
    const { id } = await endpoint();
    assert.equal((await api(replicas[0], owner, "PUT", "/users/ana", {})).status, 200);
    const session = await made("/sessions", { user: "ana", endpoint: id, seconds: 600 });
    await goneOnAll((replica) => call(replica, session.token), () => api(replicas[1], owner, "DELETE", `/sessions/${session.id}`));
  });
  await steps.step("an API key that is revoked", async () => {
    const doomed = key();
    const { items } = (await api(replicas[0], owner, "GET", "/api-keys")).body;
    const { id } = items.find((item) => item.created_at === items.map((other) => other.created_at).sort().at(-1));
    const asks = async (replica) => (await api(replica, doomed, "GET", "/endpoints")).status;
    await goneOnAll(asks, () => api(replicas[2], owner, "DELETE", `/api-keys/${id}`));
  });
  await steps.step("a connection that Intercom refuses", async () => {
    const own = admin(["connections", "create", "acme"], "sandbox-token").split(" ")[0];
    const { token } = await endpoint({ connection: own });
    await goneOnAll(
      async (replica) => ((await served(replica, token)) ? 200 : 0),
      () => api(replicas[0], owner, "DELETE", `/connections/${own}`),
    );
  });
  const { token } = await endpoint();
  await steps.step("with the database cut off nobody is let in, and afterwards all are", async () => {
    await refusedOnAll(token, () => {
      sql(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}'`);
    });
    sql(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
    for (const replica of replicas) await until(async () => (await call(replica, token)) === 200);
  });
  await steps.step("calls that cannot be recorded are refused within a second", async () => {
    await refusedOnAll(token, () => sql("ALTER TABLE audit_entries RENAME TO audit_gone", name));
    sql("ALTER TABLE audit_gone RENAME TO audit_entries", name);
    for (const replica of replicas) await until(async () => (await call(replica, token)) === 200);
  });
  await steps.step("and so they are while the log hangs", async () => {
    let holder;
    await refusedOnAll(token, async () => {
      holder = spawn("psql", ["--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", `${POSTGRES}/${name}`], { stdio: ["pipe", "pipe", "inherit"] });
      holder.stdin.write("BEGIN; LOCK TABLE audit_entries; SELECT 'locked';\n");
      await once(holder.stdout, "data");
    });
    holder.stdin.end("ROLLBACK;\n");
    await once(holder, "exit");
    for (const replica of replicas) await until(async () => (await call(replica, token)) === 200);
  });
  await steps.step("they share a connection's allowance, also when one is killed", () => storm(token));
} finally {
  for (const replica of replicas) await replica.stop();
  await sandbox.stop();
  sql(`DROP DATABASE ${name} WITH (FORCE)`);
  rmSync(folder, { recursive: true, force: true });
}
steps.report(`three replicas, ${CALLS} calls`);

/** Calls through all replicas; the third is killed when half of them are made. */
async function storm(token) {
  complaints = 0;
  const [{ windows: before }, half] = [await summary(), CALLS / 2];
  let left = CALLS;
  let failed = 0;
  const dead = new Set();
  const caller = async (replica) => {
    while (left-- > 0 && !dead.has(replica)) {
      if (left === half) {
        dead.add(replicas[2]);
        process.kill(replicas[2].pid, "SIGKILL");
      }
      const good = await patiently(replica, token).catch(() => false);
      if (!good && !dead.has(replica)) failed += 1;
    }
  };
  await Promise.all(replicas.flatMap((replica) => Array.from({ length: CALLERS }, () => caller(replica))));
  const { windows } = await summary();
  // The first window is cut short by the start, the last by the end.
  const full = windows.slice(before.length + 1, -1);
  const stormy = windows.slice(before.length);
  for (const window of stormy) console.log(`window ${window.start}: ${window.requests} requests, ${window.limited} limited`);
  assert.equal(failed, 0, `${failed} calls failed`);
  assert.ok(full.length >= 2, "too few calls to fill two windows");
  // The steps before ran on several connections of one app, whose allowances are not shared.
  assert.equal(stormy.reduce((sum, window) => sum + window.limited, 0), 0, "a 429");
  const least = Math.min(...full.map((window) => window.requests));
  assert.ok(least >= WINDOW * 0.95, `a full window used only ${least} of ${WINDOW}`);
  console.log(`${full.length} full windows, least used ${((100 * least) / WINDOW).toFixed(1)} %, no 429; ${turnedAway} calls came again after a 503`);
}

/** A call as a good client makes it: turned away with 503, it comes again. */
async function patiently(replica, token) {
  const answer = await mcp(replica, token);
  if (answer.status !== 503) return isGood(answer);
  turnedAway += 1;
  await answer.text();
  await new Promise((resolve) => setTimeout(resolve, 1000 * Number(answer.headers.get("retry-after") ?? 1)));
  return patiently(replica, token);
}

async function summary() {
  return (await fetch(`${sandbox.url}/__sandbox/requests?summary=1`)).json();
}

/** Does something that must end what `asks` is told 200 for; says how long each replica took. */
async function goneOnAll(asks, act) {
  for (const replica of replicas) assert.equal(await asks(replica), 200);
  const { status } = await act();
  assert.ok(status < 300, `status ${status}`);
  const since = performance.now();
  const took = await Promise.all(
    replicas.map(async (replica) => {
      await until(async () => (await asks(replica)) !== 200);
      return Math.round(performance.now() - since);
    }),
  );
  console.log(`gone after ${took.join(", ")} ms`);
  assert.ok(Math.max(...took) < 1000, took.join());
}

/** Does something after which no call may be let in; says how long each replica took to refuse one that reads and one that writes. */
async function refusedOnAll(token, act) {
  for (const replica of replicas) assert.equal(await call(replica, token), 200);
  await act();
  const since = performance.now();
  const tag = (replica) => callTool(replica.url, token, "create_or_update_tag", { name: "e2e" });
  const kinds = [(replica) => mcp(replica, token), tag];
  const took = await Promise.all(
    replicas.flatMap((replica) =>
      kinds.map(async (ask) => {
        await until(async () => {
          const answer = await ask(replica);
          await answer.text();
          // As fast as they can, those that are still let in would use up the connection's allowance, and wait for that.
          await new Promise((resolve) => setTimeout(resolve, 10));
          return answer.status === 503;
        });
        return Math.round(performance.now() - since);
      }),
    ),
  );
  console.log(`refused after ${took.join(", ")} ms`);
  assert.ok(Math.max(...took) < 1000, took.join());
}

async function until(holds) {
  const since = Date.now();
  while (!(await holds())) assert.ok(Date.now() - since < 10_000, "it did not come about in ten seconds");
}

/** The status of a tool call. */
async function call(replica, token) {
  return (await mcp(replica, token)).status;
}

/** Whether a tool call was answered well. */
async function served(replica, token) {
  return isGood(await mcp(replica, token));
}

async function isGood(answer) {
  const text = await answer.text();
  const body = answer.status === 200 ? JSON.parse(text) : {};
  const good = Boolean(body.result && !body.result.isError);
  if (!good && complaints++ < 3) console.log(`${answer.status} ${text}`);
  return good;
}

function mcp(replica, token) {
  return callTool(replica.url, token, "get_me");
}

async function api(replica, key, method, path, body) {
  const answer = await fetch(`${replica.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: text && JSON.parse(text) };
}

function admin(args, input = "") {
  return execFileSync(BINARY, ["admin", ...args], { env: { ...process.env, ...env, FRONTDESK_HOME: folder }, input, encoding: "utf8" });
}

function sql(text, database = "postgres") {
  execFileSync("psql", ["--quiet", "--no-psqlrc", "--output=/dev/null", "--command", text, `${POSTGRES}/${database}`], { stdio: "inherit" });
}

function listens(url) {
  return new Promise((resolve) => {
    const socket = createConnection(Number(url.port), url.hostname);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
