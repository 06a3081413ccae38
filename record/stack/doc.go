// Package stack holds badges against a programme that they are to add up to:
// which units they meet, how many hours and credits that makes, at which level,
// in which order, for which outcomes, and whether they are of one learner.
//
// A programme is a file (docs/formats/programme.md) of one of three models:
//
//	inclusion  the badges are the parts of the programme; each unit is needed
//	           unless it is optional
//	transfer   the badges were earned elsewhere and are taken for units, from
//	           the issuers that the programme recognises and up to a limit
//	modular    any units count until hours, credits and outcomes suffice
//
// Check gives a Dossier: the same bytes for the same input, as JSON and as a
// page to print. Whether each badge is genuine is the judgement of others,
// handed in with it; without one the dossier says "not checked".
package stack
