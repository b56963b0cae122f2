// Key rotation under load: while calls come at a steady rate, every stored credential moves from key to key and no call
// fails; the server, and `frontdesk admin keys rotate`, are killed with SIGKILL at random moments, and the next start goes
// on. `node rotation.mjs [KILLS]`; 40 is the whole proof, some minutes. E2E_RATE is the calls a second, E2E_SEED repeats a
// run, E2E_ENGINE=postgres puts it on Postgres.
import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { BINARY, callTool, start, Steps } from "./programs.mjs";

const KILLS = Number(process.argv[2] ?? 40);
const ROTATIONS = 10;
const CONNECTIONS = 60;
const RATE = Number(process.env.E2E_RATE ?? 500);
/** Calls that may be under way at once: a machine that is too slow gets fewer calls a second, not an endless queue. */
const MOST = 100;
const SEED = Number(process.env.E2E_SEED ?? Date.now() % 1_000_000);
const POSTGRES = process.env.E2E_ENGINE === "postgres" ? (process.env.E2E_POSTGRES ?? "postgres://root@127.0.0.1:5432") : null;

console.log(`E2E_SEED=${SEED}`);
const random = mulberry32(SEED);
const home = mkdtempSync(join(tmpdir(), "frontdesk-rotation-"));
const name = `frontdesk_rotation_${process.pid}`;
if (POSTGRES) sql(`CREATE DATABASE ${name}`);
const sandbox = await start(["sandbox", "--listen", "127.0.0.1:0", "--rate-limit", "600000000"]);
const env = {
  FRONTDESK_HOME: home,
  FRONTDESK_DATABASE: POSTGRES ? `${POSTGRES}/${name}` : join(home, "desk.db"),
  INTERCOM_ACCESS_TOKEN: "",
  INTERCOM_BASE_URL: sandbox.url,
  FRONTDESK_UPSTREAM_TIMEOUT: "60",
};
/** The running server; none while it is down. */
let server = await serve();
/** Counts the servers that were killed. */
let killed = 0;
const load = { over: false, good: 0, wrong: [], again: 0, cut: 0, running: 0, began: 0 };
const steps = new Steps();

try {
  const desk = await furnish();
  const calls = keepCalling(desk);
  await steps.step(`${ROTATIONS} rotations, each with its old key retired`, async () => {
    for (let i = 0; i < ROTATIONS; i += 1) {
      const [old] = keys();
      await admin("keys", "rotate");
      await admin("keys", "retire", old.id);
    }
    assert.equal(keys().filter((key) => key.state === "Retired").length, ROTATIONS);
    assert.equal(load.cut, 0, "no call may be cut off while nothing is killed");
  });
  const quiet = load.good;
  console.log(`${quiet} good calls in ${((Date.now() - load.began) / 1000).toFixed(1)} s, ${load.again} came again after a 503`);
  assert.deepEqual(load.wrong, []);
  await steps.step(`${KILLS} kills at random moments`, async () => {
    for (let i = 0; i < KILLS; i += 1) {
      await (i % 2 === 0 ? killServer() : killRotation());
      await allAnswer(desk);
    }
  });
  await steps.step("what was broken off is brought to its end", async () => {
    await admin("keys", "rotate");
    const [newest, ...others] = keys();
    assert.equal(newest.credentials, CONNECTIONS, JSON.stringify(newest));
    for (const key of others) {
      assert.equal(key.credentials, 0, JSON.stringify(key));
      if (key.state !== "Retired") await admin("keys", "retire", key.id);
    }
    await allAnswer(desk);
  });
  load.over = true;
  await calls;
  console.log(`${load.good} good calls, ${load.again} came again after a 503, ${load.cut} were cut off by a kill, ${killed} servers killed`);
  await steps.step("no call failed", () => assert.deepEqual(load.wrong, []));
  assert.ok(load.good > quiet, "calls went on");
} finally {
  load.over = true;
  if (server) await server.stop();
  await sandbox.stop();
  if (POSTGRES) sql(`DROP DATABASE ${name} WITH (FORCE)`);
  rmSync(home, { recursive: true, force: true });
}
steps.report(`key rotation under ${RATE} calls a second`);

