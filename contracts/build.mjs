// node build.mjs [folder]
//
// Compiles src/*.sol and writes, to the folder (default: artifacts beside this
// script), AnchorRegistry.abi.json, AnchorRegistry.bin (creation code) and
// AnchorRegistry.bin-runtime (deployed code), the latter two in hexadecimal.
// The same sources give the same bytes everywhere.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { here, settings, sources, version } from "./compiler.mjs";

const solc = await import("solc").then(
  (m) => m.default,
  (err) => fail(`the compiler is not installed (${err.message}); run: npm ci`),
);

if (!solc.version().startsWith(`${version}+`)) {
  fail(`solc is ${solc.version()}, want ${version}; run: npm ci`);
}

const output = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources: sources(),
      settings: {
        ...settings,
        outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode"] } },
      },
    }),
  ),
);

// A warning fails the build as an error does: what is committed has none.
for (const e of output.errors ?? []) console.error(e.formattedMessage);
if (output.errors?.length) fail("the contracts do not compile cleanly; see above");

const contract = output.contracts["src/AnchorRegistry.sol"].AnchorRegistry;
const { object: creation, linkReferences } = contract.evm.bytecode;
const { object: runtime, immutableReferences } = contract.evm.deployedBytecode;
if (Object.keys(linkReferences ?? {}).length || Object.keys(immutableReferences ?? {}).length) {
  fail("the code has libraries to link or immutables; its hash would differ from one deployment to the next");
}

const folder = resolve(process.argv[2] ?? join(here, "artifacts"));
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "AnchorRegistry.abi.json"), JSON.stringify(contract.abi, null, 1) + "\n");
writeFileSync(join(folder, "AnchorRegistry.bin"), creation + "\n");
writeFileSync(join(folder, "AnchorRegistry.bin-runtime"), runtime + "\n");

function fail(message) {
  console.error(`contracts: ${message}`);
  process.exit(1);
}
