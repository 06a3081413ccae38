package audit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/verify"
	"github.com/ethereum/go-ethereum/crypto"
)

// An auditor is one run.
type auditor struct {
	o       Options
	reader  *anchor.Reader
	state   *state
	resumed bool
	saved   time.Time
	pace    time.Duration
	amid    bool // within a bundle: the state is not whole
}

// Run audits. A report comes back unless the audit could not be made at all:
// then the error wraps ErrOptions, ErrState, ErrRange, anchor.ErrNoAnswer (the
// chain could not be asked) or anchor.ErrWrongChain, or is the context's. With
// a state file, another Run goes on after any of these; when all was read the
// file is removed.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	a := &auditor{o: o, reader: anchor.NewReader(o.Client, o.Confirmations), saved: time.Now(), pace: o.SaveEvery}
	report, err := a.run(ctx)
	// A bundle that was begun and not ended is not saved: an earlier save
	// stands, if there was one.
	if err != nil && a.state != nil && !a.amid && !errors.Is(err, ErrState) {
		if saveErr := a.save(true); saveErr != nil {
			err = errors.Join(err, saveErr)
		}
	}
	return report, err
}

func (a *auditor) run(ctx context.Context) (*Report, error) {
	id, err := ask(ctx, &a.o, func() (uint64, error) { return a.reader.ChainID(ctx) })
	if err != nil {
		return nil, err
	}
	if id != a.o.ChainID {
		return nil, fmt.Errorf("%w: %s is a node of chain %d, the audit is of chain %d", anchor.ErrWrongChain, a.o.Client.Host(), id, a.o.ChainID)
	}
	if err := a.load(ctx); err != nil {
		return nil, err
	}
	s := a.state
	if !a.resumed {
		r, err := resolve(ctx, &a.o)
		if err != nil {
			a.state = nil // nothing that is worth keeping
			return nil, err
		}
		s.Range = r
		code, err := ask(ctx, &a.o, func() ([]byte, error) { return a.o.Client.Code(ctx, a.o.Registry) })
		if err != nil {
			a.state = nil
			return nil, err
		}
		s.CodeHash = verify.BlockHash(crypto.Keccak256Hash(code))
		s.Code.add(code)
	}
	if err := a.collect(ctx); err != nil {
		return nil, err
	}
	report := &Report{
		Version:  ReportVersion,
		Registry: Registry{ChainID: a.o.ChainID, Address: a.o.Registry, CodeHash: s.CodeHash, Known: s.CodeHash == verify.BlockHash(contracts.RuntimeCodeHash)},
		Range:    s.Range,
		Inputs:   []Input{{Kind: InputCode, Source: "chain", Items: 1, Bytes: s.Code.bytes, SHA256: s.Code.sum()}},
		Logs:     []Log{},
	}
	if a.o.Log != nil {
		report.Subject = &checkpoint.LogRef{ChainID: a.o.ChainID, Registry: a.o.Registry, Log: *a.o.Log}
	}
	var led ledger
	if report.Registry.Known {
		led.pass(ChainCode)
	} else if s.Code.bytes == 0 {
		led.find(ChainCode, verify.Unknown, Where{}, "There is no contract at %s on this chain.", a.o.Registry)
	} else {
		led.find(ChainCode, verify.Unknown, Where{}, "The code at %s has the hash %s, which is not that of the registry: what it calls an anchor proves nothing.", a.o.Registry, s.CodeHash)
	}
	ids := a.subjects()
	if len(ids) == 0 {
		led.find(ChainEvents, verify.Unknown, Where{}, "The RPC gives no event of the registry up to block %d: no log was opened there, or the RPC has dropped its history.", s.Range.To.Number)
	}
	whole := true
	verdicts := []verify.Verdict{led.verdict()}
	for i, id := range ids {
		l, inputs, err := a.log(ctx, id, i, len(ids))
		if err != nil {
			return nil, err
		}
		if !s.Replays[id].Done {
			whole = false
		}
		report.Logs = append(report.Logs, l)
		report.Inputs = append(report.Inputs, inputs...)
		verdicts = append(verdicts, l.Verdict)
	}
	// All that was read was read of this chain.
	to, err := ask(ctx, &a.o, func() (verify.Block, error) { return a.reader.Block(ctx, s.Range.To.Number) })
	if err != nil {
		return nil, err
	}
	if to.Hash != s.Range.To.Hash {
		led.find(ChainBlock, verify.Unknown, Where{Block: at(to.Number)}, "The last block of the range, which was final, is another one now.")
		verdicts = append(verdicts, verify.CouldNotTell)
	}
	report.Findings = led.findings()
	report.Verdict = worst(verdicts)
	if led.verdict() != verify.Verified {
		report.Verdict = verify.CouldNotTell // what is not the registry, or not final, refutes nobody
	}
	if a.o.State == "" {
		return report, nil
	}
	if !whole {
		return report, a.save(true)
	}
	if err := os.Remove(a.o.State); err != nil && !errors.Is(err, os.ErrNotExist) {
		return report, fmt.Errorf("state file: %w", err)
	}
	return report, nil
}

