// So many webhooks a second for so long: how soon each is answered, and that each is kept; then so many of them again, as
// a replay would send them: each has had its one effect. `node webhooks.mjs [RATE] [SECONDS] [REPLAYS] [ENGINES]`;
// 2500 60 100000 is the whole proof.
//
// Requests leave at fixed times, whatever the answers do, and each is timed from the moment when it was due. The program
// tells how far its own clock was behind. A few of the notifications are customers' questions, which the agent answers
// meanwhile on the same cores. `E2E_LIMIT` is the p99 in milliseconds that must be held.
import assert from "node:assert/strict";
import { CALM, Database, HOOK, Shop, quantile, serve, signature, until } from "./desk.mjs";
import { Line } from "./line.mjs";

const [RATE, SECONDS, REPLAYS] = [2500, 60, 100_000].map((usual, place) => Number(process.argv[2 + place] ?? usual));
const ENGINES = (process.argv[5] ?? "sqlite,postgres").split(",");
const LIMIT = Number(process.env.E2E_LIMIT ?? Infinity);
const CONNECTIONS = 128;
/** Of so many notifications one is a customer's question. */
const QUESTIONS = 500;
const COUNT = RATE * SECONDS;
/** Where the notifications come from. */
let workspace;
/** What begins no turn. */
const TOPICS = ["conversation.admin.replied", "conversation.admin.closed", "conversation.read", "contact.created", "contact.tag.created"];

for (const engine of ENGINES) await ordeal(engine);

async function ordeal(engine) {
  const database = await Database.open(engine);
  if (!database) return;
  const shop = await Shop.open();
  let server;
  try {
    ({ workspace } = await shop.control("GET", ""));
    const questions = [];
    for (let i = 0; i < COUNT; i += QUESTIONS) questions.push(await shop.begin(CALM, shop.customers[i % shop.customers.length]));
    server = await serve(shop, database, { FRONTDESK_AGENT_QUIET: "0.1" });
    const make = (i) => body(i, questions);
    const warm = await shop.begin(CALM);
    assert.equal((await fire(server.url, 1, 1000, () => question("warm", warm))).bad.length, 0);
    await until("the first answer", async () => (await shop.seen(warm)).replies.length === 1);

    const first = await fire(server.url, COUNT, RATE, make);
    tell(`${engine}: ${COUNT} webhooks at ${RATE} a second`, first);
    const kept = database.number("SELECT count(*) FROM deliveries") - 1;
    const since = Date.now();
    const replayed = await fire(server.url, REPLAYS, RATE, (i) => make(i % COUNT));
    tell(`${engine}: ${REPLAYS} of them again`, replayed);
    const again = database.number("SELECT count(*) FROM deliveries") - 1;
    const waiting = "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'running')";
    await until("the queue is empty", () => database.number(waiting) === 0, 1800);
    console.log(`${engine}: the queue was empty ${((Date.now() - since) / 1000).toFixed(0)} s after the last new one`);

    const wrong = [];
    for (const id of [warm, ...questions]) {
      const { replies } = await shop.seen(id);
      if (replies.length !== 1) wrong.push(`${id}: ${replies.length} replies`);
    }
    const claimed = database.number("SELECT count(*) FROM deliveries WHERE attempts > 1 OR state <> 'done'");
    const turns = database.number("SELECT count(*) FROM turns");
    console.log(`${engine}: ${kept} kept, ${again} after the replay; ${questions.length + 1} questions, ${turns} turns, ${wrong.length} not answered once; ${claimed} dealt with more than once`);
    assert.deepEqual([first.bad, replayed.bad], [[], []], "an answer other than 200");
    assert.deepEqual([kept, again, turns, claimed], [COUNT, COUNT, questions.length + 1, 0]);
    assert.deepEqual(wrong, []);
    assert.ok(first.p99 < LIMIT, `p99 ${first.p99} ms`);
    console.log("1 passed, 0 failed");
  } finally {
    await server?.stop();
    await shop.close();
    database.close();
  }
}

