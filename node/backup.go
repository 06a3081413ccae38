package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/akashi-project/akashi/store"
)

// A backup holds these small files beside the store, so that a node can be
// made from it again. None is secret but for an access key that chain.rpc may
// carry.
const (
	backupConfig  = ConfigFile
	backupBinding = BindingFile
	backupPolicy  = PolicyFile
	backupTokens  = "tokens" // hashes of tokens
)

// retryBackup is how soon a backup that failed is tried again, or after
// Backup.Interval when that is shorter.
const retryBackup = 5 * time.Minute

// backups makes backups of a running node: every interval, and when asked.
type backups struct {
	store    *store.Store
	dir      string // empty: none are made
	interval time.Duration
	files    func() ([]store.BackupFile, error)
	now      func() time.Time
	log      *slog.Logger

	wake chan struct{} // of size 1: one was asked for

	mu      sync.Mutex // guards the rest
	status  BackupStatus
	changed chan struct{} // closed and replaced when status changes
}

func newBackups(c Config, s *store.Store, log *slog.Logger) *backups {
	b := &backups{
		store: s, dir: c.Backup.Dir, interval: c.Backup.Interval.Duration, files: c.backupFiles, now: c.Now, log: log,
		wake: make(chan struct{}, 1), changed: make(chan struct{}),
	}
	if b.dir != "" {
		if info, err := store.ReadBackup(b.dir); err == nil {
			b.status.Last = madeOf(info)
		}
	}
	return b
}

// get returns the status, and a channel that is closed when it changes.
func (b *backups) get() (BackupStatus, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.status, b.changed
}

func (b *backups) set(f func(*BackupStatus)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(&b.status)
	close(b.changed)
	b.changed = make(chan struct{})
}

// request asks for a backup, and returns the number that Runs will have when
// one that began after this is done.
func (b *backups) request() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	awaited := b.status.Runs + 1
	if b.status.Running {
		awaited++ // that one began before
	}
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return awaited
}

func madeOf(b store.BackupInfo) *BackupMade {
	return &BackupMade{Made: b.Made.Unix(), Size: b.Size, Root: b.Root, Bytes: b.Bytes}
}

// run makes backups until ctx ends. A failing one is logged and tried again;
// it stops nothing else.
func (b *backups) run(ctx context.Context) error {
	if b.dir == "" {
		<-ctx.Done()
		return nil
	}
	// The first at once: what lies in the folder may be another log's backup, or
	// what this disk was put back from, and only a run finds out.
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-b.wake:
		}
		next := b.interval
		if err := b.step(ctx); err != nil {
			next = min(b.interval, retryBackup)
		}
		timer.Reset(next)
	}
}

func (b *backups) step(ctx context.Context) error {
	b.set(func(s *BackupStatus) { s.Running = true })
	began := time.Now()
	files, err := b.files()
	var r store.BackupReport
	if err == nil {
		r, err = b.store.Backup(ctx, b.dir, files...)
	}
	at := b.now().Unix()
	b.set(func(s *BackupStatus) {
		s.Running = false
		s.Runs++
		if err == nil {
			s.Last, s.Error, s.FailedAt, s.Written = madeOf(r.BackupInfo), "", 0, r.Written
		} else {
			s.Error, s.FailedAt = err.Error(), at
		}
	})
	switch {
	case ctx.Err() != nil:
	case err != nil:
		b.log.ErrorContext(ctx, "backup failed", "dir", b.dir, "err", err)
	default:
		b.log.InfoContext(ctx, "backup made", "dir", b.dir, "size", r.Size, "entries", r.Entries, "written_bytes", r.Written, "mended", len(r.Mended), "duration", time.Since(began))
	}
	return err
}

