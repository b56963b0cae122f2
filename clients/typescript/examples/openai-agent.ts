// An agent on OpenAI's SDK, or on any server that speaks its protocol, with the tools of a Frontdesk endpoint:
// node openai-agent.ts 'Who waits longest?'
// FRONTDESK_URL, FRONTDESK_API_KEY and FRONTDESK_ENDPOINT say whose tools; OPENAI_API_KEY opens the model.

import { Frontdesk } from "frontdesk-client";
import OpenAI from "openai";

const { FRONTDESK_URL = "", FRONTDESK_API_KEY = "", FRONTDESK_ENDPOINT: endpoint = "" } = process.env;
const model = process.env.MODEL ?? "gpt-5.4-mini";

type Tool = OpenAI.Chat.ChatCompletionTool;
type Message = OpenAI.Chat.ChatCompletionMessageParam;

const desk = new Frontdesk(FRONTDESK_URL, FRONTDESK_API_KEY);
const openai = new OpenAI();
const tools = (await desk.listScopedTools(endpoint, undefined, "openai")) as unknown as Tool[];
const messages: Message[] = [{ role: "user", content: process.argv.slice(2).join(" ") }];

for (;;) {
  const { choices } = await openai.chat.completions.create({ model, tools, messages });
  const said = choices[0]!.message;
  if (!said.tool_calls?.length) {
    console.log(said.content);
    break;
  }
  messages.push(said);
  for (const call of said.tool_calls) {
    if (call.type !== "function") continue;
    const done = await desk.executeTool(call.function.name, JSON.parse(call.function.arguments), { endpoint });
    messages.push({ role: "tool", tool_call_id: call.id, content: done.text });
  }
}
