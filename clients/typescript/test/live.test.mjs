// Against a live server: FRONTDESK_URL, FRONTDESK_API_KEY (a tenant's developer key), FRONTDESK_CONNECTION.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Frontdesk, FrontdeskError } from "../dist/index.js";

const { FRONTDESK_URL, FRONTDESK_API_KEY, FRONTDESK_CONNECTION } = process.env;
const desk = new Frontdesk(FRONTDESK_URL, FRONTDESK_API_KEY);
let endpoint;

before(async () => {
  endpoint = await desk.createEndpoint({
    name: "typescript",
    connection: FRONTDESK_CONNECTION,
    toolsets: ["inbox"],
    ceiling: "read",
  });
});

test("an endpoint tells its token once", async () => {
  const first = await desk.createEndpoint({ name: "same", idempotencyKey: "typescript-1" });
  const replay = await desk.createEndpoint({ name: "same", idempotencyKey: "typescript-1" });
  assert.equal(first.id, replay.id);
  assert.ok(first.token);
  assert.equal(replay.token, undefined);
});

test("tools come in three forms", async () => {
  for (const format of ["mcp", "anthropic", "openai"]) {
    const tools = await desk.listScopedTools(endpoint.id, undefined, format);
    const names = tools.map((tool) => tool.name ?? tool.function.name);
    assert.ok(names.includes("search_conversations"), format);
    assert.ok(!names.includes("reply_to_conversation"), format);
  }
});

test("a tool is executed", async () => {
  const found = await desk.executeTool("find_unassigned_conversations", { limit: 2 }, { endpoint: endpoint.id });
  assert.equal(found.isError, false, found.text);
  assert.equal(found.structured.items.length, 2);
  assert.ok(found.allowance.remaining > 0);
});

test("a failed tool says why", async () => {
  const answer = await desk.executeTool("get_contact", { id: "nobody" }, { endpoint: endpoint.id });
  assert.equal(answer.isError, true);
  assert.match(answer.text, /nobody/);
});

test("a refusal is an error", async () => {
  const refused = (status) => (error) => error instanceof FrontdeskError && error.status === status;
  await assert.rejects(desk.executeTool("no_such_tool", {}, { endpoint: endpoint.id }), refused(404));
  await assert.rejects(new Frontdesk(FRONTDESK_URL, "fdk_wrong").listScopedTools(endpoint.id), refused(401));
});

test("a person gets a link to connect by", async () => {
  await desk.putUser("ben", { name: "Ben" });
  const link = await desk.authorizeLink({ user: "ben", seconds: 60 });
  assert.ok(link.url.startsWith("https://desk.example/connect/"), link.url);
  await assert.rejects(
    desk.authorizeLink({ user: "ben", returnTo: "https://elsewhere.example" }),
    (error) => error instanceof FrontdeskError && error.status === 422,
  );
});

test("a person gets a session", async () => {
  await desk.putUser("ana", { name: "Ana" });
  const session = await desk.createSession("ana", endpoint.id, 60);
  assert.ok(session.token.startsWith("fds_"));
});

test("an endpoint has controls", async () => {
  const masked = await desk.createEndpoint({
    name: "controlled",
    connection: FRONTDESK_CONNECTION,
    ceiling: "read",
    controls: { mask: { email: true }, budgets: { calls: { per_day: 1 } } },
  });
  const found = await desk.executeTool("search_contacts", { per_page: 3 }, { endpoint: masked.id });
  assert.match(found.text, /\*\*\*@/);
  await assert.rejects(
    desk.executeTool("search_contacts", { per_page: 3 }, { endpoint: masked.id }),
    (error) => error instanceof FrontdeskError && error.status === 429 && error.retryAfter > 0,
  );
  await desk.changeEndpoint(masked.id, { ceiling: "read" });
  await assert.rejects(
    desk.createEndpoint({ name: "wrong", controls: { confirm: ["no_such_tool"] } }),
    (error) => error instanceof FrontdeskError && /no_such_tool/.test(error.detail),
  );
});

test("usage is summed up", async () => {
  await desk.executeTool("get_me", {}, { endpoint: endpoint.id });
  const end = Date.now() + 10_000;
  let own = [];
  // Counts reach the database within a second.
  while (own.length === 0 && Date.now() < end) {
    own = (await desk.usage({ by: "endpoint" })).filter((row) => row.endpoint === endpoint.id);
  }
  assert.deepEqual(own.map((row) => row.day), [undefined]);
  assert.ok(own[0].calls > 0);
});
