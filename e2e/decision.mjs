// How long it takes from a webhook to the agent's decision, with the embedded models, and how much memory it has then.
// `node decision.mjs [QUESTIONS]`: the messages on which the models are measured, one after the other. The
// quiet period, a tenth of a second in which the customer might write more, is not counted. A decision is made when its plan is on disk. `E2E_LIMIT` and `E2E_MEMORY` are what must be held: the p95 in
// milliseconds, and MB.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { Database, Shop, quantile, serve, until } from "./desk.mjs";

const QUESTIONS = Number(process.argv[2] ?? 400);
const [LIMIT, MEMORY] = ["E2E_LIMIT", "E2E_MEMORY"].map((name) => Number(process.env[name] ?? Infinity));
/** Seconds; the shortest there is. */
const QUIET = 0.1;
const HELD = new URL("../crates/agent/data/held/", import.meta.url);

const database = await Database.open("sqlite");
const shop = await Shop.open();
let server;
try {
  server = await serve(shop, database, { FRONTDESK_AGENT_QUIET: String(QUIET) });
  const messages = held();
  const ids = [];
  // The first one waits for the models; it is not counted.
  await shop.tell(server.url);
  for (let i = 0; i <= QUESTIONS; i += 1) {
    const id = await shop.begin(messages[i % messages.length], shop.customers[i % shop.customers.length]);
    await until(`its turn acted: ${messages[i % messages.length]}`, async () => acted(await shop.seen(id)), i === 0 ? 600 : 60);
    if (i > 0) ids.push(id);
  }
  report(ids);
} finally {
  await server?.stop();
  await shop.close();
  database.close();
}

function acted({ replies, handovers }) {
  return replies.length + handovers.length > 0;
}

function held() {
  const lines = readdirSync(HELD).sort().flatMap((name) => readFileSync(new URL(name, HELD), "utf8").split("\n"));
  const messages = lines.filter((line) => line.trim() !== "" && !/^[=#]/.test(line));
  // A fixed order in which the kinds are mixed.
  return messages.map((text, i) => [(i * 7919) % messages.length, text]).sort((a, b) => a[0] - b[0]).map(([, text]) => text);
}

function report(ids) {
  const rows = database.rows(
    `SELECT t.conversation_id, s.created_at - d.received_at - ${QUIET * 1000} FROM turns t JOIN deliveries d ON d.id = t.delivery_id ` +
      "JOIN turn_steps s ON s.turn_id = t.id AND s.kind = 'plan' ORDER BY s.created_at",
  );
  const counted = new Set(ids);
  const times = rows.filter(([id]) => counted.has(id)).map(([, ms]) => Number(ms)).sort((a, b) => a - b);
  const memory = readFileSync(`/proc/${server.pid}/status`, "utf8");
  const mb = (name) => Number(memory.match(new RegExp(`${name}:\\s+(\\d+)`))[1]) / 1024;
  const [now, most] = [mb("VmRSS"), mb("VmHWM")];
  const ms = (share) => quantile(times, share);
  console.log(`${times.length} questions: webhook to decision p50 ${ms(0.5)} ms, p95 ${ms(0.95)}, p99 ${ms(0.99)}, longest ${times.at(-1)}`);
  console.log(`memory of the server: ${now.toFixed(0)} MB, at most ${most.toFixed(0)} MB`);
  assert.equal(times.length, ids.length, "a decision for each question");
  assert.ok(ms(0.95) <= LIMIT, `p95 ${ms(0.95)} ms`);
  assert.ok(most <= MEMORY, `${most} MB`);
  console.log("1 passed, 0 failed");
}
