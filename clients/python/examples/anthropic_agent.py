"""An agent on Anthropic's SDK with the tools of a Frontdesk endpoint.

python anthropic_agent.py 'Who waits longest?'

FRONTDESK_URL, FRONTDESK_API_KEY and FRONTDESK_ENDPOINT say whose tools; ANTHROPIC_API_KEY opens the model.
"""

import os
import sys
from typing import Any

from anthropic import Anthropic
from frontdesk_client import Frontdesk

MODEL = os.environ.get("MODEL", "claude-sonnet-5-5")


def answer(desk: Frontdesk, endpoint: str, question: str, user: str | None = None) -> str:
    """Asks the model, and runs the tools that it calls, until it answers."""
    model = Anthropic()
    tools = desk.list_scoped_tools(endpoint, user, format="anthropic")
    messages: list[Any] = [{"role": "user", "content": question}]
    while True:
        said = model.messages.create(model=MODEL, max_tokens=1024, tools=tools, messages=messages)
        messages.append({"role": "assistant", "content": said.content})
        results = []
        for block in said.content:
            if block.type == "tool_use":
                done = desk.execute_tool(block.name, block.input, endpoint=endpoint, user=user)
                results.append(
                    {
                        "type": "tool_result",
                        "tool_use_id": block.id,
                        "content": done.text,
                        "is_error": done.is_error,
                    }
                )
        if not results:
            return "".join(block.text for block in said.content if block.type == "text")
        messages.append({"role": "user", "content": results})


if __name__ == "__main__":
    server = Frontdesk(os.environ["FRONTDESK_URL"], os.environ["FRONTDESK_API_KEY"])
    print(answer(server, os.environ["FRONTDESK_ENDPOINT"], " ".join(sys.argv[1:])))