// worst is refuted if any is, else could-not-tell if any is.
func worst(list []verify.Verdict) verify.Verdict {
	switch {
	case slices.Contains(list, verify.Refuted):
		return verify.Refuted
	case slices.Contains(list, verify.CouldNotTell):
		return verify.CouldNotTell
	}
	return verify.Verified
}

// subjects are the logs to audit, in the order of their first events.
func (a *auditor) subjects() []checkpoint.LogID {
	if a.o.Log != nil {
		return []checkpoint.LogID{*a.o.Log}
	}
	list := slices.DeleteFunc(slices.Clone(a.state.Order), func(id checkpoint.LogID) bool {
		// Anybody can make the registry skip an anchor of a log that never was.
		return len(a.state.Logs[id].Events) == 0
	})
	// Whoever says where a log's tiles are wants to hear of it.
	for _, t := range a.o.Tiles {
		if !slices.Contains(list, *t.Log) {
			list = append(list, *t.Log)
		}
	}
	return list
}

// log audits one log.
func (a *auditor) log(ctx context.Context, id checkpoint.LogID, number, of int) (Log, []Input, error) {
	s := a.state
	if done := s.Replays[id]; done != nil && done.Done && slices.Equal(done.Sources, a.o.shown(id)) {
		return done.result()
	}
	ref := checkpoint.LogRef{ChainID: a.o.ChainID, Registry: a.o.Registry, Log: id}
	events := s.log(id)
	blocks, headers, err := a.headers(ctx, events.Events, s.Range.To)
	if err != nil {
		return Log{}, nil, err
	}
	before := s.Replays[id] // of an earlier run
	var led ledger
	led.pass(ChainEvents)
	p := follow(ref, events.Events, blocks, &a.o, s.Range.From, s.Range.To, &led)
	p.log.Skipped = events.Skipped
	var txs, held stream
	if err := a.senders(ctx, p, &txs); err != nil {
		return Log{}, nil, err
	}
	// An RPC that keeps no such state will not have it next time either.
	state, err := a.o.Client.LogState(ctx, ref, s.Range.To)
	if err != nil && ctx.Err() == nil {
		state, err = a.o.Client.LogState(ctx, ref, s.Range.To)
	}
	switch {
	case ctx.Err() != nil:
		return Log{}, nil, ctx.Err()
	case err != nil:
		p.compare(nil, &led)
	default:
		held.add(appendState(nil, &state))
		p.compare(&state, &led)
	}
	sources, err := a.sourcesOf(id, p)
	defer func() {
		for _, src := range sources {
			src.close()
		}
	}()
	r := &replay{plan: p}
	if before != nil && !before.Done && before.sameSources(sources) && before.unbroken() {
		r.logState = before
		// Where nobody answered there was no checkpoint either.
		if r.goOn() && r.Note == nil {
			if err := r.fetchNote(ctx, s.Range, sources); err != nil {
				return Log{}, nil, err
			}
		}
	} else {
		r.logState = &logState{Log: id, Led: led, Sure: true, States: storedStates{}, Streams: make([]stream, len(sources)), DiffsN: make([]uint64, len(sources)), Asked: make([]bool, len(sources)), Transactions: txs, Registry: held}
		for i, src := range sources {
			r.Asked[i], r.Sources = true, append(r.Sources, src.shown)
		}
		if err != nil {
			r.Stopped = true
			r.Led.find(EntryRead, verify.Unknown, Where{}, "Where the log serves its tiles is not known: %v.", err)
		} else if err := r.fetchNote(ctx, s.Range, sources); err != nil {
			return Log{}, nil, err
		}
		s.Replays[id] = r.logState
	}
	if r.States == nil {
		r.States = storedStates{}
	}
	r.readNote()
	r.end = p.tree().Size
	if r.note != nil && r.note.Tree.Size <= a.o.MaxEntries {
		r.end = max(r.end, r.note.Tree.Size)
	}
	r.reader = &reader{sources: sources, parallel: a.o.Parallel, now: r.end}
	r.txs = func(ctx context.Context, list []verify.BlockHash) ([]*anchor.Transaction, error) {
		return a.transactions(ctx, list, &r.Transactions)
	}
	r.begin = func() { a.amid = true }
	r.save = func() error { a.amid = false; return a.save(false) }
	r.advance = func(done, total uint64, anchors int) {
		a.o.Progress(Progress{Log: number + 1, Logs: of, Origin: p.log.Origin, Done: done, Total: total, Anchors: anchors})
	}
	if r.end > a.o.MaxEntries {
		r.limit(a.o.MaxEntries)
	}
	if err := r.run(ctx); err != nil {
		return Log{}, nil, err
	}
	// What could not be read may be there next time; so what was read is kept
	// as it is, and the report is made of a copy.
	work, err := r.logState.clone()
	if err != nil {
		return Log{}, nil, err
	}
	unfinished := r.Stopped
	r.logState = work
	r.rest()
	if !r.Stopped && !s.Range.Past && r.note != nil {
		if err := r.compareStates(ctx); err != nil {
			return Log{}, nil, err
		}
	}
	r.judgeNote(s.Range)
	l := r.assemble()
	if s.CodeHash != verify.BlockHash(contracts.RuntimeCodeHash) {
		l.Verdict = verify.CouldNotTell // it is no log then
	}
	inputs := r.inputs(events.EventBytes, headers)
	if !unfinished {
		done := &logState{Log: id, Done: true, Inputs: inputs, Sources: a.o.shown(id)}
		if done.ResultJSON, err = json.Marshal(l); err != nil {
			return Log{}, nil, err
		}
		s.Replays[id] = done
		if err := a.save(false); err != nil {
			return Log{}, nil, err
		}
	}
	return l, inputs, nil
}

