// Types of akashi-verify.mjs; docs/wasm.md is the manual.

/** load compiles the verifier and starts it. It rejects when source is not the verifier. */
export function load(
  source: BufferSource | Response | WebAssembly.Module | Promise<BufferSource | Response | WebAssembly.Module>,
  options?: {
    /** SHA-256 that the bytes must have, in lower-case hexadecimal. */
    sha256?: string;
  },
): Promise<Verifier>;

export interface Verifier {
  /** check judges a record by its evidence. The promise is never rejected. Any number of checks may go on at once. */
  check(request: Request): Promise<Answer>;
}

export interface Request {
  /** The record as its holder presents it. */
  record: Uint8Array;
  /** The evidence as the node gave it, byte for byte. */
  evidence: Uint8Array | string;
  /** What the verifier believes: docs/formats/trust.md. */
  policy: Policy | Uint8Array | string;
  /** Unix seconds by which the age of a status is measured; the clock if there is none. */
  now?: number;
  /** Who must have issued the record. */
  issuer?: string;
  /** Whom to ask about the chain; offline if there is none. rpc.mjs makes one. */
  chain?: Chain;
  /** Seconds that one question to chain may take; 10 if there is none. */
  timeout?: number;
}

/** An answer has a report, or the reason why there is none. */
export type Answer = { report: Report; error?: undefined } | { report?: undefined; error: string };

export interface Policy {
  registries?: { chainId: number; address: string; codeHash: string }[];
  blocks?: { chainId: number; number: number; hash: string }[];
  issuers?: { id: string; name?: string; logs?: string[]; keys?: string[] }[];
  maxStatusAgeSeconds?: number;
}

/** A report is what `akashi verify --json` writes. */
export interface Report {
  verdict: "verified" | "refuted" | "could-not-tell";
  steps: { code: string; result: "pass" | "warn" | "fail" | "unknown"; text: string }[];
  type?: "badge" | "course-qa" | "document";
  issuer?: { id: string; name?: string };
  /** "eip155:CHAIN:0xREGISTRY:0xLOGID" */
  log?: string;
  index?: number;
  existence?: { block: Block; size: number };
  status?: { state: "valid" | "suspended" | "revoked"; block: Block; size: number; final: boolean };
}

export interface Block {
  number: number;
  /** "0x" and 64 digits. */
  hash: string;
  /** Unix seconds. */
  time: number;
}

export interface Log {
  chainId: number;
  registry: string;
  log: string;
}

export interface Context {
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
}

/**
 * A chain reader answers questions about one Ethereum-compatible chain. What it
 * says is believed as far as it does not contradict the evidence, so it is the
 * verifier's choice and never the presenter's. That it throws means: it could
 * not be asked.
 */
export interface Chain {
  /** The EIP-155 id. */
  chainId(context: Context): Promise<number>;
  /** The runtime code at an address in the latest block, "0x…"; "0x" if there is none. */
  code(address: string, context: Context): Promise<string>;
  /** The highest block that will not be undone. */
  finalized(context: Context): Promise<Block>;
  /** The canonical block of that number. */
  block(number: number, context: Context): Promise<Block>;
  /** What the registry held for the log after block at; root in hexadecimal without 0x. */
  head(log: Log, at: Block, context: Context): Promise<{ size: number; root: string; time: number; closed: boolean }>;
  /** The Anchored events of the log in the canonical block of that number. */
  anchored(log: Log, number: number, context: Context): Promise<{ size: number; root: string; prevSize: number; block: Block }[]>;
  /** Every KeysChanged event of the log up to block at, oldest first; keys as "0x…". */
  keyChanges(log: Log, at: Block, context: Context): Promise<{ atSize: number; keys: string; block: Block }[]>;
}
