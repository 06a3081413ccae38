package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/node"
	"github.com/akashi-project/akashi/record/fetch"
	"github.com/akashi-project/akashi/record/image"
	"github.com/akashi-project/akashi/record/issue"
	"github.com/akashi-project/akashi/record/ld"
)

// preview is how many badges a dry run shows.
const preview = 10

func (e *env) badgeIssueCommand() *cli.Command {
	return &cli.Command{
		Name:  "issue",
		Usage: "make, sign, bake and log the badges of a table of learners",
		Description: `Makes one badge for each row of a table (CSV with a header, in UTF-8 or
Shift_JIS), by a template that says what the badge is and where the columns
come in. Signs it, bakes it into the template's picture, logs it, waits for the
anchor and fetches the evidence. Of each learner the folder of --out then has a
folder line-00002 and so on, by the line of the table, with the badge, the
baked image and the evidence; index.csv lists them. Learners are in a badge as
a salted hash only.

Begin with --dry-run: it shows the first ten badges and every problem by row,
and makes nothing. A run with a problem in any row makes nothing either.

A run that was cut short is begun again with the same words and goes on: what
is made stays, byte for byte. The folder keeps the secret from which ids and
salts are drawn: it is the issuer's alone.

The key is the issuer's, in PEM (PKCS #8): Ed25519, or RSA for Open Badges 2.0;
akashi badge key makes one. --method says where verifiers find its public half,
if not where akashi badge key said.

Before anything is signed each badge is judged as akashi badge check would, and
what it would refute or warn of is a problem, of a row or of every badge. What
the issuer serves, such as BadgeClass and Profile of Open Badges 2.0, is judged
with it when the template names copies of it in "documents".

Exit code 0: done. 1: a problem in the table, or a badge failed. 2: all are
logged, and not all have their evidence yet.

Examples:
   akashi badge issue --template t.json --learners spring.csv --dry-run
   akashi --dir uni badge issue --template t.json --learners spring.csv \
      --key badge-key.pem \
      --out spring-2026`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "template", Usage: "`FILE` with the template", Required: true},
			&cli.StringFlag{Name: "learners", Usage: "`FILE` with the table", Required: true},
			&cli.StringFlag{Name: "encoding", Usage: "`NAME` of the table's encoding, utf-8 or shift_jis (default: by its bytes)"},
			&cli.BoolFlag{Name: "dry-run", Usage: "show what would be made and make nothing"},
			&cli.StringFlag{Name: "out", Usage: "`FOLDER` for the badges"},
			&cli.StringFlag{Name: "key", Usage: "`FILE` with the issuer's private key"},
			&cli.StringFlag{Name: "method", Usage: "`URL` of the verification method (default: the one that akashi badge key prints)"},
			contextFlag(),
			&cli.BoolFlag{Name: "no-log", Usage: "make the badges and log none"},
			&cli.BoolFlag{Name: "name-log", Usage: "have each badge name the node's log, under the signature, so that a verifier knows whose log it is when its policy does not say"},
			&cli.DurationFlag{Name: "timeout", Usage: "longest `TIME` to wait for the anchor (default: no limit)"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usage("badge issue takes flags only; %q is too much", c.Args().First())
			}
			return onceThereIsRoom(e.issueBadges(c))
		},
	}
}

// onceThereIsRoom says of a full disk what to do.
func onceThereIsRoom(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w; make room and run it again: what is made stays", err)
	}
	return err
}

