// Prints how many bytes the program has as brotli of quality 11.
//
//   node brotli.mjs FOLDER

import { readFile } from "node:fs/promises";
import { brotliCompressSync, constants } from "node:zlib";

const wasm = await readFile(`${process.argv[2]}/akashi-verify.wasm`);
console.log(brotliCompressSync(wasm, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: wasm.length } }).length);
