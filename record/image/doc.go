// Package image finds badges in pictures and puts them there: baked PNG and
// SVG files of Open Badges 2.0 and 3.0, and akashi's evidence beside the badge.
// It walks the file's structure and never decodes a picture.
//
//	              Open Badges 2.0               Open Badges 3.0, CLR 2.0       evidence
//	PNG, iTXt     openbadges                    openbadgecredential            akashi-evidence
//	SVG, element  assertion in the namespace    credential in the namespace    evidence in the namespace
//	              http://openbadges.org         https://purl.imsglobal.org/    https://github.com/akashi-project/
//	                                            ob/v3p0                        akashi/evidence/v1
//
// A badge is one JSON object or one compact JWS. Extract gives its bytes as
// they were baked; Bake and PutEvidence change nothing else of the file, not a
// byte: they insert. An image with two badges is refused, since two readers
// would take two different ones, and so is every file that readers see
// differently: a wrong checksum, a chunk after the end, an XML attribute that
// only its DOCTYPE gives. Entities are never expanded.
//
// Badges that others baked in older ways are read too, and a Warning says so:
// compressed text (iTXt, zTXt), Latin-1 text (tEXt), and images that hold
// nothing but the address of a badge.
//
// A gzipped SVG (.svgz) is no image here: the same picture has many compressed
// forms. Unpack it first.
//
// Sources: PNG (W3C, third edition), Open Badges Baking Specification 2.0,
// Open Badges 3.0, section 5.3; XML 1.0 and Namespaces in XML 1.0.
package image
