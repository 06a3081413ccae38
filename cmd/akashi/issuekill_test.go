package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/akashi-project/akashi/record"
	"github.com/akashi-project/akashi/record/image"
	"github.com/akashi-project/akashi/record/issue"
	"github.com/akashi-project/akashi/verify"
)

var learners = flag.Int("learners", 60, "how many learners TestIssueKilled has")

// An issuing that is killed and begun again, in a folder of its own.
type killing struct {
	t   *testing.T
	w   *world
	dir string // with the template
	out string // the run's folder

	made map[string][]byte // every badge that was seen, by its path
}

// TestIssueKilled kills a run of issuing with SIGKILL: while a PNG is written,
// after all is signed and nothing is logged, after all is logged and nothing has
// its evidence, and at ten random rows. After each it holds that no file is torn
// and that no badge changed; and at the end that the folder is what a run makes
// that nobody killed:
//
//   - the same set of files
//   - badges and index.csv byte for byte
//   - each image byte for byte the template's picture with that badge and the
//     evidence beside it
//   - no word of a learner in any file, nor in what run and node print
//   - evidence that verifies for its badge. Its bytes may differ, since it leads
//     to the anchor that was the newest when it was fetched.
func TestIssueKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, build(t, ""))
	dir := issueFiles(t, w, issue.OB3, *learners)
	k := &killing{t: t, w: w, dir: dir, out: filepath.Join(dir, "killed"), made: map[string][]byte{}}

	// Whatever is written whole gets its name and then has no other to take away:
	// there it is killed, first when the run's secret is kept. And as no file may
	// have more than 64 KiB, the first PNGs are cut off; there it is killed next.
	if _, err := exec.LookPath("strace"); err != nil {
		t.Fatal("this test needs strace: make tools installs it")
	}
	args := []string{"-f", "-o", os.DevNull, "-e", "trace=unlink,unlinkat", "-e", "inject=unlink,unlinkat:signal=SIGKILL", "sh", "-c", `ulimit -f 64; exec "$0" "$@"`, w.binary}
	torn := func() []string {
		found, err := filepath.Glob(filepath.Join(k.out, "*", ".akashi-*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	// No run begins while its node is away, but one goes on.
	k.dies("the secret is kept", exec.Command("strace", append(append(args, issueArgs(w, dir, "killed")...), "--no-log")...), nil)
	if _, err := os.Stat(filepath.Join(k.out, issueFile)); err != nil || k.files() != 0 {
		t.Errorf("%d files beside the secret, %v", k.files(), err)
	}
	k.dies("writing a PNG", exec.Command("strace", append(args, issueArgs(w, dir, "killed")...)...), nil)
	if n := k.count("badge.png"); n != 0 || len(torn()) == 0 {
		t.Errorf("%d images, and %d that are torn, where each was cut off", n, len(torn()))
	}

	// Without a node nothing is logged.
	k.dies("signed and not logged", exec.Command(w.binary, issueArgs(w, dir, "killed")...), func() bool { return k.count("badge.png") == *learners })
	if n := k.count("badge.json" + evidenceSuffix); n != 0 {
		t.Errorf("%d evidences without a node", n)
	}

	// With an anchor in an hour, nothing has its evidence.
	node := w.start(nil, "anchor.interval=1h")
	k.dies("logged and without evidence", exec.Command(w.binary, issueArgs(w, dir, "killed")...), func() bool {
		l, err := w.client().Log(context.Background())
		return err == nil && l.Size >= uint64(*learners)
	})
	if n := k.count("badge.json" + evidenceSuffix); n != 0 {
		t.Errorf("%d evidences without an anchor", n)
	}
	w.stop(node)

	logged := node.Log()
	node = w.start(nil)
	defer w.stop(node)
	k.atRandom(10)
	said := w.run(0, issueArgs(w, dir, "killed")...)
	k.whole(false)
	before, err := w.client().Log(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	// The run that nobody kills has the same secret and instant, so that the same
	// badges are due. Were one of the others logged twice or not at all, the log
	// would grow.
	reference := filepath.Join(dir, "whole")
	run, err := os.ReadFile(filepath.Join(k.out, issueFile))
	if err == nil {
		err = os.Mkdir(reference, 0o700)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(reference, issueFile), run, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.run(0, issueArgs(w, dir, "whole")...)
	after, err := w.client().Log(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if after.Size != before.Size {
		t.Errorf("the log grew from %d to %d entries, though every badge was in it", before.Size, after.Size)
	}
	k.equals(reference)
	images, err := filepath.Glob(filepath.Join(k.out, "*", "badge.png"))
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"the run": said, "the node": logged + node.Log()} {
		if word := namesLearner([]byte(text)); word != "" {
			t.Errorf("%s names a learner: %s", what, word)
		}
	}
	said = w.run(0, append([]string{"verify", "--policy", filepath.Join(w.dir, "policy.json"), "--rpc", w.chain.RPC()}, images...)...)
	if n := strings.Count(said, ": VERIFIED"); n != *learners {
		t.Errorf("%d of %d images verify:\n%.2000s", n, *learners, said)
	}
}

// dies starts a run, kills it when the moment has come, and looks at what it
// leaves. Without a moment the run dies by itself.
func (k *killing) dies(when string, cmd *exec.Cmd, moment func() bool) {
	k.t.Helper()
	if !k.kill(cmd, moment) {
		k.t.Fatalf("%s: the run came to its end", when)
	}
	k.whole(true)
	k.t.Logf("%s: killed with %d badges, %d images, %d evidences", when, k.count("badge.json"), k.count("badge.png"), k.count("badge.json"+evidenceSuffix))
}

// kill reports whether a run died before its end.
func (k *killing) kill(cmd *exec.Cmd, moment func() bool) bool {
	k.t.Helper()
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	for moment != nil {
		select {
		case <-ended:
			moment = nil
		default:
			if moment() {
				cmd.Process.Kill()
				moment = nil
			}
		}
	}
	<-ended
	return !cmd.ProcessState.Success()
}

// atRandom kills runs at so many random rows of badges and evidence.
func (k *killing) atRandom(n int) {
	k.t.Helper()
	seed := rand.Uint64()
	k.t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	k.clear()
	for killed, i := 0, 0; killed < n; i++ {
		if i == 10*n {
			k.t.Fatalf("of %d runs only %d were killed; take more learners", i, killed)
		}
		until := k.files() + 1 + random.IntN(max(1, 3**learners/n))
		if k.kill(exec.Command(k.w.binary, issueArgs(k.w, k.dir, "killed")...), func() bool { return k.files() >= until }) {
			killed++
			k.whole(true)
			k.t.Logf("kill %d: %d of %d files", killed, k.files(), 3**learners)
			continue
		}
		// It ended before this process looked.
		k.clear()
	}
}

// clear takes all away but the run itself, so that the next begins anew.
func (k *killing) clear() {
	k.t.Helper()
	rows, err := filepath.Glob(filepath.Join(k.out, rowPrefix+"*"))
	for _, row := range rows {
		err = errors.Join(err, os.RemoveAll(row))
	}
	if err != nil {
		k.t.Fatal(err)
	}
}

// count counts the files of a name.
func (k *killing) count(name string) int {
	k.t.Helper()
	found, err := filepath.Glob(filepath.Join(k.out, "*", name))
	if err != nil {
		k.t.Fatal(err)
	}
	return len(found)
}

func (k *killing) files() int {
	return k.count("badge.json") + k.count("badge.png") + k.count("badge.json"+evidenceSuffix)
}

// read reads every file of a folder, by its path there.
func (k *killing) read(dir string) map[string][]byte {
	k.t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err == nil {
			all[name], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	return all
}

// whole holds that every file under its name is whole, and every badge what it
// was before. What a run was writing when it was killed has another name, and is
// gone after the next.
func (k *killing) whole(killed bool) {
	k.t.Helper()
	all := k.read(k.out)
	for name, b := range all {
		if word := namesLearner(b); word != "" {
			k.t.Errorf("%s names a learner: %s", name, word)
		}
		row := filepath.Dir(name)
		badge := all[filepath.Join(row, "badge.json")]
		switch file := filepath.Base(name); {
		case strings.HasPrefix(file, ".akashi-"):
			if !killed {
				k.t.Errorf("%s is left half written", name)
			}
		case file == issueFile, file == "index.csv":
		case file == "badge.json":
			if _, err := record.Parse(b); err != nil {
				k.t.Errorf("%s: %v", name, err)
			}
			if before, ok := k.made[name]; ok && !bytes.Equal(b, before) {
				k.t.Errorf("%s is not what it was", name)
			}
			k.made[name] = b
		case file == "badge.png":
			in, err := image.Extract(b)
			if err != nil {
				k.t.Errorf("%s: %v", name, err)
				continue
			}
			if !bytes.Equal(b, baked(k.t, badge, in.Evidence)) {
				k.t.Errorf("%s is not the picture with the badge beside it", name)
			}
		case file == "badge.json"+evidenceSuffix:
			r, err := record.Parse(badge)
			ev, everr := verify.ParseEvidence(b)
			if err != nil || everr != nil || ev.Record.Digest != r.Digest() {
				k.t.Errorf("%s is no evidence of the badge beside it: %v, %v", name, err, everr)
			}
		default:
			k.t.Errorf("%s is none of a run's files", name)
		}
	}
}

// baked is the picture with a badge and its evidence, if there is any.
func baked(t *testing.T, badge, evidence []byte) []byte {
	t.Helper()
	out, err := image.Bake(issuePNG(), image.Badge{Standard: image.OpenBadges3, Content: badge})
	if err == nil && evidence != nil {
		out, err = image.PutEvidence(out, evidence)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// equals compares the folder with that of a run that was not killed.
func (k *killing) equals(reference string) {
	k.t.Helper()
	got, want := k.read(k.out), k.read(reference)
	names := func(m map[string][]byte) (all []string) {
		for name := range m {
			all = append(all, name)
		}
		slices.Sort(all)
		return all
	}
	if !slices.Equal(names(got), names(want)) {
		k.t.Fatalf("%d files, and %d of the run that was not killed:\n%q\n%q", len(got), len(want), names(got), names(want))
	}
	if len(got) != 3**learners+2 {
		k.t.Errorf("%d files of %d learners", len(got), *learners)
	}
	same := 0
	for name, b := range got {
		row := filepath.Dir(name)
		switch filepath.Base(name) {
		case "badge.png":
			// Each with the evidence beside it.
			if !bytes.Equal(b, baked(k.t, want[filepath.Join(row, "badge.json")], got[filepath.Join(row, "badge.json"+evidenceSuffix)])) {
				k.t.Errorf("%s is not the picture with badge and evidence", name)
			}
		case "badge.json" + evidenceSuffix:
			if bytes.Equal(b, want[name]) {
				same++
			}
		default:
			if !bytes.Equal(b, want[name]) {
				k.t.Errorf("%s is not what the other run made", name)
			}
		}
	}
	k.t.Logf("evidence is the same byte for byte of %d of %d", same, *learners)
}
