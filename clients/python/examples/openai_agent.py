"""An agent on OpenAI's SDK, or on any server that speaks its protocol, with the tools of a Frontdesk endpoint.

python openai_agent.py 'Who waits longest?'

FRONTDESK_URL, FRONTDESK_API_KEY and FRONTDESK_ENDPOINT say whose tools; OPENAI_API_KEY opens the model.
"""

import json
import os
import sys
from typing import Any

from frontdesk_client import Frontdesk
from openai import OpenAI

MODEL = os.environ.get("MODEL", "gpt-5.4-mini")


def answer(desk: Frontdesk, endpoint: str, question: str, user: str | None = None) -> str:
    """Asks the model, and runs the tools that it calls, until it answers."""
    model = OpenAI()
    tools: list[Any] = desk.list_scoped_tools(endpoint, user, format="openai")
    messages: list[Any] = [{"role": "user", "content": question}]
    while True:
        said = model.chat.completions.create(model=MODEL, tools=tools, messages=messages).choices[0].message
        if not said.tool_calls:
            return said.content or ""
        messages.append(said)
        for call in said.tool_calls:
            done = desk.execute_tool(
                call.function.name, json.loads(call.function.arguments), endpoint=endpoint, user=user
            )
            messages.append({"role": "tool", "tool_call_id": call.id, "content": done.text})


if __name__ == "__main__":
    server = Frontdesk(os.environ["FRONTDESK_URL"], os.environ["FRONTDESK_API_KEY"])
    print(answer(server, os.environ["FRONTDESK_ENDPOINT"], " ".join(sys.argv[1:])))
