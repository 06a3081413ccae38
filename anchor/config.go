package anchor

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/akashi-project/akashi/checkpoint"
	"github.com/akashi-project/akashi/contracts"
	"github.com/akashi-project/akashi/verify"
)

// Config says what is anchored, where, when and for how much. A field's zero
// value means the default its comment names; one without a default must be
// set.
type Config struct {
	// Client asks the chain. It stays the caller's to close.
	Client *Client

	// Log is the log's identity and Ref where it is anchored; Ref.Log must be
	// Log.ID().
	Log checkpoint.Log
	Ref checkpoint.LogRef

	// CodeHash is keccak256 of the runtime code that must be at the registry's
	// address. Zero means that of this release's AnchorRegistry.
	CodeHash verify.BlockHash

	// Operator signs the transactions and pays for them.
	Operator *Key

	// KeyFor gives the key of another account, which the log's owner has made
	// the operator, or an error that says where it was looked for. It is asked
	// at each look while the log's operator is no key at hand, and may take as
	// long as decrypting takes. Nil: there are no others.
	KeyFor func(checkpoint.Address) (*Key, error)

	// Opening is the owner's signature that opens the log, submitted by the
	// operator's account when the registry does not know the log. Nil: the
	// pipeline waits until somebody else opens it.
	Opening *Opening

	// Confirmations, when not 0, makes a block final that lies this many
	// blocks below the latest, for chains without finality. 0 takes the
	// chain's own finalized block.
	Confirmations uint64

	// Interval is the longest that a new entry waits before its batch is
	// closed; 0 means 10 minutes.
	Interval time.Duration

	// Entries closes a batch early once so many new entries wait; 0 means
	// 10,000.
	Entries uint64

	// Poll is how often the chain is looked at while something is under way;
	// 0 means 3 seconds. While nothing is, and after errors, it is looked at
	// less often, at least once in 20 times Poll.
	Poll time.Duration

	// Stuck is how long a transaction may go unmined before its fee is
	// raised; 0 means 2 minutes.
	Stuck time.Duration

	// Fees bounds what is paid.
	Fees FeePolicy

	// MaxLag is how old the latest block may be from which the fence is
	// lifted: an RPC that far behind may not show yet what an older copy of
	// this store has forgotten. 0 means 24 hours; a chain that seals only when
	// something is sent may need more.
	MaxLag time.Duration

	// Observer is told what happens to anchors; nil: nobody is.
	Observer Observer

	// Logger takes the log; nil means slog.Default().
	Logger *slog.Logger

	// Now is the clock for instants that are stored or compared with stored
	// ones; nil means time.Now.
	Now func() time.Time
}

// withDefaults returns c with the documented default in place of each zero.
func (c Config) withDefaults() Config {
	if c.Interval == 0 {
		c.Interval = 10 * time.Minute
	}
	if c.Entries == 0 {
		c.Entries = 10_000
	}
	if c.Poll == 0 {
		c.Poll = 3 * time.Second
	}
	if c.Stuck == 0 {
		c.Stuck = 2 * time.Minute
	}
	if c.CodeHash.IsZero() {
		c.CodeHash = verify.BlockHash(contracts.RuntimeCodeHash)
	}
	if c.MaxLag == 0 {
		c.MaxLag = 24 * time.Hour
	}
	c.Fees = c.Fees.withDefaults()
	if c.Observer == nil {
		c.Observer = unobserved{}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// validate joins everything that is wrong with a Config with defaults.
func (c Config) validate() error {
	var errs []error
	wrong := func(format string, a ...any) { errs = append(errs, fmt.Errorf("anchor: "+format, a...)) }
	if c.Client == nil {
		wrong("no client of a chain")
	}
	if c.Operator == nil {
		wrong("no operator key")
	}
	if err := c.Log.Validate(); err != nil {
		wrong("log: %w", err)
	} else if c.Ref.Log != c.Log.ID() {
		wrong("log id %s is not that of the log's owner, origin and keys, %s", c.Ref.Log, c.Log.ID())
	}
	if c.Ref.ChainID == 0 || c.Ref.ChainID >= 1<<53 {
		wrong("chain id %d, want 1 to 2^53-1", c.Ref.ChainID)
	}
	if c.Ref.Registry.IsZero() {
		wrong("no address of a registry")
	}
	if c.Interval < 0 || c.Poll < 0 || c.Stuck < 0 || c.MaxLag < 0 {
		wrong("interval %v, poll %v, stuck %v, lag %v: want none below 0", c.Interval, c.Poll, c.Stuck, c.MaxLag)
	}
	if err := c.Fees.validate(); err != nil {
		wrong("%w", err)
	}
	if c.Opening != nil {
		if err := c.Opening.check(c.Log, c.Ref); err != nil {
			wrong("signed opening: %w", err)
		}
	}
	return errors.Join(errs...)
}