/** Connections whose tokens are different admins', each with an endpoint. */
async function furnish() {
  const { ids: admins } = await (await fetch(`${sandbox.url}/__sandbox/state/admins`)).json();
  await admin("tenants", "create", "acme");
  const made = await admin("api-keys", "create", "--tenant", "acme", "--role", "owner");
  const owner = made.match(/token: (\S+)/)[1];
  const post = async (path, body) => {
    const headers = { authorization: `Bearer ${owner}`, "content-type": "application/json" };
    let answer;
    // As a good client: told that the database is busy, it comes again.
    do answer = await fetch(`${server.url}/api/v1${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    while (answer.status === 503 && (await answer.text(), await sleep(250), true));
    assert.equal(answer.status, 201, await answer.clone().text());
    return answer.json();
  };
  const desk = [];
  for (let i = 0; i < CONNECTIONS; i += 1) {
    const [token, who] = [`token-${i}`, admins[i % admins.length]];
    const given = await fetch(`${sandbox.url}/__sandbox/tokens`, { method: "POST", body: JSON.stringify({ token, admin_id: Number(who) }) });
    assert.equal(given.status, 200, await given.clone().text());
    const { id: connection } = await post("/connections", { access_token: token, region: "us" });
    const endpoint = await post("/endpoints", { name: token, connection, settings: { toolsets: ["all"] } });
    desk.push({ token: endpoint.token, who });
  }
  return desk;
}

/** Begins RATE calls a second until it is over. */
async function keepCalling(desk) {
  load.began = Date.now();
  let due = load.began;
  while (!load.over) {
    due += 1000 / RATE;
    const wait = due - Date.now();
    if (wait > 0) await sleep(wait);
    if (load.running >= MOST) due = Date.now();
    else if (server) void oneOf(desk);
  }
  while (load.running > 0) await sleep(10);
}

async function oneOf(desk) {
  load.running += 1;
  await right(desk[Math.floor(random() * desk.length)]);
  load.running -= 1;
}

/** One call, made again after a 503; whatever a running server answers to it must be right. */
async function right(seat) {
  for (;;) {
    const at = server;
    if (!at) return false;
    const outcome = await call(at, seat);
    if (outcome === "good") {
      load.good += 1;
      return true;
    }
    if (at !== server) {
      load.cut += 1;
      return false;
    }
    if (outcome !== "again") {
      load.wrong.push(outcome);
      return false;
    }
    load.again += 1;
    await sleep(100);
  }
}

async function call(at, { token, who }) {
  try {
    const answer = await callTool(at.url, token, "get_me");
    const text = await answer.text();
    if (answer.status === 503) return "again";
    const result = answer.status === 200 ? JSON.parse(text).result : null;
    const me = result && !result.isError ? (result.structuredContent ?? JSON.parse(result.content[0].text)) : {};
    return String(me.id) === String(who) ? "good" : `${answer.status} ${text}`;
  } catch (error) {
    return String(error.cause ?? error);
  }
}

/** Every credential opens, and is its own connection's. */
async function allAnswer(desk) {
  for (const seat of desk) assert.ok(await right(seat), `${seat.who} is not answered: ${load.wrong}`);
}

async function killServer() {
  const rotating = admin("keys", "rotate");
  await pause();
  const old = server;
  server = null;
  killed += 1;
  process.kill(old.pid, "SIGKILL");
  server = await serve();
  await rotating;
}

async function killRotation() {
  const rotation = spawn(BINARY, ["admin", "keys", "rotate"], { env: { ...process.env, ...env }, stdio: "ignore" });
  const ended = once(rotation, "exit");
  await pause();
  rotation.kill("SIGKILL");
  await ended;
}

/** Up to as long as a rotation takes. */
function pause() {
  return sleep(random() * 400);
}

function serve() {
  return start(["serve", "--listen", "127.0.0.1:0"], { env });
}

/** The keyring, the key that seals first. */
function keys() {
  const text = execFileSync(BINARY, ["admin", "keys", "list"], { env: { ...process.env, ...env }, encoding: "utf8" });
  return text.trim().split("\n").map((line) => {
    const [, id, state, credentials] = line.match(/^(\S+) +(\w+) +(\d+) credentials$/);
    return { id, state, credentials: Number(credentials) };
  });
}

async function admin(...words) {
  const { stdout } = await promisify(execFile)(BINARY, ["admin", ...words], { env: { ...process.env, ...env } });
  return stdout;
}

function sql(text) {
  execFileSync("psql", ["--quiet", "--no-psqlrc", "--output=/dev/null", "--command", text, `${POSTGRES}/postgres`], { stdio: "inherit" });
}

/** A small seeded generator. */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
