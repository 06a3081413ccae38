package verify_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/akashi-project/akashi/verify"
)

// A badge is judged with nothing but its evidence and a policy that names two
// block hashes.
func Example() {
	const folder = "../testdata/golden/v1/evidence/verified/"
	read := func(name string) []byte {
		b, err := os.ReadFile(folder + name)
		if err != nil {
			log.Fatal(err)
		}
		return b
	}
	policy, err := verify.ParsePolicy(read("policy.json"))
	if err != nil {
		log.Fatal(err)
	}
	v := verify.Verifier{
		Policy: policy,
		Now:    func() time.Time { return time.Unix(1790003708, 0) },
	}
	badge, evidence := read("record"), read("evidence.json")

	report := v.CheckBytes(context.Background(), badge, evidence)
	fmt.Println(report.Verdict)
	for _, step := range report.Steps {
		switch step.Code {
		case verify.RecordDigest, verify.ExistenceRange, verify.IssuerBound, verify.StatusCurrent, verify.StatusState:
			fmt.Println(step.Result, step.Code, "–", step.Text)
		}
	}

	badge[len(badge)-20] ^= 1 // one bit of the learner's name
	report = v.CheckBytes(context.Background(), badge, evidence)
	step, _ := report.Step(verify.RecordDigest)
	fmt.Println(report.Verdict, "–", step.Text)

	// Output:
	// verified
	// pass record.digest – The evidence is about this record.
	// pass existence.range – This anchor is the first that covers the record, so the record existed by 2026-09-21 14:14 UTC.
	// pass issuer.bound – Your policy says that this is the log of Hoshizora University (https://hoshizora.example/issuer).
	// warn status.current – Nobody was asked for a newer status; the status is 1 hour old, which your policy allows.
	// pass status.state – The record is neither revoked nor suspended as of block 7, of 2026-09-21 14:14 UTC.
	// refuted – This is not the record that the evidence is about, or it was changed.
}