// sourcesOf gives where a log's tiles are read. An error says why it is not
// known, in words for the report.
func (a *auditor) sourcesOf(id checkpoint.LogID, p *plan) (list []*source, why error) {
	urls, fromChain := a.o.sources(id), false
	if len(urls) == 0 {
		if p.log.Origin == "" {
			return nil, errors.New("its origin was not found on the chain")
		}
		u, err := originURL(p.log.Origin)
		if err != nil {
			return nil, err
		}
		urls, fromChain = []string{u}, true
	}
	for _, u := range urls {
		src, err := newSource(u, fromChain, &a.o)
		if err != nil {
			return nil, errors.New("its origin is no place on the web")
		}
		list = append(list, src)
	}
	return list, nil
}

// assemble makes the log's part of the report.
func (r *replay) assemble() Log {
	l := r.plan.log
	l.Anchors = r.Results
	if r.plan.first > r.plan.base && len(l.Anchors) > 0 {
		l.Base, l.Anchors = &l.Anchors[0], l.Anchors[1:]
	}
	l.Entries, l.States = r.AtEntries, r.AtStates
	l.Entries.Total = r.AtEntries.Total
	r.Led.passes(EntryForm, r.Count.Total-r.Count.Unknown)
	r.Led.passes(EntryEffect, r.Count.Status-r.Count.NoEffect)
	if !r.Stopped {
		r.Led.passes(EntryRead, 1)
	}
	if r.note != nil {
		l.Checkpoint = &Checkpoint{Size: r.note.Tree.Size, Root: r.note.Tree.Root, Term: r.term, Compared: r.compared}
		if size := r.plan.tree().Size; r.note.Tree.Size > size {
			l.Checkpoint.Waiting = r.note.Tree.Size - size
		}
	}
	l.Checks, l.Findings, l.Verdict = r.Led.checks(), r.Led.findings(), r.Led.verdict()
	return l.whole()
}

