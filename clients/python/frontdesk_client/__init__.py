"""Scoped Intercom tools of a Frontdesk server, for agents written in Python.

    desk = Frontdesk("https://desk.example", api_key="fdk_…")
    tools = desk.list_scoped_tools("ENDPOINT", user="ana", format="anthropic")
    answer = desk.execute_tool("get_contact", {"id": "…"}, endpoint="ENDPOINT", user="ana")

Errors of the server are `FrontdeskError`; a tool that failed answers with `is_error`, for the model to read.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any, Literal, Mapping, Sequence, TypedDict
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

__all__ = [
    "Allowance",
    "Answer",
    "AuthorizeLink",
    "Budgets",
    "Controls",
    "Endpoint",
    "Frontdesk",
    "FrontdeskError",
    "Limits",
    "Mask",
    "Rule",
    "Session",
    "Usage",
]

Format = Literal["mcp", "anthropic", "openai"]


class FrontdeskError(Exception):
    """The server refused a request: `status`, a `detail` that says how to mend it, and when to try again."""

    def __init__(self, status: int, detail: str, retry_after: float | None = None) -> None:
        super().__init__(f"{detail} ({status})")
        self.status = status
        self.detail = detail
        self.retry_after = retry_after


@dataclass(frozen=True)
class Allowance:
    """What is left of Intercom's ten-second window."""

    limit: int
    remaining: int
    reset: int


@dataclass(frozen=True)
class Answer:
    """What a tool answered: text for the model, and structured where the tool has it."""

    is_error: bool
    text: str
    structured: Any | None
    allowance: Allowance | None


@dataclass(frozen=True)
class Endpoint:
    """An endpoint; `token` is there only in the answer that made it."""

    id: str
    name: str
    token: str | None


@dataclass(frozen=True)
class Session:
    """A person's token at an endpoint, good until `expires_at` (milliseconds since 1970)."""

    id: str
    token: str
    expires_at: int


@dataclass(frozen=True)
class AuthorizeLink:
    """What a person opens to connect their own Intercom, good until `expires_at` (milliseconds since 1970)."""

    url: str
    expires_at: int


@dataclass(frozen=True)
class Usage:
    """What was used; `tenant`, `day` and `endpoint` are empty where they are summed up."""

    tenant: str
    day: str
    endpoint: str
    calls: int
    writes: int
    refused: int
    errors: int
    tokens_out: int
    upstream_calls: int


_NO_USAGE: dict[str, Any] = {"tenant": "", "day": "", "endpoint": ""}


class Rule(TypedDict, total=False):
    """A rule over single calls: `require` or `forbid` is an expression in CEL (docs/rules.md)."""

    name: str
    tools: list[str]
    require: str
    forbid: str
    say: str


class Mask(TypedDict, total=False):
    """What is masked in answers."""

    email: bool
    phone: bool
    card: bool
    fields: list[str]


class Limits(TypedDict, total=False):
    """How many there may be."""

    per_minute: int
    per_day: int


class Budgets(TypedDict, total=False):
    """How many calls there may be, of which kind."""

    calls: Limits
    writes: Limits
    customer: Limits


class Controls(TypedDict, total=False):
    """What an endpoint's owner asks of its calls besides which tools there are."""

    rules: list[Rule]
    mask: Mask
    confirm: list[str]
    budgets: Budgets


