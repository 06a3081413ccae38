// Package anchor brings the heads of a log to an Ethereum-compatible chain and
// the proofs of it back.
package anchor
