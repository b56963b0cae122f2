// A LangChain agent with the tools of a Frontdesk endpoint: node langchain-agent.ts 'Who waits longest?'
// FRONTDESK_URL, FRONTDESK_API_KEY and FRONTDESK_ENDPOINT say whose tools; OPENAI_API_KEY opens the model.

import { DynamicStructuredTool } from "@langchain/core/tools";
import { ChatOpenAI } from "@langchain/openai";
import { Frontdesk } from "frontdesk-client";
import { createAgent } from "langchain";

const { FRONTDESK_URL = "", FRONTDESK_API_KEY = "", FRONTDESK_ENDPOINT: endpoint = "" } = process.env;

/** A tool as MCP writes it. */
interface Listed {
  name: string;
  description: string;
  inputSchema: Record<string, unknown>;
}

const desk = new Frontdesk(FRONTDESK_URL, FRONTDESK_API_KEY);
const listed = (await desk.listScopedTools(endpoint)) as unknown as Listed[];
const tools = listed.map(
  ({ name, description, inputSchema }) =>
    new DynamicStructuredTool({
      name,
      description,
      schema: inputSchema,
      // What went wrong is a text too: the model reads and mends it.
      func: async (args) => (await desk.executeTool(name, args as Record<string, unknown>, { endpoint })).text,
    }),
);

const agent = createAgent({ model: new ChatOpenAI({ model: process.env.MODEL ?? "gpt-5.4-mini" }), tools });
const ended = await agent.invoke({ messages: [{ role: "user", content: process.argv.slice(2).join(" ") }] });
console.log(ended.messages.at(-1)?.text);
