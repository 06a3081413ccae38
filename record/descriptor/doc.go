// Package descriptor reads what a badge says of itself as a micro-credential:
// the 17 descriptors of the Japanese framework 1.0, and where the European,
// Australian and Malaysian ones have a counterpart.
//
// Each descriptor is looked for in three places, in this order:
//
//	extension  the member "microCredential" of the achievement (Open Badges 3.0,
//	           CLR 2.0) or "extensions:microCredential" of the BadgeClass
//	           (Open Badges 2.0): docs/formats/descriptors.md
//	core       the members that the standards themselves have
//	text       a labelled passage in the Markdown of criteria.narrative, in
//	           Japanese or English
//
// Lint says what was found, and what is missing or weak; Crosswalk shows one
// badge in all frameworks side by side. Frameworks are data, in the folder
// frameworks. The text for people comes from one catalogue, in Japanese and
// English.
//
// Nothing is judged here of whether a badge is genuine, and nothing is fetched.
package descriptor
