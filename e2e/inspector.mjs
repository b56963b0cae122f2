// The official inspector's command line lists and calls tools: both protocol eras, over HTTP and stdio.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { BINARY, Steps, start } from "./programs.mjs";

const INSPECTOR = new URL("node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js", import.meta.url).pathname;
const TOKEN = "e2e-token";
const steps = new Steps();
const demo = await start(["demo", "--listen", "127.0.0.1:0", "--sandbox-listen", "127.0.0.1:0"], {
  env: { FRONTDESK_TOKEN: TOKEN },
  addresses: 2,
});
const [gateway, sandbox] = demo.urls;

/** Runs the inspector and gives the JSON that it prints. */
function inspect(target, ...rest) {
  const output = execFileSync(process.execPath, [INSPECTOR, "--cli", ...target, "--format", "json", ...rest], {
    encoding: "utf8",
    env: { ...process.env, HOME: demo.home },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const answer = JSON.parse(output);
  return answer.result ?? answer;
}

try {
  for (const era of ["modern", "legacy"]) {
    const ways = {
      http: [`${gateway}/mcp`, "--transport", "http", "--header", `Authorization: Bearer ${TOKEN}`],
      "http, token in the path": [`${gateway}/mcp/${TOKEN}`, "--transport", "http"],
      stdio: ["-e", "INTERCOM_ACCESS_TOKEN=sandbox-token", "-e", `INTERCOM_BASE_URL=${sandbox}`, "-e", `FRONTDESK_HOME=${demo.home}`, BINARY, "stdio"],
    };
    for (const [way, target] of Object.entries(ways)) {
      const negotiated = [...target, "--protocol-era", era];
      await steps.step(`${era}, ${way}: tools/list --strict`, () => {
        const { tools } = inspect(negotiated, "--method", "tools/list", "--strict");
        assert.ok(tools.some((tool) => tool.name === "search_conversations"), "search_conversations is missing");
      });
      await steps.step(`${era}, ${way}: tools/call`, () => {
        const args = ["--method", "tools/call", "--tool-name", "search_contacts", "--tool-args-json", '{"email_domain":"example.com","per_page":3}'];
        const result = inspect(negotiated, ...args);
        assert.ok(!result.isError, JSON.stringify(result));
        assert.ok(result.content[0].text.includes("total_in_page"), JSON.stringify(result));
      });
    }
  }
  steps.report("inspector 2.12");
} finally {
  await demo.stop();
}