// whole makes empty lists of those that are missing, so that a report has one
// form only.
func (l Log) whole() Log {
	orEmpty(&l.Keys)
	for i := range l.Keys {
		if l.Keys[i].Keys == nil {
			l.Keys[i].Keys = checkpoint.Keys{}
		}
	}
	orEmpty(&l.Operators)
	orEmpty(&l.Owners)
	orEmpty(&l.Offers)
	orEmpty(&l.Anchors)
	orEmpty(&l.Checks)
	orEmpty(&l.Findings)
	return l
}

func orEmpty[T any](list *[]T) {
	if *list == nil {
		*list = []T{}
	}
}

// inputs lists what was read of the log.
func (r *replay) inputs(events, headers stream) (list []Input) {
	add := func(kind, source string, s stream) {
		if s.items > 0 {
			list = append(list, Input{Log: &r.Log, Kind: kind, Source: source, Items: s.items, Bytes: s.bytes, SHA256: s.sum()})
		}
	}
	const chain = "chain"
	add(InputHeaders, chain, headers)
	add(InputEvents, chain, events)
	add(InputTransactions, chain, r.Transactions)
	add(InputState, chain, r.Registry)
	for i, s := range r.Streams {
		add(InputEntries, r.Sources[i], s)
	}
	var note stream
	if r.Note != nil {
		note.add(r.Note)
	}
	add(InputHashTiles, "tiles", r.HashTiles)
	add(InputStatusTiles, r.StatusSource, r.StatusTiles)
	add(InputCheckpoint, r.NoteSource, note)
	return list
}

func (s *logState) result() (l Log, inputs []Input, err error) {
	if err := json.Unmarshal(s.ResultJSON, &l); err != nil {
		return l, nil, fmt.Errorf("%w: it is damaged; delete it to begin anew", ErrState)
	}
	for i := range s.Inputs {
		s.Inputs[i].Log = &s.Log
	}
	return l.whole(), s.Inputs, nil
}

// sameSources reports whether the state was made with these.
func (s *logState) sameSources(list []*source) bool {
	return slices.EqualFunc(s.Sources, list, func(a string, b *source) bool { return a == b.shown })
}

// unbroken reports whether the replay can go on: when it stopped it asks all
// sources again, and the bytes of one that had stopped before are not in a row.
func (s *logState) unbroken() bool {
	return len(s.Streams) == len(s.Sources) && (!s.Stopped || !slices.ContainsFunc(s.Streams, func(x stream) bool { return x.items != s.Next }))
}

// goOn takes up a replay; true when it had ended because entries could not be
// read.
func (r *replay) goOn() bool {
	if !r.Stopped || len(r.Asked) == 0 {
		return false
	}
	r.Stopped = false
	r.Asked = slices.Repeat([]bool{true}, len(r.Asked))
	r.Led.forget(EntryRead)
	return true
}

// limit notes that the log is larger than this audit may be.
func (r *replay) limit(most uint64) {
	r.Stopped = true
	r.Led.find(EntryRead, verify.Unknown, Where{}, "The log has %d entries, and this audit holds at most %d; nothing was read.", r.end, most)
}
