package badge_test

import (
	"context"
	"fmt"
	"time"

	"github.com/akashi-project/akashi/record/badge"
)

// A badge that says it is hosted, in a file: without the network nothing is
// known of it, and nothing speaks against it.
func Example() {
	file := []byte(`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion",
	  "id":"https://badges.example/assertions/1","badge":"https://badges.example/classes/1",
	  "recipient":{"type":"email","hashed":true,"salt":"s","identity":"sha256$c7ef86405ba71b85acd8e2e95166c4b111448089f2e1599f42fe1bba46e865c5"},
	  "verification":{"type":"HostedBadge"},"issuedOn":"2026-01-01T00:00:00+09:00"}`)
	day := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	for _, language := range badge.Languages {
		report := badge.Check(context.Background(), file, badge.Options{Language: language, Now: func() time.Time { return day }})
		fmt.Println(report.Verdict, report.Kind.Standard)
		for _, c := range report.Checks {
			if c.Result == badge.Unknown {
				fmt.Println(c.Code, c.Text)
			}
		}
	}
	// Output:
	// could-not-tell open-badges-2.0
	// hosted.fetch The hosted assertion could not be fetched: nothing is fetched in this check.
	// status.revoked It is not known whether it was revoked.
	// could-not-tell open-badges-2.0
	// hosted.fetch ホストされているアサーションを取得できませんでした(この検証では何も取得しません)。
	// status.revoked 失効しているか分かりません。
}
