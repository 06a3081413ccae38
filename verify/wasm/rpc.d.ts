// Types of rpc.mjs.

import type { Chain } from "./akashi-verify.mjs";

/** rpc returns a chain reader that asks the Ethereum node at that address by JSON-RPC. */
export function rpc(
  url: string | URL,
  options?: {
    /** A block that lies so many below the latest counts as final; 0 or none: what the chain says is final. */
    confirmations?: number;
    /** The block from which on events are looked for; 0 if there is none. */
    from?: number;
    /** Another fetch, with headers of its own for example. */
    fetch?: typeof fetch;
  },
): Chain;