// backupFiles reads the small files that go into a backup.
func (c Config) backupFiles() ([]store.BackupFile, error) {
	var out []store.BackupFile
	add := func(name, path string, needed bool) error {
		if path == "" {
			return nil
		}
		b, err := readSmall(path)
		if errors.Is(err, os.ErrNotExist) && !needed {
			return nil
		}
		if err != nil {
			return fmt.Errorf("back up %s: %w", name, err)
		}
		out = append(out, store.BackupFile{Name: name, Data: b})
		return nil
	}
	policy := ""
	if c.Path != "" {
		policy = filepath.Join(filepath.Dir(c.Path), PolicyFile)
	}
	err := errors.Join(
		add(backupConfig, c.Path, true),
		add(backupBinding, c.Issuer.BindingFile, true),
		add(backupTokens, c.HTTP.TokensFile, true),
		add(backupPolicy, policy, false),
	)
	return out, err
}

// Backup brings the backup in dir up to date from the store of a stopped node;
// an empty dir means Config.Backup.Dir. A node that runs makes its own (Client.
// Backup), and Backup returns an error that wraps store.ErrLocked.
func Backup(ctx context.Context, c Config, dir string) (store.BackupReport, error) {
	c = c.withDefaults()
	if dir == "" {
		dir = c.Backup.Dir
	}
	secret, err := readStoreSecret(c.Store.SecretFile)
	if err != nil {
		return store.BackupReport{}, fmt.Errorf("store.secret_file: %w", err)
	}
	if _, err := os.Stat(c.Store.Dir); err != nil {
		return store.BackupReport{}, fmt.Errorf("store.dir: %w", err)
	}
	files, err := c.backupFiles()
	if err != nil {
		return store.BackupReport{}, err
	}
	s, err := store.Open(store.Options{Dir: c.Store.Dir, Secret: secret, Now: c.Now, Logger: c.Logger})
	if err != nil {
		return store.BackupReport{}, err
	}
	r, err := s.Backup(ctx, dir, files...)
	return r, errors.Join(err, s.Close())
}

// postBackup asks for a backup into the one folder that the configuration
// names, and does not wait for it.
func (n *Node) postBackup(w http.ResponseWriter, r *http.Request) error {
	if err := n.authorize(r, ScopeBackup); err != nil {
		return err
	}
	if _, err := readQuery(r); err != nil {
		return err
	}
	if n.backups.dir == "" {
		return refuse(kindNotFound, "This node makes no backups: the operator sets backup.dir in akashi.toml to a folder for them, and starts it again")
	}
	return answerJSON(w, http.StatusAccepted, BackupAsked{Awaited: n.backups.request()})
}

// getBackup says how the last backup went.
func (n *Node) getBackup(w http.ResponseWriter, r *http.Request) error {
	if err := n.authorize(r, ScopeBackup); err != nil {
		return err
	}
	if _, err := readQuery(r); err != nil {
		return err
	}
	status, _ := n.backups.get()
	status.Configured = n.backups.dir != ""
	return answerJSON(w, http.StatusOK, status)
}

// Backup asks a running node for a backup and waits until it is made. It looks
// every poll.
func (c *Client) Backup(ctx context.Context, poll time.Duration) (BackupStatus, error) {
	var asked BackupAsked
	if err := c.call(ctx, http.MethodPost, "/v1/backup", "", nil, &asked); err != nil {
		return BackupStatus{}, err
	}
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for seen := uint64(0); ; {
		s, err := c.BackupStatus(ctx)
		if err != nil || s.Runs >= asked.Awaited {
			return s, err
		}
		// It was asked for when Runs was one or two below.
		if seen = max(seen, s.Runs); s.Runs < seen || s.Runs+2 < asked.Awaited {
			return s, errors.New("the node was started anew before the backup was made; ask again")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return s, ctx.Err()
		}
	}
}

// BackupStatus asks how the last backup went.
func (c *Client) BackupStatus(ctx context.Context) (BackupStatus, error) {
	var s BackupStatus
	return s, c.call(ctx, http.MethodGet, "/v1/backup", "", nil, &s)
}
