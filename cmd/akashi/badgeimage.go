package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/image"
	"github.com/akashi-project/akashi/store/durable"
	"github.com/akashi-project/akashi/verify"
)

func (e *env) badgeExtractCommand() *cli.Command {
	return &cli.Command{
		Name:      "extract",
		Usage:     "take the badge out of an image",
		ArgsUsage: "IMAGE",
		Description: `Writes the badge that is baked into a PNG or SVG, to the byte as it was baked,
to standard output or into the file of -o; with --evidence also akashi's
evidence that lies beside it. Badges that were baked in older ways are read
too, which a line on standard error says. Nothing is fetched and nothing
judged.

Exit code 0: done. 1: there is no badge in it, or it cannot be read.

Examples:
   akashi badge extract badge.png
   akashi badge extract badge.svg -o badge.json --evidence badge.json.akashi`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FILE` to write the badge to; - for standard output", Value: "-"},
			&cli.StringFlag{Name: "evidence", Usage: "`FILE` to write the evidence to that is in the image"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 1 {
				return usage("give one image")
			}
			return e.extractBadge(c.Context, c.Args().First(), c.String("output"), c.String("evidence"))
		},
	}
}

// extractedJSON says what was taken out of an image.
type extractedJSON struct {
	Image    string          `json:"image"`
	Standard string          `json:"standard"`
	Badge    string          `json:"badge,omitempty"`  // the badge itself, when it went into no file
	Output   string          `json:"output,omitempty"` // the file that it went into
	Address  string          `json:"address,omitempty"`
	Evidence bool            `json:"evidence"` // there is evidence in the image
	Warnings []image.Warning `json:"warnings"`
}

func (e *env) extractBadge(ctx context.Context, path, output, evidence string) error {
	b, err := e.readImage(ctx, path)
	if err != nil {
		return err
	}
	baked, err := image.Extract(b)
	switch {
	case err != nil && bytes.HasPrefix(b, []byte("\x1f\x8b")):
		return fmt.Errorf("%s: is compressed; unpack it with gunzip first", nameOf(path))
	case err != nil:
		return fmt.Errorf("%s: %w", nameOf(path), err)
	case baked.Badge.Content == nil:
		return fmt.Errorf("%s: holds no badge, only the address of one, %s; fetch the badge from there", nameOf(path), baked.Badge.Verify)
	case evidence != "" && baked.Evidence == nil:
		return fmt.Errorf("%s: holds no evidence; put it in with akashi prove --bake", nameOf(path))
	}
	for _, w := range baked.Warnings {
		e.complain("%s: %s", nameOf(path), bakedWarnings[w])
	}
	if evidence != "" {
		ev, err := verify.ParseEvidence(baked.Evidence)
		if err == nil {
			err = writeEvidence(evidence, baked.Evidence, ev)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", nameOf(evidence), err)
		}
	}
	answer := extractedJSON{
		Image: path, Standard: baked.Badge.Standard.String(), Address: baked.Badge.Verify,
		Evidence: baked.Evidence != nil, Warnings: append([]image.Warning{}, baked.Warnings...),
	}
	if output == "-" {
		if !e.json {
			return e.write(baked.Badge.Content)
		}
		answer.Badge = string(baked.Badge.Content)
		return e.sayJSON(answer)
	}
	if err := writeFresh(output, baked.Badge.Content); err != nil {
		return fmt.Errorf("%s: %w", nameOf(output), err)
	}
	answer.Output = output
	return e.say(answer, func(w io.Writer) { fmt.Fprintf(w, "%s: the badge of %s\n", nameOf(output), nameOf(path)) })
}

// bakedWarnings words the warnings of package image.
var bakedWarnings = map[image.Warning]string{
	image.Compressed: "the badge is in a compressed chunk, where some readers do not look",
	image.Legacy:     "the badge is in a text chunk of an older kind, where some readers do not look",
	image.Address:    "the image holds only the address of a badge",
	image.Slash:      "the namespace of the badge has a slash too many, and some readers do not look there",
}

func (e *env) badgeBakeCommand() *cli.Command {
	return &cli.Command{
		Name:      "bake",
		Usage:     "put a badge into an image",
		ArgsUsage: "IMAGE BADGE",
		Description: `Puts a badge, JSON or a compact JWS, into a PNG or SVG, by the baking rules of
Open Badges 2.0 or 3.0, whichever the badge is of. Nothing else of the image
changes, not a byte. The image must not hold a badge already. With --evidence,
akashi's evidence of the badge is put beside it, so that one file carries both;
akashi prove --bake does that to an image that is baked.

The result goes into a file beside BADGE that is named like it, badge.png for
badge.json, or into the file of -o. A file that is there stays, unless it is
the same.

Exit code 0: done. 1: failed.

Examples:
   akashi badge bake picture.png badge.json
   akashi badge bake picture.svg badge.jwt --evidence badge.jwt.akashi`,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "evidence", Usage: "`FILE` with evidence of the badge, to be put beside it"},
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "`FILE` to write; - for standard output"},
		},
		Action: func(c *cli.Context) error {
			if c.NArg() != 2 {
				return usage("give an image and a badge")
			}
			return e.bakeBadge(c.Context, c.Args().Get(0), c.Args().Get(1), c.String("evidence"), c.String("output"))
		},
	}
}

type bakedJSON struct {
	Image    string `json:"image"` // the file that was written
	Standard string `json:"standard"`
	Bytes    int    `json:"bytes"`
	Evidence bool   `json:"evidence"`
}

func (e *env) bakeBadge(ctx context.Context, picture, path, evidence, output string) error {
	b, err := e.readImage(ctx, picture)
	if err != nil {
		return err
	}
	raw, r, err := e.parseRecord(ctx, path)
	switch {
	case err != nil:
		return err
	case r.Baked():
		return fmt.Errorf("%s: is an image itself; take the badge out first, with akashi badge extract", nameOf(path))
	case r.InferType() != record.Badge:
		return fmt.Errorf("%s: is no badge, neither of Open Badges nor another verifiable credential", nameOf(path))
	}
	badge := bakeable(r, raw)
	out, err := image.Bake(b, badge)
	if err != nil {
		return fmt.Errorf("%s: %w", nameOf(picture), err)
	}
	if evidence != "" {
		if out, err = e.putEvidence(ctx, out, r, evidence); err != nil {
			return err
		}
	}
	if output == "" {
		format, _ := image.FormatOf(out)
		output = strings.TrimSuffix(path, filepath.Ext(path)) + "." + format.String()
		if path == "-" {
			output = "-"
		}
	}
	if output == "-" {
		return e.write(out)
	}
	if err := writeFresh(output, out); err != nil {
		return fmt.Errorf("%s: %w", nameOf(output), err)
	}
	return e.say(bakedJSON{output, badge.Standard.String(), len(out), evidence != ""}, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s with the badge %s baked in (%s)\n", nameOf(output), nameOf(picture), nameOf(path), badge.Standard)
	})
}

// putEvidence puts evidence from a file into an image with the badge r.
func (e *env) putEvidence(ctx context.Context, baked []byte, r record.Record, path string) ([]byte, error) {
	raw, err := e.readSmall(ctx, path, verify.MaxEvidenceSize)
	if err != nil {
		return nil, fmt.Errorf("evidence %w", err)
	}
	ev, err := verify.ParseEvidence(raw)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", nameOf(path), err)
	case ev.Record.Digest != r.Digest():
		return nil, fmt.Errorf("%s: is evidence of another record", nameOf(path))
	}
	out, err := image.PutEvidence(baked, raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", nameOf(path), err)
	}
	return out, nil
}

// bakeable says by which standard a badge is baked, and for a hosted one of
// Open Badges 2.0 from where.
func bakeable(r record.Record, raw []byte) image.Badge {
	badge := image.Badge{Standard: image.OpenBadges3, Content: raw}
	text := r.Bytes()
	if r.Form() == record.JWS {
		parts := strings.Split(string(text), ".")
		text, _ = base64.RawURLEncoding.DecodeString(parts[1]) // Parse has seen that it is base64url
	}
	var doc struct {
		ID   string          `json:"id"`
		Type json.RawMessage `json:"type"`
	}
	if json.Unmarshal(text, &doc) != nil {
		return badge
	}
	var types []string
	if json.Unmarshal(doc.Type, &types) != nil {
		types = make([]string, 1)
		if json.Unmarshal(doc.Type, &types[0]) != nil {
			return badge
		}
	}
	if slices.Contains(types, "Assertion") {
		badge.Standard = image.OpenBadges2
		if strings.HasPrefix(doc.ID, "https://") && r.Form() == record.JSON && len(doc.ID) <= image.MaxAddress && !strings.ContainsAny(doc.ID, " \"<>\\^`{|}") {
			badge.Verify = doc.ID
		}
	}
	return badge
}