class Frontdesk:
    """A Frontdesk server, as one API key sees it; `tenant` is for keys of the deployment."""

    def __init__(self, url: str, api_key: str, tenant: str | None = None, timeout: float = 60.0) -> None:
        self._base = url.rstrip("/") + "/api/v1"
        self._headers = {"Authorization": f"Bearer {api_key}", "Accept": "application/json"}
        if tenant is not None:
            self._headers["Frontdesk-Tenant"] = tenant
        self._timeout = timeout

    def __repr__(self) -> str:
        return f"Frontdesk({self._base!r})"

    def list_scoped_tools(self, endpoint: str, user: str | None = None, format: Format = "mcp") -> list[dict[str, Any]]:
        """The tools that a person may call through an endpoint, as that provider writes tools."""
        asked = {"format": format, **({"user": user} if user else {})}
        return self._ask("GET", f"/endpoints/{quote(endpoint, safe='')}/tools?{urlencode(asked)}")[0]["items"]

    def execute_tool(
        self,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        endpoint: str,
        user: str | None = None,
        confirmed: bool = False,
    ) -> Answer:
        """Calls a tool for a person; `confirmed` says that they agreed to this very call."""
        body = {"endpoint": endpoint, "arguments": dict(arguments or {}), "confirmed": confirmed}
        if user:
            body["user"] = user
        said, headers = self._ask("POST", f"/tools/{quote(tool, safe='')}/execute", body)
        return Answer(said["is_error"], said["text"], said.get("structured"), _allowance(headers))

    def create_endpoint(
        self,
        name: str = "",
        *,
        connection: str | None = None,
        toolsets: Sequence[str] | None = None,
        ceiling: Literal["read", "write", "destructive"] = "write",
        expires_at: int | None = None,
        controls: Controls | None = None,
        idempotency_key: str | None = None,
    ) -> Endpoint:
        """Makes an endpoint; its token is in this answer alone."""
        settings: dict[str, Any] = {"ceiling": ceiling, **(controls or {})}
        if toolsets is not None:
            settings["toolsets"] = list(toolsets)
        body: dict[str, Any] = {"name": name, "settings": settings}
        body |= {key: value for key, value in (("connection", connection), ("expires_at", expires_at)) if value}
        made, _ = self._ask("POST", "/endpoints", body, idempotency_key or str(uuid.uuid4()))
        return Endpoint(made["id"], made["name"], made.get("token"))

    def change_endpoint(self, endpoint: str, settings: Mapping[str, Any]) -> None:
        """Puts these settings, controls among them, in the place of an endpoint's; its token stays."""
        self._ask("PATCH", f"/endpoints/{quote(endpoint, safe='')}", {"settings": dict(settings)})

    def usage(
        self,
        from_day: str | None = None,
        to_day: str | None = None,
        *,
        endpoint: str | None = None,
        by: str = "day,endpoint",
    ) -> list[Usage]:
        """What was used, summed up by day, endpoint or tenant; days are written `2026-11-21`, and both included."""
        asked = {"from": from_day, "to": to_day, "endpoint": endpoint, "by": by, "limit": "1000"}
        rows: list[Usage] = []
        cursor: str | None = None
        while True:
            query = urlencode({key: value for key, value in {**asked, "cursor": cursor}.items() if value})
            page, _ = self._ask("GET", f"/usage?{query}")
            rows += [Usage(**{**_NO_USAGE, **row}) for row in page["items"]]
            cursor = page.get("next_cursor")
            if cursor is None:
                return rows

    def create_session(self, user: str, endpoint: str, seconds: int = 3600) -> Session:
        """Lets a person use an endpoint for a while; the token is in this answer alone."""
        body = {"user": user, "endpoint": endpoint, "seconds": seconds}
        made, _ = self._ask("POST", "/sessions", body, str(uuid.uuid4()))
        return Session(made["id"], made["token"], made["expires_at"])

    def authorize_link(
        self,
        user: str | None = None,
        *,
        app: str | None = None,
        connection: str | None = None,
        region: Literal["us", "eu", "au"] | None = None,
        return_to: str | None = None,
        seconds: int = 3600,
    ) -> AuthorizeLink:
        """A link by which a person connects their Intercom, or makes that connection again; it is for them alone."""
        asked = {"user": user, "app": app, "connection": connection, "region": region, "return_to": return_to}
        body = {key: value for key, value in asked.items() if value} | {"seconds": seconds}
        made, _ = self._ask("POST", "/authorize-links", body)
        return AuthorizeLink(made["url"], made["expires_at"])

    def put_user(self, user: str, name: str | None = None, email: str | None = None) -> None:
        """Makes a person known, by the tenant's own identifier, or changes them."""
        self._ask("PUT", f"/users/{quote(user, safe='')}", {"name": name, "email": email})

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, key: str | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        headers = dict(self._headers)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        request = Request(self._base + path, data=data, method=method, headers=headers)
        try:
            with urlopen(request, timeout=self._timeout) as response:
                return json.loads(response.read() or b"null"), response.headers
        except HTTPError as error:
            raise _problem(error) from None


def _problem(error: HTTPError) -> FrontdeskError:
    try:
        said = json.loads(error.read())
    except ValueError:
        said = {}
    wait = error.headers.get("Retry-After")
    detail = said.get("detail") or said.get("text") or error.reason
    return FrontdeskError(error.code, str(detail), float(wait) if wait else None)


def _allowance(headers: Mapping[str, str]) -> Allowance | None:
    figures = [headers.get(f"RateLimit-{name}") for name in ("Limit", "Remaining", "Reset")]
    if any(figure is None for figure in figures):
        return None
    limit, remaining, reset = (int(figure or 0) for figure in figures)
    return Allowance(limit, remaining, reset)
