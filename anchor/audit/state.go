package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/store/durable"
	"github.com/akashi-project/akashi/verify"
)

// stateMagic begins a state file: what it is, and its version. A SHA-256 of
// the rest follows, then a gob.
const stateMagic = "akashi audit state 4\n"

// A state is how far an audit has come.
type state struct {
	ChainID   uint64
	Registry  checkpoint.Address
	Log       []byte // of the one log; empty: all
	Asked     string // the range and the limits, as they were asked for
	Confirmed uint64

	Range    Range
	CodeHash verify.BlockHash
	Code     stream

	Scanned uint64 // blocks whose events are read
	Count   uint64 // of events
	Kept    uint64 // bytes of keys and origins in them
	Order   []checkpoint.LogID
	Logs    map[checkpoint.LogID]*logEvents
	Replays map[checkpoint.LogID]*logState
}

type logEvents struct {
	Events     []event // but for Skipped
	Skipped    uint64  // how many there were of those
	EventBytes stream
}

func (s *state) log(id checkpoint.LogID) *logEvents {
	if s.Logs == nil {
		s.Logs = map[checkpoint.LogID]*logEvents{}
	}
	l := s.Logs[id]
	if l == nil {
		l = &logEvents{}
		s.Logs[id], s.Order = l, append(s.Order, id)
	}
	return l
}

// GobEncode keeps pointers to zero, which gob would drop.
func (l ledger) GobEncode() ([]byte, error) {
	type plain ledger
	return json.Marshal(plain(l))
}

// GobDecode implements gob.GobDecoder.
func (l *ledger) GobDecode(b []byte) error {
	type plain ledger
	return json.Unmarshal(b, (*plain)(l))
}

// asked is what of the options decides what the report says.
func (o *Options) asked() string {
	b, _ := json.Marshal([]any{o.From, o.To, o.MaxGap, o.MaxEntries}) // cannot fail: numbers and times
	return string(b)
}

// load reads the state file, if there is one.
func (a *auditor) load(ctx context.Context) error {
	// Only a whole state becomes that of the run: Run saves it when this fails.
	fresh := &state{ChainID: a.o.ChainID, Registry: a.o.Registry, Asked: a.o.asked(), Confirmed: a.o.Confirmations, Replays: map[checkpoint.LogID]*logState{}}
	if a.o.Log != nil {
		fresh.Log = a.o.Log[:]
	}
	if a.o.State == "" {
		a.state = fresh
		return nil
	}
	b, err := os.ReadFile(a.o.State)
	if errors.Is(err, fs.ErrNotExist) {
		a.state = fresh
		return nil
	}
	if err != nil {
		return fmt.Errorf("state file: %w", err)
	}
	rest, ok := bytes.CutPrefix(b, []byte(stateMagic))
	if !ok || len(rest) < sha256.Size {
		return fmt.Errorf("%w: it is none of this version; name another file", ErrState)
	}
	var s state
	if sum := sha256.Sum256(rest[sha256.Size:]); !bytes.Equal(sum[:], rest[:sha256.Size]) || gob.NewDecoder(bytes.NewReader(rest[sha256.Size:])).Decode(&s) != nil {
		return fmt.Errorf("%w: it is damaged; delete it to begin anew", ErrState)
	}
	if s.ChainID != fresh.ChainID || s.Registry != fresh.Registry || !bytes.Equal(s.Log, fresh.Log) || s.Asked != fresh.Asked || s.Confirmed != fresh.Confirmed {
		return fmt.Errorf("%w: it was begun with another subject, range or limit; name another file, or delete it to begin anew", ErrState)
	}
	if s.Replays == nil {
		s.Replays = map[checkpoint.LogID]*logState{}
	}
	// A chain that was made anew has other blocks.
	to, err := ask(ctx, &a.o, func() (verify.Block, error) { return a.reader.Block(ctx, s.Range.To.Number) })
	if err != nil {
		return err
	}
	if to.Hash != s.Range.To.Hash {
		return fmt.Errorf("%w: the chain has another block %d by now; delete the file to begin anew", ErrState, to.Number)
	}
	a.state, a.resumed = &s, true
	return nil
}

// save writes the state file when it is due, or now.
func (a *auditor) save(now bool) error {
	if a.o.State == "" || !now && time.Since(a.saved) < a.pace {
		return nil
	}
	began := time.Now()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(a.state); err != nil {
		return fmt.Errorf("state file: %w", err)
	}
	sum := sha256.Sum256(b.Bytes())
	if err := durable.Write(a.o.State, 0o600, []byte(stateMagic), sum[:], b.Bytes()); err != nil {
		return fmt.Errorf("state file: %w", err)
	}
	// What is large is written more seldom: a twentieth of the time at most.
	a.saved = time.Now()
	a.pace = max(a.o.SaveEvery, 20*a.saved.Sub(began))
	return nil
}
