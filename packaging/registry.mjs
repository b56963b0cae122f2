// Prints server.json as the MCP registry takes it, with the hash of each bundle in a folder: registry.mjs FOLDER
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";

const [folder] = process.argv.slice(2);
if (!folder) throw new Error("usage: registry.mjs FOLDER, where FOLDER holds the bundles that server.json names");
const server = JSON.parse(readFileSync(new URL("../server.json", import.meta.url), "utf8"));

for (const entry of server.packages.filter(({ registryType }) => registryType === "mcpb")) {
  const bundle = readFileSync(join(folder, basename(entry.identifier)));
  entry.fileSha256 = createHash("sha256").update(bundle).digest("hex");
}
console.log(JSON.stringify(server, null, 2));
