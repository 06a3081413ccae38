package main

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/akashi-project/akashi/record/issue"
	"github.com/akashi-project/akashi/store/durable"
)

// issueFile is the file of a run in its folder. It holds the secret that ids
// and salts are drawn from, so it is the issuer's alone.
const issueFile = "issue.json"

// An issueRun is what makes two runs into one folder the same run: the second
// goes on where the first was cut short.
type issueRun struct {
	V        int       `json:"v"`
	Template string    `json:"template"` // SHA-256 in hex
	Learners string    `json:"learners"` // SHA-256 in hex
	Image    string    `json:"image,omitempty"`
	Log      string    `json:"log,omitempty"` // that every badge names
	Key      string    `json:"key"`           // the public key, as Multikey or JWK thumbprint
	Method   string    `json:"method"`        // the verification method
	Created  time.Time `json:"created"`       // of every signature
	Secret   string    `json:"secret"`        // 32 bytes in hex
}

// begunAt is when the run of a folder began; now when there is none.
func begunAt(dir string, now time.Time) time.Time {
	if dir == "" {
		return now
	}
	var run issueRun
	b, err := os.ReadFile(filepath.Join(dir, issueFile))
	if err != nil || json.Unmarshal(b, &run) != nil || run.Created.IsZero() {
		return now
	}
	return run.Created
}

// openIssueRun begins a run in a folder that is locked, or finds the run that is
// there. wanted is all but Created and Secret.
func openIssueRun(dir string, wanted issueRun, now time.Time) (run issueRun, again bool, err error) {
	path := filepath.Join(dir, issueFile)
	b, err := os.ReadFile(path)
	if err == nil {
		if err := json.Unmarshal(b, &run); err != nil || run.V != 1 || len(run.Secret) != 64 {
			return run, true, fmt.Errorf("%s is no file of a run; issue into another folder", path)
		}
		return run, true, run.continues(wanted, dir)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return run, false, pathless(err)
	}
	found, err := os.ReadDir(dir)
	if slices.ContainsFunc(found, func(f os.DirEntry) bool { return strings.HasPrefix(f.Name(), rowPrefix) }) {
		return run, false, fmt.Errorf("%s holds badges of a run and not its %s, without which the run cannot go on; put the file back, or issue into a new folder and revoke what is logged of these", dir, issueFile)
	}
	if err == nil && len(found) > 0 {
		return run, false, fmt.Errorf("%s holds other files and no run; issue into a new folder", dir)
	}
	run = wanted
	run.V, run.Created = 1, now.UTC().Truncate(time.Second)
	var secret issue.Secret
	if _, err := rand.Read(secret[:]); err != nil {
		return run, false, err
	}
	run.Secret = hex.EncodeToString(secret[:])
	if b, err = json.MarshalIndent(run, "", "  "); err != nil {
		return run, false, err
	}
	// Before the first badge: without the secret, a second run would make
	// other badges for the same learners.
	if err := replace(path, append(b, '\n'), 0o600); err != nil {
		return run, false, fmt.Errorf("%s: %w", path, err)
	}
	return run, false, durable.SyncFolder(filepath.Dir(dir))
}

// lockFolder makes the folder, if it has to, and keeps a second run out of it
// until release. Two that begin at once would each draw a secret, and the badges
// of one be made by a secret that the other has written over.
func lockFolder(dir string) (release func(), err error) {
	if f, err := os.Stat(dir); err == nil && !f.IsDir() {
		return nil, usage("--out %s is a file; name a folder", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make %s: %w", dir, pathless(err))
	}
	lock := flock.New(dir, flock.SetFlag(os.O_RDONLY))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("lock %s: %w", dir, pathless(err))
	case !ok:
		return nil, fmt.Errorf("%s: another run is issuing into it", dir)
	}
	return func() { lock.Close() }, nil
}

// sweep takes away the files that a run was writing when it was cut short.
func sweep(dir string) error {
	for _, pattern := range []string{"", rowPrefix + "*"} {
		torn, err := filepath.Glob(filepath.Join(literal(dir), pattern, ".akashi-*"))
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		for _, path := range torn {
			if err := os.Remove(path); err != nil {
				return pathless(err)
			}
		}
	}
	return nil
}

// literal takes their meaning from the characters of a pattern.
func literal(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// continues says what is not as it was when the run began.
func (r issueRun) continues(w issueRun, dir string) error {
	for _, c := range []struct{ what, was, is string }{
		{"template", r.Template, w.Template}, {"table of learners", r.Learners, w.Learners}, {"image", r.Image, w.Image},
		{"log that the badges name", r.Log, w.Log}, {"key", r.Key, w.Key}, {"verification method", r.Method, w.Method},
	} {
		if c.was != c.is {
			return fmt.Errorf("%s belongs to a run with another %s; go on with the same, or issue into another folder (and revoke what is wrong in the badges that are made)", dir, c.what)
		}
	}
	return nil
}

func (r issueRun) secret() (s issue.Secret) {
	b, _ := hex.DecodeString(r.Secret)
	copy(s[:], b)
	return s
}

const rowPrefix = "line-"

// rowFolder is the folder of a learner: the line of the table, so that nothing
// of the learner stands in a name.
func rowFolder(dir string, line int) string {
	return filepath.Join(dir, fmt.Sprintf("%s%05d", rowPrefix, line))
}

// keep puts a file of a run in its place unless it is there already. A file
// with other content is an error: the same run makes the same bytes.
func keep(path string, b []byte) error {
	old, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(old, b):
		return nil
	case err == nil && !bytes.HasPrefix(b, old): // a part of it is what a loss of power left
		return fmt.Errorf("%s is there and is not what this run makes; move it away", path)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", path, pathless(err))
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("make %s: %w", filepath.Dir(path), pathless(err))
	}
	// Not synced: what a loss of power takes is made again, byte for byte.
	f, err := os.CreateTemp(filepath.Dir(path), ".akashi-*")
	if err == nil {
		_, err = f.Write(b)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err == nil {
			err = os.Rename(f.Name(), path)
		}
		if err != nil {
			os.Remove(f.Name())
		}
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, pathless(err))
	}
	return nil
}

func sha256Hex(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
