// node forge.mjs ARGS: runs forge as npm brought it for this machine. The packages
// of the platforms are named in package.json themselves, and not the one above
// them: its launcher wants a script to have run at its installation, and npm is
// told to run none.
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
  console.error(`contracts: ${name} is not installed; run npm ci, or, where package.json names none for this machine, go to one of those it names`);
  process.exit(1);
}
const { status, error } = spawnSync(join(folder, "bin", "forge"), process.argv.slice(2), { cwd: here, stdio: "inherit" });
if (error) console.error(`contracts: ${error.message}`);
process.exit(status ?? 1);
