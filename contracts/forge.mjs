// node forge.mjs ARGS: runs forge as npm brought it. The package's own launcher
// wants a script to have run at its installation; npm is told to run none.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { here } from "./compiler.mjs";

const cpu = { x64: "amd64" }[process.arch] ?? process.arch;
const name = `@foundry-rs/forge-${process.platform}-${cpu}`;
let folder;
try {
  folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
} catch {
  console.error(`contracts: npm has no ${name}; run npm ci, or run the forge tests on linux-amd64`);
  process.exit(1);
}
const { status, error } = spawnSync(join(folder, "bin", "forge"), process.argv.slice(2), { cwd: here, stdio: "inherit" });
if (error) console.error(`contracts: ${error.message}`);
process.exit(status ?? 1);