func (e *env) issueBadges(c *cli.Context) error {
	i, err := e.readIssue(c)
	if err != nil {
		return err
	}
	dir := c.String("out")
	var sign badgeSigner
	var client *node.Client
	switch dry := c.Bool("dry-run"); {
	case !dry && dir == "":
		return usage("--out is missing: the folder for the badges")
	case !dry && !c.Bool("no-log"):
		if client, err = e.client(c); err != nil {
			return err
		}
	}
	if !c.Bool("dry-run") || c.IsSet("key") {
		if sign, err = e.signerOf(c, i); err != nil {
			return err
		}
	}
	// A run that goes on is judged as of when it began: what held then is signed
	// already, and the rest must go with it.
	if err := e.rehearse(c.Context, &i, sign, begunAt(dir, time.Now())); err != nil {
		return err
	}
	if c.Bool("dry-run") {
		return e.previewIssue(i)
	}
	if i.problems != nil {
		return fmt.Errorf("nothing was made: %w", i.problems)
	}
	for _, note := range i.notes {
		e.complain("%s", note)
	}
	i.run.Key, i.run.Method = sign.key, sign.method
	if client != nil && begunAt(dir, time.Time{}).IsZero() {
		// A wrong address is told before anything is made by it.
		if _, err := client.Log(c.Context); err != nil {
			return fmt.Errorf("nothing was made: %w; --no-log makes badges without a node", err)
		}
	}
	release, err := lockFolder(dir)
	if err != nil {
		return err
	}
	defer release()
	run, again, err := openIssueRun(dir, i.run, time.Now())
	if err != nil {
		return err
	}
	badges, err := i.template.Make(i.table, run.secret())
	if err != nil {
		return err
	}
	if again {
		if err := sweep(dir); err != nil {
			return err
		}
		e.complain("%s: going on with the run of %s", dir, run.Created.Format(time.RFC3339))
	}
	made, err := e.makeBadges(c.Context, dir, i, badges, sign, run.Created)
	if err != nil {
		return err
	}
	var late error
	if client != nil {
		if err := e.logBadges(c.Context, client, made); err != nil {
			return err
		}
		late = e.proveBadges(c.Context, client, made, c.Duration("timeout"))
	}
	if err := writeIssueIndex(dir, made); err != nil {
		return err
	}
	for _, m := range made {
		if e.json {
			if err := e.sayJSON(m); err != nil {
				return err
			}
		}
	}
	if !e.json {
		proved := 0
		for _, m := range made {
			if m.Evidence != "" {
				proved++
			}
		}
		text := fmt.Sprintf("%s in %s", counted(len(made), "badge is", "badges are"), dir)
		if client != nil {
			text += fmt.Sprintf(", %d with their evidence", proved)
		}
		if err := e.write([]byte(plain(text) + "\n")); err != nil {
			return err
		}
	}
	if late != nil {
		return codedError{exitUnknown, late}
	}
	return nil
}

// An issuing is what a run is made of.
type issuing struct {
	template issue.Template
	table    issue.Table
	picture  []byte // nil: none
	contexts *ld.Contexts

	documents [][]byte // that the issuer serves
	badges    []issue.Badge
	problems  error    // of rows, and of all
	notes     []string // what may be a mistake, and what was not looked at
	run       issueRun
}

// readIssue reads the template, the table and the picture.
func (e *env) readIssue(c *cli.Context) (i issuing, err error) {
	path := c.String("template")
	b, err := e.readSmall(c.Context, path, issue.MaxTemplate)
	if err != nil {
		return i, err
	}
	if i.template, err = issue.ParseTemplate(b); err != nil {
		return i, fmt.Errorf("%s: %w", nameOf(path), err)
	}
	i.run.Template = sha256Hex(b)
	if i.run.Log, err = e.nameLog(c, i.template); err != nil {
		return i, err
	}
	if i.template.Image != "" {
		if path == "-" {
			return i, usage("the template names an image beside it; give the template as a file")
		}
		picture := filepath.Join(filepath.Dir(path), i.template.Image)
		if i.picture, err = e.readImage(c.Context, picture); err != nil {
			return i, err
		}
		switch _, err := image.Extract(i.picture); {
		case err == nil:
			return i, fmt.Errorf("%s: holds a badge already; take the picture without one", nameOf(picture))
		case !errors.Is(err, image.ErrNoBadge):
			return i, fmt.Errorf("%s: no badge can be baked into it: %w", nameOf(picture), err)
		}
		i.run.Image = sha256Hex(i.picture)
	}
	for _, name := range i.template.Documents {
		if path == "-" {
			return i, usage("the template names documents beside it; give the template as a file")
		}
		b, err := e.readSmall(c.Context, filepath.Join(filepath.Dir(path), name), fetch.DefaultLimits.Bytes)
		if err != nil {
			return i, err
		}
		i.documents = append(i.documents, b)
	}
	if i.contexts, err = e.contexts(c); err != nil {
		return i, err
	}
	path = c.String("learners")
	if b, err = e.readSmall(c.Context, path, issue.MaxTable); err != nil {
		return i, err
	}
	i.run.Learners = sha256Hex(b)
	i.table, err = issue.ReadTable(b, issue.Encoding(c.String("encoding")))
	if err != nil && !isRowError(err) {
		return i, fmt.Errorf("%s: %w", nameOf(path), err)
	}
	i.problems = err
	// Problems do not hang on the secret of the run.
	i.badges, err = i.template.Make(i.table, issue.Secret{})
	if err != nil && !isRowError(err) {
		return i, fmt.Errorf("%s: %w", nameOf(path), err)
	}
	i.problems = errors.Join(i.problems, err)
	return i, nil
}

