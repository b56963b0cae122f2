"""Intercom's official Python SDK (python-intercom 5.0.1, which names no API version) against the sandbox."""

import time

from intercom import Intercom
from intercom.core.api_error import ApiError

from programs import Steps, post, started

call = Steps()


def refused(status, work):
    """Runs what must be refused, and gives the first error of the envelope."""
    try:
        work()
    except ApiError as error:
        assert error.status_code == status, f"{error.status_code}: {error.body}"
        body = error.body if isinstance(error.body, dict) else error.body.dict()
        assert body["type"] == "error.list", body
        return body["errors"][0]
    raise AssertionError(f"expected {status}")


def unique(pager):
    """Counts a pager's items to the end; none may come twice."""
    ids = [item.id for item in pager]
    assert len(ids) == len(set(ids)), "an item came twice"
    return len(ids)


def search_to_end(search, field, per_page):
    """The SDK's search pagers repeat the first page, so the cursor is passed by hand."""
    ids, cursor = [], None
    while True:
        pagination = {"per_page": per_page, **({"starting_after": cursor} if cursor else {})}
        page = search(query={"field": field, "operator": ">", "value": "0"}, pagination=pagination)
        ids += [item.id for item in page.items]
        following = page.response.pages.next if page.response.pages else None
        if not following or not following.starting_after:
            assert len(ids) == len(set(ids)), "an item came twice"
            return len(ids)
        cursor = following.starting_after


def people(client):
    me = call("admins.identify", client.admins.identify)
    admins = call("admins.list", client.admins.list)
    assert len(admins.admins) >= 6
    call("admins.find", lambda: client.admins.find(admin_id=int(me.id)))
    call("admins.away", lambda: client.admins.away(admin_id=int(me.id), away_mode_enabled=True, away_mode_reassign=False))
    call("admins.away back", lambda: client.admins.away(admin_id=int(me.id), away_mode_enabled=False, away_mode_reassign=False))
    teams = call("teams.list", client.teams.list).teams
    assert len(teams) == 4
    assert call("teams.find", lambda: client.teams.find(team_id=teams[0].id)).name == teams[0].name
    return me, teams


def contacts(client):
    everyone = call("contacts.list to the end", lambda: unique(client.contacts.list(per_page=15)))
    assert everyone == 40, everyone
    mail = f"grace.{time.time_ns()}@example.com"
    grace = call("contacts.create", lambda: client.contacts.create(request={"email": mail, "name": "Grace"}))
    conflict = call("contacts.create twice is 409", lambda: refused(409, lambda: client.contacts.create(request={"email": mail})))
    assert grace.id in conflict["message"], conflict
    assert call("contacts.find", lambda: client.contacts.find(contact_id=grace.id)).email == mail
    renamed = call("contacts.update", lambda: client.contacts.update(contact_id=grace.id, name="Grace Hopper", external_id=f"x-{grace.id}"))
    assert renamed.name == "Grace Hopper"
    found = call("contacts.show_contact_by_external_id", lambda: client.contacts.show_contact_by_external_id(external_id=f"x-{grace.id}"))
    assert found.id == grace.id
    hits = call("contacts.search", lambda: client.contacts.search(query={"field": "email", "operator": "=", "value": mail}))
    assert [hit.id for hit in hits.items] == [grace.id]
    assert call("contacts.search to the end", lambda: search_to_end(client.contacts.search, "created_at", 7)) >= 40
    call("contacts.find unknown is 404", lambda: refused(404, lambda: client.contacts.find(contact_id="5ba682d23d7cf92bef87bfd4")))
    lead = call("contacts.create lead", lambda: client.contacts.create(request={"role": "lead", "name": "Grace too"}))
    merged = call("contacts.merge_lead_in_user", lambda: client.contacts.merge_lead_in_user(
        lead_id=lead.id, contact_id=grace.id, request_options={"additional_body_parameters": {"skip_duplicate_validation": True}}))
    assert merged.id == grace.id
    assert call("contacts.archive", lambda: client.contacts.archive(contact_id=grace.id)).archived
    assert not call("contacts.unarchive", lambda: client.contacts.unarchive(contact_id=grace.id)).archived
    return grace


def companies(client, grace):
    acme = call("companies.create_or_update", lambda: client.companies.create_or_update(request={"company_id": "acme-py", "name": "Acme"}))
    assert call("companies.find", lambda: client.companies.find(company_id=acme.id)).name == "Acme"
    assert call("companies.retrieve", lambda: client.companies.retrieve(company_id="acme-py")).id == acme.id
    call("companies.attach_contact", lambda: client.companies.attach_contact(contact_id=grace.id, company_id=acme.id))
    attached = call("companies.list_attached_contacts", lambda: client.companies.list_attached_contacts(company_id=acme.id))
    assert [one.id for one in attached.data] == [grace.id]
    assert call("contacts.list_attached_companies", lambda: unique(client.contacts.list_attached_companies(contact_id=grace.id))) == 1
    assert call("companies.list to the end", lambda: unique(client.companies.list(per_page=5))) >= 12
    assert call("companies.scroll to the end", lambda: unique(client.companies.scroll())) >= 12
    call("companies.detach_contact", lambda: client.companies.detach_contact(contact_id=grace.id, company_id=acme.id))
    assert call("companies.update", lambda: client.companies.update(company_id=acme.id, request={"name": "Acme Inc"})).name == "Acme Inc"
    assert call("companies.delete", lambda: client.companies.delete(company_id=acme.id)).deleted


