"""A LangChain agent with the tools of a Frontdesk endpoint.

python langchain_agent.py 'Who waits longest?'

FRONTDESK_URL, FRONTDESK_API_KEY and FRONTDESK_ENDPOINT say whose tools; OPENAI_API_KEY opens the model.
"""

import os
import sys
from typing import Any

from frontdesk_client import Frontdesk
from langchain.agents import create_agent
from langchain_core.tools import StructuredTool, ToolException
from langchain_openai import ChatOpenAI

MODEL = os.environ.get("MODEL", "gpt-5.4-mini")


def tools_of(desk: Frontdesk, endpoint: str, user: str | None = None) -> list[StructuredTool]:
    """The tools that a person may call through an endpoint, as LangChain has them."""

    def made(tool: dict[str, Any]) -> StructuredTool:
        def call(**arguments: Any) -> str:
            done = desk.execute_tool(tool["name"], arguments, endpoint=endpoint, user=user)
            if done.is_error:
                raise ToolException(done.text)
            return done.text

        return StructuredTool.from_function(
            call,
            name=tool["name"],
            description=tool["description"],
            args_schema=tool["inputSchema"],
            # The model reads what went wrong, and mends it.
            handle_tool_error=True,
        )

    return [made(tool) for tool in desk.list_scoped_tools(endpoint, user)]


def answer(desk: Frontdesk, endpoint: str, question: str, user: str | None = None) -> str:
    """Asks an agent that has those tools."""
    agent = create_agent(ChatOpenAI(model=MODEL), tools_of(desk, endpoint, user))
    ended = agent.invoke({"messages": [{"role": "user", "content": question}]})
    return ended["messages"][-1].text


if __name__ == "__main__":
    server = Frontdesk(os.environ["FRONTDESK_URL"], os.environ["FRONTDESK_API_KEY"])
    print(answer(server, os.environ["FRONTDESK_ENDPOINT"], " ".join(sys.argv[1:])))
