// Package testnet runs an Ethereum chain inside the process, for tests, for the
// demo and for trying the project out, and makes its JSON-RPC misbehave on
// request. It is linked into no shipped program but cmd/akashi-testnet.
//
// A [Chain] is go-ethereum's own node, with nobody to talk to: the same EVM,
// the same JSON-RPC, the rules of Osaka. What a development chain usually gets
// wrong, this one gets right, since code that passes against a chain that is
// kinder than any network has passed nothing:
//
//   - Finality lags. The finalized block is two below the head, it only moves
//     forward, and a block seals each second until every transaction is final.
//     The safe block lies between them.
//   - Block times strictly increase and are never ahead of the clock. A chain
//     that tells the truth about time therefore seals one block a second at
//     most; transactions that come faster share the next one. Options.Behind
//     lets a test trade truth for speed.
//   - A [Chain.Reorg] replaces blocks in one step, with their transactions
//     dropped or back in the pool, and never a finalized one.
//   - SIGKILL loses no block that anyone could have seen: each is on disk
//     before it is shown.
//
// A [Fault] stands between a client and a chain, any chain, as an HTTP proxy
// that is dead, hangs, lags, lies, loses transactions or answers rubbish.
package testnet
