package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/testnet"
	"github.com/akashi-project/akashi/testnet/network"
	"github.com/akashi-project/akashi/verify"
)

// questionTimeout bounds a question to an RPC; the hanging one makes the demo
// wait for it.
const questionTimeout = 2 * time.Second

var sampleFiles = []sample{
	{file: "ob2.json", what: "Open Badges 2.0 assertion"},
	{file: "ob3.json", what: "Open Badges 3.0 credential"},
	{file: "badge.jwt", what: "badge as VC-JWT"},
	{file: "review.json", what: "course review"},
	{file: "diploma.pdf", what: "PDF diploma"},
}

func (d *demo) submit(ctx context.Context) error {
	for _, s := range sampleFiles {
		var err error
		if s.bytes, err = os.ReadFile(filepath.Join(d.Records, s.file)); err != nil {
			return err
		}
		s.bytes, s.at = trimJWS(s.bytes), d.home
		if err := d.log(ctx, &s); err != nil {
			return err
		}
		d.samples = append(d.samples, &s)
	}
	// The other universities give the same learner a badge of their own.
	for _, u := range d.net.Universities[1:] {
		own, err := badgeOf(u, d.samples[1].bytes)
		if err != nil {
			return fmt.Errorf("%s: %w", d.samples[1].file, err)
		}
		s := &sample{file: u.Folder + ".json", what: "Open Badges 3.0 credential", at: u, bytes: own}
		if err := d.log(ctx, s); err != nil {
			return err
		}
		d.foreign = append(d.foreign, s)
	}
	again, err := d.home.Client.Submit(ctx, node.Submission{Record: d.samples[0].bytes})
	if err != nil {
		return err
	}
	if !again.Duplicate || again.Index != d.samples[0].logged.Index {
		return fmt.Errorf("%s submitted again got index %d, not %d", d.samples[0].file, again.Index, d.samples[0].logged.Index)
	}
	d.done("seven records are logged: on disk for good, and the same one twice is one")
	for _, s := range d.all() {
		d.more("%-14s %-26s at %s: index %d, %s", s.file, s.what, s.at.English, s.logged.Index, s.logged.Type)
	}
	return nil
}

// badgeOf makes another university's badge after a model. It carries no proof:
// the model's is of the model's bytes.
func badgeOf(u *network.University, model []byte) ([]byte, error) {
	var badge map[string]any
	if err := json.Unmarshal(model, &badge); err != nil {
		return nil, err
	}
	issuer, ok := badge["issuer"].(map[string]any)
	if !ok {
		return nil, errors.New("it names no issuer")
	}
	issuer["id"], issuer["name"] = u.Issuer(), u.English
	badge["id"] = "https://" + u.Folder + ".example/credentials/1"
	delete(badge, "proof")
	return json.MarshalIndent(badge, "", "  ")
}

// all are the records of all universities.
func (d *demo) all() []*sample { return slices.Concat(d.samples, d.foreign) }

func (d *demo) log(ctx context.Context, s *sample) (err error) {
	if s.logged, err = s.at.Client.Submit(ctx, node.Submission{Record: s.bytes}); err != nil {
		return fmt.Errorf("%s: %w", s.file, err)
	}
	return nil
}

// trimJWS takes the newline off a token in a text file, as the command line
// does.
func trimJWS(b []byte) []byte {
	cut := bytes.TrimSuffix(b, []byte("\n"))
	if r, err := record.Parse(cut); err == nil && r.Form() == record.JWS && !r.Baked() {
		return cut
	}
	return b
}

