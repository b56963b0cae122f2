// The Python and TypeScript packages against a live server of one tenant, over a sandbox; and their examples, real
// agents of LangChain, Anthropic's SDK and OpenAI's, on a scripted model.
import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import { TOOL, startModel } from "./model.mjs";
import { BINARY, start } from "./programs.mjs";

const here = (path) => new URL(path, import.meta.url).pathname;
const run = promisify(execFile);
const sandbox = await start(["sandbox", "--listen", "127.0.0.1:0"]);
const server = await start(["serve", "--listen", "127.0.0.1:0"], {
  env: {
    INTERCOM_ACCESS_TOKEN: "",
    INTERCOM_BASE_URL: sandbox.url,
    INTERCOM_CLIENT_ID: "client-1",
    INTERCOM_CLIENT_SECRET: "client-secret",
    FRONTDESK_PUBLIC_URL: "https://desk.example",
  },
});

/** One `frontdesk admin` command on the server's database. */
function admin(args, input = "") {
  const env = { ...process.env, FRONTDESK_HOME: server.home, INTERCOM_ACCESS_TOKEN: "", INTERCOM_BASE_URL: sandbox.url };
  return execFileSync(BINARY, ["admin", ...args], { env, input, encoding: "utf8" });
}

/** What `execute_tool` answers of the API itself. */
async function executed(key, endpoint) {
  const answer = await fetch(`${server.url}/api/v1/tools/${TOOL}/execute`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ endpoint, arguments: { limit: 2 } }),
  });
  return (await answer.json()).structured.items.map((item) => item.id);
}

/** Each example asks the model, which calls a tool, and prints what the model made of the tool's answer. */
async function examples(env, expected) {
  const typescript = here("../clients/typescript/examples");
  execFileSync("npm", ["install", "--no-fund", "--no-audit", "--no-package-lock", "--silent"], { cwd: typescript });
  execFileSync("npm", ["run", "--silent", "check"], { cwd: typescript, stdio: "inherit" });
  const strip = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];
  const programs = ["anthropic", "openai", "langchain"].flatMap((name) => [
    ["python", here(".venv/bin/python"), [here(`../clients/python/examples/${name}_agent.py`)]],
    ["typescript", process.execPath, [...strip, `${typescript}/${name}-agent.ts`]],
  ]);
  for (const [language, program, args] of programs) {
    // Not synchronous: the model is in this process.
    const { stdout } = await run(program, [...args, "Who waits longest?"], { env });
    if (stdout.trim() !== expected) throw new Error(`${args.at(-1)} said: ${stdout}`);
    console.log(`${args.at(-1).split("/").at(-1)} (${language}): ${expected}`);
  }
  return programs.length;
}

const model = await startModel();
try {
  admin(["tenants", "create", "acme"]);
  const [connection] = admin(["connections", "create", "acme"], "sandbox-token").split(" ");
  const key = admin(["api-keys", "create", "--tenant", "acme", "--role", "developer"]).match(/token: (\S+)/)[1];
  const env = {
    ...process.env,
    FRONTDESK_URL: server.url,
    FRONTDESK_API_KEY: key,
    FRONTDESK_CONNECTION: connection,
  };
  const python = { cwd: here("../clients/python"), env, stdio: "inherit" };
  execFileSync("python3", ["-m", "unittest", "-v", "tests.test_live"], python);
  const typescript = { cwd: here("../clients/typescript"), env, stdio: "inherit" };
  execFileSync("npm", ["install", "--no-fund", "--no-audit", "--no-save", "--silent"], typescript);
  execFileSync("npm", ["test", "--silent"], typescript);
  const [endpoint] = admin(["endpoints", "create", "acme", "--connection", connection, "--ceiling", "read"]).split(" ");
  const expected = `These wait: ${(await executed(key, endpoint)).join(" and ")}.`;
  const ran = await examples(
    {
      ...env,
      FRONTDESK_ENDPOINT: endpoint,
      PYTHONPATH: here("../clients/python"),
      ANTHROPIC_API_KEY: "scripted",
      ANTHROPIC_BASE_URL: model.url,
      OPENAI_API_KEY: "scripted",
      OPENAI_BASE_URL: `${model.url}/v1`,
    },
    expected,
  );
  if (model.asked.length !== 2 * ran) throw new Error(`the model was asked ${model.asked.length} times`);
  // Before and after, by each example and by the question above. Ends are written a moment after the answers.
  const recorded = () =>
    admin(["audit", "export", "acme"])
      .split("\n")
      .filter((line) => line.includes(`"tool":"${TOOL}"`) && line.includes(endpoint)).length;
  const end = Date.now() + 60_000;
  while (recorded() < 2 * (ran + 1) && Date.now() < end);
  if (recorded() !== 2 * (ran + 1)) throw new Error(`${recorded()} entries of ${TOOL}`);
  const verdict = admin(["audit", "verify", "acme"]);
  if (!verdict.startsWith("whole")) throw new Error(verdict);
  console.log(verdict.split("\n")[0]);
} finally {
  await model.stop();
  await server.stop();
  await sandbox.stop();
}
