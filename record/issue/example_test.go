package issue_test

import (
	"fmt"

	"github.com/akashi-project/akashi/record/issue"
)

func Example() {
	template, err := issue.ParseTemplate([]byte(`{
		"v": 1, "format": "ob2-hosted", "ids": "https://uni.example/assertions/",
		"learner": {"identifier": "{{mail}}", "type": "email"},
		"badge": {
			"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "badge": "https://uni.example/badges/seismology",
			"verification": {"type": "HostedBadge"}, "issuedOn": "{{awarded}}"
		}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	table, err := issue.ReadTable([]byte("mail,awarded\nann@uni.example,2026-05-01T00:00:00Z\n,2026-05-01T00:00:00Z\n"), "")
	if err != nil {
		fmt.Println(err)
		return
	}
	badges, err := template.Make(table, issue.Secret{})
	fmt.Println(len(badges), badges[0].Row.Line)
	fmt.Println(err)
	// Output:
	// 1 2
	// line 3, column "mail": is empty; /learner/identifier of the template needs it
}
