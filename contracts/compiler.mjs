// The settings under which the contracts are compiled, and the sources.
// Whoever changes one of these changes the bytecode, and with it the code hash
// by which verifiers know the registry.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const here = dirname(fileURLToPath(import.meta.url));

// The version that the committed bytecode was made with; package-lock.json
// pins it, and build.mjs refuses another.
export const version = "0.8.37";

export const settings = {
  // For the gas of anchoring, not the size of the code: a registry is deployed once.
  optimizer: { enabled: true, runs: 1_000_000 },
  viaIR: true,
  // No PUSH0, no MCOPY: the code runs on any chain since the Merge.
  evmVersion: "paris",
  // Nothing of the sources' comments, paths or hashes goes into the code.
  metadata: { bytecodeHash: "none", appendCBOR: false },
};

// sources reads src/*.sol under the names that imports use.
export function sources() {
  const all = {};
  for (const name of readdirSync(join(here, "src")).sort()) {
    if (name.endsWith(".sol")) {
      all[`src/${name}`] = { content: readFileSync(join(here, "src", name), "utf8") };
    }
  }
  return all;
}
