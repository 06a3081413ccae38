package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/sync/semaphore"

	"github.com/akashi-project/akashi/merkle"
)

// SecretSize is the length of Options.Secret in bytes.
const SecretSize = 32

// Defaults and bounds of Options.
const (
	DefaultMaxBatch      = 4096
	DefaultMaxBatchBytes = 16 << 20
	maxMaxRecent         = 1 << 24
	lockTimeout          = time.Second // a predecessor that is closing gets this long
	proverTiles          = 256         // expanded tiles kept for proofs: 4 MiB
)

// Options say where a store is and how it works.
type Options struct {
	// Dir holds the store's files and nothing else. It is made, readable for
	// its owner only, when it does not exist.
	Dir string

	// Secret is 32 random bytes that stay the same for the store's life and
	// are kept elsewhere: lookup keys and the keys of private rows come from
	// it. Another one is refused with ErrSecret.
	Secret []byte

	// Now gives the time of freezing. Default time.Now.
	Now func() time.Time

	// MaxBatch and MaxBatchBytes bound what one transaction appends: entries,
	// and bytes of encrypted records. Defaults 4,096 and 16 MiB. Larger ones
	// give more throughput under load and a longer wait for each caller.
	MaxBatch      int
	MaxBatchBytes int

	// MaxRecent bounds how many entries the index holds in memory before they
	// are written to index.db; up to twice as many are held while writing.
	// Default 98,304: two times 5 MiB.
	MaxRecent int

	// Logger gets what an operator should know. Default: nothing is logged.
	Logger *slog.Logger

	// Observer is told what was written. Default: nobody is.
	Observer Observer
}

// LogValue leaves the secret out.
func (o Options) LogValue() slog.Value {
	return slog.GroupValue(slog.String("dir", o.Dir), slog.Int("max_batch", o.MaxBatch),
		slog.Int("max_batch_bytes", o.MaxBatchBytes), slog.Int("max_recent", o.MaxRecent))
}

