// A scripted model: it speaks the wire formats of Anthropic's messages and of OpenAI's chat completions, calls one tool,
// and then answers with the tool's own words. What is wrong with a request it says with a 400.
import { once } from "node:events";
import { createServer } from "node:http";

/** What it calls, and with what. */
export const TOOL = "find_unassigned_conversations";
const ARGUMENTS = { limit: 2 };

/** Starts it; `url` is its address, `asked` the routes that were asked, in order. */
export async function startModel() {
  const asked = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    asked.push(request.url);
    const answer = (status, body) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    try {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      const route = request.url.replace(/\?.*/, "");
      if (route === "/v1/messages") answer(200, anthropic(body, request.headers));
      else if (route === "/v1/chat/completions") answer(200, openai(body, request.headers));
      else answer(404, { error: { type: "not_found_error", message: route } });
    } catch (error) {
      answer(400, { type: "error", error: { type: "invalid_request_error", message: String(error) } });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    asked,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}

function must(condition, problem) {
  if (!condition) throw new Error(problem);
}

function checked(tools, nameOf, schemaOf) {
  must(Array.isArray(tools) && tools.length > 5, "there are tools");
  for (const tool of tools) {
    must(/^[a-zA-Z0-9_-]{1,64}$/.test(nameOf(tool)), `the name of ${JSON.stringify(tool)}`);
    must(schemaOf(tool)?.type === "object", `the schema of ${nameOf(tool)}`);
  }
  must(tools.some((tool) => nameOf(tool) === TOOL), `${TOOL} is among them`);
}

/** The ids of the conversations that a tool told of. */
function told(text) {
  const ids = JSON.parse(text).items.map((item) => item.id);
  must(ids.length === ARGUMENTS.limit, `two conversations: ${text}`);
  return `These wait: ${ids.join(" and ")}.`;
}

function anthropic({ model, max_tokens: most, tools, messages }, headers) {
  // Which of the two it is depends on the version of the SDK.
  const key = headers["x-api-key"] ?? headers.authorization?.replace("Bearer ", "");
  must(key === "scripted" && headers["anthropic-version"], "the headers");
  must(model && most > 0, "model and max_tokens");
  checked(tools, (tool) => tool.name, (tool) => tool.input_schema);
  const said = (stop, content) => ({
    id: `msg_${messages.length}`,
    type: "message",
    role: "assistant",
    model,
    content,
    stop_reason: stop,
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 5 },
  });
  const last = messages.at(-1);
  must(last.role === "user", "the last message is the user's");
  if (typeof last.content === "string") {
    return said("tool_use", [{ type: "tool_use", id: "toolu_1", name: TOOL, input: ARGUMENTS }]);
  }
  const [result] = last.content;
  must(result.type === "tool_result" && result.tool_use_id === "toolu_1" && !result.is_error, "the result of the call");
  return said("end_turn", [{ type: "text", text: told(plain(result.content)) }]);
}

function openai({ model, tools, messages }, headers) {
  must(headers.authorization === "Bearer scripted" && model, "the headers and the model");
  for (const tool of tools ?? []) must(tool.type === "function", "a tool is a function");
  checked(tools, (tool) => tool.function.name, (tool) => tool.function.parameters);
  const said = (reason, message) => ({
    id: `chatcmpl-${messages.length}`,
    object: "chat.completion",
    created: 1_790_000_000,
    model,
    choices: [{ index: 0, finish_reason: reason, logprobs: null, message: { role: "assistant", refusal: null, ...message } }],
    usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 },
  });
  const last = messages.at(-1);
  if (last.role === "user") {
    const call = { id: "call_1", type: "function", function: { name: TOOL, arguments: JSON.stringify(ARGUMENTS) } };
    return said("tool_calls", { content: null, tool_calls: [call] });
  }
  must(last.role === "tool" && last.tool_call_id === "call_1", "the result of the call");
  return said("stop", { content: told(plain(last.content)) });
}

/** A text, or the text of its parts. */
function plain(content) {
  return typeof content === "string" ? content : content.map((part) => part.text).join("");
}