/** The notification of that number; the same number gives the same one. */
function body(i, questions) {
  if (i % QUESTIONS === 0) return question(`n${i}`, questions[i / QUESTIONS]);
  const item = {
    type: "conversation", id: `9${i}`, created_at: 1_790_000_000, updated_at: 1_790_000_000 + i, state: "open", open: true, read: false,
    title: null, priority: "not_priority", admin_assignee_id: null, team_assignee_id: null,
    source: { type: "conversation", id: `s${i}`, delivered_as: "customer_initiated", subject: "", body: "<p>My order of last week has not arrived yet, and the tracking page says nothing.</p>", author: { type: "user", id: `u${i}`, name: "Ana", email: `u${i}@shop.example` }, attachments: [] },
    contacts: { type: "contact.list", contacts: [{ type: "contact", id: `c${i}`, external_id: `e${i}` }] },
    tags: { type: "tag.list", tags: [] }, statistics: null, sla_applied: null, teammates: null,
    conversation_parts: { type: "conversation_part.list", total_count: 1, conversation_parts: [{ type: "conversation_part", id: `p${i}`, part_type: "comment", body: "<p>Thank you, we look into it.</p>", created_at: 1_790_000_000 + i, author: { type: "admin", id: "7002", name: "Sam" }, attachments: [] }] },
  };
  return envelope(`n${i}`, TOPICS[i % TOPICS.length], item);
}

function question(id, conversation) {
  const source = { type: "conversation", id: `s${conversation}`, body: `<p>${CALM}</p>`, author: { type: "user", id: "u" } };
  return envelope(id, "conversation.user.created", { type: "conversation", id: conversation, source });
}

function envelope(id, topic, item) {
  const data = { type: "notification_event_data", item };
  const text = JSON.stringify({ type: "notification_event", app_id: workspace, data, links: {}, id: `notif_${id}`, topic, delivery_status: "pending", delivery_attempts: 1, delivered_at: 0, first_sent_at: 1_790_000_000, created_at: 1_790_000_000, self: null });
  return Buffer.from(text);
}

function tell(title, { times, late, p99, bad, took }) {
  const ms = (share) => quantile(times, share).toFixed(1);
  console.log(
    `${title}, really ${Math.round(times.length / took)}: answered in p50 ${ms(0.5)} ms, p95 ${ms(0.95)}, p99 ${p99.toFixed(1)}, ` +
      `p99.9 ${ms(0.999)}, longest ${times.at(-1).toFixed(1)}; ${bad.length} refused; the sender was late by p99 ${quantile(late, 0.99).toFixed(1)} ms`,
  );
}

/** Sends so many, so many a second, whatever the answers do. */
async function fire(url, count, rate, make) {
  const { hostname, port } = new URL(url);
  const idle = [];
  const queue = [];
  const [times, late, bad] = [[], [], []];
  const head = `POST ${HOOK} HTTP/1.1\r\nhost: ${hostname}:${port}\r\ncontent-type: application/json\r\n`;
  const began = performance.now() + 20;
  const lines = await Promise.all(Array.from({ length: Math.min(CONNECTIONS, count) }, () => Line.open(hostname, Number(port))));
  idle.push(...lines);
  await new Promise((resolve) => {
    const ship = () => {
      while (queue.length > 0 && idle.length > 0) {
        const { i, due } = queue.shift();
        const line = idle.pop();
        const bytes = make(i);
        const text = `${head}x-hub-signature: ${signature(bytes)}\r\ncontent-length: ${bytes.length}\r\n\r\n`;
        line.send(Buffer.concat([Buffer.from(text), bytes]), (status) => {
          times.push(performance.now() - due);
          if (status !== 200) bad.push(status);
          if (times.length === count) resolve();
          idle.push(line);
          if (queue.length > 0) ship();
        });
      }
    };
    let next = 0;
    const tick = () => {
      const now = performance.now();
      for (; next < count; next += 1) {
        const due = began + (next * 1000) / rate;
        if (due > now) break;
        late.push(now - due);
        queue.push({ i: next, due });
      }
      ship();
      if (next < count) setTimeout(tick, 1);
    };
    tick();
  });
  const took = (performance.now() - began) / 1000;
  for (const line of lines) line.end();
  for (const list of [times, late]) list.sort((a, b) => a - b);
  return { times, late, bad, took, p99: quantile(times, 0.99) };
}
