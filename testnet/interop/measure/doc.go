// Package measure holds the benchmarks that need more than one package of
// akashi, or a peer: durable adds beside Tessera's, and what a node's HTTP
// serves beside Tessera's server and one that does nothing. Each benchmark runs
// every side with the same records, the same callers and on the same
// filesystem. docs/benchmarks.md is made of them.
//
// Sides share the machine with the callers, so a figure of HTTP is half that of
// the client; the ratio of two figures is what counts.
package measure
