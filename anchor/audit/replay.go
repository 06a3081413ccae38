package audit

import (
	"bytes"
	"context"
	"errors"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/merkle"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/verify"
)

// A logState is how far the replay of one log has come. It is what a state
// file holds, written only between two bundles; memory grows with the anchors,
// the status tiles that are not all zero, and one bit for each entry.
type logState struct {
	Log checkpoint.LogID

	Done       bool   // the log is audited; only the rest of this block counts, and Sources: those that were asked for
	ResultJSON []byte // a Log; gob would drop pointers to zero
	Inputs     []Input

	// What was found before the first entry: the same in every run over the
	// same inputs, but it is not to be counted twice.
	Led ledger

	Note       []byte // the log's checkpoint when the replay began; nil: none
	NoteWhy    string // why there is none
	NoteSource string

	Next     uint64          // entries replayed
	Frontier merkle.Frontier // of them, by what was anchored as far as that is known
	Sure     bool            // Frontier is the anchored one
	Good     merkle.Frontier // at the last anchor whose frontier is sure
	Tainted  bool            // an entry before was not the anchored one: states may be wrong
	Served   merkle.Frontier // of the entries as they were served
	Doubted  uint64          // size of the first anchor that Served did not lead to; 0: none, and Served is not kept

	States   storedStates
	Eligible bitmap // which entries can have a state
	Count    Entries
	Sum      States

	Anchor    int      // number of the next anchor
	Results   []Anchor // judged
	AtEntries Entries  // at the last anchor
	AtStates  States

	HeadAt    uint64   // index of the last head entry
	HasHead   bool     // there was one
	HeadRight bool     // its status root is that of the entries
	Heads     []uint64 // head entries of this batch whose status root is right

	Sources []string // as reports name them
	Asked   []bool   // sources still asked
	Stopped bool     // the entries could not be read to the end
	Streams []stream
	Diffs   []difference // of mirrors, in this batch
	DiffsN  []uint64     // how many there were, for each source

	NoteRoot merkle.Hash // of the entries, at the checkpoint's size
	NoteSure bool

	HashTiles    stream
	StatusTiles  stream
	StatusSource string
	Transactions stream
	Registry     stream // its state
}

// A difference is an entry that a mirror serves otherwise.
type difference struct {
	Source int
	Entry  uint64
}

// maxDifferences is how many are kept of one batch for each mirror.
const maxDifferences = MaxFindings

// A replay goes through the entries of one log.
type replay struct {
	*logState
	plan   *plan
	reader *reader
	tree   *merkle.StatusTree
	end    uint64 // entries to read

	note     *checkpoint.Checkpoint // signed by keys of the log; nil: none
	term     int                    // of those keys; -1: none
	noteErr  error                  // what is wrong with it
	compared bool                   // its root was compared
	txs      func(ctx context.Context, list []verify.BlockHash) ([]*anchor.Transaction, error)
	begin    func()       // a bundle is begun: the state is not whole
	save     func() error // it is again
	advance  func(done, total uint64, anchors int)
}

