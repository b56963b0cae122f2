// The desktop bundle, made and opened by the official packer, and started as a desktop host would start it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, sep } from "node:path";
import { BINARY, Steps, start } from "./programs.mjs";
import { ERAS, call, overStdio } from "./client.mjs";

const PACKAGING = new URL("../packaging/", import.meta.url).pathname;
const steps = new Steps();
const work = mkdtempSync(join(tmpdir(), "frontdesk-bundle-"));
const sandbox = await start(["sandbox", "--listen", "127.0.0.1:0"]);

try {
  const bundle = join(work, "frontdesk.mcpb");
  await steps.step("the packer validates and packs", () => {
    execFileSync(join(PACKAGING, "mcpb/build.sh"), [BINARY, bundle], { stdio: ["ignore", "pipe", "inherit"] });
  });
  // Only build.sh installs the packer.
  const packer = await import(join(PACKAGING, "mcpb/node_modules/@anthropic-ai/mcpb/dist/index.js"));
  const extensionPath = join(work, "opened");
  const manifest = await steps.step("the packer opens it", async () => {
    assert.ok(await packer.unpackExtension({ mcpbPath: bundle, outputDir: extensionPath, silent: true }));
    return JSON.parse(readFileSync(join(extensionPath, "manifest.json"), "utf8"));
  });
  const launch = (userConfig) =>
    packer.getMcpConfigForManifest({ manifest, extensionPath, systemDirs: {}, userConfig, pathSeparator: sep });

  await steps.step("it does not start without a token", async () => {
    assert.equal(await launch({ base_url: sandbox.url }), undefined);
  });
  const settings = { access_token: "sandbox-token", base_url: sandbox.url };
  for (const era of Object.keys(ERAS)) {
    await steps.step(`${era}: it lists what its manifest says, and answers`, async () => {
      const client = await connect(await launch(settings), era);
      const { tools } = await client.listTools();
      const named = (list) => list.map(({ name }) => name);
      assert.deepEqual(named(tools), named(manifest.tools));
      const { conversations } = await call(client, "search_conversations", { state: "open", per_page: 2 });
      assert.equal(conversations.length, 2);
      await client.close();
    });
  }
  await steps.step("its read-only switch leaves no tool that changes anything", async () => {
    const client = await connect(await launch({ ...settings, read_only: true }), "2025-11-25");
    const { tools } = await client.listTools();
    assert.ok(tools.length > 0 && tools.every((tool) => tool.annotations.readOnlyHint), JSON.stringify(tools));
    await client.close();
  });
  await steps.step("the registry's entry carries the hash of every bundle", () => hashes(bundle));
  steps.report("bundle");
} finally {
  await sandbox.stop();
  rmSync(work, { recursive: true, force: true });
}

/** Starts the program of a host's configuration. */
function connect({ command, args, env }, era) {
  return overStdio(command, args, { ...env, FRONTDESK_HOME: sandbox.home }, era);
}

/** Puts the one bundle in the place of all that server.json names. */
function hashes(bundle) {
  const folder = mkdtempSync(join(work, "release-"));
  const named = JSON.parse(readFileSync(join(PACKAGING, "../server.json"), "utf8"));
  const bundles = named.packages.filter(({ registryType }) => registryType === "mcpb");
  const print = () => execFileSync(process.execPath, [join(PACKAGING, "registry.mjs"), folder], { encoding: "utf8", stdio: "pipe" });
  assert.throws(print, /ENOENT/, "a missing bundle is no entry");
  for (const { identifier } of bundles) execFileSync("cp", [bundle, join(folder, basename(identifier))]);
  const expected = execFileSync("sha256sum", [bundle], { encoding: "utf8" }).slice(0, 64);
  const printed = JSON.parse(print());
  const found = printed.packages.filter(({ registryType }) => registryType === "mcpb").map(({ fileSha256 }) => fileSha256);
  assert.deepEqual(found, bundles.map(() => expected));
}