// readImage reads an image. Its errors name the file.
func (e *env) readImage(ctx context.Context, path string) ([]byte, error) {
	return e.readSmall(ctx, path, image.MaxSize)
}

// writeFresh puts content into a file, whole or not at all. A file that is there
// stays: it may be the only copy of a badge. Its errors do not name the file.
func writeFresh(path string, content []byte) error {
	return put(path, content, func() (bool, error) {
		if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
			return false, nil
		}
		return false, errors.New("is there already; nothing was written; name another file")
	})
}

// bakeEvidence puts evidence into the image at path, of which b was read. What
// is there already is replaced only when it is evidence of the same entry. Its
// errors do not name the file.
func bakeEvidence(path string, b, raw []byte, ev verify.Evidence) error {
	baked, err := image.Extract(b)
	if err != nil {
		return err
	}
	if baked.Evidence != nil {
		old, err := verify.ParseEvidence(baked.Evidence)
		if err != nil || old.Ref() != ev.Ref() || old.Index != ev.Index {
			return errors.New("holds evidence of another entry of a log already; nothing was written; fetch the evidence without --bake")
		}
	}
	out, err := image.PutEvidence(b, raw)
	if err != nil {
		return err
	}
	return written(durable.Rewrite(path, out))
}

// evidenceOfFile reads the evidence of the record b at path, which lies beside
// it, or in it when it is an image and there is none beside.
func (e *env) evidenceOfFile(ctx context.Context, path string, b []byte) ([]byte, error) {
	raw, err := e.read(ctx, path+evidenceSuffix, verify.MaxEvidenceSize+1)
	if errors.Is(err, fs.ErrNotExist) {
		if baked, berr := image.Extract(b); berr == nil && baked.Evidence != nil {
			return baked.Evidence, nil
		}
	}
	return raw, err
}
