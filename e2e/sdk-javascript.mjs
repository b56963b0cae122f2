// Intercom's official JavaScript SDK (intercom-client 7.0.3, which asks for API 2.14) against the sandbox.
import assert from "node:assert/strict";
import { IntercomClient, IntercomError } from "intercom-client";
import { Steps, start } from "./programs.mjs";

const sandbox = await start(["sandbox", "--listen", "127.0.0.1:0"]);
const client = new IntercomClient({ token: "sandbox-token", baseUrl: sandbox.url });
const steps = new Steps();
const call = (name, work) => steps.step(name, work);
const count = async (pager) => {
  const seen = new Set();
  for await (const item of pager) {
    assert.ok(item.id, "an item without id");
    assert.ok(!seen.has(item.id), `item ${item.id} came twice`);
    seen.add(item.id);
  }
  return seen.size;
};
const refused = async (status, work) => {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof IntercomError, `${error}`);
    assert.equal(error.statusCode, status, JSON.stringify(error.body));
    assert.equal(error.body.type, "error.list");
    assert.ok(error.body.errors[0].code);
    return error.body.errors[0];
  }
  assert.fail(`expected ${status}`);
};
const single = (field, operator, value) => ({ query: { field, operator, value } });

try {
  // People of the workspace.
  const me = await call("admins.identify", () => client.admins.identify());
  assert.ok(me.id && me.app.id_code);
  const admins = await call("admins.list", () => client.admins.list());
  assert.equal(admins.admins.filter((admin) => admin.type === "admin").length >= 6, true);
  await call("admins.find", async () => assert.equal((await client.admins.find({ admin_id: Number(me.id) })).id, me.id));
  await call("admins.away", () => client.admins.away({ admin_id: Number(me.id), away_mode_enabled: true, away_mode_reassign: false }));
  await call("admins.away back", () => client.admins.away({ admin_id: Number(me.id), away_mode_enabled: false, away_mode_reassign: false }));
  const { teams } = await call("teams.list", () => client.teams.list());
  assert.equal(teams.length, 4);
  await call("teams.find", async () => assert.equal((await client.teams.find({ team_id: teams[0].id })).name, teams[0].name));

  // Contacts.
  const everyone = await call("contacts.list to the end", async () => count(await client.contacts.list({ per_page: 15 })));
  assert.equal(everyone, 40);
  const mail = `ada.${Date.now()}@example.com`;
  const ada = await call("contacts.create", () => client.contacts.create({ email: mail, name: "Ada Byron", custom_attributes: { plan: "pro" } }));
  assert.equal(ada.role, "user");
  const conflict = await call("contacts.create twice is 409", () => refused(409, () => client.contacts.create({ email: mail })));
  assert.match(conflict.message, new RegExp(ada.id));
  await call("contacts.find", async () => assert.equal((await client.contacts.find({ contact_id: ada.id })).email, mail));
  await call("contacts.update", async () => {
    const updated = await client.contacts.update({ contact_id: ada.id, name: "Ada Lovelace", external_id: `x-${ada.id}` });
    assert.equal(updated.name, "Ada Lovelace");
  });
  await call("contacts.showContactByExternalId", async () =>
    assert.equal((await client.contacts.showContactByExternalId({ external_id: `x-${ada.id}` })).id, ada.id));
  await call("contacts.search by e-mail", async () => {
    const page = await client.contacts.search(single("email", "=", mail));
    assert.deepEqual(page.data.map((contact) => contact.id), [ada.id]);
  });
  await call("contacts.search to the end", async () => {
    const query = { operator: "OR", value: [{ field: "role", operator: "=", value: "user" }, { field: "role", operator: "=", value: "lead" }] };
    assert.equal(await count(await client.contacts.search({ query, pagination: { per_page: 7 } })), everyone + 1);
  });
  await call("contacts.find unknown is 404", () => refused(404, () => client.contacts.find({ contact_id: "5ba682d23d7cf92bef87bfd4" })));
  const lead = await call("contacts.create lead", () => client.contacts.create({ role: "lead", name: "Ada again" }));
  await call("contacts.mergeLeadInUser", async () => assert.equal((await client.contacts.mergeLeadInUser({ from: lead.id, into: ada.id })).id, ada.id));
  await call("a merged contact is gone", () => refused(404, () => client.contacts.find({ contact_id: lead.id })));
  await call("contacts.archive", async () => assert.equal((await client.contacts.archive({ contact_id: ada.id })).archived, true));
  await call("contacts.unarchive", async () => assert.equal((await client.contacts.unarchive({ contact_id: ada.id })).archived, false));

  // Companies.
  const acme = await call("companies.createOrUpdate", () => client.companies.createOrUpdate({ company_id: "acme-e2e", name: "Acme", plan: "Fleet" }));
  await call("companies.createOrUpdate again", async () =>
    assert.equal((await client.companies.createOrUpdate({ company_id: "acme-e2e", name: "Acme Ltd" })).id, acme.id));
  await call("companies.find", async () => assert.equal((await client.companies.find({ company_id: acme.id })).name, "Acme Ltd"));
  await call("companies.retrieve", async () => assert.equal((await client.companies.retrieve({ company_id: "acme-e2e" })).id, acme.id));
  await call("contacts.attach company", async () => assert.equal((await client.companies.attachContact({ contact_id: ada.id, id: acme.id })).id, acme.id));
  await call("companies.listAttachedContacts", async () =>
    assert.deepEqual((await client.companies.listAttachedContacts({ company_id: acme.id })).data.map((one) => one.id), [ada.id]));
  await call("contacts.listAttachedCompanies", async () =>
    assert.equal(await count(await client.contacts.listAttachedCompanies({ contact_id: ada.id })), 1));
  const listed = await call("companies.list to the end", async () => count(await client.companies.list({ per_page: 5 })));
  const scrolled = await call("companies.scroll to the end", async () => count(await client.companies.scroll()));
  assert.ok(listed >= 12 && scrolled >= 12, `${listed} listed, ${scrolled} scrolled`);
  await call("companies.detachContact", () => client.companies.detachContact({ contact_id: ada.id, company_id: acme.id }));
  await call("companies.update", async () =>
    assert.equal((await client.companies.update({ company_id: acme.id, body: { name: "Acme Inc" } })).name, "Acme Inc"));
  await call("companies.delete", async () => assert.equal((await client.companies.delete({ company_id: acme.id })).deleted, true));
  await call("companies.find deleted is 404", () => refused(404, () => client.companies.find({ company_id: acme.id })));

  // Tags.
  const tag = await call("tags.create", () => client.tags.create({ name: "e2e" }));
  await call("tags.list", async () => assert.ok((await client.tags.list()).data.some((one) => one.id === tag.id)));
  await call("tags.find", async () => assert.equal((await client.tags.find({ tag_id: tag.id })).name, "e2e"));
  await call("tags.tagContact", () => client.tags.tagContact({ contact_id: ada.id, id: tag.id }));
  await call("contacts.listAttachedTags", async () =>
    assert.deepEqual((await client.contacts.listAttachedTags({ contact_id: ada.id })).data.map((one) => one.id), [tag.id]));
  await call("tags.untagContact", () => client.tags.untagContact({ contact_id: ada.id, tag_id: tag.id }));

  // A conversation from its first message to a ticket.
  const message = await call("conversations.create", () =>
    client.conversations.create({ from: { type: "user", id: ada.id }, body: "My e-bike shows error E07.", created_at: 1700000000 }));
  const conversation_id = message.conversation_id;
  const fresh = await call("conversations.find", () => client.conversations.find({ conversation_id }));
  assert.equal(fresh.created_at, 1700000000);
  assert.match(fresh.source.body, /E07/);
  await call("conversations.reply as admin", async () => {
    const after = await client.conversations.reply({
      conversation_id,
      body: { message_type: "comment", type: "admin", admin_id: me.id, body: "<p>Please restart the display.</p>" },
    });
    const parts = after.conversation_parts.conversation_parts;
    assert.match(parts.at(-1).body, /restart the display/);
  });
  await call("conversations.reply as note", () =>
    client.conversations.reply({ conversation_id, body: { message_type: "note", type: "admin", admin_id: me.id, body: "Known fault." } }));
  await call("conversations.manage assign", async () => {
    const after = await client.conversations.manage({
      conversation_id,
      body: { message_type: "assignment", type: "team", admin_id: me.id, assignee_id: teams[0].id },
    });
    assert.equal(String(after.team_assignee_id), teams[0].id);
  });
  await call("conversations.manage snooze", async () => {
    const until = Math.floor(Date.now() / 1000) + 3600;
    const after = await client.conversations.manage({ conversation_id, body: { message_type: "snoozed", admin_id: me.id, snoozed_until: until } });
    assert.equal(after.state, "snoozed");
  });
  await call("conversations.manage open", async () => {
    const after = await client.conversations.manage({ conversation_id, body: { message_type: "open", admin_id: me.id } });
    assert.equal(after.state, "open");
  });
  await call("conversations.manage close", async () => {
    const after = await client.conversations.manage({ conversation_id, body: { message_type: "close", type: "admin", admin_id: me.id } });
    assert.equal(after.state, "closed");
  });
  await call("conversations.reply as contact reopens", async () => {
    const after = await client.conversations.reply({
      conversation_id,
      body: { message_type: "comment", type: "user", intercom_user_id: ada.id, body: "Still there." },
    });
    assert.equal(after.state, "open");
  });
  await call("conversations.update", async () => {
    const after = await client.conversations.update({ conversation_id, read: true, title: "Error E07" });
    assert.equal(after.title, "Error E07");
  });
  await call("tags.tagConversation", () => client.tags.tagConversation({ conversation_id, id: tag.id, admin_id: me.id }));
  await call("conversations.search by tag", async () => {
    const page = await client.conversations.search(single("tag_ids", "=", tag.id));
    assert.deepEqual(page.data.map((one) => one.id), [conversation_id]);
  });
  await call("tags.untagConversation (DELETE with a body)", () =>
    client.tags.untagConversation({ conversation_id, tag_id: tag.id, admin_id: me.id }));
  const second = await call("contacts.create second", () => client.contacts.create({ email: `b.${mail}` }));
  await call("conversations.attachContactAsAdmin", async () => {
    const after = await client.conversations.attachContactAsAdmin({ conversation_id, admin_id: me.id, customer: { intercom_user_id: second.id } });
    assert.equal(after.contacts.contacts.length, 2);
  });
  await call("conversations.detachContactAsAdmin", () =>
    client.conversations.detachContactAsAdmin({ conversation_id, contact_id: second.id, admin_id: me.id }));
  const { data: types } = await call("ticketTypes.list", () => client.ticketTypes.list());
  const customerType = types.find((type) => type.category === "Customer");
  assert.ok(customerType);
  const converted = await call("conversations.convertToTicket", () =>
    client.conversations.convertToTicket({ conversation_id, ticket_type_id: customerType.id, attributes: {} }));
  assert.equal(converted.category, "Customer");
  const total = await call("conversations.list to the end", async () => count(await client.conversations.list({ per_page: 40 })));
  assert.ok(total >= 150, `${total} conversations`);
  await call("conversations.search to the end", async () =>
    assert.ok((await count(await client.conversations.search({ ...single("created_at", ">", 0), pagination: { per_page: 50 } }))) >= 150));
  await call("conversations.find unknown is 404", () => refused(404, () => client.conversations.find({ conversation_id: "1" })));
  await call("conversations.reply to unknown is 404", () =>
    refused(404, () => client.conversations.reply({ conversation_id: "1", body: { message_type: "comment", type: "admin", admin_id: me.id, body: "?" } })));
  const part = fresh.conversation_parts.conversation_parts[0]?.id ?? (await client.conversations.find({ conversation_id })).conversation_parts.conversation_parts[0].id;
  await call("conversations.redactConversationPart", () =>
    client.conversations.redactConversationPart({ type: "conversation_part", conversation_id, conversation_part_id: part }));

  // Tickets.
  const ticket = await call("tickets.create", () =>
    client.tickets.create({
      ticket_type_id: customerType.id,
      contacts: [{ id: ada.id }],
      ticket_attributes: { _default_title_: "Frame is cracked", _default_description_: "Near the head tube." },
    }));
  await call("tickets.get", async () => assert.equal((await client.tickets.get({ ticket_id: ticket.id })).id, ticket.id));
  await call("tickets.reply", () =>
    client.tickets.reply({ ticket_id: ticket.id, body: { message_type: "comment", type: "admin", admin_id: me.id, body: "We are on it." } }));
  const { data: states } = await call("ticketStates.listTicketStates", () => client.ticketStates.listTicketStates());
  const progress = states.find((state) => state.category === "in_progress");
  await call("tickets.update", async () => {
    const after = await client.tickets.update({ ticket_id: ticket.id, ticket_state_id: progress.id });
    assert.equal(after.ticket_state.category, "in_progress");
  });
  await call("tickets.search to the end", async () =>
    assert.ok((await count(await client.tickets.search({ ...single("created_at", ">", 0), pagination: { per_page: 6 } }))) > 12));
  await call("tags.tagTicket", () => client.tags.tagTicket({ ticket_id: ticket.id, id: tag.id, admin_id: me.id }));
  await call("tags.untagTicket", () => client.tags.untagTicket({ ticket_id: ticket.id, tag_id: tag.id, admin_id: me.id }));
  const job = await call("tickets.enqueueCreateTicket", () =>
    client.tickets.enqueueCreateTicket({ ticket_type_id: customerType.id, contacts: [{ id: ada.id }], ticket_attributes: { _default_title_: "Later" } }));
  await call("jobs.status", async () => assert.ok(["pending", "success"].includes((await client.jobs.status({ job_id: job.id })).status)));
  await call("tickets.deleteTicket", async () => assert.equal((await client.tickets.deleteTicket({ ticket_id: ticket.id })).deleted, true));
  await call("tickets.get deleted is 404", () => refused(404, () => client.tickets.get({ ticket_id: ticket.id })));

  // Knowledge.
  const articles = await call("articles.list to the end", async () => count(await client.articles.list({ per_page: 10 })));
  assert.ok(articles >= 30, `${articles} articles`);
  const article = await call("articles.create", () =>
    client.articles.create({ title: "Error E07", author_id: Number(me.id), body: "<p>Restart the display.</p>", state: "draft" }));
  await call("articles.update", async () =>
    assert.equal((await client.articles.update({ article_id: Number(article.id), state: "published" })).state, "published"));
  await call("articles.find", async () => assert.equal((await client.articles.find({ article_id: Number(article.id) })).title, "Error E07"));
  await call("articles.search", async () =>
    assert.ok((await client.articles.search({ phrase: "E07" })).data.articles.some((one) => one.id === article.id)));
  await call("articles.delete", async () => assert.equal((await client.articles.delete({ article_id: Number(article.id) })).deleted, true));
  await call("helpCenters.collections.list", async () => assert.ok((await count(await client.helpCenters.collections.list())) >= 5));
  await call("helpCenters.list", async () => assert.equal(await count(await client.helpCenters.list()), 1));
  await call("internalArticles.listInternalArticles", async () =>
    assert.ok((await client.internalArticles.listInternalArticles()).data.length >= 6));

  // Notes, segments, subscriptions, events, attributes, messages.
  const note = await call("notes.create", () => client.notes.create({ contact_id: ada.id, body: "Rides daily.", admin_id: me.id }));
  await call("notes.find", async () => assert.equal((await client.notes.find({ note_id: Number(note.id) })).id, note.id));
  await call("notes.list", async () => assert.equal(await count(await client.notes.list({ contact_id: ada.id })), 1));
  const { segments } = await call("segments.list", () => client.segments.list({ include_count: true }));
  await call("segments.find", () => client.segments.find({ segment_id: segments[0].id }));
  await call("contacts.listAttachedSegments", () => client.contacts.listAttachedSegments({ contact_id: ada.id }));
  const { data: kinds } = await call("subscriptionTypes.list", () => client.subscriptionTypes.list());
  await call("contacts.attachSubscription", () =>
    client.contacts.attachSubscription({ contact_id: ada.id, id: kinds[0].id, consent_type: kinds[0].consent_type }));
  await call("contacts.listAttachedSubscriptions", async () =>
    assert.ok((await client.contacts.listAttachedSubscriptions({ contact_id: ada.id })).data.length >= 1));
  await call("contacts.detachSubscription", () => client.contacts.detachSubscription({ contact_id: ada.id, subscription_id: kinds[0].id }));
  const now = Math.floor(Date.now() / 1000);
  await call("events.create", () => client.events.create({ id: ada.id, event_name: "test-ride", created_at: now, metadata: { bike: "Gravel 3" } }));
  await call("events.list", async () => {
    const answer = await client.events.list({ intercom_user_id: ada.id, type: "user" });
    assert.equal(answer.events[0].event_name, "test-ride");
  });
  await call("dataAttributes.list", async () => assert.ok((await client.dataAttributes.list({ model: "contact" })).data.length > 5));
  await call("messages.create", () =>
    client.messages.create({ message_type: "inapp", body: "Your bike is ready.", from: { type: "admin", id: Number(me.id) }, to: { type: "user", id: ada.id } }));

  // Refusals, and the SDK's own retries.
  await call("a malformed search is refused", () => refused(400, () => client.contacts.search(single("no_such_field", "=", "x"))));
  await call("an e-mail without a subject is 422", () =>
    refused(422, () => client.messages.create({ message_type: "email", body: "Hi", template: "plain", from: { type: "admin", id: Number(me.id) }, to: { type: "user", id: ada.id } })));
  await call("a wrong token is 401", () =>
    refused(401, () => new IntercomClient({ token: "wrong", baseUrl: sandbox.url, maxRetries: 0 }).admins.list()));
  await call("a 429 is retried by the SDK", async () => {
    await control("faults", { operation: "list_teams", times: 1, kind: "429" });
    assert.equal((await client.teams.list()).teams.length, 4);
  });
  await call("a 503 is retried by the SDK", async () => {
    await control("faults", { operation: "list_teams", times: 1, kind: "503" });
    assert.equal((await client.teams.list()).teams.length, 4);
  });
  await call("conversations.deleteConversation", async () =>
    assert.equal((await client.conversations.deleteConversation({ conversation_id: Number(conversation_id) })).deleted, true));
  await call("contacts.blockContact", async () => assert.equal((await client.contacts.blockContact({ contact_id: second.id })).blocked, true));
  await call("contacts.delete", async () => assert.equal((await client.contacts.delete({ contact_id: ada.id })).deleted, true));
  await call("tags.delete", () => client.tags.delete({ tag_id: tag.id }));
  steps.report("intercom-client 7.0.3");
} finally {
  await sandbox.stop();
}

async function control(path, body) {
  const answer = await fetch(`${sandbox.url}/__sandbox/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.text()}`);
}
