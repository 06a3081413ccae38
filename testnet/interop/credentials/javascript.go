// Package credentials tries akashi's signatures with another implementation:
// the JavaScript packages of Digital Bazaar and jose, in node. Each side signs
// badges in every suite for the other, both refuse what was changed, and the
// benchmark times both in one run.
package credentials

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// A JavaScript is a running node process that answers jobs; credentials.mjs
// says which. Its methods may be called by one goroutine at a time.
type JavaScript struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Reader
	close sync.Once
}

// Start installs what package-lock.json names, if that was not done yet, and
// starts node in dir, which is this package's folder. contexts is the folder of
// the pinned contexts.
func Start(dir, contexts string) (*JavaScript, error) {
	// npm ci marks what it installed by a lock of its own, written last.
	if _, err := os.Stat(dir + "/node_modules/.package-lock.json"); err != nil {
		install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress")
		install.Dir = dir
		if out, err := install.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("npm ci in %s, which node and npm are needed for: %w\n%s", dir, err, out)
		}
	}
	cmd := exec.Command("node", "credentials.mjs", contexts)
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	return &JavaScript{cmd: cmd, in: in, out: bufio.NewReader(out)}, nil
}

// A Job is one question.
type Job struct {
	Op         string    `json:"op"`             // "verify", "sign" or "time"
	Kind       string    `json:"kind"`           // a suite, or "VC-JWT"
	Seed       string    `json:"seed,omitempty"` // of an Ed25519 key, in hexadecimal
	Credential any       `json:"credential"`
	Now        time.Time `json:"now"`           // the instant at which it is done
	JWK        any       `json:"jwk,omitempty"` // of a VC-JWT whose issuer is no did:key
	MS         int       `json:"ms,omitempty"`  // how long to measure
}

// An Answer is what came of a Job.
type Answer struct {
	Verified   bool            `json:"verified"`
	Error      string          `json:"error"`
	Credential json.RawMessage `json:"credential"`
	NS         int64           `json:"ns"`  // for one verification
	CPU        int64           `json:"cpu"` // of it, nanoseconds of processor time of all threads
}

// Ask does one job.
func (j *JavaScript) Ask(job Job) (Answer, error) {
	line, err := json.Marshal(job)
	if err != nil {
		return Answer{}, err
	}
	if _, err := j.in.Write(append(line, '\n')); err != nil {
		return Answer{}, fmt.Errorf("ask node: %w", err)
	}
	line, err = j.out.ReadBytes('\n')
	if err != nil {
		return Answer{}, fmt.Errorf("node's answer: %w", err)
	}
	var a Answer
	if err := json.Unmarshal(line, &a); err != nil {
		return Answer{}, fmt.Errorf("node's answer %q: %w", line, err)
	}
	return a, nil
}

// Close ends node.
func (j *JavaScript) Close() error {
	var err error
	j.close.Do(func() {
		j.in.Close()
		err = j.cmd.Wait()
	})
	return err
}
