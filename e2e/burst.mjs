// A burst of tool calls from many clients against the default rate limit of 10,000 a minute: no 429 after the first
// window, and at least 95 % of every full window used. `node burst.mjs [CALLS]`; 20,000 is the whole proof, 2 minutes.
import assert from "node:assert/strict";
import { callTool, start } from "./programs.mjs";

const CALLS = Number(process.argv[2] ?? 20_000);
const CLIENTS = 32;
const TOKEN = "e2e-token";
/** What the sandbox allows in ten seconds: a sixth of 10,000. */
const WINDOW = 1666;

const sandbox = await start(["sandbox", "--listen", "127.0.0.1:0", "--rate-limit", "10000"]);
const gateway = await start(["serve", "--listen", "127.0.0.1:0"], {
  env: { FRONTDESK_TOKEN: TOKEN, INTERCOM_ACCESS_TOKEN: "sandbox-token", INTERCOM_BASE_URL: sandbox.url, FRONTDESK_UPSTREAM_TIMEOUT: "60" },
});

try {
  const contacts = await (await fetch(`${sandbox.url}/contacts`, { headers: { authorization: "Bearer sandbox-token" } })).json();
  const id = contacts.data[0].id;
  let left = CALLS;
  let failed = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      while (left-- > 0) {
        const error = await getContact(id);
        if (error && failed++ < 5) console.error(error);
      }
    }),
  );
  const summary = await (await fetch(`${sandbox.url}/__sandbox/requests?summary=1`)).json();
  report(summary, failed);
} finally {
  await gateway.stop();
  await sandbox.stop();
}

async function getContact(id) {
  const answer = await callTool(gateway.url, TOKEN, "get_contact", { id });
  const body = await answer.json();
  return body.result && !body.result.isError ? null : JSON.stringify(body);
}

function report({ windows, total }, failed) {
  const [first, ...later] = windows;
  // The last window is cut short by the end of the burst, the first by its start.
  const full = later.slice(0, -1);
  for (const window of windows) console.log(`window ${window.start}: ${window.requests} requests, ${window.limited} limited`);
  assert.equal(failed, 0, `${failed} calls failed`);
  assert.ok(total >= CALLS, `${total} requests for ${CALLS} calls`);
  assert.ok(full.length >= 1, "too few calls to fill a window");
  assert.equal(later.reduce((sum, window) => sum + window.limited, 0), 0, "a 429 after the first window");
  const least = Math.min(...full.map((window) => window.requests));
  assert.ok(least >= WINDOW * 0.95, `a full window used only ${least} of ${WINDOW}`);
  console.log(`${CALLS} calls, ${full.length} full windows, least used ${((100 * least) / WINDOW).toFixed(1)} %, 429s in the first window: ${first.limited}`);
  console.log("1 passed, 0 failed");
}
