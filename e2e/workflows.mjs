// Two pieces of a support person's work, done through MCP by the official client and checked in the sandbox's state.
import assert from "node:assert/strict";
import { BINARY, Steps, start } from "./programs.mjs";
import { ERAS, call, overHttp, overStdio } from "./client.mjs";

const TOKEN = "e2e-token";
const steps = new Steps();

for (const era of Object.keys(ERAS)) {
  const demo = await start(["demo", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0"], {
    env: { FRONTDESK_TOKEN: TOKEN },
    addresses: 2,
  });
  const [gateway, sandbox] = demo.urls;
  const client = await overHttp(gateway, TOKEN, era);
  try {
    await steps.step(`${era}: tools are listed`, async () => {
      const { tools } = await client.listTools();
      assert.ok(tools.length <= 25 && tools.some((tool) => tool.name === "reply_to_conversation"), `${tools.length} tools`);
      assert.ok(tools.every((tool) => tool.annotations && typeof tool.annotations.readOnlyHint === "boolean"));
    });
    await steps.step(`${era}: a customer who forgot a password gets an answer`, () => answerPasswordReset(client, sandbox));
    await steps.step(`${era}: a company's open ticket gets a summary and moves on`, () => summarizeIntoTicket(client, sandbox));
  } finally {
    await client.close();
    await demo.stop();
  }
}

const sandbox = await start(["sandbox", "--listen", "127.0.0.1:0"]);
for (const era of Object.keys(ERAS)) {
  const env = { INTERCOM_ACCESS_TOKEN: "sandbox-token", INTERCOM_BASE_URL: sandbox.url, FRONTDESK_HOME: sandbox.home };
  const client = await overStdio(BINARY, ["stdio"], env, era);
  await steps.step(`${era}: over stdio`, () => answerPasswordReset(client, sandbox.url));
  await client.close();
}
await sandbox.stop();
steps.report("workflows");

/** Finds who waits about a password reset, reads, looks the answer up, and replies. */
async function answerPasswordReset(client, sandbox) {
  const waiting = await call(client, "find_unassigned_conversations", { older_than_hours: 0, limit: 50 });
  assert.ok(waiting.items.length > 0, "nobody waits");
  const { conversations } = await call(client, "search_conversations", {
    query: {
      operator: "AND",
      value: [
        { field: "state", operator: "=", value: "open" },
        { field: "source.body", operator: "~", value: "password" },
      ],
    },
    per_page: 50,
  });
  const unassigned = new Set(waiting.items.map((item) => item.id));
  const found = conversations.find((conversation) => unassigned.has(conversation.id));
  assert.ok(found, "no unassigned conversation about a password");
  const thread = await call(client, "get_conversation", { id: found.id });
  assert.ok(!/<\/?(p|div|br)\b/i.test(thread.transcript), "HTML in a transcript");
  const articles = await call(client, "search_articles", { phrase: "password" });
  const list = articles.articles ?? articles.data?.articles ?? articles.items;
  assert.ok(list.length > 0, "the help center says nothing");
  const article = await call(client, "get_article", { id: String(list[0].id) });
  const words = `Our article "${article.title}" shows each step, says desk ${Math.random()}.`;
  await call(client, "reply_to_conversation", { conversation_id: found.id, body: words });
  await call(client, "close_conversation", { conversation_id: found.id });
  const state = await (await fetch(`${sandbox}/conversations/${found.id}`, { headers: { authorization: "Bearer sandbox-token" } })).json();
  assert.equal(state.state, "closed");
  const said = state.conversation_parts.conversation_parts.filter((part) => part.part_type === "comment" && part.body?.includes(words.slice(-25)));
  assert.equal(said.length, 1, "the reply is not there exactly once");
}

/** Finds a company's contact with an open ticket and three conversations, and writes them up in the ticket. */
async function summarizeIntoTicket(client, sandbox) {
  const open = await call(client, "search_tickets", { query: { field: "open", operator: "=", value: true }, limit: 50 });
  const headers = { authorization: "Bearer sandbox-token" };
  for (const row of open.items) {
    const ticket = await (await fetch(`${sandbox}/tickets/${row.id}`, { headers })).json();
    const contact = ticket.contacts.contacts[0]?.id;
    if (!contact || ticket.category !== "Customer") continue;
    const history = await call(client, "get_contact_history", { contact_id: contact, limit: 20 });
    const recent = history.items.filter((item) => item.kind === "conversation").slice(0, 3);
    if (recent.length < 3) continue;
    const threads = [];
    for (const { id } of recent) threads.push(await call(client, "get_conversation", { id }));
    const summary = `Last three conversations: ${threads.map((thread) => thread.title ?? thread.id).join("; ")}`;
    await call(client, "call_tool", {
      name: "reply_ticket",
      arguments: { ticket_id: row.id, message_type: "note", body: summary },
    });
    const states = await call(client, "call_tool", { name: "list_ticket_states", arguments: {} });
    const next = (states.items ?? states.data).find((state) => state.category === "in_progress" && state.id !== ticket.ticket_state.id);
    const target = next ?? (states.items ?? states.data).find((state) => state.category === "resolved");
    await call(client, "call_tool", { name: "update_ticket", arguments: { ticket_id: row.id, ticket_state_id: String(target.id) } });
    const after = await (await fetch(`${sandbox}/tickets/${row.id}`, { headers })).json();
    assert.equal(after.ticket_state.category, target.category);
    assert.ok(after.ticket_parts.ticket_parts.some((part) => part.part_type === "note" && part.body.includes("Last three")));
    return;
  }
  assert.fail("no contact has an open ticket and three conversations");
}
