package node

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/akashi-project/akashi/store/durable"
	"github.com/gofrs/flock"
)

// A Scope is one thing that a bearer token allows.
type Scope string

// The scopes. Their names are permanent: tokens files hold them.
const (
	ScopeSubmit  Scope = "submit"  // log records, one or many
	ScopeStatus  Scope = "status"  // suspend, revoke and reinstate
	ScopeForget  Scope = "forget"  // destroy what the node holds of a record
	ScopeRead    Scope = "read"    // what only the university may ask: lookup, evidence without the salt
	ScopeMetrics Scope = "metrics" // the node's metrics
	ScopeBackup  Scope = "backup"  // have a backup made where the configuration says
	ScopeIssue   Scope = "issue"   // have credentials signed with the institution's badge key
)

// Scopes are all of them, in the order in which they are written.
var Scopes = []Scope{ScopeSubmit, ScopeStatus, ScopeForget, ScopeRead, ScopeMetrics, ScopeBackup, ScopeIssue}

// ParseScopes reads scopes divided by commas, each at most once.
func ParseScopes(text string) ([]Scope, error) {
	var list []Scope
	for name := range strings.SplitSeq(text, ",") {
		s := Scope(name)
		if !slices.Contains(Scopes, s) {
			return nil, fmt.Errorf("there is no scope %q; scopes are %s", clipText(name), joinScopes(Scopes))
		}
		if slices.Contains(list, s) {
			return nil, fmt.Errorf("the scope %s is named twice", s)
		}
		list = append(list, s)
	}
	return list, nil
}

func joinScopes(list []Scope) string {
	var names []string
	for _, s := range list {
		names = append(names, string(s))
	}
	return strings.Join(names, ",")
}

// A Token is what a node knows of a bearer token: one line of the file that
// HTTPConfig.TokensFile names. The line begins with the SHA-256 in lower-case
// hexadecimal, followed by fields after single spaces, each at most once:
//
//	scopes=submit,read             what the token allows; left out: everything
//	expires=2027-03-31T00:00:00Z   from when on it is refused, in UTC; left out: never
//	name=registry of grades        what people call it; the last field, to the end of the line
//
// Empty lines, and lines that begin with #, count for nothing.
type Token struct {
	Hash    [sha256.Size]byte // of the token's text
	Scopes  []Scope           // empty means all, also those of later releases
	Expires time.Time         // whole seconds, UTC; zero means never
	Name    string            // at most 100 bytes of printable text; may be empty
}

// Limits of a tokens file.
const (
	maxTokens     = 10_000
	maxTokensSize = 4 << 20 // bytes: the longest lines of maxTokens fit
	maxTokenName  = 100     // bytes
)

// tokenPrefix begins every token, so that one that got out is known for what
// it is by those who search for such things.
const tokenPrefix = "akashi_"

// NewToken makes a bearer token: 32 random bytes in base64url after "akashi_".
// It is not kept anywhere; HashToken gives what a tokens file holds of it.
func NewToken() string {
	return tokenPrefix + base64.RawURLEncoding.EncodeToString(random(32))
}

// HashToken is the SHA-256 of a token's text.
func HashToken(token string) [sha256.Size]byte { return sha256.Sum256([]byte(token)) }

// Allows reports whether the token has a scope.
func (t Token) Allows(s Scope) bool { return len(t.Scopes) == 0 || slices.Contains(t.Scopes, s) }

// Expired reports whether the token is refused at that instant.
func (t Token) Expired(now time.Time) bool { return !t.Expires.IsZero() && !now.Before(t.Expires) }

// Line is the token's line in a tokens file, without the newline.
func (t Token) Line() string {
	line := hex.EncodeToString(t.Hash[:])
	if len(t.Scopes) > 0 {
		line += " scopes=" + joinScopes(t.Scopes)
	}
	if !t.Expires.IsZero() {
		line += " expires=" + t.Expires.UTC().Format(time.RFC3339)
	}
	if t.Name != "" {
		line += " name=" + t.Name
	}
	return line
}

