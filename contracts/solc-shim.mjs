#!/usr/bin/env node
// The compiler of node_modules as a command, of which forge knows two uses:
// --version, and --standard-json from stdin to stdout.
import { readFileSync } from "node:fs";
import solc from "solc";

if (process.argv.includes("--version")) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`);
} else if (process.argv.includes("--standard-json")) {
  process.stdout.write(solc.compile(readFileSync(0, "utf8")));
} else {
  console.error("solc-shim: --version or --standard-json is all there is");
  process.exit(1);
}
