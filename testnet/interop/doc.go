// Package interop tries akashi with other people's tools: a running node, and
// programs and libraries that know the C2SP formats and nothing of akashi.
//
// Package live runs the node. The tests grow its log to sizes at which tiles of
// three levels are full or partial, and let each tool read it at each size:
// golang.org/x/mod/sumdb/tlog, Tessera's client and its fsck, and
// transparency-dev/formats. What damages a file on the way must be found by
// them, or their agreement would show nothing.
//
// Package credentials signs and checks badges both ways with JavaScript of others,
// and package jsonld holds JSON-LD to the W3C's tests and another library. Program
// vcsuites runs public test suites of the W3C's API against a node. Package measure
// and program bench measure akashi beside its peers.
//
// It is a module of its own, so that none of them reaches akashi's.
package interop
