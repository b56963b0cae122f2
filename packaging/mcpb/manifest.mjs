// Prints the manifest of a bundle: manifest.json with the tools that the program lists, its file's name and its platform.
import { readFileSync } from "node:fs";

const [toolsFile, program] = process.argv.slice(2);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", import.meta.url), "utf8"));
const tools = JSON.parse(readFileSync(toolsFile, "utf8"));
if (!Array.isArray(tools) || tools.length === 0) throw new Error(`${toolsFile} lists no tools`);

manifest.server.entry_point = `server/${program}`;
manifest.server.mcp_config.command = `\${__dirname}/server/${program}`;
manifest.tools = tools.map(({ name, about }) => ({ name, description: about }));
manifest.compatibility = { platforms: [process.platform] };
console.log(JSON.stringify(manifest, null, 2));
