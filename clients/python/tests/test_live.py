"""Against a live server: FRONTDESK_URL, FRONTDESK_API_KEY (a tenant's developer key), FRONTDESK_CONNECTION."""

import os
import time
import unittest

from frontdesk_client import Frontdesk, FrontdeskError, Usage

URL = os.environ["FRONTDESK_URL"]
desk = Frontdesk(URL, os.environ["FRONTDESK_API_KEY"])


class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.endpoint = desk.create_endpoint(
            "python", connection=os.environ["FRONTDESK_CONNECTION"], toolsets=["inbox"], ceiling="read"
        )

    def test_an_endpoint_tells_its_token_once(self) -> None:
        again = desk.create_endpoint("same", idempotency_key="python-1")
        replay = desk.create_endpoint("same", idempotency_key="python-1")
        self.assertEqual(again.id, replay.id)
        self.assertTrue(again.token)
        self.assertIsNone(replay.token)

    def test_tools_come_in_three_forms(self) -> None:
        for form, name in (
            ("mcp", lambda tool: tool["name"]),
            ("anthropic", lambda tool: tool["name"]),
            ("openai", lambda tool: tool["function"]["name"]),
        ):
            names = [name(tool) for tool in desk.list_scoped_tools(self.endpoint.id, format=form)]
            self.assertIn("search_conversations", names)
            self.assertNotIn("reply_to_conversation", names)

    def test_a_tool_is_executed(self) -> None:
        found = desk.execute_tool("find_unassigned_conversations", {"limit": 2}, endpoint=self.endpoint.id)
        self.assertFalse(found.is_error, found.text)
        self.assertEqual(len(found.structured["items"]), 2)
        self.assertGreater(found.allowance.remaining, 0)

    def test_a_failed_tool_says_why(self) -> None:
        answer = desk.execute_tool("get_contact", {"id": "nobody"}, endpoint=self.endpoint.id)
        self.assertTrue(answer.is_error)
        self.assertIn("nobody", answer.text)

    def test_a_refusal_is_an_error(self) -> None:
        with self.assertRaises(FrontdeskError) as caught:
            desk.execute_tool("no_such_tool", endpoint=self.endpoint.id)
        self.assertEqual(caught.exception.status, 404)
        with self.assertRaises(FrontdeskError) as caught:
            Frontdesk(URL, "fdk_wrong").list_scoped_tools(self.endpoint.id)
        self.assertEqual(caught.exception.status, 401)

    def test_an_endpoint_has_controls(self) -> None:
        connection = os.environ["FRONTDESK_CONNECTION"]
        masked = desk.create_endpoint(
            "controlled",
            connection=connection,
            ceiling="read",
            controls={"mask": {"email": True}, "budgets": {"calls": {"per_day": 1}}},
        )
        found = desk.execute_tool("search_contacts", {"per_page": 3}, endpoint=masked.id)
        self.assertIn("***@", found.text)
        with self.assertRaises(FrontdeskError) as caught:
            desk.execute_tool("search_contacts", {"per_page": 3}, endpoint=masked.id)
        self.assertEqual(caught.exception.status, 429)
        self.assertGreater(caught.exception.retry_after, 0)
        desk.change_endpoint(masked.id, {"ceiling": "read"})
        with self.assertRaises(FrontdeskError) as caught:
            desk.create_endpoint("wrong", controls={"confirm": ["no_such_tool"]})
        self.assertIn("no_such_tool", caught.exception.detail)

    def test_usage_is_summed_up(self) -> None:
        desk.execute_tool("get_me", endpoint=self.endpoint.id)
        end = time.monotonic() + 10
        own: list[Usage] = []
        # Counts reach the database within a second.
        while not own and time.monotonic() < end:
            own = [row for row in desk.usage(by="endpoint") if row.endpoint == self.endpoint.id]
        self.assertEqual([row.day for row in own], [""])
        self.assertGreater(own[0].calls, 0)

    def test_a_person_gets_a_link_to_connect_by(self) -> None:
        desk.put_user("ben", name="Ben")
        link = desk.authorize_link("ben", seconds=60)
        self.assertTrue(link.url.startswith("https://desk.example/connect/"), link.url)
        with self.assertRaises(FrontdeskError) as caught:
            desk.authorize_link("ben", return_to="https://elsewhere.example")
        self.assertEqual(caught.exception.status, 422)

    def test_a_person_gets_a_session(self) -> None:
        desk.put_user("ana", name="Ana")
        session = desk.create_session("ana", self.endpoint.id, seconds=60)
        self.assertTrue(session.token.startswith("fds_"))


if __name__ == "__main__":
    unittest.main()
