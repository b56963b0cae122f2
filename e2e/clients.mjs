// The Python and TypeScript packages against a live server of one tenant, over a sandbox.
import { execFileSync } from "node:child_process";
import { BINARY, start } from "./programs.mjs";

const here = (path) => new URL(path, import.meta.url).pathname;
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
  const verdict = admin(["audit", "verify", "acme"]);
  if (!verdict.startsWith("whole")) throw new Error(verdict);
  console.log(verdict.split("\n")[0]);
} finally {
  await server.stop();
  await sandbox.stop();
}