// rehearse judges the badges as verifiers will, before any is signed.
func (e *env) rehearse(ctx context.Context, i *issuing, sign badgeSigner, now time.Time) error {
	r := issue.Rehearsal{Now: now, Contexts: i.contexts, Documents: i.documents}
	if sign.sign != nil {
		r.Sign = func(b []byte) ([]byte, error) { return sign.sign(b, now) }
	}
	line := e.progress()
	defer line.clear()
	line.began = time.Now()
	r.Done = func(n int) { line.bar(n, len(i.badges), "badges checked") }
	out, err := i.template.Rehearse(ctx, i.badges, r)
	if err != nil {
		return err
	}
	i.notes = i.template.Notes(i.table, i.problems)
	for _, url := range out.Unseen {
		i.notes = append(i.notes, fmt.Sprintf("not looked at: %s; name a copy of it in \"documents\" of the template to have it checked", url))
	}
	i.problems = inLines(errors.Join(append(out.Problems, i.problems)...))
	return nil
}

// isRowError reports whether an error is about rows, one or all, and not about
// a file as a whole.
func isRowError(err error) bool {
	_, row := errors.AsType[*issue.RowError](err)
	_, all := errors.AsType[*issue.AllError](err)
	return row || all
}

// inLines puts the problems of rows into the order of the table.
func inLines(err error) error {
	if err == nil {
		return nil
	}
	var all []error
	var take func(error)
	take = func(err error) {
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, one := range many.Unwrap() {
				take(one)
			}
			return
		}
		all = append(all, err)
	}
	take(err)
	line := func(err error) int {
		if row, ok := errors.AsType[*issue.RowError](err); ok {
			return row.Line
		}
		return 0
	}
	slices.SortStableFunc(all, func(a, b error) int { return line(a) - line(b) })
	return errors.Join(all...)
}

// counted puts a number before a word.
func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

type previewJSON struct {
	Encoding issue.Encoding    `json:"encoding"`
	Learners int               `json:"learners"`
	Badges   []json.RawMessage `json:"badges"` // the first, with ids and salts that are drawn anew at issuing
	Problems []problemJSON     `json:"problems"`
	Notes    []string          `json:"notes"` // what may be a mistake, and which documents were not there
}

type problemJSON struct {
	Line   int    `json:"line,omitempty"`
	Column string `json:"column,omitempty"`
	Text   string `json:"text"`
}

// sound counts the badges that nothing is wrong with.
func (p previewJSON) sound(badges []issue.Badge) (n int) {
	wrong := map[int]bool{}
	for _, problem := range p.Problems {
		wrong[problem.Line] = true
	}
	for _, b := range badges {
		if !wrong[0] && !wrong[b.Row.Line] { // 0 is every badge
			n++
		}
	}
	return n
}