def conversation(client, me, teams, grace, tag):
    message = call("conversations.create", lambda: client.conversations.create(
        from_={"type": "user", "id": grace.id}, body="My display shows E07.", created_at=1700000000))
    id = message.conversation_id
    fresh = call("conversations.find", lambda: client.conversations.find(conversation_id=id))
    assert fresh.created_at == 1700000000 and "E07" in fresh.source.body
    replied = call("conversations.reply", lambda: client.conversations.reply(
        conversation_id=id, request={"message_type": "comment", "type": "admin", "admin_id": me.id, "body": "Please restart it."}))
    parts = replied.conversation_parts.conversation_parts
    assert "restart" in parts[-1].body
    call("conversations.reply with a note", lambda: client.conversations.reply(
        conversation_id=id, request={"message_type": "note", "type": "admin", "admin_id": me.id, "body": "Known."}))
    for step, request, state in [
        ("assign", {"message_type": "assignment", "type": "team", "admin_id": me.id, "assignee_id": teams[0].id}, "open"),
        ("snooze", {"message_type": "snoozed", "admin_id": me.id, "snoozed_until": int(time.time()) + 3600}, "snoozed"),
        ("open", {"message_type": "open", "admin_id": me.id}, "open"),
        ("close", {"message_type": "close", "type": "admin", "admin_id": me.id}, "closed"),
    ]:
        after = call(f"conversations.manage {step}", lambda: client.conversations.manage(conversation_id=id, request=request))
        assert after.state == state, (step, after.state)
    after = call("conversations.reply as the contact reopens", lambda: client.conversations.reply(
        conversation_id=id, request={"message_type": "comment", "type": "user", "intercom_user_id": grace.id, "body": "Still."}))
    assert after.state == "open"
    assert call("conversations.update", lambda: client.conversations.update(conversation_id=id, read=True, title="E07")).title == "E07"
    call("tags.tag_conversation", lambda: client.tags.tag_conversation(conversation_id=id, tag_id=tag.id, admin_id=me.id))
    hits = call("conversations.search", lambda: client.conversations.search(query={"field": "tag_ids", "operator": "=", "value": tag.id}))
    assert [hit.id for hit in hits.items] == [id]
    call("tags.untag_conversation (DELETE with a body)", lambda: client.tags.untag_conversation(conversation_id=id, tag_id=tag.id, admin_id=me.id))
    assert call("conversations.list to the end", lambda: unique(client.conversations.list(per_page=40))) >= 150
    assert call("conversations.search to the end", lambda: search_to_end(client.conversations.search, "created_at", 50)) >= 150
    call("conversations.find unknown is 404", lambda: refused(404, lambda: client.conversations.find(conversation_id="1")))
    return id


def tickets(client, me, grace, tag, conversation_id):
    types = call("ticket_types.list", client.ticket_types.list).data
    kind = next(one for one in types if one.category == "Customer")
    call("ticket_types.get", lambda: client.ticket_types.get(ticket_type_id=kind.id))
    converted = call("conversations.convert_to_ticket", lambda: client.conversations.convert_to_ticket(
        conversation_id=int(conversation_id), ticket_type_id=kind.id))
    assert converted.category == "Customer"
    ticket = call("tickets.create", lambda: client.tickets.create(ticket_type_id=kind.id, contacts=[{"id": grace.id}]))
    assert call("tickets.get", lambda: client.tickets.get(ticket_id=ticket.id)).id == ticket.id
    call("tickets.reply", lambda: client.tickets.reply(
        ticket_id=ticket.id, request={"message_type": "comment", "type": "admin", "admin_id": me.id, "body": "On it."}))
    states = call("ticket_states.list_ticket_states", client.ticket_states.list_ticket_states).data
    progress = next(state for state in states if state.category == "in_progress")
    updated = call("tickets.update", lambda: client.tickets.update(ticket_id=ticket.id, ticket_state_id=progress.id))
    state = updated.ticket_state
    assert (state if isinstance(state, str) else state.category) == "in_progress"
    call("tags.tag_ticket", lambda: client.tags.tag_ticket(ticket_id=ticket.id, tag_id=tag.id, admin_id=me.id))
    call("tags.untag_ticket", lambda: client.tags.untag_ticket(ticket_id=ticket.id, tag_id=tag.id, admin_id=me.id))
    assert call("tickets.search to the end", lambda: search_to_end(client.tickets.search, "created_at", 6)) > 12
    assert call("tickets.delete_ticket", lambda: client.tickets.delete_ticket(ticket_id=ticket.id)).deleted
    call("tickets.get deleted is 404", lambda: refused(404, lambda: client.tickets.get(ticket_id=ticket.id)))


