package node

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/akashi-project/akashi/anchor"
	"github.com/akashi-project/akashi/verify"
)

// TestRestoreClosed restores the backup of a log whose owner has closed it. No
// operator and no keys can be set any more, so nothing is waited for, and no
// record is taken that could never be anchored.
func TestRestoreClosed(t *testing.T) {
	t.Parallel()
	r := newRig(t, "", nil)
	cold, secret := r.keep()
	token := r.token()
	r.start()
	record := badge(r.made.Issuer, 1)
	l := r.submit(record, StateFinal)
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(t.TempDir(), "backup")
	if _, err := Backup(t.Context(), r.config, backup); err != nil {
		t.Fatal(err)
	}
	r.lose()
	r2, _ := r.restored(backup, secret)
	r2.giveToken(token)
	owner := *r2
	owner.dir = filepath.Dir(cold)
	owner.owner(anchor.Action{Kind: anchor.CloseLog})

	r2.start()
	r2.until("it looked", func(s anchorStatus) bool {
		return errors.Is(s.Err, anchor.ErrRestored) || errors.Is(s.Err, anchor.ErrLogClosed)
	})
	if s := r2.node.anchor.Status(); !errors.Is(s.Err, anchor.ErrLogClosed) || !s.Fenced {
		t.Errorf("fenced: %v, %s", s.Fenced, s.Detail)
	}
	_, err := r2.client.Submit(t.Context(), Submission{Record: badge("https://a.example", 2)})
	wantProblem(t, err, "rollback", 503)
	_, e, err := r2.client.Evidence(t.Context(), EvidenceQuery{Index: &l.Index})
	if err != nil {
		t.Fatal(err)
	}
	if report := r2.check(record, e, true); report.Verdict != verify.Verified {
		t.Errorf("evidence of a closed log: %+v", report)
	}
}