// initComment is the one comment that may follow a hash without name=: files
// hold it that were made before there were fields.
const initComment = "made by akashi init"

// parseToken reads what Line writes.
func parseToken(line string) (Token, error) {
	var t Token
	digits, rest, _ := strings.Cut(line, " ")
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != sha256.Size || digits != strings.ToLower(digits) {
		return t, errors.New("does not begin with the SHA-256 of a token (64 lower-case hexadecimal digits)")
	}
	t.Hash = [sha256.Size]byte(raw)
	if rest == initComment {
		t.Name, rest = initComment, ""
	}
	for rest != "" {
		var field string
		if strings.HasPrefix(rest, "name=") {
			field, rest = rest, ""
		} else {
			field, rest, _ = strings.Cut(rest, " ")
		}
		key, value, ok := strings.Cut(field, "=")
		switch {
		case key == "scopes" && ok && t.Scopes == nil:
			if t.Scopes, err = ParseScopes(value); err != nil {
				return t, fmt.Errorf("scopes: %w", err)
			}
		case key == "expires" && ok && t.Expires.IsZero():
			if t.Expires, err = time.Parse(time.RFC3339, value); err != nil || t.Expires.UTC().Format(time.RFC3339) != value {
				return t, fmt.Errorf("expires: %q is no instant in UTC such as 2027-03-31T00:00:00Z", clipText(value))
			}
		case key == "name" && ok:
			if err := CheckTokenName(value); err != nil {
				return t, err
			}
			t.Name = value
		case ok && (key == "scopes" || key == "expires"):
			return t, fmt.Errorf("has the field %s twice", key)
		default:
			// What stands there instead of a field may be a token that was
			// put into the wrong file: it is not repeated.
			return t, errors.New("has something that is no field; fields are scopes=, expires= and, for what people call the token, name= at the end, each after one space")
		}
	}
	return t, nil
}

// CheckTokenName says what is wrong with a name: it is 1 to 100 bytes of
// printable text that begins and ends with something to see.
func CheckTokenName(name string) error {
	switch {
	case name == "":
		return errors.New("the name is empty")
	case len(name) > maxTokenName:
		return fmt.Errorf("the name is longer than %d bytes", maxTokenName)
	case strings.TrimSpace(name) != name:
		return errors.New("the name begins or ends with a space")
	case strings.HasPrefix(name, tokenPrefix):
		return errors.New("the name looks like a token, which must not stand here")
	}
	for _, r := range name {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return errors.New("the name has a character that cannot be shown")
		}
	}
	return nil
}