def knowledge(client, me):
    assert call("articles.list to the end", lambda: unique(client.articles.list(per_page=10))) >= 30
    article = call("articles.create", lambda: client.articles.create(
        request={"title": "Error E07", "author_id": int(me.id), "body": "<p>Restart.</p>", "state": "draft"}))
    assert call("articles.update", lambda: client.articles.update(article_id=int(article.id), state="published")).state == "published"
    assert call("articles.find", lambda: client.articles.find(article_id=int(article.id))).title == "Error E07"
    hits = call("articles.search", lambda: client.articles.search(phrase="E07")).data.articles
    assert article.id in [hit.id for hit in hits]
    assert call("articles.delete", lambda: client.articles.delete(article_id=int(article.id))).deleted
    assert call("help_centers.collections.list", lambda: unique(client.help_centers.collections.list())) >= 5
    assert call("help_centers.list", lambda: unique(client.help_centers.list())) == 1
    assert len(call("internal_articles.list", client.internal_articles.list_internal_articles).data) >= 6


def the_rest(client, me, grace, url):
    note = call("notes.create", lambda: client.notes.create(contact_id=grace.id, body="Rides daily.", admin_id=me.id))
    assert call("notes.find", lambda: client.notes.find(note_id=int(note.id))).id == note.id
    assert call("notes.list", lambda: unique(client.notes.list(contact_id=grace.id))) == 1
    segments = call("segments.list", lambda: client.segments.list(include_count=True)).segments
    call("segments.find", lambda: client.segments.find(segment_id=segments[0].id))
    kinds = call("subscription_types.list", client.subscription_types.list).data
    call("contacts.attach_subscription", lambda: client.contacts.attach_subscription(
        contact_id=grace.id, subscription_id=kinds[0].id, consent_type=kinds[0].consent_type))
    assert call("contacts.list_attached_subscriptions", lambda: client.contacts.list_attached_subscriptions(contact_id=grace.id)).data
    call("contacts.detach_subscription", lambda: client.contacts.detach_subscription(contact_id=grace.id, subscription_id=kinds[0].id))
    call("events.create", lambda: client.events.create(
        request={"id": grace.id, "event_name": "test-ride", "created_at": int(time.time()), "metadata": {"bike": "Gravel 3"}}))
    events = call("events.list", lambda: client.events.list(intercom_user_id=grace.id, type="user")).events
    assert events[0].event_name == "test-ride"
    assert len(call("data_attributes.list", lambda: client.data_attributes.list(model="contact")).data) > 5
    call("messages.create", lambda: client.messages.create(request={
        "message_type": "inapp", "body": "Ready.", "from": {"type": "admin", "id": int(me.id)}, "to": {"type": "user", "id": grace.id}}))
    call("a malformed search is refused", lambda: refused(
        400, lambda: client.contacts.search(query={"field": "no_such_field", "operator": "=", "value": "x"})))
    call("an e-mail without a subject is 422", lambda: refused(422, lambda: client.messages.create(request={
        "message_type": "email", "body": "Hi", "template": "plain", "from": {"type": "admin", "id": int(me.id)}, "to": {"type": "user", "id": grace.id}})))
    call("a wrong token is 401", lambda: refused(401, Intercom(token="wrong", base_url=url).admins.list))
    # The SDK counts its tries from two, so four allows two more.
    for kind in ("429", "503"):
        post(f"{url}/__sandbox/faults", {"operation": "list_teams", "times": 1, "kind": kind})
        assert len(call(f"a {kind} is retried by the SDK", lambda: client.teams.list(request_options={"max_retries": 4})).teams) == 4
    post(f"{url}/__sandbox/faults", {"operation": "list_teams", "times": 1, "kind": "429"})
    assert call("a 429 without retries is told", lambda: refused(429, client.teams.list))["code"] == "rate_limit_exceeded"


def main():
    with started("sandbox", "--listen", "127.0.0.1:0") as ((url,), _):
        client = Intercom(token="sandbox-token", base_url=url)
        me, teams = people(client)
        grace = contacts(client)
        companies(client, grace)
        tag = call("tags.create", lambda: client.tags.create(request={"name": "e2e-py"}))
        call("tags.find", lambda: client.tags.find(tag_id=tag.id))
        call("tags.list", client.tags.list)
        call("tags.tag_contact", lambda: client.tags.tag_contact(contact_id=grace.id, tag_id=tag.id))
        assert len(call("contacts.list_attached_tags", lambda: client.contacts.list_attached_tags(contact_id=grace.id)).data) == 1
        call("tags.untag_contact", lambda: client.tags.untag_contact(contact_id=grace.id, tag_id=tag.id))
        conversation_id = conversation(client, me, teams, grace, tag)
        tickets(client, me, grace, tag, conversation_id)
        knowledge(client, me)
        the_rest(client, me, grace, url)
        assert call("conversations.delete_conversation", lambda: client.conversations.delete_conversation(conversation_id=int(conversation_id))).deleted
        assert call("contacts.delete", lambda: client.contacts.delete(contact_id=grace.id)).deleted
        call("tags.delete", lambda: client.tags.delete(tag_id=tag.id))
        call.report("python-intercom 5.0.1")


if __name__ == "__main__":
    main()