func (o *Options) defaults() error {
	if o.Dir == "" {
		return errors.New("store: Options.Dir is empty; name a directory")
	}
	o.Dir = filepath.Clean(o.Dir)
	if len(o.Secret) != SecretSize {
		return fmt.Errorf("store: Options.Secret has %d bytes, want %d", len(o.Secret), SecretSize)
	}
	if o.MaxBatch < 0 || o.MaxBatchBytes < 0 || o.MaxRecent < 0 {
		return errors.New("store: Options.MaxBatch, MaxBatchBytes and MaxRecent must not be negative")
	}
	if o.MaxRecent > maxMaxRecent {
		return fmt.Errorf("store: Options.MaxRecent is %d, at most %d", o.MaxRecent, maxMaxRecent)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxBatch == 0 {
		o.MaxBatch = DefaultMaxBatch
	}
	if o.MaxBatchBytes == 0 {
		o.MaxBatchBytes = DefaultMaxBatchBytes
	}
	if o.MaxRecent == 0 {
		o.MaxRecent = DefaultMaxRecent
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Observer == nil {
		o.Observer = unobserved{}
	}
	return nil
}

// A Store is one log on disk. All its methods may be called by any number of
// goroutines at once.
type Store struct {
	opts    Options
	log     *slog.Logger
	db      *bbolt.DB
	id      []byte
	secrets *secrets
	keys    *keyFile
	index   *index
	prover  *merkle.Prover
	decoded decodedRows
	queue   chan *op            // from Append, ChangeStatus and Freeze to the sequencer
	large   *semaphore.Weighted // bytes of large records under way

	// committed is the tree that log.db holds durably. The committer alone
	// stores it.
	committed atomic.Pointer[merkle.Tree]

	// broken is the reason why nothing is written any more, once there is one.
	broken atomic.Pointer[error]

	// updating is held for each transaction that writes, and until its failure
	// is judged.
	updating sync.Mutex

	// anyForgotten says that there may be tombstones to look at.
	anyForgotten atomic.Bool

	// views are the status trees as of heads that were asked for lately.
	views views

	// closing is held for reading while a caller hands something to the
	// sequencer, for writing by Close.
	closing sync.RWMutex
	closed  bool

	// forgetting serialises Forget, and keeps it apart from the last steps of
	// Backup.
	forgetting sync.Mutex
	backups    map[*backup]struct{}
	backing    sync.Mutex // held by the one Backup that runs

	running sync.WaitGroup
}

// Open opens the store in a directory, making it when there is none, and
// recovers what a crash left behind. Only one process can have it open: the
// next gets ErrLocked after a second.
func Open(o Options) (*Store, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	s, err := open(o)
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", o.Dir, err)
	}
	return s, nil
}

func open(o Options) (_ *Store, err error) {
	if err := makeDir(o.Dir); err != nil {
		return nil, err
	}
	mayMake, err := checkFiles(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Store{
		opts:    o,
		log:     o.Logger.With("component", "store"),
		secrets: newSecrets(o.Secret),
		queue:   make(chan *op, o.MaxBatch),
		large:   semaphore.NewWeighted(maxLargeBytes),
		backups: make(map[*backup]struct{}),
	}
	if s.db, err = openBolt(filepath.Join(o.Dir, logFile), false); err != nil {
		if mayMake {
			err = unmadeError(filepath.Join(o.Dir, logFile), err)
		} else {
			err = noDatabase(err)
		}
		return nil, lockedError(o.Dir, err)
	}
	defer func() {
		if err != nil {
			s.closeFiles()
		}
	}()
	if err := writeLock(o.Dir, o.Now()); err != nil {
		// The lock itself is held; a full disk shall not keep a store shut.
		s.log.LogAttrs(context.Background(), slog.LevelWarn, "lock file not written", slog.Any("error", err))
	}
	if err := s.openLog(mayMake); err != nil {
		return nil, err
	}
	if err := s.finishForgetting(); err != nil {
		return nil, err
	}
	if s.index, err = openIndex(s); err != nil {
		return nil, err
	}
	t, err := s.start()
	if err != nil {
		return nil, err
	}
	s.running.Go(func() { s.sequence(t) })
	return s, nil
}

// checkFiles says whether a store may be made here: not over the remains of
// another, whose keys file has slots.
func checkFiles(dir string) (mayMake bool, err error) {
	keys, err := sizeOf(filepath.Join(dir, keysFile))
	if err != nil {
		return false, err
	}
	if keys <= slotSize {
		return true, nil
	}
	log, err := sizeOf(filepath.Join(dir, logFile))
	if err == nil && log == 0 {
		err = fmt.Errorf("%w: there is a keys file but no log.db; put back both from one backup, or name an empty directory for a new log", ErrDamaged)
	}
	return false, err
}

// sizeOf is the length of a file, 0 when there is none.
func sizeOf(path string) (int64, error) {
	info, err := os.Stat(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// unmadeError tells damage from a log.db that never came to be: bbolt writes
// four pages before its first transaction, and the one that makes the buckets
// lengthens the file, so nothing this short has held an entry.
func unmadeError(path string, err error) error {
	var refused syscall.Errno // by the system, whatever the file holds
	if errors.As(err, &refused) || errors.Is(err, bbolt.ErrTimeout) {
		return err
	}
	if n, e := sizeOf(path); e != nil || n > 4*int64(os.Getpagesize()) {
		return noDatabase(err)
	}
	return fmt.Errorf("%w: log.db was left by a first start that was interrupted, and holds nothing: delete it and start again (%w)", ErrDamaged, err)
}

// noDatabase says what to do when bbolt cannot read log.db, which it calls
// "invalid database" whether the file is cut short or something else.
func noDatabase(err error) error {
	var refused syscall.Errno
	if errors.As(err, &refused) || errors.Is(err, bbolt.ErrTimeout) || errors.Is(err, ErrDamaged) {
		return err
	}
	return fmt.Errorf("%w: it cannot be read as a database, being cut short or another file (%w); restore from a backup", ErrDamaged, err)
}

// openBolt opens one of the store's databases. A large map costs addresses
// only, and spares writers from waiting for readers when the file grows.
func openBolt(path string, readOnly bool) (db *bbolt.DB, err error) {
	o := &bbolt.Options{
		Timeout:         lockTimeout,
		ReadOnly:        readOnly,
		PreLoadFreelist: !readOnly, // Fsck has faults caught before it reads that page
		FreelistType:    bbolt.FreelistMapType,
		NoSync:          noSync != "",
		NoGrowSync:      noSync != "",
		NoStatistics:    true,
	}
	if !readOnly && strconv.IntSize == 64 {
		o.InitialMmapSize = 1 << 30
		if info, err := os.Stat(path); err == nil {
			for int64(o.InitialMmapSize) < 2*info.Size() {
				o.InitialMmapSize *= 2
			}
		}
	}
	err = guard(path, func() error {
		if db, err = bbolt.Open(path, 0o600, o); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), diskError(err))
		}
		if err := checkLength(db); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		return nil
	})
	if err != nil && db != nil {
		db.Close()
	}
	return db, err
}

// checkLength refuses a file that ends before its pages do: reading those
// would fault.
func checkLength(db *bbolt.DB) error {
	info, err := os.Stat(db.Path())
	if err != nil {
		return err
	}
	return viewDB(db, func(tx *bbolt.Tx) error {
		if tx.Size() > info.Size() {
			return fmt.Errorf("%w: it is cut short: %d bytes, its pages need %d; restore from a backup", ErrDamaged, info.Size(), tx.Size())
		}
		return nil
	})
}

// openLog makes or checks the schema, and opens the keys file.
func (s *Store) openLog(mayMake bool) error {
	empty, err := s.noBuckets()
	switch {
	case err != nil:
		return err
	case empty && mayMake:
		// The first start, or the next after one that ended between making
		// the file and making the buckets. Whoever made the directory, its
		// name has to last from here on.
		if err = s.createLog(); err == nil {
			err = syncName(s.opts.Dir)
		}
	case empty:
		err = fmt.Errorf("%w: log.db has no buckets but there is a keys file; put back both from one backup", ErrDamaged)
	}
	if err != nil {
		return err
	}
	if err := checkFormat(s.db); err != nil {
		return err
	}
	var size uint64
	err = s.view(func(tx *bbolt.Tx) error {
		meta := tx.Bucket(bucketMeta)
		s.id = append([]byte(nil), meta.Get(metaID)...)
		if len(s.id) != idSize {
			return fmt.Errorf("%w: log.db has no id", ErrDamaged)
		}
		if err := checkSecret(tx, s.secrets); err != nil {
			return err
		}
		t, err := readHead(tx)
		s.committed.Store(&t)
		size = t.Size
		return err
	})
	if err != nil {
		return err
	}
	s.keys, err = openKeys(filepath.Join(s.opts.Dir, keysFile), s.id, size == 0, syncFile)
	if err != nil {
		return err
	}
	if !s.keys.covers(size) {
		return fmt.Errorf("%w: the keys file is shorter than the log of %d entries; put back log.db and keys of one backup", ErrDamaged, size)
	}
	return syncDir(s.opts.Dir)
}

func (s *Store) noBuckets() (empty bool, err error) {
	err = s.view(func(tx *bbolt.Tx) error {
		name, _ := tx.Cursor().First()
		empty = name == nil
		return nil
	})
	return empty, err
}

func (s *Store) createLog() error {
	id := make([]byte, idSize)
	if _, err := rand.Read(id); err != nil {
		return err
	}
	return s.update(func(tx *bbolt.Tx) error {
		for _, name := range logBuckets {
			if _, err := tx.CreateBucketIfNotExists(name); err != nil {
				return err
			}
		}
		meta := tx.Bucket(bucketMeta)
		if err := meta.Put(metaFormat, binary.BigEndian.AppendUint32(nil, Format)); err != nil {
			return err
		}
		if err := meta.Put(metaID, id); err != nil {
			return err
		}
		if err := meta.Put(metaSecret, s.secrets.check(id)); err != nil {
			return err
		}
		return writeHead(tx, merkle.Tree{Root: merkle.EmptyRoot})
	})
}

// Close takes no more work, finishes what was taken, and closes the files.
// It is an error to use the store afterwards.
func (s *Store) Close() error {
	s.closing.Lock()
	if s.closed {
		s.closing.Unlock()
		return nil
	}
	s.closed = true
	close(s.queue)
	s.closing.Unlock()
	s.running.Wait()
	s.index.drain()
	return s.closeFiles()
}

func (s *Store) closeFiles() error {
	var errs []error
	if s.index != nil {
		errs = append(errs, s.index.close())
	}
	if s.keys != nil {
		errs = append(errs, s.keys.close())
	}
	if s.db != nil {
		errs = append(errs, removeLock(s.opts.Dir), s.db.Close())
	}
	return errors.Join(errs...)
}

// update runs one read-write transaction on log.db. No other begins before it
// is known whether this one broke the store.
func (s *Store) update(f func(*bbolt.Tx) error) error {
	s.updating.Lock()
	defer s.updating.Unlock()
	if p := s.broken.Load(); p != nil {
		return *p
	}
	var (
		inside error
		id     int
	)
	err := updateDB(s.db, func(tx *bbolt.Tx) error {
		id, inside = tx.ID(), f(tx)
		return inside
	})
	if err != nil && inside == nil {
		return s.commitError(err, id)
	}
	return err
}

// commitError judges why the commit of transaction id failed. Lack of room
// passes when it was found before anything became visible. After any other
// failure, a failed sync above all, nobody knows what the disk holds: the
// kernel may have dropped what it could not write. s.updating is held: the
// next transaction would have the same id.
func (s *Store) commitError(err error, id int) error {
	if errors.Is(err, ErrClosed) {
		return err
	}
	if err = diskError(err); !errors.Is(err, ErrFull) {
		return s.fail(err)
	}
	seen := id
	if e := s.view(func(tx *bbolt.Tx) error { seen = tx.ID(); return nil }); e != nil || seen >= id {
		return s.fail(err) // it ran out after the meta page was written
	}
	return err
}

// fail stops all writing.
func (s *Store) fail(err error) error {
	if !errors.Is(err, ErrBroken) {
		err = fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if s.broken.CompareAndSwap(nil, &err) {
		s.log.LogAttrs(context.Background(), slog.LevelError, "store stopped writing", slog.Any("error", err))
	}
	return *s.broken.Load()
}

// readHead returns the committed tree as bucketMeta has it.
func readHead(tx *bbolt.Tx) (merkle.Tree, error) {
	b := tx.Bucket(bucketMeta).Get(metaHead)
	if len(b) != 8+merkle.HashSize {
		return merkle.Tree{}, fmt.Errorf("%w: meta head of %d bytes, want %d", ErrDamaged, len(b), 8+merkle.HashSize)
	}
	return merkle.Tree{Size: binary.BigEndian.Uint64(b), Root: merkle.Hash(b[8:])}, nil
}

func headValue(t merkle.Tree) []byte { return append(key64(t.Size), t.Root[:]...) }

func writeHead(tx *bbolt.Tx, t merkle.Tree) error {
	return tx.Bucket(bucketMeta).Put(metaHead, headValue(t))
}

// Tree returns the head of the committed log: all of it is on disk.
func (s *Store) Tree() merkle.Tree { return *s.committed.Load() }
