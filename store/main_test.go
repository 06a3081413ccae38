package store

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/akashi-project/akashi/record"
)

// childEnv makes this test binary another process that works on a store.
const childEnv = "AKASHI_STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	if job := os.Getenv(childEnv); job != "" {
		if err := child(job, os.Args[1:]); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(job string, args []string) error {
	s, err := Open(testOptions(args[0]))
	if err != nil {
		return err
	}
	switch job {
	case "hold":
		fmt.Println("ready")
		bufio.NewReader(os.Stdin).ReadString('\n')
		return s.Close()
	case "backup":
		if _, err := s.Backup(context.Background(), args[1]); err != nil {
			return err
		}
		return s.Close()
	case "backups":
		return childBackups(s, args[1], args[2])
	case "journal":
		return childJournal(s)
	case "crowd":
		return childCrowd(s)
	case "append":
		from, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return childAppend(s, from)
	case "growth":
		n, err := strconv.ParseUint(args[1], 10, 64)
		if err != nil {
			return err
		}
		return childGrowth(s, n)
	}
	return fmt.Errorf("unknown job %q", job)
}

// childAppend appends documents and changes states until it is killed, and
// prints what was acknowledged, each line in one write.
func childAppend(s *Store, from int) error {
	var (
		wg    sync.WaitGroup
		ctx   = context.Background()
		fatal = make(chan error, 1)
	)
	for caller := range 16 {
		wg.Go(func() {
			for n := from + caller; ; n += 16 {
				r, err := record.Parse(fmt.Appendf(nil, "transcript of learner %d", n))
				if err != nil {
					fatal <- err
					return
				}
				l, err := s.Append(ctx, Submission{Type: record.Document, Record: r})
				if err != nil {
					fatal <- err
					return
				}
				fmt.Printf("record %d %d\n", n, l.Index)
				switch n % 7 {
				case 0:
					i, err := s.ChangeStatus(ctx, l.Index, record.Suspended)
					if err != nil {
						fatal <- err
						return
					}
					fmt.Printf("status %d %d\n", l.Index, i)
				case 1:
					f, err := s.Freeze(ctx)
					if err != nil {
						fatal <- err
						return
					}
					fmt.Printf("frozen %d %s\n", f.Tree.Size, f.Tree.Root)
				case 2:
					if err := s.Forget(ctx, l.Index); err != nil {
						fatal <- err
						return
					}
					fmt.Printf("forgotten %d %d\n", n, l.Index)
				}
			}
		})
	}
	return <-fatal
}

// childBackups appends and forgets while it makes one backup after the other,
// until it is killed. It says how many entries each had when it was whole.
func childBackups(s *Store, dir, from string) error {
	ctx := context.Background()
	n, err := strconv.Atoi(from)
	if err != nil {
		return err
	}
	fatal := make(chan error, 2)
	go func() {
		for ; ; n++ {
			r, err := record.Parse(fmt.Appendf(nil, "transcript of learner %d", n))
			if err != nil {
				fatal <- err
				return
			}
			l, err := s.Append(ctx, Submission{Type: record.Document, Record: r})
			if err == nil && n%5 == 0 {
				err = s.Forget(ctx, l.Index/2)
			}
			if err != nil && !errors.Is(err, ErrNotFound) {
				fatal <- err
				return
			}
		}
	}()
	go func() {
		for {
			r, err := s.Backup(ctx, dir)
			if err != nil {
				fatal <- err
				return
			}
			fmt.Printf("backup %d\n", r.Size)
		}
	}()
	return <-fatal
}

// grown is what a process says of a store of n entries that it has filled.
type grown struct {
	Append, Last, Open, Prove time.Duration // an entry, one of the last 10,000, opening it anew, an inclusion proof
	Heap, Anon, Disk          uint64        // bytes: Go heap at the end, anonymous memory at most, disk taken
}

// childGrowth appends n records, opens the store once more and proves entries.
func childGrowth(s *Store, n uint64) error {
	var (
		g      grown
		fatal  = make(chan error, 2048)
		done   = make(chan struct{})
		failed = func(err error) { fatal <- err }
		last   = min(n, 10_000)
	)
	go func() {
		defer close(done)
		began := time.Now()
		fill(s, 1024, 0, n-last, failed)
		middle := time.Now()
		fill(s, 1024, n-last, n, failed)
		g.Append, g.Last = time.Since(began)/time.Duration(n), time.Since(middle)/time.Duration(last)
	}()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for running := true; running; {
		select {
		case <-tick.C:
		case err := <-fatal:
			return err
		case <-done:
			running = false
		}
		anon, err := anonymous()
		if err != nil {
			return err
		}
		g.Anon = max(g.Anon, anon)
	}
	s.index.writers.Wait()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	g.Heap = m.HeapAlloc
	if err := s.Close(); err != nil {
		return err
	}
	for _, name := range []string{logFile, keysFile, indexFile} {
		var st syscall.Stat_t
		if err := syscall.Stat(filepath.Join(s.opts.Dir, name), &st); err != nil {
			return err
		}
		g.Disk += uint64(st.Blocks) * 512
	}
	began := time.Now()
	s, err := Open(s.opts)
	if err != nil {
		return err
	}
	g.Open = time.Since(began)
	const proofs = 10_000
	size := s.Tree().Size
	began = time.Now()
	for range proofs {
		if _, err := s.ProveInclusion(size, rand.Uint64N(size)); err != nil {
			return err
		}
	}
	g.Prove = time.Since(began) / proofs
	if err := s.Close(); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(g)
}

// anonymous returns this process's resident anonymous memory in bytes.
func anonymous() (uint64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		var kb uint64
		if n, _ := fmt.Sscanf(line, "RssAnon: %d kB", &kb); n == 1 {
			return kb << 10, nil
		}
	}
	return 0, errors.New("no RssAnon in /proc/self/status")
}

// startChild runs a job in another process.
func startChild(t testing.TB, job string, args ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), childEnv+"="+job)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// hold has another process open the store, and returns what ends it.
func hold(t testing.TB, dir string) (pid int, release func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), childEnv+"=hold")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if strings.TrimSpace(line) != "ready" {
		t.Fatalf("child said %q", line)
	}
	return cmd.Process.Pid, func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("child: %v", err)
		}
	}
}
