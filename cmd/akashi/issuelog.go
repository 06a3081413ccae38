package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/image"
	"github.com/akashi-project/akashi/record/issue"
	"github.com/akashi-project/akashi/verify"
)

// stateMade is a badge that is signed and not logged.
const stateMade = "made"

// bakeIssued puts a signed badge into a copy of the picture, beside the badge.
// An image that is there and holds the badge stays: its evidence may be in it.
func (e *env) bakeIssued(path string, signed, picture []byte) (string, error) {
	r, err := record.Parse(signed)
	if err != nil {
		return "", err
	}
	out, err := image.Bake(picture, bakeable(r, signed))
	if err != nil {
		return "", fmt.Errorf("bake the picture: %w", err)
	}
	format, _ := image.FormatOf(out)
	baked := strings.TrimSuffix(path, filepath.Ext(path)) + "." + format.String()
	if old, err := os.ReadFile(baked); err == nil {
		if in, err := image.Extract(old); err == nil && bytes.Equal(in.Badge.Content, signed) {
			return baked, nil
		}
	}
	return baked, keep(baked, out)
}

// logBadges sends the badges to the node. What is logged already keeps its
// index.
func (e *env) logBadges(ctx context.Context, client *node.Client, made []*madeBadge) error {
	line := e.progress()
	defer line.clear()
	line.began = time.Now()
	items := func(yield func(*sending) bool) {
		for _, m := range made {
			if !yield(&sending{path: m.Badge}) {
				return
			}
		}
	}
	badge := record.Badge
	u := &upload{e: e, client: client, typ: &badge, patience: e.patience, items: iter.Seq[*sending](items)}
	done, failed := 0, 0
	var first error
	err := u.run(ctx, func(s *sending) error {
		m := made[done]
		done++
		if s.err != nil {
			if failed++; first == nil {
				first = s.err
			}
			return nil
		}
		m.Index, m.State = s.logged.Index, s.logged.State
		line.bar(done, len(made), "logged, %d failed", failed)
		return nil
	})
	line.clear()
	switch {
	case err != nil:
		return err
	case failed > 0:
		return fmt.Errorf("%d of %d badges are not logged; run it again, what is done stays: %w", failed, len(made), first)
	}
	return nil
}

// proveBadges waits for the anchor and puts the evidence beside each badge and
// into its image.
func (e *env) proveBadges(ctx context.Context, client *node.Client, made []*madeBadge, limit time.Duration) error {
	if len(made) == 0 {
		return nil
	}
	line := e.progress()
	defer line.clear()
	last := slices.MaxFunc(made, func(a, b *madeBadge) int {
		if a.Index < b.Index {
			return -1
		}
		return 1
	})
	reached, late := e.await(ctx, client, last.Index, node.StateFinal, limit, line)
	for _, m := range made {
		m.State = stateOf(reached, node.Logged{Index: m.Index, State: m.State})
	}
	if late != nil {
		return late
	}
	line.began = time.Now()
	done := 0
	return inOrder(ctx, slices.Values(made), func(ctx context.Context, m *madeBadge) error {
		return e.proveIssued(ctx, client, m)
	}, func(err error) error {
		done++
		line.bar(done, len(made), "have their evidence")
		return err
	})
}

// proveIssued fetches the evidence of one badge, unless it is there.
func (e *env) proveIssued(ctx context.Context, client *node.Client, m *madeBadge) error {
	_, r, err := e.parseRecord(ctx, m.Badge)
	if err != nil {
		return err
	}
	path := m.Badge + evidenceSuffix
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("%s: %w", path, pathless(err))
	default:
		ev, err := verify.ParseEvidence(raw)
		if err != nil || ev.Record.Digest != r.Digest() {
			raw = nil // writeEvidence says what lies there
		}
	}
	if raw == nil {
		t, d := record.Badge, r.Digest()
		ask := wanted{query: node.EvidenceQuery{Type: &t, Digest: &d}}
		var ev verify.Evidence
		raw, err = e.evidenceOf(ctx, client, ask.query, &ev)
		switch {
		case err != nil:
			return about(m.Badge, client, err)
		case !ask.answeredBy(ev):
			return fmt.Errorf("%s: %s answered with evidence of another record", m.Badge, client.URL)
		}
		if err := writeEvidence(path, raw, ev); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	m.Evidence = path
	if m.Image == "" {
		return nil
	}
	ev, err := verify.ParseEvidence(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	b, err := os.ReadFile(m.Image)
	if err != nil {
		return fmt.Errorf("%s: %w", m.Image, pathless(err))
	}
	if in, err := image.Extract(b); err == nil && bytes.Equal(in.Evidence, raw) {
		return nil
	}
	if err := bakeEvidence(m.Image, b, raw, ev); err != nil {
		return fmt.Errorf("%s: %w", m.Image, err)
	}
	return nil
}

// nameLog has the badges of a template name the node's log, when --name-log asks
// for it, and returns that log.
func (e *env) nameLog(c *cli.Context, t issue.Template) (string, error) {
	if !c.Bool("name-log") {
		return "", nil
	}
	client, err := e.client(c)
	if err != nil {
		return "", err
	}
	info, err := client.Log(c.Context)
	if err != nil {
		return "", fmt.Errorf("--name-log: %w", err)
	}
	log := info.Ref.String()
	if err := t.NameLog(log); err != nil {
		return "", usage("--name-log: %v", err)
	}
	return log, nil
}