// run replays to the end, or as far as the entries can be read.
func (r *replay) run(ctx context.Context) error {
	var err error
	if r.tree, err = merkle.NewStatusTree(r.States, r.Next); err != nil {
		return err
	}
	r.stopAt(0)
	for r.Next < r.end && !r.Stopped {
		which := r.asked()
		// A bundle is begun anew when only a part of it was taken: the
		// entries before Next are passed over.
		err := r.reader.read(ctx, which, r.Next-r.Next%merkle.TileWidth, r.end, func(p piece) error { return r.take(ctx, which, p) })
		if errors.Is(err, errSourceGone) {
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// errSourceGone says that the sources that are asked have changed.
var errSourceGone = errors.New("a source is not asked any more")

func (r *replay) asked() (which []int) {
	for i, on := range r.Asked {
		if on {
			which = append(which, i)
		}
	}
	return which
}

// take replays one bundle.
func (r *replay) take(ctx context.Context, which []int, p piece) error {
	main := p.got[0]
	for i, f := range p.got {
		if f.err == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		s := r.reader.sources[which[i]]
		r.Asked[which[i]] = false
		switch {
		case len(which) == 1:
			r.Stopped = true
			r.Led.find(EntryRead, verify.Unknown, Where{Entry: at(p.first), Source: s.shown}, "The entries from %d on cannot be read at %s: %v.", p.first, s.shown, f.err)
		case i == 0:
			r.Led.find(EntryRead, verify.Warn, Where{Entry: at(p.first), Source: s.shown}, "The entries from %d on cannot be read at %s, only at a mirror: %v.", p.first, s.shown, f.err)
		default:
			r.Led.find(MirrorEntries, verify.Warn, Where{Entry: at(p.first), Source: s.shown}, "The entries from %d on cannot be read at the mirror %s: %v.", p.first, s.shown, f.err)
		}
		return errSourceGone
	}
	r.begin()
	skip := int(r.Next - p.first)
	for i, f := range p.got {
		s := &r.Streams[which[i]]
		n := 0
		for _, e := range f.entries[:skip] {
			n += 2 + len(e)
		}
		s.more(f.raw[n:])
		s.items += uint64(len(f.entries) - skip)
		if i > 0 && !bytes.Equal(f.raw, main.raw) {
			r.compare(which[i], p.first, skip, main.entries, f.entries)
		}
	}
	for i := skip; i < len(main.entries); i++ {
		index := p.first + uint64(i)
		r.Frontier.Append(main.leaves[i])
		if r.Doubted > 0 {
			r.Served.Append(main.leaves[i])
		}
		if err := r.entry(index, main.entries[i]); err != nil {
			return err
		}
		r.Next = index + 1
		if err := r.stop(ctx); err != nil {
			return err
		}
	}
	r.States.keep(r.tree)
	r.advance(r.Next, r.end, r.Anchor)
	return r.save()
}

func (r *replay) compare(source int, first uint64, skip int, a, b [][]byte) {
	for i := skip; i < len(a); i++ {
		if bytes.Equal(a[i], b[i]) {
			continue
		}
		if r.DiffsN[source]++; r.DiffsN[source] <= maxDifferences {
			r.Diffs = append(r.Diffs, difference{source, first + uint64(i)})
		}
	}
}

// quiet reports whether an entry lies before what is to be judged.
func (r *replay) quiet(index uint64) bool {
	return r.plan.first > 0 && index < r.plan.all[r.plan.base].PrevSize
}

// entry takes one entry for what it says.
func (r *replay) entry(index uint64, raw []byte) error {
	e, err := record.ParseEntry(raw)
	r.Count.Total++
	eligible := false
	switch {
	case err != nil:
		r.Count.Unknown++
		if !r.quiet(index) {
			r.Led.find(EntryForm, verify.Warn, Where{Entry: at(index)}, "Entry %d is of no version, kind or type that is known; it has %d bytes.", index, len(raw))
		}
	case e.Kind == record.Sealed, e.Kind == record.Open:
		if e.Kind == record.Sealed {
			r.Count.Sealed++
		} else {
			r.Count.Open++
		}
		switch e.Type {
		case record.Badge:
			r.Count.Badge++
		case record.CourseQA:
			r.Count.CourseQA++
		case record.Document:
			r.Count.Document++
		}
		if eligible = e.Type != record.CourseQA; eligible {
			r.Sum.Valid++
		}
	case e.Kind == record.Status:
		r.Count.Status++
		if err := r.change(index, e); err != nil {
			return err
		}
	case e.Kind == record.Head:
		r.Count.Head++
		if err := r.head(index, e); err != nil {
			return err
		}
	}
	r.Eligible.push(index, eligible)
	return nil
}

// change applies a status entry (docs/formats/status.md).
func (r *replay) change(index uint64, e record.Entry) error {
	target := record.Entry{}
	var now record.State
	if e.Target < index && r.Eligible.has(e.Target) {
		// Which of the eligible kinds it is makes no difference to the effect.
		target = record.Entry{Kind: record.Sealed, Type: record.Badge}
		if err := r.grow(index); err != nil {
			return err
		}
		s, err := r.tree.State(e.Target)
		if err != nil {
			return err
		}
		now = record.State(s)
	}
	next, err := e.Effect(index, target, now)
	if err != nil {
		r.Count.NoEffect++
		why := "nothing but a badge or a document has a state"
		switch {
		case e.Target >= index:
			why = "that is not before it"
		case now == record.Revoked:
			why = "that is revoked, which is final"
		}
		if !r.quiet(index) {
			r.Led.find(EntryEffect, verify.Warn, Where{Entry: at(index)}, "Status entry %d changes nothing: it is about entry %d, and %s.", index, e.Target, why)
		}
		return nil
	}
	if next == now {
		return nil
	}
	*r.sum(now)--
	*r.sum(next)++
	return r.tree.Set(e.Target, uint8(next))
}

func (r *replay) sum(s record.State) *uint64 {
	switch s {
	case record.Suspended:
		return &r.Sum.Suspended
	case record.Revoked:
		return &r.Sum.Revoked
	}
	return &r.Sum.Valid
}

// grow lets the status tree cover the targets below n.
func (r *replay) grow(n uint64) error {
	if n <= r.tree.Size() {
		return nil
	}
	return r.tree.Grow(n)
}

// head compares a head entry with the states that the entries before give.
func (r *replay) head(index uint64, e record.Entry) error {
	if r.quiet(index) {
		return nil
	}
	if err := r.grow(index); err != nil {
		return err
	}
	root, err := r.tree.Root()
	if err != nil {
		return err
	}
	r.States.keep(r.tree)
	r.HeadAt, r.HasHead, r.HeadRight = index, true, root == merkle.Hash(e.StatusRoot)
	if r.HeadRight {
		r.Heads = append(r.Heads, index)
	}
	if r.Anchor < len(r.plan.all) && index+1 == r.plan.all[r.Anchor].Size {
		return nil // judged with its anchor
	}
	switch {
	case r.HeadRight:
		r.Led.pass(EntryHead)
	case r.Tainted:
		r.Led.find(EntryHead, verify.Warn, Where{Entry: at(index)}, "The status root of head entry %d, which ends no anchored tree, is not that of the status entries before it; an entry before was changed.", index)
	default:
		r.Led.find(EntryHead, verify.Warn, Where{Entry: at(index)}, "The status root of head entry %d, which ends no anchored tree, is not that of the status entries before it.", index)
	}
	return nil
}

// stop does what is due after an entry: the checkpoint's root, and an anchor.
func (r *replay) stop(ctx context.Context) error {
	r.stopAt(r.Next)
	for r.Anchor < len(r.plan.all) && r.plan.all[r.Anchor].Size <= r.Next {
		k := r.Anchor
		a := r.plan.all[k]
		if a.Size == r.Next && k >= r.plan.base {
			if err := r.judge(ctx, k, &a); err != nil {
				return err
			}
			r.Results = append(r.Results, a)
		} else if a.Size < r.Next { // the events contradict each other; that is noted
			a.note(AnchorRoot, verify.Unknown)
			r.Led.find(AnchorRoot, verify.Unknown, Where{Anchor: at(a.Size)}, "The anchor of size %d cannot be judged, since the events before it lead to a larger size.", a.Size)
			r.Results = append(r.Results, a)
		}
		r.Anchor++
		r.AtEntries, r.AtStates = r.Count, r.Sum
		r.Heads, r.Diffs = nil, nil
		clear(r.DiffsN)
	}
	return nil
}

func (r *replay) stopAt(size uint64) {
	if r.note != nil && r.note.Tree.Size == size && r.Next == size {
		r.NoteRoot, r.NoteSure = r.Frontier.Tree().Root, r.Sure
	}
}

// since is from which entry on those of an anchor are not known to be right:
// the end of the one before, if that was judged.
func (r *replay) since(k int) uint64 {
	if k == r.plan.base {
		return 0
	}
	return r.plan.all[k].PrevSize
}

// judge holds one anchor against the entries up to it.
func (r *replay) judge(ctx context.Context, k int, a *Anchor) error {
	where := Where{Anchor: at(a.Size), Block: at(a.Block)}
	if r.Doubted > 0 && r.Served.Tree().Root == a.Root {
		// The registry lets an anchor follow only those that its tree extends.
		r.Led.find(ChainEvents, verify.Unknown, where, "The RPC contradicts itself: the entries lead to the root that was anchored at size %d, which cannot follow the one that it gives for size %d.", a.Size, r.Doubted)
		r.Frontier, r.Sure, r.Tainted, r.Doubted = r.Served, true, false, 0
	}
	before := r.Sure
	right := before && r.Frontier.Tree().Root == a.Root
	switch {
	case right:
		r.Led.pass(AnchorRoot)
		r.tellMirrors()
	case before:
		if r.Doubted == 0 {
			r.Served, r.Doubted = r.Frontier, a.Size
		}
		r.Sure, r.Tainted = false, true
		otherwise, err := r.name(ctx, k)
		switch {
		case err != nil:
			return err
		case otherwise:
			a.note(AnchorRoot, verify.Unknown)
			unsteady := where
			unsteady.Source = r.reader.sources[r.asked()[0]].shown
			r.Led.find(AnchorRoot, verify.Unknown, unsteady, "The entries up to %d that %s served do not lead to the root that was anchored at size %d, but those that it served when it was asked again do: its answers differ from one time to the next. Audit once more.", a.Size-1, unsteady.Source, a.Size)
		default:
			a.note(AnchorRoot, verify.Fail)
			r.Led.find(AnchorRoot, verify.Fail, where, "The entries do not lead to the root that was anchored at size %d in block %d: among entries %d to %d one was changed, removed or put in.", a.Size, a.Block, r.since(k), a.Size-1)
		}
	default:
		a.note(AnchorRoot, verify.Unknown)
		r.Led.find(AnchorRoot, verify.Unknown, where, "The entries up to %d cannot be compared with the anchor of size %d: they follow entries that were changed, and the chain's transactions do not give the hashes to go on from.", a.Size-1, a.Size)
	}
	if !r.Sure {
		if err := r.recover(ctx, k); err != nil {
			return err
		}
	}
	if r.Sure {
		r.Good = r.Frontier
	}
	r.judgeHead(a, where, right)
	return nil
}

// judgeHead holds the last entry of an anchored tree against the status
// entries.
func (r *replay) judgeHead(a *Anchor, where Where, right bool) {
	where.Entry = at(a.Size - 1)
	isHead := r.HasHead && r.HeadAt == a.Size-1
	switch {
	case !right:
		a.note(AnchorHead, verify.Unknown)
		r.Led.find(AnchorHead, verify.Unknown, where, "Whether the tree of size %d ended in a head entry is not known, since its entries are not those that were anchored.", a.Size)
		a.note(AnchorStatus, verify.Unknown)
		r.Led.find(AnchorStatus, verify.Unknown, where, "What states the log told at size %d is not known, since its entries are not those that were anchored.", a.Size)
	case !isHead:
		a.note(AnchorHead, verify.Fail)
		r.Led.find(AnchorHead, verify.Fail, where, "The last entry of the tree anchored at size %d is no head entry: from this anchor nobody can tell a state.", a.Size)
		a.note(AnchorStatus, verify.Unknown)
		r.Led.find(AnchorStatus, verify.Unknown, where, "The tree anchored at size %d has no head entry at its end to compare.", a.Size)
	default:
		r.Led.pass(AnchorHead)
		switch {
		case r.HeadRight:
			r.Led.pass(AnchorStatus)
		case r.Tainted:
			a.note(AnchorStatus, verify.Unknown)
			r.Led.find(AnchorStatus, verify.Unknown, where, "The status root at size %d is not that of the status entries as they are served, of which at least one was changed.", a.Size)
		default:
			a.note(AnchorStatus, verify.Fail)
			r.Led.find(AnchorStatus, verify.Fail, where, "The head entry at index %d, anchored at size %d, has another status root than the status entries before it: the log tells verifiers other states than its own entries give.", a.Size-1, a.Size)
		}
	}
}

// tellMirrors notes what mirrors serve otherwise than was anchored.
func (r *replay) tellMirrors() {
	for _, d := range r.Diffs {
		s := r.reader.sources[d.Source]
		r.Led.find(MirrorEntries, verify.Warn, Where{Entry: at(d.Entry), Source: s.shown}, "The mirror %s serves another entry %d than the one that was anchored.", s.shown, d.Entry)
	}
	for i, n := range r.DiffsN {
		if n > maxDifferences {
			r.Led.find(MirrorEntries, verify.Warn, Where{Source: r.reader.sources[i].shown}, "The mirror %s serves %d further entries of this batch otherwise.", r.reader.sources[i].shown, n-maxDifferences)
		}
	}
	for _, i := range r.asked()[1:] {
		if r.DiffsN[i] == 0 {
			r.Led.pass(MirrorEntries)
		}
	}
}

// rest is what could not be judged since the entries could not be read.
func (r *replay) rest() {
	if !r.Stopped {
		return
	}
	for k := r.Anchor; k < len(r.plan.all); k++ {
		if k < r.plan.base {
			continue
		}
		a := r.plan.all[k]
		for _, c := range []Code{AnchorRoot, AnchorHead, AnchorStatus} {
			a.note(c, verify.Unknown)
			r.Led.tally(c).Unknown++
		}
		if k == max(r.Anchor, r.plan.base) {
			r.Led.find(AnchorRoot, verify.Unknown, Where{Anchor: at(a.Size), Block: at(a.Block)}, "From the anchor of size %d on nothing could be compared, since entries could not be read.", a.Size)
			r.Led.tally(AnchorRoot).Unknown--
		}
		r.Results = append(r.Results, a)
	}
}