// awaitFinal submits the last record of each university again and asks to
// wait: the answer comes when its anchor is final.
func (d *demo) awaitFinal(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	anchors := make([]node.AnchorInfo, len(d.net.Universities))
	last := slices.Concat(d.samples[len(d.samples)-1:], d.foreign)
	for i, s := range last {
		g.Go(func() (err error) {
			anchors[i], err = finalAnchor(gctx, s)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	d.done("three logs are anchored, each by itself, and their blocks are final")
	for i, a := range anchors {
		d.more("block %d: %s, size %d, root %s", a.Block.Number, last[i].at.English, a.Size, a.Root)
	}
	return nil
}

// finalAnchor waits until a record's anchor is final and returns its log's
// first one.
func finalAnchor(ctx context.Context, s *sample) (node.AnchorInfo, error) {
	none := node.AnchorInfo{}
	logged, err := s.at.Client.Submit(ctx, node.Submission{Record: s.bytes, Wait: node.StateFinal, Timeout: time.Minute})
	if err != nil {
		return none, err
	}
	if logged.State != node.StateFinal {
		l, err := s.at.Client.Log(ctx)
		return none, fmt.Errorf("no final anchor of %s after a minute; the node says: %s (%v)", s.at.English, l.Anchoring.Detail, err)
	}
	anchors, err := s.at.Client.Anchors(ctx, 0, 1)
	if err != nil {
		return none, err
	}
	if len(anchors.Anchors) == 0 || anchors.Anchors[0].Block == nil {
		return none, fmt.Errorf("the node of %s names no anchor", s.at.English)
	}
	return anchors.Anchors[0], nil
}

func (d *demo) prove(ctx context.Context) error {
	for _, s := range d.all() {
		if err := d.fetch(ctx, s); err != nil {
			return err
		}
	}
	raw, err := d.samples[0].evidence.Encode()
	if err != nil {
		return err
	}
	d.done("each record has its evidence: %d bytes for the first", len(raw))
	return nil
}

// fetch gets a record's newest evidence.
func (d *demo) fetch(ctx context.Context, s *sample) error {
	q := node.EvidenceQuery{CID: s.logged.CID}
	if s.logged.CID == "" {
		q = node.EvidenceQuery{Index: &s.logged.Index}
	}
	var err error
	if _, s.evidence, err = s.at.Client.Evidence(ctx, q); err != nil {
		return fmt.Errorf("evidence of %s: %w", s.file, err)
	}
	return nil
}

// check judges a record against an RPC, or offline when that is empty.
func (d *demo) check(ctx context.Context, b []byte, e verify.Evidence, policy verify.Policy, rpc string) (verify.Report, error) {
	v := verify.Verifier{Policy: policy}
	if rpc != "" {
		client, err := anchor.Dial(rpc, questionTimeout)
		if err != nil {
			return verify.Report{}, err
		}
		defer client.Close()
		v.Chain = anchor.NewReader(client, 0)
	}
	return v.Check(ctx, b, e), nil
}

// want checks the verdict of a report, and says what the steps found when it
// is another one.
func want(r verify.Report, verdict verify.Verdict, what string) error {
	if r.Verdict == verdict {
		return nil
	}
	var b strings.Builder
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "\n  %s %s: %s", s.Result, s.Code, s.Text)
	}
	return fmt.Errorf("%s: the verdict is %s, want %s%s", what, r.Verdict, verdict, b.String())
}

func (d *demo) verifyOnline(ctx context.Context) error {
	issuers := map[string]bool{}
	for _, s := range d.all() {
		r, err := d.check(ctx, s.bytes, s.evidence, d.net.Policy, d.net.Chain.RPC())
		if err != nil {
			return err
		}
		if err := want(r, verify.Verified, s.file); err != nil {
			return err
		}
		if r.Issuer == nil || r.Issuer.ID != s.at.Issuer() {
			return fmt.Errorf("%s is verified as a record of somebody else", s.file)
		}
		issuers[r.Issuer.Name] = true
	}
	if len(issuers) != universities {
		return fmt.Errorf("the records are of %d universities", len(issuers))
	}
	d.done("all seven verify under one policy that trusts the three, the chain being asked")
	return nil
}

// verifyOffline trusts the hashes of the two blocks in the evidence and asks
// nobody.
func (d *demo) verifyOffline(ctx context.Context) error {
	s := d.samples[1]
	policy, events := withBlocks(d.net.Policy, s.evidence)
	r, err := d.check(ctx, s.bytes, s.evidence, policy, "")
	if err != nil {
		return err
	}
	if err := want(r, verify.Verified, s.file+" offline"); err != nil {
		return err
	}
	r, err = d.check(ctx, s.bytes, s.evidence, d.net.Policy, "")
	if err != nil {
		return err
	}
	if err := want(r, verify.CouldNotTell, s.file+" offline without a block hash"); err != nil {
		return err
	}
	d.done("%s verifies with nothing but a block hash: no node, no chain", s.file)
	d.more("block %d is %s", events[0].Block.Number, events[0].Block.Hash)
	return nil
}

// withBlocks is a policy that also trusts the blocks of some evidence, as if
// somebody had named them, and the events in these blocks.
func withBlocks(policy verify.Policy, e verify.Evidence) (verify.Policy, []verify.Event) {
	policy.Blocks = slices.Clone(policy.Blocks)
	events := []verify.Event{e.Existence.Event}
	if e.Status.Event.Block != events[0].Block {
		events = append(events, e.Status.Event)
	}
	for _, e := range events {
		policy.Blocks = append(policy.Blocks, verify.TrustedBlock{ChainID: e.ChainID, Number: e.Block.Number, Hash: e.Block.Hash})
	}
	return policy, events
}

func (d *demo) refuteTampered(ctx context.Context) error {
	s := d.samples[1]
	tampered := bytes.Replace(s.bytes, []byte(`"creditsAvailable": 2`), []byte(`"creditsAvailable": 9`), 1)
	if bytes.Equal(tampered, s.bytes) {
		return fmt.Errorf("%s has no credits to tamper with", s.file)
	}
	r, err := d.check(ctx, tampered, s.evidence, d.net.Policy, d.net.Chain.RPC())
	if err != nil {
		return err
	}
	if err := want(r, verify.Refuted, "tampered "+s.file); err != nil {
		return err
	}
	d.done("the same badge with nine credits instead of two is refuted")
	d.more("%s", failure(r))
	return nil
}

// failure is the sentence of the first failed step.
func failure(r verify.Report) string {
	for _, s := range r.Steps {
		if s.Result == verify.Fail {
			return s.Text
		}
	}
	return "no step failed"
}

func (d *demo) badRPCs(ctx context.Context) error {
	s := d.samples[1]
	var lines []string
	for _, f := range []struct {
		name   string
		faults testnet.Faults
	}{
		{"dead", testnet.Faults{Dead: true}},
		{"hanging", testnet.Faults{Hang: true}},
		{"lying", testnet.Faults{LieBlocks: true, LieState: true, LieReceipts: true}},
		{"wrong-chain", testnet.Faults{ChainID: 1}},
	} {
		err := func() error {
			fault, err := testnet.NewFault(d.net.Chain.RPC())
			if err != nil {
				return err
			}
			defer fault.Close()
			if err := fault.Set(f.faults); err != nil {
				return err
			}
			r, err := d.check(ctx, s.bytes, s.evidence, d.net.Policy, fault.URL())
			if err != nil {
				return err
			}
			if err := want(r, verify.CouldNotTell, f.name+" RPC"); err != nil {
				return err
			}
			for _, step := range r.Steps {
				if step.Result == verify.Unknown {
					lines = append(lines, fmt.Sprintf("%-12s %s", f.name, step.Text))
					break
				}
			}
			return nil
		}()
		if err != nil {
			return err
		}
	}
	d.done("a dead, a hanging, a lying and a wrong-chain RPC: could not tell, each time")
	for _, l := range lines {
		d.more("%s", l)
	}
	return nil
}

func (d *demo) revoke(ctx context.Context) error {
	s := d.samples[0]
	old := s.evidence
	if _, err := d.home.Client.ChangeStatus(ctx, node.StatusChange{Index: &s.logged.Index, State: record.Revoked}); err != nil {
		return err
	}
	for s.evidence.Status.Event.Block == old.Status.Event.Block {
		if err := d.net.Chain.WaitFinal(ctx, s.evidence.Status.Event.Block.Number); err != nil {
			return err
		}
		changed := d.net.Chain.Changed()
		if err := d.fetch(ctx, s); err != nil {
			return err
		}
		if s.evidence.Status.Event.Block != old.Status.Event.Block {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second): // the node asks the chain at its own pace
		}
		if time.Since(d.step) > time.Minute {
			return errors.New("no new final anchor a minute after the revocation")
		}
	}
	revoked, err := d.check(ctx, s.bytes, s.evidence, d.net.Policy, d.net.Chain.RPC())
	if err != nil {
		return err
	}
	if err := want(revoked, verify.Refuted, "revoked "+s.file); err != nil {
		return err
	}
	if revoked.Status == nil || revoked.Status.State != record.Revoked {
		return fmt.Errorf("the report does not say that %s is revoked", s.file)
	}
	stale, err := d.check(ctx, s.bytes, old, d.net.Policy, d.net.Chain.RPC())
	if err != nil {
		return err
	}
	d.done("%s is revoked, and the next anchor says so", s.file)
	d.more("%s", failure(revoked))
	if step, ok := stale.Step(verify.StatusCurrent); ok {
		d.more("who still holds older evidence is told: %s", step.Text)
	}
	return nil
}