// previewIssue shows the first badges and all problems.
func (e *env) previewIssue(i issuing) error {
	badges := i.badges
	p := previewJSON{Encoding: i.table.Encoding, Learners: len(i.table.Rows), Badges: []json.RawMessage{}, Problems: []problemJSON{}, Notes: append([]string{}, i.notes...)}
	for _, b := range badges[:min(preview, len(badges))] {
		p.Badges = append(p.Badges, b.JSON)
	}
	if many, ok := i.problems.(interface{ Unwrap() []error }); ok {
		for _, err := range many.Unwrap() {
			one := problemJSON{Text: err.Error()}
			if row, ok := errors.AsType[*issue.RowError](err); ok {
				one = problemJSON{row.Line, row.Column, row.Text}
			}
			if all, ok := errors.AsType[*issue.AllError](err); ok {
				one.Column = all.Column
			}
			p.Problems = append(p.Problems, one)
		}
	}
	err := e.say(p, func(w io.Writer) {
		fmt.Fprintf(w, "%s in %s, %s can be made\n", counted(p.Learners, "learner", "learners"), p.Encoding, counted(p.sound(badges), "badge", "badges"))
		for _, b := range badges[:min(preview, len(badges))] {
			fmt.Fprintf(w, "\nline %d:\n", b.Row.Line)
			var pretty []byte
			if pretty, _ = prettyJSON(b.JSON); pretty != nil {
				w.Write(pretty)
				fmt.Fprintln(w)
			}
		}
		if len(p.Notes) > 0 {
			fmt.Fprintf(w, "\n%s:\n", counted(len(p.Notes), "note", "notes"))
		}
		for _, note := range p.Notes {
			fmt.Fprintln(w, plain(note))
		}
		if len(p.Problems) == 0 {
			fmt.Fprintln(w, "\nno problems")
			return
		}
		fmt.Fprintf(w, "\n%s:\n%s\n", counted(len(p.Problems), "problem", "problems"), plain(i.problems.Error()))
	})
	if err != nil {
		return err
	}
	if len(p.Problems) > 0 {
		return exitError(exitFailed)
	}
	return nil
}

func prettyJSON(b []byte) ([]byte, error) {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return nil, err
	}
	return json.MarshalIndent(v, "", "  ")
}

// A madeBadge is one badge of a run and how far it is.
type madeBadge struct {
	Line     int    `json:"line"`
	Badge    string `json:"badge"` // file
	ID       string `json:"id"`
	Image    string `json:"image,omitempty"` // file
	Index    uint64 `json:"index"`
	State    string `json:"state"` // "made" when it is not logged
	Evidence string `json:"evidence,omitempty"`
	err      error
}

// writeIssueIndex lists what a run made.
func writeIssueIndex(dir string, made []*madeBadge) error {
	b := bytes.NewBufferString(byteOrderMark)
	b.Write(csvLine("line", "folder", "badge", "id", "index", "state", "evidence"))
	for _, m := range made {
		index := ""
		if m.State != stateMade {
			index = fmt.Sprint(m.Index)
		}
		folder, file := filepath.Split(m.Badge)
		b.Write(csvLine(fmt.Sprint(m.Line), filepath.Base(folder), file, m.ID, index, m.State, base(m.Evidence)))
	}
	path := filepath.Join(dir, "index.csv")
	if err := replace(path, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

func base(path string) string {
	if path == "" {
		return ""
	}
	return filepath.Base(path)
}

// makeBadges signs, writes and bakes, several at once.
func (e *env) makeBadges(ctx context.Context, dir string, i issuing, badges []issue.Badge, sign badgeSigner, created time.Time) ([]*madeBadge, error) {
	line := e.progress()
	defer line.clear()
	line.began = time.Now()
	var made []*madeBadge
	err := inOrder(ctx, slices.Values(badges), func(_ context.Context, b issue.Badge) *madeBadge {
		m := &madeBadge{Line: b.Row.Line, ID: b.ID, State: stateMade}
		signed, err := sign.sign(b.JSON, created)
		if err != nil {
			m.err = fmt.Errorf("line %d: %w", m.Line, err)
			return m
		}
		m.Badge = filepath.Join(rowFolder(dir, m.Line), sign.file)
		if m.err = keep(m.Badge, signed); m.err == nil && i.picture != nil {
			m.Image, m.err = e.bakeIssued(m.Badge, signed, i.picture)
		}
		return m
	}, func(m *madeBadge) error {
		if m.err != nil {
			return m.err // one key, one folder, one template: the next would fail as well
		}
		made = append(made, m)
		line.bar(len(made), len(badges), "badges made")
		return nil
	})
	return made, err
}
