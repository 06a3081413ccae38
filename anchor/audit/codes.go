package audit

// A Code names a check of an audit. Codes are stable: a release may add some,
// and never gives one another meaning.
type Code string

// The codes, in the order in which reports have them.
const (
	ChainCode   Code = "chain.code"
	ChainEvents Code = "chain.events"
	ChainBlock  Code = "chain.block"
	ChainState  Code = "chain.state"

	LogID     Code = "log.id"
	LogKeys   Code = "log.keys"
	LogOwner  Code = "log.owner"
	LogClosed Code = "log.closed"

	AnchorOrder  Code = "anchor.order"
	AnchorTime   Code = "anchor.time"
	AnchorGap    Code = "anchor.gap"
	AnchorRoot   Code = "anchor.root"
	AnchorHead   Code = "anchor.head"
	AnchorStatus Code = "anchor.status"

	EntryRead    Code = "entry.read"
	EntryChanged Code = "entry.changed"
	EntryForm    Code = "entry.form"
	EntryEffect  Code = "entry.effect"
	EntryHead    Code = "entry.head"

	MirrorEntries Code = "mirror.entries"

	CheckpointRead   Code = "checkpoint.read"
	CheckpointSigned Code = "checkpoint.signed"
	CheckpointTree   Code = "checkpoint.tree"
	CheckpointAhead  Code = "checkpoint.ahead"
	StatusTiles      Code = "status.tiles"
)

// A CodeInfo documents a Code.
type CodeInfo struct {
	Code    Code
	Asks    string // what the check asks
	Fails   string // what contradicts it; empty when it never fails
	Warns   string // what is worth knowing; empty when there is nothing
	Unknown string // why it may not be known
}

// Codes is the table of all codes, in the order in which reports have them.
var Codes = []CodeInfo{
	{ChainCode, "Is the code at the registry's address that of the registry?",
		"", "", "The RPC gives other code, or none: what other code calls an anchor proves nothing."},
	{ChainEvents, "Were all events of the log in the range read?",
		"", "", "The RPC could not be asked, or gave events that cannot be, or in an order that cannot be."},
	{ChainBlock, "Is the block of each event canonical and final?",
		"", "", "The RPC gives another block of that number, or none."},
	{ChainState, "Does the registry's state at the end of the range agree with the events: head, and count of the owner's actions?",
		"", "The RPC keeps no state of that block, so that events it left out at the end of the range would not be noticed.", "They disagree: the RPC left events out, or made some up."},
	{LogID, "Is the log's id that of its owner, origin and keys?",
		"", "", "The opening of the log was not found, or its event does not lead to the id."},
	{LogKeys, "Are the keys that were announced keys of the log?",
		"", "They are not: nobody can sign its checkpoints until others are announced.", ""},
	{LogOwner, "Do the changes of owner and operator follow from each other?",
		"", "", "They do not: events are missing or made up."},
	{LogClosed, "Did nothing follow the closing?",
		"", "The log signed a larger checkpoint than it was closed at: what it took in since will never be anchored.", "Events follow the closing, which the registry does not allow."},
	{AnchorOrder, "Does each anchor begin where the one before ended?",
		"", "", "It does not: events are missing or made up."},
	{AnchorTime, "Do the times of the anchors' blocks never fall?",
		"", "", "They do, which the chain does not allow."},
	{AnchorGap, "Was there an anchor often enough?",
		"", "There was none for longer than the limit asked for.", ""},
	{AnchorRoot, "Do the entries lead to the anchored root, and so each tree to the next?",
		"They lead to another root: an entry was changed, removed or put in.", "", "Not all entries could be read."},
	{AnchorHead, "Is the last entry of the anchored tree a head entry?",
		"It is another one: verifiers cannot tell the state of any entry from this anchor.", "", "The entries are not those that were anchored."},
	{AnchorStatus, "Is the head entry's status root that of the status entries before it?",
		"It is another one: the log tells verifiers other states than its own entries give.", "", "The entries are not those that were anchored, or could not be read."},
	{EntryRead, "Could the entries be read?",
		"", "", "Where the log serves its tiles nobody answers, or not with entries."},
	{EntryChanged, "Which entries are not those that were anchored?",
		"The entries that are named are not, or those that are named have one among them that is not.", "", "What is public does not tell."},
	{EntryForm, "Is each entry of a known version, kind and type?",
		"", "It is not. It occupies its index and changes no state.", ""},
	{EntryEffect, "Does each status entry have an effect?",
		"", "It has none: its target is not before it, or can have no state, or is revoked. No node of akashi writes such an entry.", ""},
	{EntryHead, "Is the status root right of each head entry that ends no anchored tree?",
		"", "It is not. No verifier relies on it.", ""},
	{MirrorEntries, "Do the mirrors serve the same entries?",
		"", "A mirror could not be read, or serves others than were anchored.", ""},
	{CheckpointRead, "Could the log's checkpoint be read?",
		"", "", "Where the log serves its tiles nobody answers, or not with a checkpoint."},
	{CheckpointSigned, "Is it signed with the keys that count at its size?",
		"", "It is signed with keys of the log that do not count at that size.", "No key of the log has signed it."},
	{CheckpointTree, "Do the entries lead to its root?",
		"A checkpoint that the log signed has another root than its own entries, or than an anchor.", "", "Not all its entries could be read, or it has another root and is signed with keys that do not count."},
	{CheckpointAhead, "Does it cover all that is anchored?",
		"", "It is smaller than the last anchor, so that a part of what is anchored is not served.", ""},
	{StatusTiles, "Are the states that the log serves those that its entries give?",
		"", "They are not, or could not be read, or the log grew meanwhile.", ""},
}
