package checkpoint

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MaxOrigin is the longest origin, in bytes.
const MaxOrigin = 255

// ErrLog is wrapped by every error that says: no log can be like this.
var ErrLog = errors.New("bad log")

// A Log is what identifies a log on every chain: its first owner, its origin
// and its opening keys. Later owners and keys do not change its ID.
type Log struct {
	Owner  Address
	Origin string // 1 to 255 bytes of 0x21–0x7E without "+"; name of the keys
	Keys   Keys
}

// Validate returns an error unless l can be a log.
func (l Log) Validate() error {
	if l.Owner.IsZero() {
		return fmt.Errorf("%w: its owner is the zero address", ErrLog)
	}
	if err := CheckOrigin(l.Origin); err != nil {
		return err
	}
	if err := l.Keys.Validate(l.Origin); err != nil {
		return fmt.Errorf("%w: %w", ErrLog, err)
	}
	return nil
}

// ID returns keccak256(abi.encode(owner, keccak256(bytes(origin)),
// keccak256(keys))): the owner left-padded to 32 bytes, then the two hashes.
// Since the owner is inside, opening another's log first gains nothing.
func (l Log) ID() LogID {
	var owner [32]byte
	copy(owner[12:], l.Owner[:])
	origin, keys := keccak256([]byte(l.Origin)), keccak256(l.Keys.Bytes())
	return keccak256(owner[:], origin[:], keys[:])
}

// CheckOrigin returns an error unless s can be the origin of a log.
func CheckOrigin(s string) error {
	if err := checkName(s); err != nil {
		return fmt.Errorf("%w: origin: %w", ErrLog, err)
	}
	return nil
}

// checkName is the rule for origins and key names. It is narrower than C2SP
// signed-note: ASCII only, so that two that look alike are alike.
func checkName(s string) error {
	if len(s) == 0 || len(s) > MaxOrigin {
		return fmt.Errorf("%d bytes long, want 1 to %d", len(s), MaxOrigin)
	}
	for i, c := range []byte(s) {
		if c < 0x21 || c > 0x7e || c == '+' {
			return fmt.Errorf("byte 0x%02x at position %d, want visible ASCII without space or plus sign", c, i)
		}
	}
	return nil
}

// A LogRef names a log on one registry of one chain. As text it is
// "eip155:CHAIN:0xREGISTRY:0xLOGID", the chain id in decimal.
type LogRef struct {
	ChainID  uint64 // EIP-155; not 0, below 2^53
	Registry Address
	Log      LogID
}

// maxChainID keeps chain ids whole in JSON numbers.
const maxChainID = 1<<53 - 1

// String returns "eip155:CHAIN:0xREGISTRY:0xLOGID".
func (r LogRef) String() string {
	return fmt.Sprintf("eip155:%d:%s:%s", r.ChainID, r.Registry, r.Log)
}

// ParseLogRef reads exactly what String returns.
func ParseLogRef(s string) (LogRef, error) {
	bad := func(err error) (LogRef, error) {
		return LogRef{}, fmt.Errorf("log reference %q: %w; want eip155:CHAIN:0xREGISTRY:0xLOGID", clip(s), err)
	}
	parts := strings.Split(s, ":")
	if len(parts) != 4 || parts[0] != "eip155" {
		return bad(fmt.Errorf("not four parts that begin with eip155"))
	}
	var r LogRef
	var err error
	if r.ChainID, err = parseDecimal(parts[1]); err != nil {
		return bad(fmt.Errorf("chain id: %w", err))
	}
	if r.ChainID == 0 || r.ChainID > maxChainID {
		return bad(fmt.Errorf("chain id out of range"))
	}
	if err := r.Registry.UnmarshalText([]byte(parts[2])); err != nil {
		return bad(err)
	}
	if err := r.Log.UnmarshalText([]byte(parts[3])); err != nil {
		return bad(err)
	}
	return r, nil
}

// MarshalText returns what String does.
func (r LogRef) MarshalText() ([]byte, error) {
	if r.ChainID == 0 || r.ChainID > maxChainID {
		return nil, fmt.Errorf("log reference: chain id %d out of range", r.ChainID)
	}
	return []byte(r.String()), nil
}

// UnmarshalText accepts just what MarshalText returns.
func (r *LogRef) UnmarshalText(text []byte) error {
	p, err := ParseLogRef(string(text))
	if err == nil {
		*r = p
	}
	return err
}

// parseDecimal reads digits without sign or leading zero.
func parseDecimal(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, fmt.Errorf("%q is not a decimal number below 2^64 without leading zero", clip(s))
	}
	return n, nil
}
