// Prints how many bytes a program has as brotli, of quality 11 if no other is
// given.
//
//   node brotli.mjs FOLDER akashi-verify|akashi-badge [QUALITY]

import { readFile } from "node:fs/promises";
import { brotliCompressSync, constants } from "node:zlib";

const [folder, name, quality = "11"] = process.argv.slice(2);
const wasm = await readFile(`${folder}/${name}.wasm`);
console.log(brotliCompressSync(wasm, { params: { [constants.BROTLI_PARAM_QUALITY]: Number(quality), [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: wasm.length } }).length);
