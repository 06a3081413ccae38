// Package ld turns a JSON-LD document into the RDF statements that a Data
// Integrity proof of an rdfc suite signs: by pinned contexts, without losing a
// word, and with bounded work.
//
// # Contexts
//
// Contexts holds context documents by URL, each pinned by the SHA-256 of its
// bytes. Those that ship with the program are data files; contexts/manifest.json
// names the source and licence of each. Nothing is ever fetched: a document that
// names another context is refused with CodeUnpinned, and an operator can add
// that context with Contexts.With. Publishers do change documents under one URL,
// so a URL can have several versions; Contexts.Choices lists the ways to choose,
// and Statements says which versions gave the terms their meaning.
//
// # Statements
//
// Contexts.Statements is JSON-LD 1.1 expansion and deserialization to RDF (W3C
// JSON-LD 1.1 Processing Algorithms and API, sections 4, 5 and 8) for the part
// of the language that credentials use. JSON-LD drops what it does not
// understand, without a word, and what is dropped is not signed. Here each such
// thing is refused with the place in the document:
//
//	ld.term       a member that no context defines, or that one defines as nothing
//	ld.relative   an id, type or reference that is relative
//	ld.iri        an IRI with characters that N-Quads cannot hold
//	ld.dropped    anything else without a place in RDF: @index, @direction, a value
//	              of null with a type, the 17th digit of a number, an empty graph
//	ld.protected  a protected term defined anew, a pinned one by the document itself
//
// The same RDF can be written as JSON in many ways, and who reads the JSON must
// find what was signed. So these are refused too, with ld.hidden:
//
//	a member named by its IRI, or by a term of the document's own, where a
//	pinned context has a name for it: credentialStatus would not be found
//	@nest, @included, @reverse and @graph, which put members elsewhere
//	an object elsewhere in the document with the id of the document itself and
//	a member that belongs to the document, or that no pinned context names
//	an id shortened by a prefix that the document itself defines
//
// What was moved before it came here cannot be seen: a member that stood in an
// object with the document's own id stands at the top then, and says the same.
// A mere reference back to the document remains, and Stated.Looped tells of it.
//
// @base, @import, term definitions with @reverse, @nest, @index, @direction, and
// maps by @id, @type and @index are not taken (ld.unsupported). A member whose
// value is null is the same as none, in JSON-LD as for any reader.
//
// # Canonical form
//
// Canonicalize is RDFC-1.0 (W3C RDF Dataset Canonicalization), with SHA-256 or
// SHA-384. Its worst case is factorial; Limits.Steps bounds it, and beyond that
// the answer is CodeComplex, "refused: too complex". ParseNQuads reads the
// statements of others.
package ld
