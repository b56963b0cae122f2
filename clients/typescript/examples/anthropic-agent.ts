// An agent on Anthropic's SDK with the tools of a Frontdesk endpoint: node anthropic-agent.ts 'Who waits longest?'
// FRONTDESK_URL, FRONTDESK_API_KEY and FRONTDESK_ENDPOINT say whose tools; ANTHROPIC_API_KEY opens the model.

import Anthropic from "@anthropic-ai/sdk";
import { Frontdesk } from "frontdesk-client";

const { FRONTDESK_URL = "", FRONTDESK_API_KEY = "", FRONTDESK_ENDPOINT: endpoint = "" } = process.env;
const model = process.env.MODEL ?? "claude-sonnet-5-5";

const desk = new Frontdesk(FRONTDESK_URL, FRONTDESK_API_KEY);
const anthropic = new Anthropic();
const tools = (await desk.listScopedTools(endpoint, undefined, "anthropic")) as unknown as Anthropic.Tool[];
const messages: Anthropic.MessageParam[] = [{ role: "user", content: process.argv.slice(2).join(" ") }];

for (;;) {
  const said = await anthropic.messages.create({ model, max_tokens: 1024, tools, messages });
  messages.push({ role: "assistant", content: said.content });
  const results: Anthropic.ToolResultBlockParam[] = [];
  for (const block of said.content) {
    if (block.type === "text") console.log(block.text);
    if (block.type !== "tool_use") continue;
    const done = await desk.executeTool(block.name, block.input as Record<string, unknown>, { endpoint });
    results.push({ type: "tool_result", tool_use_id: block.id, content: done.text, is_error: done.isError });
  }
  if (results.length === 0) break;
  messages.push({ role: "user", content: results });
}
