// Types of akashi-badge.mjs; docs/wasm.md is the manual.

/** load compiles the program and starts it. It rejects when source is not akashi-badge.wasm. */
export function load(
  source: BufferSource | Response | WebAssembly.Module | Promise<BufferSource | Response | WebAssembly.Module>,
  options?: {
    /** SHA-256 that the bytes must have, in lower-case hexadecimal. */
    sha256?: string;
  },
): Promise<Badges>;

export interface Badges {
  /** check judges a badge by itself. The promise is never rejected. Any number of checks may go on at once. */
  check(request: Request): Promise<Answer>;
}

export interface Request {
  /** JSON, a compact JWS, or a PNG or SVG image with either baked in. */
  badge: Uint8Array | string;
  /** How documents are fetched that the badge names; offline if there is none. */
  fetcher?: Fetcher;
  /** The transcript of an earlier check, to make it again. It stands for fetcher and now. */
  replay?: Transcript | Uint8Array | string;
  /** Whose badge it must be: an address of mail, or an id. */
  recipient?: string;
  /** Of the sentences; "en" if there is none. */
  language?: "en" | "ja";
  /** Unix seconds; the clock if there is none. */
  now?: number;
  /** Seconds for the whole check; 60 if there is none. */
  timeout?: number;
}

/** An answer has a report, or the reason why there is none. */
export type Answer =
  | { report: Report; transcript: Transcript; error?: undefined }
  | { report?: undefined; transcript?: undefined; error: string };

/**
 * A fetcher gets one document by GET. It is asked for absolute https URLs that
 * the badge's author chose, so it sends no cookies and follows no redirect to
 * another host; outside a browser it also refuses addresses of private networks.
 * That it throws means: unreachable. An error names why there is no document.
 */
export type Fetcher = (
  url: string,
  context: {
    /** Media types that are of use, best first. */
    accept: string[];
    /** Aborted when nobody waits for the document any more. */
    signal: AbortSignal;
  },
) => Promise<
  | { status: number; contentType?: string; body?: Uint8Array | ArrayBuffer | string; error?: undefined }
  | { error: "address" | "redirect" | "too-large" | "timeout" | "unreachable" | "tls" | "not-recorded" }
>;

/** A report is what `akashi badge check --json` writes, without the name of a file. */
export interface Report {
  verdict: "verified" | "refuted" | "could-not-tell";
  /** Unix seconds. */
  at: number;
  kind: { standard?: string; dataModel?: string; form?: string; image?: string; title?: string };
  issuer?: { id: string; name?: string; proven: boolean };
  checks: { code: string; result: "pass" | "warn" | "fail" | "unknown"; text: string }[];
  credentials?: Nested[];
  endorsements?: Nested[];
  /** "eip155:CHAIN:0xREGISTRY:0xLOGID" of each log that the badge names under its proven issuer's signature. */
  logs?: string[];
  /** What was fetched, without bodies. */
  fetched?: Entry[];
}

/** A report on a credential within; path is its place, such as "credentialSubject.verifiableCredential[0]". */
export type Nested = { path: string } & Report;

export interface Entry {
  url: string;
  /** Unix seconds. */
  at: number;
  status?: number;
  contentType?: string;
  /** Of the body, in hexadecimal. */
  sha256?: string;
  bytes?: number;
  /** Base64; only in a transcript. */
  body?: string;
  error?: string;
}

/** What was fetched, with bodies: JSON.stringify makes the file of `akashi badge check --record`. */
export interface Transcript {
  v: 1;
  at: number;
  entries: Entry[];
}