// ParseTokens reads the content of a tokens file and joins everything that is
// wrong with it, each with its line. At most 10,000 tokens are taken.
func ParseTokens(b []byte) ([]Token, error) {
	if len(b) > maxTokensSize {
		return nil, fmt.Errorf("is larger than %d bytes", maxTokensSize)
	}
	var list []Token
	var errs []error
	lineOf := map[[sha256.Size]byte]int{}
	for i, line := range strings.Split(string(b), "\n") {
		if isTokenComment(line) {
			continue
		}
		t, err := parseToken(strings.TrimRight(line, " \t\r"))
		if first, twice := lineOf[t.Hash]; err == nil && twice {
			err = fmt.Errorf("holds the same token as line %d", first)
		}
		if err != nil {
			// One mistake in every line need not be told ten thousand times.
			if errs = append(errs, fmt.Errorf("line %d %w", i+1, err)); len(errs) == 20 {
				errs = append(errs, errors.New("and perhaps more"))
				break
			}
			continue
		}
		lineOf[t.Hash] = i + 1
		list = append(list, t)
	}
	if len(list) > maxTokens {
		errs = append(errs, fmt.Errorf("%d tokens, at most %d are taken", len(list), maxTokens))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return list, nil
}

func isTokenComment(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || strings.HasPrefix(line, "#")
}

// ReadTokens reads a tokens file. One that everybody may write to is refused:
// whoever did could have let himself in.
func ReadTokens(path string) ([]Token, error) {
	b, err := readTokensFile(path)
	if err != nil {
		return nil, err
	}
	list, err := ParseTokens(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return list, nil
}

func readTokensFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o002 != 0 {
		return nil, fmt.Errorf("%s has mode %04o, so that others can write to it; run chmod 600 on it, and look whether each token is yours", path, mode)
	}
	return readUpTo(path, maxTokensSize)
}

// Errors of EditTokens' callers.
var (
	// ErrTokenExists says that the file has a token of that name.
	ErrTokenExists = errors.New("there is a token of that name already; revoke it, or take another name")
	// ErrNoToken says that no token of the file was meant.
	ErrNoToken = errors.New("there is no such token")
)

// AddToken adds a token to a tokens file; the node takes it from then on.
// Names that are given are different: ErrTokenExists.
func AddToken(ctx context.Context, path string, t Token) error {
	return editTokens(ctx, path, func(b []byte, list []Token) ([]byte, error) {
		if slices.ContainsFunc(list, func(o Token) bool { return o.Name != "" && o.Name == t.Name }) {
			return nil, ErrTokenExists
		}
		if len(b) > 0 && b[len(b)-1] != '\n' {
			b = append(b, '\n')
		}
		return append(b, t.Line()+"\n"...), nil
	})
}

// RevokeToken takes the token of that name out of a tokens file, or the one
// whose hash begins with those digits (8 at least); the node refuses it from
// then on. It returns the token. Other lines stay as they are.
func RevokeToken(ctx context.Context, path, which string) (Token, error) {
	var gone Token
	err := editTokens(ctx, path, func(b []byte, list []Token) ([]byte, error) {
		var meant []Token
		for _, t := range list {
			if t.Name == which && which != "" {
				meant = append(meant, t)
			}
		}
		if len(meant) == 0 && len(which) >= 8 {
			for _, t := range list {
				if strings.HasPrefix(hex.EncodeToString(t.Hash[:]), which) {
					meant = append(meant, t)
				}
			}
		}
		switch {
		case len(meant) == 0:
			return nil, fmt.Errorf("%w; akashi token list names those there are, which are revoked by name or by the first 8 digits of the hash or more", ErrNoToken)
		case len(meant) > 1:
			return nil, fmt.Errorf("%d tokens are meant by it; name one by more digits of its hash", len(meant))
		}
		gone = meant[0]
		var kept strings.Builder
		for line := range strings.Lines(string(b)) {
			if t, err := parseToken(strings.TrimRight(line, " \t\r\n")); !isTokenComment(line) && err == nil && t.Hash == gone.Hash {
				continue
			}
			kept.WriteString(line)
		}
		return []byte(kept.String()), nil
	})
	return gone, err
}

// lockPatience is how long an editor waits for another one.
const lockPatience = 10 * time.Second

// editTokens changes a tokens file. Two editors wait for each other, and
// whoever reads meanwhile sees the old file or the new one. Edits that would
// make a file that ReadTokens refuses are refused.
func editTokens(ctx context.Context, path string, change func([]byte, []Token) ([]byte, error)) error {
	// The folder is locked, since the file itself is replaced.
	lock := flock.New(filepath.Dir(path), flock.SetFlag(os.O_RDONLY))
	ctx, cancel := context.WithTimeoutCause(ctx, lockPatience, fmt.Errorf("another command has kept %s locked for %s", filepath.Dir(path), lockPatience))
	defer cancel()
	if _, err := lock.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("lock the tokens file: %w", err)
	}
	defer lock.Close()
	b, err := readTokensFile(path)
	if err != nil {
		return err
	}
	list, err := ParseTokens(b)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if b, err = change(slices.Clip(b), list); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if _, err := ParseTokens(b); err != nil {
		return fmt.Errorf("%s: after this edit: %w", path, err)
	}
	return durable.Rewrite(path, b)
}

// clipText shortens what a stranger wrote for an error.
func clipText(s string) string {
	if len(s) <= 40 {
		return s
	}
	return strings.ToValidUTF8(s[:40], "") + "…"
}
